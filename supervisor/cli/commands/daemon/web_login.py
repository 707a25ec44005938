"""Print a code with which a person logs in to the page, to drive from there for twelve hours; it serves once, within ten minutes.

Whoever can type this can drive the bench anyway. Beside the service it takes root's rights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any, Final

from supervisor.cli.options import complain
from supervisor.exits import EX_NOPERM, EX_OK, EX_UNAVAILABLE

HELP = "print a code for driving from the page"
EXAMPLES = """examples:
  sudo pilotage web-login                  a code to type into the page
  sudo pilotage web-login --list           who is logged in
  sudo pilotage web-login --revoke anna    log anna out, at once
"""
LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""None of them is taken for another one."""
LENGTH: Final = 8
SERVICE: Final = "/run/pilotage-web"
LASTS: Final = 600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `web-login` understands."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="say who is logged in, from where, until when")
    what.add_argument("--revoke", metavar="NAME", help="log everybody out who called themselves so")


def main(arguments: argparse.Namespace) -> int:
    """Leave a code, or a wish, where the page finds it."""
    folder = _folder()
    if folder is None:
        text = "no page from which anybody may drive runs here: it needs WEB = {'drive': True} in config.py, and `pilotage web`"
        return complain("web-login", text, EX_UNAVAILABLE)
    try:
        if arguments.list:
            print("\n".join(map(_line, json.loads(_text(folder / "sessions.json") or "[]"))) or "nobody is logged in")
        elif arguments.revoke is not None:
            _leave(folder, "revoke", {"name": arguments.revoke})
            print(f"{arguments.revoke} is logged out within a second")
        else:
            code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
            _leave(folder, "code", {"hash": hashlib.sha256(code.encode()).hexdigest(), "until": time.time() + LASTS - 1})
            print(f"{code[:4]}-{code[4:]}\ntype it into the page within ten minutes; it serves once")
    except PermissionError:
        return complain("web-login", "the page is the service's: sudo pilotage web-login", EX_NOPERM)
    return EX_OK


def _folder() -> Path | None:
    """Return where the page that began last takes codes from: one of this user, else the service's."""
    from pilotage.here import own_files

    found = [path for path, _ in own_files.read("web", os.environ)]
    found = sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
    found += [path for path, _ in own_files.read("web", {"RUNTIME_DIRECTORY": SERVICE})]
    return next((path.with_suffix(".logins") for path in found), None)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _leave(folder: Path, kind: str, document: dict[str, Any]) -> None:
    fresh = folder / f"{secrets.token_hex(8)}.fresh"
    fresh.write_text(json.dumps(document), encoding="utf-8")
    fresh.chmod(0o644)
    fresh.replace(fresh.with_suffix(f".{kind}"))


def _line(session: dict[str, Any]) -> str:
    until = time.strftime("%H:%M", time.localtime(session["until"]))
    return f"{session['name']}  from {session['address']}  until {until}"

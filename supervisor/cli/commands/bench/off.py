"""Send every output of a running daemon to its safe value, ahead of anything queued, and print what each then reads back.

With --all this is done on many benches at once, and each is said to be safe only when it has been read back. Then the exit code is 0
when all are safe, 1 when one is not, 2 when one is not reached.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from supervisor.cli.commands.lab.which import BAD, NONE_NAMED, UNREACHED, add_which, laboratory
from supervisor.cli.options import add_endpoint, complain, failed, with_client
from supervisor.exits import EX_OK, EX_USAGE

if TYPE_CHECKING:
    from pilotage import Client
    from pilotage.lab.laboratory import Off

HELP = "send every output to its safe value"
EXAMPLES = """example:
  pilotage off

A fan with "linger" runs on for a while; a second `pilotage off` stops it.
Many benches: `pilotage off --all --leco 192.168.1.10`, or `--benches FILE`, a
list as `pilotage lab --help` shows it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the daemon is, or the daemons are."""
    parser.add_argument("--all", action="store_true", help="of many benches, at once")
    add_which(parser)
    add_endpoint(parser, several=True)


def main(arguments: argparse.Namespace) -> int:
    """Print the read-backs."""
    if arguments.all:
        return _all(arguments)
    if arguments.leco or arguments.benches:
        return complain("off", "--leco and --benches name many benches: with them, write --all", EX_USAGE)
    said: list[str] = []
    return with_client(arguments, lambda client: _off(client, said), lambda _: "\n".join(said) or "no outputs are configured")


def _all(arguments: argparse.Namespace) -> int:
    from pilotage import ClientError

    try:
        benches = laboratory(arguments)
    except ClientError as error:
        return failed(error)
    if benches is None:
        return complain("off", NONE_NAMED, EX_USAGE)
    found = benches.off()
    print(json.dumps([_entry(bench) for bench in found], indent=2, ensure_ascii=False) if arguments.json else _told(found))
    if not found or any(bench.status is None for bench in found):
        return UNREACHED
    return EX_OK if all(bench.safe for bench in found) else BAD


def _told(benches: list[Off]) -> str:
    """Return a line for each bench, the ones to be looked at last, where they are seen."""
    from supervisor.cli.words import duration

    wide = max([12, *(len(bench.name) for bench in benches)])
    lines = []
    for bench in sorted(benches, key=lambda one: not one.safe):
        runs_on = "".join(f"; {name} runs on for {duration(seconds)} (linger)" for name, seconds in bench.lingers.items())
        word = "safe, read back" if bench.safe else "NOT KNOWN TO BE SAFE" if bench.status is None else "NOT SAFE"
        lines.append(f"{bench.name:<{wide}} {word}{runs_on}{': ' * (not bench.safe)}{'; '.join(bench.problems)}")
    unsafe = sum(not bench.safe for bench in benches)
    if not benches:
        return "nothing was switched off: the coordinator knows no bench"
    return "\n".join([*lines, "", f"{len(benches) - unsafe} of {len(benches)} safe" + (": LOOK AT THE OTHERS NOW" if unsafe else "")])


def _entry(bench: Off) -> dict[str, object]:
    read = {} if bench.status is None else {name: output["read_back"] for name, output in bench.status["outputs"].items()}
    return {
        "name": bench.name,
        "reached": bench.status is not None,
        "safe": bench.safe,
        "problems": bench.problems,
        "read_back": read,
        "lingers_s": bench.lingers,
        "error": None if bench.error is None else {"code": bench.error.code, "message": bench.error.message},
    }


def _off(client: Client, said: list[str]) -> dict[str, float]:
    """Return what `--json` prints, and put what a person reads into `said`."""
    from pilotage import ClientError
    from supervisor.cli.outcome import after_off

    result = client.off()
    try:
        outputs, status = {output["child"]: output for output in client.scan()["actuator"]}, client.status()
    except ClientError:  # it is done, whatever can be said of it
        outputs, status = {}, None
    said += [f"{name} {after_off(outputs.get(name), value, status)}" for name, value in sorted(result.items())]
    return result

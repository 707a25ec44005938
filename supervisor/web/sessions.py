"""Who has logged in to drive: codes of one use, sessions of some hours, and a connection to the daemon for each that drives.

A session's connection is closed when nobody has had a page of it open for a while: the interlock `client_lost` then sees a person go.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pilotage.client import Client

LASTS: Final = 12 * 3600.0
"""Seconds of a session."""
CODE_LASTS: Final = 600.0
"""Seconds of a code, which serves once."""
ATTEMPTS: Final = 5
PER: Final = 60.0
"""So many attempts to log in within so many seconds, of everybody together: guessing a code takes 10^5 years."""
ALONE: Final = 30.0
"""Seconds without any open page of it after which a session's connection is closed."""
CONFIRM: Final = 5.0
"""Seconds in which a heater's value is to be confirmed."""
MOST: Final = 16
"""Sessions at the same time."""
_LONGEST: Final = 40


@dataclass(slots=True, eq=False)
class Session:
    """One person on one browser. `mark` is the hash of what its cookie holds; `token` is what its page sends along."""

    name: str
    address: str
    mark: bytes
    until: float
    since: float = field(default_factory=time.time)
    ends: float = field(default_factory=lambda: time.monotonic() + LASTS)
    """When it is over (monotonic): a clock that is set back lets nobody drive for longer; `until` is for who asks."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    pages: int = 0
    alone_since: float = field(default_factory=time.monotonic)
    driving: Client | None = None
    asked: tuple[str, str, float, float] | None = None
    """What waits to be confirmed: a mark of one use, output, value, and until when (monotonic)."""

    @property
    def who(self) -> str:
        """What the record of a set-point says."""
        return f"{self.address} (web, {self.name})"

    def open(self) -> None:
        """Note that a page of it looks on."""
        self.pages += 1

    def shut(self) -> None:
        """Note that a page of it has gone."""
        self.pages -= 1
        self.alone_since = time.monotonic()

    def close(self) -> None:
        """Let its connection go."""
        client, self.driving, self.asked = self.driving, None, None
        if client is not None:
            client.close()

    def ask(self, name: str, value: float) -> str:
        """Have a value wait for its confirmation; return the mark that confirms it."""
        mark = secrets.token_urlsafe(12)
        self.asked = (mark, name, value, time.monotonic() + CONFIRM)
        return mark

    def confirms(self, mark: object, name: str, value: float) -> bool:
        """Return whether this very value was asked for just before. Once."""
        asked, self.asked = self.asked, None
        if asked is None or not isinstance(mark, str):
            return False
        return hmac.compare_digest(asked[0].encode(), mark.encode()) and asked[1:3] == (name, value) and time.monotonic() <= asked[3]


class Sessions:
    """All of them. The loop's thread. `folder` is where `pilotage web-login` leaves codes; only this user and root may look into it."""

    def __init__(self, folder: Path, say: Callable[[str, str, str], None]) -> None:
        self.folder, self._say = folder, say
        self._all: dict[bytes, Session] = {}
        self._attempts: deque[float] = deque(maxlen=ATTEMPTS)

    def find(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie, if it still holds."""
        session = self._all.get(_hash(cookie)) if cookie else None
        return session if session is not None and session.ends > time.monotonic() else None

    def may_try(self) -> bool:
        """Return whether one more attempt to log in is allowed, and count it."""
        now = time.monotonic()
        if len(self._attempts) == ATTEMPTS and now - self._attempts[0] < PER:
            return False
        self._attempts.append(now)
        return True

    def login(self, code: str, name: str, address: str) -> str | None:
        """Return what the cookie of a new session holds; None for a wrong code."""
        if len(self._all) >= MOST or not self._use(code):
            self._say(
                "warning", "client_refused", f"{address} was refused to log in to the page: a wrong or used code, or too many sessions"
            )
            return None
        cookie = secrets.token_urlsafe(32)
        spoken = "".join(letter for letter in name if letter.isalnum() or letter in " .-_").strip()[:_LONGEST]
        session = Session(spoken or "somebody", address, _hash(cookie), time.time() + LASTS)
        self._all[session.mark] = session
        self._say("info", "web_login", f"{session.who} may drive from the page for {LASTS / 3600:g} h")
        self._list()
        return cookie

    def end(self, session: Session) -> None:
        """End a session at once."""
        self._all.pop(session.mark, None)
        session.close()
        self._say("info", "web_logout", f"{session.who} may no longer drive from the page")
        self._list()

    def close(self) -> None:
        """Let all connections go."""
        for session in self._all.values():
            session.close()

    def look(self) -> None:
        """End what is over, let go of connections that nobody holds, and do what `pilotage web-login` has asked for."""
        now = time.monotonic()
        for session in list(self._all.values()):
            if session.ends <= now:
                self.end(session)
            elif session.driving is not None and session.pages == 0 and now - session.alone_since > ALONE:
                self._say("info", "web_alone", f"{session.who} has no page open any more: its connection to the daemon is closed")
                session.close()
        for path in self.folder.glob("*.revoke"):
            name = _read(path).get("name")
            path.unlink(missing_ok=True)
            for session in [each for each in self._all.values() if each.name == name]:
                self.end(session)

    def _use(self, code: str) -> bool:
        given, found = _hash("".join(code.split()).replace("-", "").lower()).hex(), False
        for path in self.folder.glob("*.code"):
            told = _read(path)
            over = not isinstance(told.get("until"), int | float) or not time.time() < told["until"] <= time.time() + CODE_LASTS
            right = not over and hmac.compare_digest(str(told.get("hash")), given)
            if over or right:
                path.unlink(missing_ok=True)
            found = found or right
        return found

    def _list(self) -> None:
        listed = [{"name": each.name, "address": each.address, "since": each.since, "until": each.until} for each in self._all.values()]
        with suppress(OSError):
            fresh = self.folder / "sessions.fresh"
            fresh.write_text(json.dumps(listed), encoding="utf-8")
            fresh.replace(self.folder / "sessions.json")


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes()[:4096])
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}

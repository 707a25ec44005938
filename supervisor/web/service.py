"""Everything that the handlers need, in one place, and who is watching."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from actors.bench.access import Role
from actors.bench.page import Page, Settings
from pilotage import __version__
from recorder.metrics import Meter
from recorder.recording import Recorder
from recorder.store import Store
from supervisor.web.asking import Questions
from supervisor.web.board import Board
from supervisor.web.doors import Doors
from supervisor.web.notes import note
from supervisor.web.sessions import Session, Sessions

MOST: Final = 32
"""Browsers that may look on at the same time."""
WAITING: Final = 30
"""Documents that wait for a browser that does not take them; then the oldest are lost to it."""


class Watcher:
    """One browser that looks on. The loop's thread."""

    def __init__(self) -> None:
        self._documents: deque[dict[str, Any]] = deque(maxlen=WAITING)
        self._news = asyncio.Event()

    def tell(self, document: dict[str, Any]) -> None:
        """Have a document ready for it."""
        self._documents.append(document)
        self._news.set()

    def wake(self) -> None:
        """Have it look whether it is still wanted."""
        self._news.set()

    async def next(self, patience: float) -> list[dict[str, Any]]:
        """Return what is new, after at most `patience` seconds; nothing if there is nothing."""
        try:
            await asyncio.wait_for(self._news.wait(), patience)
        except TimeoutError:
            return []
        self._news.clear()
        found = list(self._documents)
        self._documents.clear()
        return found


class Watchers:
    """All that look on."""

    def __init__(self) -> None:
        self._all: set[Watcher] = set()

    @property
    def free(self) -> bool:
        """Whether there is room for another."""
        return len(self._all) < MOST

    def add(self) -> Watcher:
        """Let one more look on."""
        watcher = Watcher()
        self._all.add(watcher)
        return watcher

    def remove(self, watcher: Watcher) -> None:
        """Forget one."""
        self._all.discard(watcher)

    def tell(self, document: dict[str, Any]) -> None:
        """Tell all of them."""
        for watcher in self._all:
            watcher.tell(document)

    def wake(self) -> None:
        """Have all of them look whether they are still wanted."""
        for watcher in self._all:
            watcher.wake()


class Service:
    """The parts of the process. The loop's thread, but for `end`, which any may call."""

    version: Final = __version__

    def __init__(self, settings: Settings, store: Store, recorder: Recorder, board: Board, questions: Questions) -> None:
        self.store, self.recorder, self.board, self.questions = store, recorder, board, questions
        self._loop = asyncio.get_running_loop()
        self.ending: Final = asyncio.Event()
        self.cookie: Final = f"pilotage-{(settings.page or Page()).port}"
        """What the cookie is called: all ports of a host share their cookies."""
        self.meter: Final = Meter()
        self.watchers: Final = Watchers()
        self.last: dict[str, Any] = {}
        """The latest document, for a page that has just been opened."""
        self.sessions: Sessions | None = None
        """None where nobody may drive from the page."""
        self.say = note
        self.apply(settings)

    def end(self) -> None:
        """Have the process end. Any thread, and a signal's handler."""
        with contextlib.suppress(RuntimeError):  # it has ended
            self._loop.call_soon_threadsafe(self.ending.set)

    def apply(self, settings: Settings) -> None:
        """Go by other settings: from the next request on."""
        self.settings, self.doors = settings, Doors(settings)

    def tell(self, document: dict[str, Any]) -> None:
        """Take in a document of the board, and tell it to all that look on."""
        if "sensors" in document:
            self.last = document
        self.watchers.tell(document)

    def name_of(self, child: str, channel: str) -> str:
        """Return what clients call a channel."""
        for sensor in (self.board.description or {"sensors": []})["sensors"]:
            if sensor["child"] == child:
                default = any(each["name"] == channel and each["default"] for each in sensor["channels"])
                return str(sensor["name"]) if default else f"{sensor['name']}.{channel}"
        return f"{child}.{channel}"

    def session_of(self, request: Any) -> Session | None:
        """Return who is logged in with the browser that asks."""
        return None if self.sessions is None else self.sessions.find(request.get_cookie(self.cookie))

    def me(self, request: Any) -> dict[str, Any]:
        """Return what whoever asks may do: `drive` once logged in, `login` where that is possible."""
        session = self.session_of(request) if request.role is Role.DRIVE else None
        login = request.role is Role.DRIVE and self.sessions is not None
        if session is None:
            return {"drive": False, "login": login}
        return {"drive": True, "login": login, "name": session.name, "token": session.token}

    def joined(self, request: Any) -> Callable[[], None]:
        """Note that a browser looks on; return what to call when it no longer does."""
        session = self.session_of(request)
        if session is None:
            return lambda: None
        session.open()
        return session.shut

    def against(self, output: str, now: float, fresh: float) -> tuple[list[dict[str, Any]], str | None]:
        """Return the readings that a heater is confirmed against, and why it cannot be set, None if it can."""
        last, description = self.last, self.board.description
        if description is None or now - last.get("time", 0.0) > fresh:
            return [], "what the bench reads is not known at the moment"
        name = next((each["name"] for each in description["outputs"] if each["child"] == output), output)
        for lock, state in last["interlocks"].items():
            if state["holding"] and name in state["outputs"]:
                return [], f"the interlock {lock} holds it: {state['why'] or state['state']}"
        reads = []
        for sensor in description["sensors"]:
            if (output, sensor["child"]) not in self.settings.guards:
                continue
            state = last["sensors"].get(sensor["name"])
            if state is None or state["state"] != "running" or state["age"] is None:
                return [], f"{sensor['name']}, which watches it, gives no reading"
            if state["age"] + now - last["time"] > max(fresh, 2 * sensor["period_s"]):
                return [], f"the last reading of {sensor['name']}, which watches it, is too old"
            units = {channel["name"]: channel["units"] for channel in sensor["channels"] if channel["default"]}
            channel = state["channels"].get(sensor["name"], {})
            reads.append({"name": sensor["name"], "value": channel.get("value"), "units": next(iter(units.values()), "")})
        return reads, None

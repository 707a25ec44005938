"""What is told without being asked again: live grabs, each new reading once, and when an output that follows a ramp has arrived.

A director asks for a live grab once, and never looks whether it is still under way: so it goes on after a restart of the daemon, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from actors.core import events
from actors.core.kept_file import KeptFile
from actors.gateway.routes import OutputRoute, Routes
from actors.leco.names import Thing
from actors.messages import Reading

log = structlog.get_logger()

FRAMES: Final = 0.1
"""Seconds from one frame of a grab to the next."""
MOST: Final = 64
"""Grabs at a time, of all directors together; one more is refused."""
STEP: Final = 0.1
"""Seconds from one look at an output that is under way to the next."""

KEEP: Final = 5.0
"""Seconds from one writing down of the grabs to the next, whatever a director does: it is a card that is written to."""
RETURNS: Final = 60.0
"""Seconds after the start within which a director that had a grab before must be heard, or its grab is over."""

Call = Callable[[str, str, str, dict[str, Any]], None]
"""How a director is called: our name, the director's, the method, its parameters."""


class KeptGrabs(KeptFile[bool]):
    """Which grabs are under way, "our name, a blank, the director's" -> True, over restarts of the daemon."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, lambda value: value is True or None, lambda reason: log.warning(events.GRABS_UNKEPT, reason=reason))


@dataclass(slots=True)
class _Grab:
    things: tuple[Thing, ...]
    given: dict[str, Any] = field(default_factory=dict)
    after: float = 0.0


def frame(values: Iterable[tuple[Thing, float]]) -> dict[str, Any]:
    """Return the parameters of `set_data`: one number a channel, with its units in the label."""
    pairs = [*values]
    return {
        "data": {"data": [[value] for _thing, value in pairs], "labels": [thing.label for thing, _value in pairs], "multichannel": True}
    }


class Grabs:
    """By our name and the director's. Everything belongs to the actor's thread; `now` is when it begins, in monotonic seconds."""

    def __init__(self, routes: Routes, call: Call, kept: KeptGrabs, now: float) -> None:
        self.routes = routes
        self.call = call
        self._kept = kept
        self._before = {(name, director) for name, _, director in (key.partition(" ") for key in kept.names())}
        self._before_until, self._keep_at = now + RETURNS, now
        self._grabs: dict[tuple[str, str], _Grab] = {}
        self._moves: dict[tuple[str, str], OutputRoute] = {}

    def begin(self, name: str, director: str, things: tuple[Thing, ...]) -> bool:
        """Send `director` each new reading of `things` from now on; return False when there are too many grabs."""
        if len(self._grabs) >= MOST and (name, director) not in self._grabs:
            return False
        self._grabs[name, director] = _Grab(things)
        return True

    def heard(self, name: str, director: str, things: tuple[Thing, ...]) -> None:
        """Go on with a grab from before the daemon's restart: its director is there."""
        if (name, director) in self._before:
            self._before.discard((name, director))
            self.begin(name, director, things)

    def stop(self, name: str, director: str) -> None:
        """End a grab."""
        self._grabs.pop((name, director), None)
        self._before.discard((name, director))

    def keep_now(self) -> None:
        """Have what is under way written down."""
        under_way = {f"{name} {director}" for name, director in (*self._grabs, *self._before)}
        for key in (*self._kept.names(), *under_way):
            self._kept.remember(key, (key in under_way) or None)

    def moving(self, name: str, director: str, route: OutputRoute) -> None:
        """Tell `director` when the output has arrived, wherever that is then."""
        self._moves[name, director] = route

    def forget(self, director: str) -> None:
        """Tell a director nothing more: it is gone."""
        for key in [key for key in self._grabs if key[1] == director]:
            self.stop(*key)
        self._moves = {key: route for key, route in self._moves.items() if key[1] != director}

    def keep(self, things: dict[str, Thing], routes: Routes, bench: str) -> None:
        """Go on with another bench: what it does not have any more is told to nobody."""
        self.routes = routes
        self._moves = {key: route for key, route in self._moves.items() if routes.children.get(route.child) is route}
        for (name, _director), grab in [*self._grabs.items()]:
            grab.things = tuple(thing for each, thing in things.items() if (thing.first if name == bench else each == name))

    def look(self, now: float) -> float | None:
        """Send what is new; return when to look again, news or not, or None."""
        if now >= self._keep_at:
            self._keep_at = now + KEEP
            self.keep_now()
        if self._before and now > self._before_until:
            for name, director in [*self._before]:
                self.stop(name, director)
        again = [self._look(name, director, grab, now) for (name, director), grab in self._grabs.items()]
        for (name, director), route in [*self._moves.items()]:
            cell = route.cell
            if cell is not None and cell.ramp is not None:
                again.append(now + STEP)
                continue
            del self._moves[name, director]
            if cell is not None and cell.read_back is not None:
                self.call(name, director, "set_move_done", {"data": {"position": cell.read_back}})
        return min((when for when in again if when is not None), default=None)

    def _look(self, name: str, director: str, grab: _Grab, now: float) -> float | None:
        """Send a frame if each of its channels that has a value has a new one."""
        values: list[tuple[Thing, float]] = []
        tokens: dict[str, Any] = {}
        for thing in grab.things:
            found = self._found(thing)
            if found is not None:
                tokens[thing.child], value = found
                values.append((thing, value))
        if not values or any(grab.given.get(child) == token for child, token in tokens.items()):
            return None
        if now < grab.after:
            return grab.after
        grab.given, grab.after = tokens, now + FRAMES
        self.call(name, director, "set_data", frame(values))
        return None

    def _found(self, thing: Thing) -> tuple[Any, float] | None:
        """Return the latest value and what tells it from the next; None where there is none. News is asked for first."""
        route = self.routes.children.get(thing.child)
        if route is None or route.cell is None:
            return None
        route.cell.wanted = True
        if route.down() is not None:
            return None
        if thing.output is not None:
            return None if route.cell.read_back is None else (route.cell.sequence, route.cell.read_back)
        outcome = route.cell.reading if thing.loop is not None else route.cell.outcome
        value = outcome.values.get(thing.channel or "set_point") if isinstance(outcome, Reading) else None
        return (outcome.at, value) if isinstance(value, float) else None

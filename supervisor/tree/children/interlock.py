"""The interlock actor as a child, and what ties it to everybody else: who tells it what, and how it reaches the outputs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from actors.bench.devices import INTERLOCKS, LECO, Bench
from actors.core.cells import OutputCell
from actors.core.clock import Clock
from actors.core.mailbox import teller
from actors.core.ring import Ring
from actors.interlocks.actor import InterlockActor
from actors.interlocks.cell import InterlockCell
from actors.interlocks.former import formers
from actors.loops.store import Models
from actors.messages import Observed, Route, Tell
from actors.outputs.setpoint_store import SetPoints
from actors.outputs.together import Together
from supervisor import journal
from supervisor.tree.children.loop import Loops
from supervisor.tree.children.record import ChildSpec, Record, Running, vitals_of
from supervisor.tree.children.restart_policy import Policy

CHILD: Final = INTERLOCKS
"""Child id of the interlock actor."""
POLICY: Final = Policy(first=0.05, cap=1.0, slow=1.0)
"""While nobody looks at the rules no heater may be on: back at once, and tried for ever."""
HANG: Final = 1.0
"""Seconds in one message after which it counts as lost; a look at all rules takes a fraction of a millisecond."""


class Watch:
    """What the interlock actor shares with the rest of the daemon; outlives its generations. Any thread, where nothing else is said.

    `records` returns the supervisor's records: a child is looked up each time, because it is another one after a restart.
    """

    def __init__(self, records: Callable[[], Mapping[str, Record]], clock: Clock, *, simulated: bool) -> None:
        self.cell = InterlockCell()
        self.together, self.ring = Together(), Ring(clock)
        journal.follow(self.ring.happened)
        folder, suffix = state_directory(os.environ), "_simulated.json" if simulated else ".json"
        self.store = SetPoints(folder / f"set_points{suffix}")
        self.loops = Loops(self.reach, Models(folder / f"loops{suffix}"), self.ring)
        self.records = records
        self.grabs = folder / f"grabs{suffix}"
        self._clock = clock
        self._sensors: frozenset[str] = frozenset()
        self._needed: frozenset[str] = frozenset()
        self._held: Mapping[str, bool] = {}
        self._heaters: tuple[str, ...] = ()
        self._places: dict[str, OutputCell] = {}

    def follow(self, bench: Bench) -> None:
        """Watch `bench` from now on. Supervisor thread."""
        self.bench = bench
        self._sensors = frozenset(channel.sensor for interlock in bench.interlocks for channel in interlock.watched)
        self._needed = frozenset(
            ref.id for interlock in bench.interlocks if interlock.holds_before_it_trips for ref in interlock.watched_outputs
        )
        held = {drive.output.id for interlock in bench.interlocks for drive in interlock.drives}
        self._held = {spec.id: spec.needs_permit for spec in bench.outputs if spec.id in held}
        self._heaters = tuple(spec.id for spec in bench.outputs if spec.heats)
        self.loops.follow(bench)

    def settle(self, where: str, cell: OutputCell) -> None:
        """Have `cell` stand for the output at `where`, pin or address: what the last one left latched there, it takes over."""
        before = self._places.get(where, cell)
        if before is not cell:
            cell.inherit(before)
        self._places[where] = cell

    def with_latches(self, present: Bench, wanted: Bench) -> Bench:
        """Return `wanted` with those interlocks of `present` that hold outputs until a reset, and that it no longer has for them."""
        now = {spec.place: spec for spec in wanted.outputs}
        places = {spec.id: spec.place for spec in present.outputs}
        left = formers(wanted.interlocks, present.interlocks, self.cell.states, places, now)
        return replace(wanted, interlocks=(*wanted.interlocks, *left))

    def needs_permit(self, output: str) -> bool:
        """Whether an output may be on only while the rules are looked at: any that an interlock holds, but no fan, which cools."""
        return self._held.get(output, False)

    def observed(self, news: Observed) -> None:
        """Pass a measurement or a changed read-back on, if any rule or any loop is about it."""
        self.loops.observed(news)
        if news.child in self._sensors or news.child in self._needed:
            self.tell(news)

    def routed(self, route: Route) -> None:
        """Pass a change of state on: to LECO, and to the interlocks and loops that are about that child."""
        self.tell_network(route)
        self.loops.routed(route)
        if route.child in self._sensors or route.child in self._held:
            self.tell(route)

    def tell(self, message: Any) -> bool:
        """Reach whichever interlock actor there is now; return whether there is one."""
        running = self.reach(CHILD)
        if running is not None:
            running.tell(message)
        return running is not None

    def tell_network(self, message: Any) -> None:
        """Reach the LECO actor, if there is one. Any thread."""
        running = self.reach(LECO)
        if running is not None:
            running.tell(message)

    def reach(self, child: str) -> Running | None:
        """Return the present generation of a child, or None while there is none."""
        record = self.records().get(child)
        return None if record is None else record.running

    def heat(self) -> float:
        """Return when a heater was last on (monotonic), as far as its read-back tells; minus infinity for never."""
        cells = [running.cell for child in self._heaters if (running := self.reach(child)) is not None]
        return max((cell.on_at for cell in cells if isinstance(cell, OutputCell)), default=float("-inf"))

    def child(self, bench: Bench, clock: Clock, parent: Tell) -> list[ChildSpec]:
        """Return the child spec of the interlock actor; an empty list for a bench without interlocks."""

        def start(generation: int) -> Running:
            shared: dict[str, Any] = {"cell": self.cell, "clientele": self.together, "reach": self.reach}
            ref = InterlockActor.start(bench.interlocks, generation, parent=parent, clock=clock, needs_permit=self.needs_permit, **shared)
            return Running(ref, teller(ref), vitals_of(ref), None, self.cell.fence, lambda: None)

        return [ChildSpec(CHILD, "interlock", start, POLICY, hang=HANG, start_up=HANG)] if bench.interlocks else []


def state_directory(environ: Mapping[str, str]) -> Path:
    """Return where small state files are kept: systemd's STATE_DIRECTORY, else the user's own (XDG_STATE_HOME)."""
    given = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if given:
        return Path(given)
    home = environ.get("XDG_STATE_HOME") or environ.get("LOCALAPPDATA")
    try:
        return (Path(home) if home else Path.home() / ".local" / "state") / "pilotage"
    except RuntimeError:  # a user without a home
        return Path.cwd()

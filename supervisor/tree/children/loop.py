"""The loops as children, and what ties them to everybody else: who tells them what, and how they reach what they drive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.bench.devices import Bench
from actors.bench.loops import LoopSpec
from actors.core.cells import LoopCell
from actors.core.clock import Clock
from actors.core.mailbox import teller
from actors.core.ring import Ring
from actors.loops.store import Models
from actors.messages import Observed, Rewire, Route, Tell
from supervisor.tree.children.record import ChildSpec, Running, vitals_of
from supervisor.tree.children.restart_policy import Policy

POLICY: Final = Policy(first=0.05, cap=1.0, slow=1.0)
"""A loop that comes back is off, and has nothing to wait for."""
HANG: Final = 10.0
"""Seconds in one message after which a loop counts as lost: the fit at the end of a tuning takes about one on the smallest Pi.

Its output does not wait for that: its last command runs out by itself.
"""


class Loops:
    """What the loops share with the rest of the daemon; outlives their generations. Any thread, where nothing else is said."""

    def __init__(self, reach: Callable[[str], Running | None], models: Models, ring: Ring) -> None:
        self._reach, self._ring = reach, ring
        self._models = models
        self._cells: dict[str, LoopCell] = {}
        self._concerned: dict[str, tuple[str, ...]] = {}
        self._fans: dict[str, tuple[str, ...]] = {}

    def follow(self, bench: Bench) -> None:
        """Tell the loops of `bench` from now on what concerns them. Supervisor thread."""
        concerned: dict[str, tuple[str, ...]] = {}
        for spec in bench.loops:
            for child in (spec.channel.sensor, spec.output.id):
                concerned[child] = (*concerned.get(child, ()), spec.id)
        self._concerned = concerned
        self._fans = {
            spec.id: tuple(loop.id for loop in bench.loops if loop.fan is not None and loop.fan.id == spec.id) for spec in bench.outputs
        }

    def observed(self, news: Observed) -> None:
        """Pass a measurement on to the loops of that sensor, and a change of a fan on to those that it cools."""
        concerned = self._fans if news.outcome is None else self._concerned
        self._tell(concerned.get(news.child, ()), news)

    def routed(self, route: Route) -> None:
        """Pass a change of state of a sensor or an output on to its loops."""
        self._tell(self._concerned.get(route.child, ()), route)

    def rewire(self, bench: Bench, specs: list[ChildSpec], kept: Callable[[str], Any]) -> None:
        """Have every loop that goes on work with `bench`, and any later generation of it; `kept` returns a child's record."""
        for spec in specs:
            record = kept(spec.id) if spec.kind == "loop" else None
            if record is not None:
                record.spec = spec
                if record.running is not None:
                    record.running.tell(Rewire(bench))

    def states(self, bench: Bench) -> dict[str, Any]:
        """Return what every loop says of itself, by its name."""
        known = {spec.id: self._cells[spec.id].state for spec in bench.loops if spec.id in self._cells}
        return {loop: {**state, "tune": _briefly(state.get("tune"))} for loop, state in known.items()}

    def child(self, spec: LoopSpec, bench: Bench, clock: Clock, parent: Tell, gateway: Tell) -> ChildSpec:
        """Return the child spec of a loop; its cell outlives the generations. What a loop is made of is loaded for the first one."""
        from actors.loops.actor import LoopActor
        from actors.loops.setting import Setting

        cell = self._cells.get(spec.id) or self._cells.setdefault(spec.id, LoopCell(spec.id, gateway, self._ring))
        setting = Setting.of(spec, bench)

        def start(generation: int) -> Running:
            cell.generation = generation
            shared: dict[str, Any] = {"cell": cell, "reach": self._reach, "models": self._models}
            ref = LoopActor.start(setting, generation, parent=parent, clock=clock, **shared)
            return Running(ref, teller(ref), vitals_of(ref), cell, cell.fence, lambda: None)

        return ChildSpec(spec.id, "loop", start, POLICY, hang=HANG, start_up=HANG, where=f"pin {spec.pin}")

    def _tell(self, loops: tuple[str, ...], message: Any) -> None:
        for loop in loops:
            running = self._reach(loop)
            if running is not None:
                running.tell(message)


def _briefly(tune: Any) -> Any:
    """Return what there is to say of a tuning, without its readings: whoever wants these asks the loop."""
    return None if tune is None else {name: value for name, value in tune.items() if name != "record"}

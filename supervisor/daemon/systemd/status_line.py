"""The bench in one line, for `systemctl status`: "6 of 6 sensors, heater off; t_sortie absent since 14:02"."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from actors.core.cells import OutputCell, SensorCell
from actors.core.clock import Clock
from actors.errors import OVER, UNDER, Fault
from actors.hardware.i2c.breaker import BUS_CODES
from actors.leco.network import LecoCell
from supervisor.tree.children.record import Record
from supervisor.tree.state import State

MOST: Final = 3
"""Troubles that are named; the others are counted."""
WORDS: Final = {
    "absent": "absent",
    "backoff": "lost",
    "failed": "failed",
    "degraded": "in trouble",
}
"""State of a child -> what a person calls it."""

NETWORK: Final = {"not_joined": "no LECO coordinator", "name_taken": "LECO name taken"}
"""Code of a LECO network that is not joined -> what a person calls it."""

BEYOND: Final = {OVER: "above all it can tell", UNDER: "below all it can tell"}
"""Code of a channel without a value -> what a person calls it; any other is broken."""


class StatusLine:
    """Main thread; reads what the supervisor's thread owns, each piece of which is replaced as a whole."""

    def __init__(self, clock: Clock, wall: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._wall = wall
        self._begun: dict[tuple[str, float], float] = {}

    def text(self, state: State) -> str:
        """Return the line as things are now."""
        records = list(state.records.values())
        sensors = [record for record in records if record.spec.kind == "sensor"]
        well = sum(record.life.state == "running" and not _broken(record) for record in sensors)
        parts = [f"{well} of {len(sensors)} sensors"] if sensors else []
        heaters = {spec.id for spec in state.bench.outputs if spec.heats}
        parts += self._heaters([record for record in records if record.spec.id in heaters])
        parts += _joined(records)
        troubles = self._troubles(state, records)
        if len(troubles) > MOST:
            troubles[MOST:] = [f"{len(troubles) - MOST} more"]
        head = ("simulated: " if state.rig.simulated else "") + (", ".join(parts) or "no sensors, no heater")
        return "; ".join([head, ", ".join(troubles)]) if troubles else head

    def _heaters(self, heaters: list[Record]) -> Iterable[str]:
        states = {record.spec.id: _heat(record) for record in heaters}
        if len(set(states.values())) == 1:
            return [f"{'heater' if len(states) == 1 else 'heaters'} {next(iter(states.values()))}"]
        return [f"{name} {heat}" for name, heat in states.items()]

    def _troubles(self, state: State, records: list[Record]) -> list[str]:
        down = [(breaker, trouble) for breaker in state.rig.breakers.all if (trouble := breaker.fault) is not None]
        found = [f"{it.name} {'stuck' if why.code == 'bus_stuck' else 'lost'} {self._since(it.name, it.since)}" for it, why in down]
        for record in records:
            life, fault = record.life, record.life.fault
            by_bus = bool(down) and fault is not None and fault.code in BUS_CODES
            if life.state == "degraded" and fault is not None and fault.code in NETWORK:
                found.append(f"{NETWORK[fault.code]} {self._since(record.spec.id, life.since)}")
            elif life.state in WORDS and not by_bus:
                word = "hanging" if fault is not None and fault.code == "hung" else WORDS[life.state]
                found.append(f"{record.spec.id} {word} {self._since(record.spec.id, life.since)}")
            elif life.state == "running":
                for channel, (fault, since) in _broken(record).items():
                    who = f"{record.spec.id}.{channel}"
                    found.append(f"{who} {BEYOND.get(fault.code, 'broken')} {self._since(who, since)}")
        starting = sum(record.life.state == "starting" for record in records)
        return [f"{starting} starting", *found] if starting else found

    def _since(self, who: str, begun: float) -> str:
        """Return "since 14:02", with the date if that was another day; `begun` is monotonic, and its wall time is noted once."""
        wall = self._wall()
        if len(self._begun) > 1000:  # noqa: PLR2004 - a bound on what flapping children leave behind
            self._begun.clear()
        at = time.localtime(self._begun.setdefault((who, begun), wall - (self._clock.monotonic() - begun)))
        today = time.localtime(wall)[:3] == at[:3]
        return time.strftime("since %H:%M" if today else "since %Y-%m-%d %H:%M", at)


def _joined(records: list[Record]) -> list[str]:
    """Return as whom the bench is in its LECO network, if it is."""
    cells = [record.running.cell for record in records if record.running is not None]
    presences = [cell.presence for cell in cells if isinstance(cell, LecoCell) and cell.presence.joined and cell.presence.names]
    return [f"in LECO as {presence.namespace}.{presence.names[0]}" for presence in presences]


def _broken(record: Record) -> Mapping[str, tuple[Fault, float]]:
    cell = record.running.cell if record.running is not None else None
    return cell.broken if isinstance(cell, SensorCell) else {}


def _heat(record: Record) -> str:
    cell = record.running.cell if record.running is not None else None
    value = cell.read_back if isinstance(cell, OutputCell) else None
    return "unknown" if value is None else "off" if value == 0 else "on"

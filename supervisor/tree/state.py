"""The tree as data: which children there are, and what is known of each of them.

Written in the supervisor's thread alone; whole values are replaced, so that a reader of another thread sees the former or the new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from actors.bench.devices import Bench
from actors.core.clock import Clock
from supervisor.rig.rig import Rig
from supervisor.tree.children.interlock import Watch
from supervisor.tree.children.record import Record
from supervisor.tree.left_on import LeftOn
from supervisor.tree.watch.hangs import LostThreads


@dataclass(slots=True)
class State:
    """`records` are the children of `bench` by their ids, in the order in which they are started; the gateway is none of them."""

    bench: Bench
    rig: Rig
    clock: Clock
    started_at: float
    """When the daemon started (monotonic)."""
    watch: Watch
    """What the interlocks share with everybody."""
    gateway: Record
    records: dict[str, Record] = field(default_factory=dict)
    retired: dict[str, Record] = field(default_factory=dict)
    """The last record of each child that `config.py` no longer has: it goes on counting when the child comes back."""
    left_on: dict[str, LeftOn] = field(default_factory=dict)
    """Outputs that `config.py` no longer has though they are not known to be off, by the ids of the children that switch them off."""
    lost: LostThreads = field(default_factory=LostThreads)

    def everybody(self) -> list[Record]:
        """Return every child there is now."""
        return [self.gateway, *self.records.values(), *(one.record for one in self.left_on.values())]

    def record(self, child: str, generation: int) -> Record | None:
        """Return the record of a child that is in this generation; of one that `config.py` no longer has, its last."""
        present = next((record for record in self.everybody() if record.spec.id == child), None)
        record = present or self.retired.get(child)
        return record if record is not None and record.life.generation == generation else None

    def at_rest(self) -> bool:
        """Whether every output's last generation ended with it at its safe value, as the hardware said."""
        return not self.left_on and all(record.at_rest for record in self.records.values() if record.spec.kind == "output")

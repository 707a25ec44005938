"""What a loop is to the rest of the bench: a channel that an output holds at a set-point.

The law that holds it is in `actors.loops.law`, how its constants are found in `actors.loops.tuning`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from actors.bench.interlocks import ChannelRef, OutputRef

MISSED: Final = 3
"""Readings in a row that may be missing before a loop gives up, and as many seconds at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSpec:
    """One loop of `LOOPS`. Quantities in units of its channel, times in seconds, but `ramp` in units per minute; powers in % of full scale.

    `id` is its child id, `pin` its virtual pin, `period` the sensor's, `min` and `max` the range of set-points (0 is off, whatever it is).
    `action` is `heat` if more of the output makes the value rise, `cool` if it makes it fall.
    `fan` is an output that carries heat away, `ambient` a channel of the air around.
    `k` (units per second at full power), `gain` (units above ambient at full power) and `dead_time` are given together or not at all;
    `fan_losses` are the losses at equal distances from 0 to 100 % of the fan, as multiples of those at 0.
    `hysteresis` makes it a switch, off or on, that holds still for `cycle` seconds after it has switched.
    """

    id: str
    name: str
    title: str
    channel: ChannelRef
    output: OutputRef
    pin: int
    min: float
    max: float
    period: float
    action: str = "heat"
    fan: OutputRef | None = None
    ambient: ChannelRef | None = None
    ramp: float | None = None
    max_duty: float = 100.0
    settled: float = 0.1
    aggressiveness: str = "normal"
    k: float | None = None
    gain: float | None = None
    dead_time: float | None = None
    fan_losses: tuple[float, ...] = ()
    hysteresis: float | None = None
    cycle: float = 10.0

    @property
    def sign(self) -> float:
        """1 where more power raises the value, -1 where it lowers it."""
        return -1.0 if self.action == "cool" else 1.0

    @property
    def most(self) -> float:
        """The largest duty that it may ask for, 0..1."""
        return self.max_duty / 100.0

    @property
    def lost_after(self) -> float:
        """Seconds without a good reading after which it gives up, and for which each of its commands is valid."""
        return max(MISSED * self.period, float(MISSED))

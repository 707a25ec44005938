"""Interlocks for the tests, and one rule at a time in time moved by hand."""

import dataclasses
from collections.abc import Callable
from typing import Any

from actors.bench.interlocks import ChannelRef, Drive, Interlock, OutputRef
from actors.errors import Fault
from actors.interlocks.kinds.client_lost import ClientLost
from actors.interlocks.kinds.idle import Idle
from actors.interlocks.kinds.limit import Limit
from actors.interlocks.kinds.max_duty import MaxDuty
from actors.interlocks.kinds.max_on import MaxOn
from actors.interlocks.kinds.progress import Progress
from actors.interlocks.kinds.requirement import Requirement
from actors.interlocks.kinds.stale import Stale
from actors.interlocks.kinds.stuck_on import StuckOn
from actors.interlocks.latch import State, Trip, advance, held, initial, reset
from actors.interlocks.snapshot import Picture, Word

HEATER, FAN = OutputRef("heater", 0.0, 255.0), OutputRef("fan", 0.0, 255.0)
TEMPERATURE, RPM = ChannelRef("hot", "temp", "°C"), ChannelRef("emc", "fan", "rpm")
OFF = (Drive(HEATER, 0.0),)

LIMIT = Limit(name="too_hot", drives=OFF, channel=TEMPERATURE, above=90.0, hysteresis=5.0)
STALE = Stale(name="lost", drives=OFF, channel=TEMPERATURE)
PROGRESS = Progress(name="not_heating", drives=OFF, channel=TEMPERATURE, output=HEATER)
STUCK_ON = StuckOn(name="stuck_on", drives=OFF, channel=TEMPERATURE, output=HEATER, fans=(FAN,))
FAN_NEEDED = Requirement(name="fan_needed", drives=OFF, needs=FAN, above=20.0, latched=False)
RPM_NEEDED = Requirement(name="rpm_needed", drives=OFF, needs=RPM, above=500.0, latched=False)
MAX_ON = MaxOn(name="on_too_long", drives=OFF, output=HEATER, seconds=3600.0)
MAX_DUTY = MaxDuty(name="half", drives=OFF, output=HEATER, duty=50.0)
IDLE = Idle(name="idle", drives=OFF, seconds=600.0, latched=False)
CLIENT_LOST = ClientLost(name="left", drives=OFF, seconds=10.0, latched=False)
EVERY = (LIMIT, STALE, PROGRESS, STUCK_ON, FAN_NEEDED, RPM_NEEDED, MAX_ON, MAX_DUTY, IDLE, CLIENT_LOST)

change: Callable[..., Any] = dataclasses.replace


class Bench:
    """What one interlock sees; `pass_` lets time pass with a look each second, as new readings would."""

    def __init__(self, spec: Interlock, start: float = 1000.0) -> None:
        self.spec = spec
        self.state: State = initial(spec)
        self.now = start
        self.since = start
        self.channels: dict[tuple[str, str], Word] = {}
        self.outputs = {HEATER.id: Word(0.0, start), FAN.id: Word(0.0, start)}
        self.asked = float("-inf")
        self.gone: dict[str, float] = {}
        self.due: float | None = None

    def look(self) -> "Bench":
        picture = Picture(self.since, self.channels, self.outputs, self.asked, self.gone)
        self.state, self.due = advance(self.spec, self.state, picture, self.now)
        return self

    def read(self, value: float | None, ref: ChannelRef = TEMPERATURE, fault: str = "no acknowledge") -> "Bench":
        """Take a reading (None: a failed one), and look."""
        key, before = (ref.sensor, ref.channel), self.channels.get((ref.sensor, ref.channel), Word())
        self.channels[key] = Word(before.value, before.at, fault) if value is None else Word(value, self.now)
        return self.look()

    def drive(self, ref: OutputRef, percent: float | None) -> "Bench":
        """Let an output read back `percent` of full scale (None: it cannot be read), and look."""
        self.outputs[ref.id] = Word(None if percent is None else percent / 100 * ref.full, self.now)
        return self.look()

    def pass_(self, seconds: float, read: Callable[[float], float | None] | float | None = None, ref: ChannelRef = TEMPERATURE) -> "Bench":
        """Let `seconds` pass, each with a reading of `read` (a value, or a function of the seconds passed), until the trip at most."""
        begun = self.now
        while self.now < begun + seconds:
            self.now = min(self.now + 1.0, begun + seconds)
            for name, word in self.outputs.items():
                self.outputs[name] = Word(word.value, self.now)
            value = read(self.now - begun) if callable(read) else read
            if value is None:
                self.look()
            else:
                self.read(value, ref)
        return self

    @property
    def trip(self) -> Trip | None:
        return self.state.trip

    @property
    def why(self) -> str:
        """Why it has tripped; empty if it has not."""
        return "" if self.state.trip is None else self.state.trip.why

    @property
    def tripped_at(self) -> float | None:
        return None if self.state.trip is None else self.state.trip.since

    def reset(self) -> str | None:
        """Reset; return why that is refused, or None."""
        result = reset(self.spec, self.state)
        if isinstance(result, Fault):
            assert result.code == "interlock"
            return result.message
        self.state = result
        return None

    def holds(self) -> bool:
        return bool(held((self.spec,), {self.spec.name: self.state}))

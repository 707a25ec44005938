"""What `INTERLOCKS` of `config.py` says, checked and resolved: one frozen record per interlock.

Times are in seconds, duty cycles in % of full scale, temperatures and other quantities in the units of their channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """A channel of a sensor; `sensor` is its child id."""

    sensor: str
    channel: str
    units: str = ""

    def __str__(self) -> str:
        return f"{self.sensor}.{self.channel}"


@dataclass(frozen=True, slots=True)
class OutputRef:
    """An output by its child id; `safe` and `full` (100 %) in set-point units."""

    id: str
    safe: float
    full: float

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Drive:
    """What a trip does to one output, in set-point units."""

    output: OutputRef
    value: float

    @property
    def is_safe(self) -> bool:
        """Whether it is the output's safe value."""
        return self.value == self.output.safe


@dataclass(frozen=True, slots=True, kw_only=True)
class Interlock:
    """What all have in common. A latched trip stays until it is reset; another one clears itself when its cause is gone.

    A trip that `yields` drives its outputs once and then lets a client drive them again: nothing is wrong with the bench.
    """

    kind: ClassVar[str]
    name: str
    drives: tuple[Drive, ...]
    latched: bool = True

    @property
    def yields(self) -> bool:
        """Whether outputs may be driven again although it is tripped."""
        return False

    @property
    def watched(self) -> tuple[ChannelRef, ...]:
        """The channels it looks at."""
        channel: ChannelRef | None = getattr(self, "channel", None)
        return () if channel is None else (channel,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Interlock):
    """A channel above or below a threshold; over again when it is back beyond the threshold by `hysteresis`."""

    kind: ClassVar[str] = "limit"
    channel: ChannelRef
    above: float | None = None
    below: float | None = None
    hysteresis: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale(Interlock):
    """No good reading of a channel for `seconds`."""

    kind: ClassVar[str] = "stale"
    channel: ChannelRef
    seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Interlock):
    """A heater that does not heat: `duty` reached, and yet no `rise` within `seconds`.

    Not judged where the channel is warm already: `already` above its value after `rest` seconds of duty 0.
    """

    kind: ClassVar[str] = "progress"
    channel: ChannelRef
    output: OutputRef
    duty: float = 20.0
    rise: float = 2.0
    seconds: float = 60.0
    already: float = 5.0
    rest: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckOn(Interlock):
    """A heater that heats although it is off: after `rest` seconds of duty 0, a `rise` within `seconds`, the `fans` unchanged."""

    kind: ClassVar[str] = "stuck_on"
    channel: ChannelRef
    output: OutputRef
    fans: tuple[OutputRef, ...] = ()
    rest: float = 120.0
    rise: float = 5.0
    seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement(Interlock):
    """Outputs that may be on only while `needs` is above `above`: an output's read-back in %, or a channel in its units.

    What is older than `seconds` counts as not known. While the need is unmet set-points are refused at once; outputs that are on
    go on for `grace`, and are driven after it.
    """

    kind: ClassVar[str] = "requirement"
    needs: ChannelRef | OutputRef
    above: float
    seconds: float = 5.0
    grace: float = 0.0

    @property
    def watched(self) -> tuple[ChannelRef, ...]:
        """The channels it looks at."""
        return (self.needs,) if isinstance(self.needs, ChannelRef) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxOn(Interlock):
    """An output on for `seconds` without a break."""

    kind: ClassVar[str] = "max_on"
    output: OutputRef
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxDuty(Interlock):
    """An output above `duty`. Set-points are clamped there already: this sees who else drives it."""

    kind: ClassVar[str] = "max_duty"
    output: OutputRef
    duty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle(Interlock):
    """No request from any client for `seconds` while an output is on."""

    kind: ClassVar[str] = "idle"
    seconds: float

    @property
    def yields(self) -> bool:
        """Unless latched: whoever comes back may drive again."""
        return not self.latched


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLost(Interlock):
    """Every client that drove an output gone for `seconds` while it is on."""

    kind: ClassVar[str] = "client_lost"
    seconds: float

    @property
    def yields(self) -> bool:
        """Unless latched: whoever comes back may drive again."""
        return not self.latched


@dataclass(frozen=True, slots=True, kw_only=True)
class Former(Interlock):
    """A latched trip whose interlock `config.py` no longer has, or no longer has for these outputs: it holds them until it is reset.

    `why` and `since` (monotonic) are those of the trip. `origin` is the interlock whose trip it is: a reset of that ends both.
    """

    kind: ClassVar[str] = "former"
    why: str
    since: float
    origin: str

"""What an interlock is to the rest of the bench; the kinds, with their rules, are in `actors.interlocks.kinds`.

Times are in seconds, duty cycles in % of full scale, temperatures and other quantities in the units of their channel.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar


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
    memory: ClassVar[Any] = None
    """What its rule remembers at first."""
    holds_before_it_trips: ClassVar[bool] = False
    """Whether what is wrong holds its outputs from the first moment, also while nothing is on that a trip would have to drive."""
    is_about_clients: ClassVar[bool] = False
    """Whether nothing is wrong with the bench when it trips, but with who looks after it."""
    name: str
    drives: tuple[Drive, ...]
    latched: bool = True

    @property
    def yields(self) -> bool:
        """Whether outputs may be driven again although it is tripped: unless latched, by any client who comes back."""
        return self.is_about_clients and not self.latched

    @property
    def ceiling(self) -> float | None:
        """The % of full scale to which set-points of its output are clamped, if it clamps them."""
        return None

    @property
    def watched(self) -> tuple[ChannelRef, ...]:
        """The channels it looks at."""
        return _parts(self, ChannelRef)

    @property
    def watched_outputs(self) -> tuple[OutputRef, ...]:
        """The outputs it looks at, besides those it drives."""
        return _parts(self, OutputRef)

    def judge(self, memory: Any, picture: Any, now: float) -> Any:
        """Return the finding of its rule (`actors.interlocks.snapshot`)."""
        raise NotImplementedError


@lru_cache(maxsize=1024)
def _parts(interlock: Interlock, kind: type[Any]) -> tuple[Any, ...]:
    """Return what of this kind an interlock's keys name: found once, and asked for at every look at the bench."""
    values = [getattr(interlock, each.name) for each in fields(interlock)]
    each_value = (one for value in values for one in (value if isinstance(value, tuple) else (value,)))
    return tuple(one for one in each_value if isinstance(one, kind))

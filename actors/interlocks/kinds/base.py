"""What every kind of interlock is made of: how it declares its keys, how its rule is called, how it refuses what cannot be."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NamedTuple, TypeVar

from actors.bench.interlocks import Interlock
from actors.interlocks.snapshot import Finding, Picture
from pilotage.words import number

DAY: Final = 86_400.0
SECONDS: Final = "seconds, more than 0, up to 86400"
ZERO: Final = 0.05
"""% of full scale below which a duty cycle is 0: half a step of the coarsest read-back of 0..10."""
_PERCENT: Final = "0 to 100 (% of full scale)"
_BOUNDED: Final = frozenset({"%RH"})
"""Units whose ends are those of the quantity: there is nothing beyond that could be called over range."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of an entry: what is allowed and what it means, in words, what holds when it is not there, and the limits of a number.

    `names` says what kind of thing the key names, if it names one: the field is then a reference to it.
    """

    allowed: str
    meaning: str
    unset: str = ""
    limits: Mapping[str, float] = dataclasses.field(default_factory=dict)
    names: str = ""


def key(default: Any, allowed: str, meaning: str, unset: str = "", **limits: float) -> Any:
    """Return a field that is a key of the same name; the default `...` makes it required. `limits` are `gt`, `ge`, `lt`, `le`."""
    given = dataclasses.MISSING if default is ... else default
    return dataclasses.field(default=given, metadata={"key": Key(allowed, meaning, unset, limits)})


def seconds(default: Any, meaning: str, allowed: str = SECONDS) -> Any:
    """Return a field that is a time."""
    return key(default, allowed, meaning, gt=0, le=DAY)


def percent(default: Any, meaning: str) -> Any:
    """Return a field that is a duty cycle."""
    return key(default, _PERCENT, meaning, ge=0, le=100)


def rise(default: float, meaning: str) -> Any:
    """Return a field that is a difference of two values of the channel."""
    return key(default, "a number greater than 0, in the channel's units", meaning, gt=0)


def latched(*, default: bool) -> Any:
    """Return the field `latched` of a kind that may be either."""
    return key(default, "True or False", "True: stays tripped until it is reset; False: is over when its cause is gone")


def _reference(allowed: str, meaning: str, names: str, unset: str = "") -> Mapping[str, Key]:
    """Return the metadata of a field that refers to a part of the bench."""
    return {"key": Key(allowed, meaning, unset, names=names)}


CHANNEL: Final = _reference("the name of a sensor", "the sensor that is watched", "sensor")
"""A channel: the keys `sensor` and `channel`."""
OUTPUT: Final = _reference("the name of an output", "the output that is watched, and driven to its safe value", "output")
"""An output: the key `output`. A trip drives it in any case."""
FANS: Final = _reference("the name of an output, or a list of them", "fans whose change explains a rise", "fan", "every fan")
"""Several outputs: the key `fan`."""
NEEDS: Final = _reference(
    "the name of an output or of a sensor", "what the outputs need: an output that is on, or a sensor's channel", "needs"
)
"""An output or a channel: the keys `needs` and `channel`."""


class Refusal(NamedTuple):
    """What cannot be: the key (empty: the entry as a whole), what is allowed, a hint; `found` is the key's value if it is not said."""

    key: str
    allowed: str
    hint: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a channel before it was ever read: the ends of what it can tell, and the seconds between two readings."""

    sensor: str
    channel: str
    driver: str
    units: str
    lowest: float
    highest: float
    period: float

    def __str__(self) -> str:
        return f"{self.sensor}.{self.channel} ({self.driver})"


@dataclass(frozen=True, slots=True)
class Thermometer:
    """The channel that can best watch a heater: what names it in an entry, the highest limit that makes sense there, and when it is lost.

    `lost_after` is in seconds without a reading.
    """

    where: Mapping[str, str]
    hottest: int
    lost_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Interlock):
    """One kind: its fields are its keys, a frozen instance is one entry of `INTERLOCKS`."""

    heats: ClassVar[bool] = False
    """Whether it is about the heat of its `output`, which is a heater then, whatever else is said of it."""
    trusts_readings: ClassVar[bool] = False
    """Whether it judges by the last good reading, so that something else must notice when there is none any more."""
    needs_steps: ClassVar[str] = ""
    """If it is about duty cycles between 0 and 100 %: what to take instead for an output that is off or on."""

    def judge(self, memory: Any, picture: Picture, now: float) -> Finding:
        """Say what is wrong now (monotonic seconds). Pure: all that it remembers is in the finding, and comes back as `memory`."""
        raise NotImplementedError

    @classmethod
    def refuse(cls, given: Mapping[str, Any]) -> Iterable[Refusal]:
        """Say which keys contradict each other; each of `given` is right by itself."""
        del given
        return ()

    @classmethod
    def doubt(cls, given: Mapping[str, Any], seen: Seen) -> Iterable[Refusal | str]:
        """Say what the channel can never show; a text is a warning. A key that is wrong by itself is not in `given`."""
        del given, seen
        return ()

    @classmethod
    def propose(cls, output: str, thermometer: Thermometer | None) -> Mapping[str, Any] | None:
        """Return the entry that is proposed for a heater that nothing watches, or None."""
        del output, thermometer
        return None


KINDS: Final[dict[str, type[Kind]]] = {}
"""Word of `'kind'` in `config.py` -> the kind."""
_K = TypeVar("_K", bound=type[Kind])


def registered(kind: _K) -> _K:
    """Make it a kind that `config.py` can name. A decorator."""
    KINDS[kind.kind] = kind
    return kind


def never_shown(name: str, threshold: float | None, seen: Seen, *, trips_beyond: bool) -> Iterable[Refusal | str]:
    """Refuse a threshold `above` or `below` that the channel never reaches; only warn where being beyond the chip's end trips, too."""
    sign, end, most, side = (1, seen.highest, "most", "hotter") if name == "above" else (-1, seen.lowest, "least", "colder")
    if threshold is None or sign * threshold < sign * end:
        return
    told = f"{number(end)} {seen.units} is the {most} that {seen} can tell"
    if not trips_beyond or seen.units in _BOUNDED:
        yield Refusal(name, f"{'less' if sign > 0 else 'more'} than {number(end)}", told)
    elif threshold != end:
        yield f"'{name}': {number(threshold)} is never read: {told}; it trips when it is {side} than that"


def never_rises(rise: float | None, seen: Seen) -> Iterable[Refusal]:
    """Refuse a rise that is larger than all the channel can tell."""
    span = seen.highest - seen.lowest
    if rise is not None and rise >= span:
        yield Refusal("rise", f"less than {number(span)}, all that {seen} can tell")

"""The keys of `INTERLOCKS`, one model per kind: types, limits, defaults, and the words for them. Times in seconds, duty cycles in %."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from supervisor.configuration.model import DAY, LONGEST, Name, Section, Text, composed, key


def _outputs_to_drive(value: Any) -> dict[str, float | None]:
    """Accept a name, a list of names, or {name: value}; None stands for the output's safe value."""
    names: Any = [value] if isinstance(value, str) else value
    if not isinstance(names, list | dict) or not names or not all(isinstance(name, str) for name in names):
        raise ValueError
    values = {composed(name): driven for name, driven in (names if isinstance(names, dict) else dict.fromkeys(names)).items()}
    if len(values) < len(names) or not all(driven is None or _is_number(driven) for driven in values.values()):
        raise ValueError
    return values


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and math.isfinite(value)


def _fans(value: Any) -> list[str]:
    fans = [value] if isinstance(value, str) else value
    if not isinstance(fans, list) or not all(isinstance(name, str) for name in fans):
        raise ValueError
    return [composed(name) for name in fans]


Percent = Annotated[float, Field(ge=0, le=100)]
Seconds = Annotated[float, Field(gt=0, le=DAY)]
_SECONDS = "seconds, more than 0, up to 86400"
_RISE = "a number greater than 0, in the channel's units"
_PERCENT = "0 to 100 (% of full scale)"


class Interlock(Section):
    """What every entry of `INTERLOCKS` has."""

    name: Name = key(..., f"a text of 1 to {LONGEST} characters", "what messages, `status` and `pilotage reset` call the interlock")
    kind: str = key(..., "the kind of rule", "which rule it is: see below")
    outputs: Annotated[Any, AfterValidator(_outputs_to_drive)] = key(
        None,
        "a name, ['name', ...] or {'name': value, ...}",
        "which outputs a trip drives; a list means their safe values",
        "`output`, where there is one, else every heater",
    )


class Channel(Interlock):
    """An interlock that watches a sensor."""

    sensor: Name = key(..., "the name of a sensor", "the sensor that is watched")
    channel: Text | None = key(None, "a channel of that sensor", "which of its channels", "the chip's first channel")


def _latched(default: bool) -> Any:
    meaning = "True: stays tripped until it is reset; False: is over when its cause is gone"
    return key(default=default, allowed="True or False", meaning=meaning)


def _output() -> Any:
    return key(..., "the name of an output", "the output that is watched, and driven to its safe value")


class Limit(Channel):
    """`limit`."""

    above: float | None = key(None, "a number; one of 'above' and 'below'", "trips above this value", "no upper limit")
    below: float | None = key(None, "a number; one of 'above' and 'below'", "trips below this value", "no lower limit")
    hysteresis: float = key(0.0, "a number, 0 or more", "its cause is gone this far inside the limit", ge=0)
    latched: bool = _latched(default=True)


class Stale(Channel):
    """`stale`."""

    seconds: Seconds = key(5.0, "seconds, at least twice the sensor's 'period'", "trips after so long without a good reading")
    latched: bool = _latched(default=True)


class Progress(Channel):
    """`progress`."""

    output: Name = _output()
    duty: Percent = key(20.0, _PERCENT, "the verification begins when the output crosses this duty cycle upwards")
    rise: float = key(2.0, _RISE, "what the channel must rise", gt=0)
    seconds: Seconds = key(60.0, _SECONDS, "in this time")
    already: float = key(5.0, _RISE, "no verification if the channel is this much above its cold value already", gt=0)
    rest: Seconds = key(600.0, _SECONDS, "the cold value is that after so long at duty 0")


class StuckOn(Channel):
    """`stuck_on`."""

    output: Name = _output()
    fan: Annotated[Any, AfterValidator(_fans)] = key(
        None, "the name of an output, or a list of them", "fans whose change explains a rise", "every fan"
    )
    rest: Seconds = key(120.0, _SECONDS, "watches after so long at duty 0")
    rise: float = key(5.0, _RISE, "trips on this rise", gt=0)
    seconds: Seconds = key(60.0, _SECONDS, "within this time")


class Requirement(Interlock):
    """`requirement`."""

    needs: Name = key(..., "the name of an output or of a sensor", "what the outputs need: an output that is on, or a sensor's channel")
    channel: Text | None = key(None, "a channel of that sensor", "which channel, for a sensor", "the chip's first channel")
    above: float = key(..., "a number: % of full scale of an output, units of a channel", "what it must be above")
    seconds: Seconds = key(5.0, _SECONDS, "older than this, it counts as not known")
    grace: float = key(0.0, "seconds, 0 to 86400", "it may be missing for so long before outputs that are on are driven", ge=0, le=DAY)
    latched: bool = _latched(default=False)


class MaxOn(Interlock):
    """`max_on`."""

    output: Name = _output()
    seconds: Seconds = key(..., _SECONDS, "longest time without a break")


class MaxDuty(Interlock):
    """`max_duty`."""

    output: Name = _output()
    duty: Percent = key(..., _PERCENT, "set-points are clamped here; trips when somebody else drives the output higher")


class Idle(Interlock):
    """`idle`."""

    seconds: Seconds = key(..., _SECONDS, "trips after so long without a request from any client")
    latched: bool = _latched(default=False)


class ClientLost(Interlock):
    """`client_lost`."""

    seconds: Seconds = key(10.0, _SECONDS, "trips when all clients that drove one of the outputs have been gone for so long")
    latched: bool = _latched(default=False)


INTERLOCKS: dict[str, type[Interlock]] = {
    "limit": Limit,
    "stale": Stale,
    "progress": Progress,
    "stuck_on": StuckOn,
    "requirement": Requirement,
    "max_on": MaxOn,
    "max_duty": MaxDuty,
    "idle": Idle,
    "client_lost": ClientLost,
}
"""The kinds of interlocks, with their keys."""

"""The keys of `LOOPS`. Times in seconds, powers in % of full scale, other quantities in the units of the loop's channel."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator

from supervisor.configuration.model import DAY, LONGEST, Name, Section, Text, key

PIN_FIRST, PIN_LAST = 100, 9997
"""Virtual pins: no pin of the header, and the two that follow still have four digits, as many as the plugins' requests may have."""
CYCLE: Final = 10.0
"""Seconds that an on/off output holds still after it has switched, unless the file says otherwise."""
MOST_PHI: Final = 100.0
"""Largest loss at a fan's speed, relative to that without it."""


def _losses(value: list[float]) -> list[float]:
    if len(value) not in {2, 3} or value[0] != 1 or not all(1 <= each <= MOST_PHI for each in value):
        raise ValueError
    return value


class Loop(Section):
    """One entry of `LOOPS`."""

    name: Name = key(..., f"a text of 1 to {LONGEST} characters", "what messages, logs and commands call the loop")
    title: Text | None = key(None, f"a text of up to {LONGEST} characters", "what a screen shows", "the name")
    sensor: Name = key(..., "the name of a sensor", "what is to be held at the set-point")
    channel: Text | None = key(None, "a channel of that sensor", "which of its channels", "the chip's first channel")
    output: Name = key(..., "the name of an output that no other loop has", "what the loop drives")
    pin: int = key(
        ...,
        f"{PIN_FIRST} to {PIN_LAST}, at least 3 apart from another loop's",
        "the virtual pin by which PyMoDAQ sets it; the two that follow read it: [protocol.md](../reference/protocol.md#loops)",
        ge=PIN_FIRST,
        le=PIN_LAST,
    )
    min: float = key(..., "a number less than 'max'", "lowest set-point; 0 is off, whatever stands here")
    max: float | None = key(
        None,
        "a number greater than 'min'; for a heater 2 below where its `limit` counts as over",
        "highest set-point",
        "for a heater the highest allowed; else required",
    )
    action: Literal["heat", "cool"] = key("heat", "'heat' or 'cool'", "whether more of the output makes the value rise or fall")
    fan: Name | None = key(None, "the name of another output", "a fan that carries heat away", "none is known")
    ambient: Name | None = key(None, "the name of another sensor", "a sensor of the air around", "what the tuning found")
    ramp: float | None = key(
        None, "a number greater than 0, per minute", "fastest change of the set-point in force", "as fast as it can", gt=0
    )
    max_duty: float = key(100.0, "more than 0, up to 100", "most power that the loop uses, in % of full scale", gt=0, le=100)
    settled: float = key(0.1, "a number greater than 0", "how near the mean of 10 s must be to count as settled", gt=0)
    aggressiveness: Literal["soft", "normal", "firm"] = key("normal", "'soft', 'normal' or 'firm'", "how hard it works against a deviation")
    k: float | None = key(None, "a number greater than 0", "slope at full power, in units per second", "what `pilotage tune` found", gt=0)
    gain: float | None = key(None, "a number greater than 0", "what full power reaches above ambient, in units", "the same", gt=0)
    dead_time: float | None = key(None, "seconds, 0 or more", "time until the sensor feels the output", "the same", ge=0, le=DAY)
    fan_losses: Annotated[list[float] | None, AfterValidator(lambda value: value and _losses(value))] = key(
        None, "[1, number, number]", "losses at 0, 50 and 100 % of the fan, as multiples of those without it", "the same"
    )
    hysteresis: float | None = key(
        None, "a number greater than 0; required for `DIGITAL`", "on/off output only: it switches this far from the set-point", "none", gt=0
    )
    cycle: float | None = key(
        None, "seconds, more than 0, up to 86400", "on/off output only: shortest time between two switchings", f"`{CYCLE:g}`", gt=0, le=DAY
    )

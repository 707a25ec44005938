"""What a client may ask of a loop, checked: the fields of the request `loop`. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from actors.core.requests import ORDERS
from actors.errors import RefusedError
from actors.loops.law.program import Program, Step
from pilotage.words import number

MODES: Final = ("off", "manual", "auto")
ENDS: Final = ("hold", "off")
MOST_STAGES: Final = 64
LONGEST: Final = 604_800.0
"""Seconds that a stage of a program may stay: a week."""
STEEPEST: Final = 1e6
_STAGE: Final = 3


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted. `set`: a set-point, 0 is off; `ramp` per minute, 0 is none; `tune`: None for no tuning."""

    set: float | None = None
    ramp: float | None = None
    mode: str | None = None
    program: Program | None = None
    tune: Mapping[str, Any] | None = None

    @property
    def looks(self) -> bool:
        """Whether it asks for nothing but how the loop is."""
        return self == Order()

    @property
    def off(self) -> bool:
        """Whether it switches the loop off."""
        return self.set == 0 or self.mode == "off"


def read(fields: Mapping[str, Any]) -> Order:
    """Return what `fields` ask for; raises RefusedError `bad_value` with a sentence for a field that cannot be, or for two at odds."""
    unknown = [name for name in fields if name not in ORDERS]
    if unknown:
        raise _wrong(unknown[0], "no field of a loop's request")
    goals = [name for name in ("set", "mode", "program", "tune") if name in fields]
    if len(goals) > 1:
        raise _wrong(" and ".join(goals), "one of them at a time")
    if fields.get("mode", "off") not in MODES:
        raise _wrong("mode", f"one of {', '.join(MODES)}")
    if fields.get("end", "hold") not in ENDS:
        raise _wrong("end", f"one of {', '.join(ENDS)}")
    beside = [name for name in ("end", "hold_back") if name in fields and "program" not in fields]
    if beside or ("ramp" in fields and not goals) or ("ramp" in fields and goals in (["program"], ["tune"])):
        raise _wrong(beside[0] if beside else "ramp", "with a program" if beside else "with a set-point")
    return Order(
        set=_number("set", fields["set"]) if "set" in fields else None,
        ramp=_number("ramp", fields["ramp"], 0.0, STEEPEST) if "ramp" in fields else None,
        mode=fields.get("mode"),
        program=_program(fields) if "program" in fields else None,
        tune=_tune(fields["tune"]) if "tune" in fields else None,
    )


def _program(fields: Mapping[str, Any]) -> Program:
    value = fields["program"]
    if not isinstance(value, list) or not 0 < len(value) <= MOST_STAGES:
        raise _wrong("program", f"a list of 1 to {MOST_STAGES} steps [target, units per minute or 0, seconds to stay]")
    stages = []
    for each in value:
        if not isinstance(each, list) or len(each) != _STAGE:
            raise _wrong("program", "of steps [target, units per minute or 0, seconds to stay]")
        target, rate, soak = each
        limits = ((target, -math.inf, math.inf), (rate, 0.0, STEEPEST), (soak, 0.0, LONGEST))
        stages.append(Step(*(_number("program", each, low, high) for each, low, high in limits)))
    back = _number("hold_back", fields["hold_back"], 1e-6, STEEPEST) if "hold_back" in fields else None
    return Program(tuple(stages), fields.get("end", "hold"), back)


def _tune(value: Any) -> Mapping[str, Any]:
    if value is True:
        return {}
    if not isinstance(value, dict) or not value.keys() <= {"around", "fan"} or not isinstance(value.get("fan", False), bool):
        raise _wrong("tune", 'an object that may have "around" (a number) and "fan" (true or false)')
    return {**value, **({"around": _number("around", value["around"])} if value.get("around") is not None else {})}


def _number(name: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    """Return a finite number within the limits."""
    sound = type(value) in {int, float} and abs(value) <= STEEPEST and low <= value <= high
    if not sound:
        between = f" from {number(low)} to {number(high)}" if math.isfinite(low) else ""
        raise _wrong(name, f"a number{between}")
    return float(value)


def _wrong(name: str, allowed: str) -> RefusedError:
    return RefusedError("bad_value", f"{name} of a loop is not like that; allowed: {allowed}")

"""What a loop is, and how it is at the moment."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class LoopModel(TypedDict):
    """What a loop knows of what it drives: slope at full power per second, gain and ambient in its units, dead time in seconds."""

    k: float
    gain: float
    dead_time: float
    ambient: float | None
    fan_losses: list[float]
    tuned_at: str | None
    residual: float | None


class TuneStatus(TypedDict):
    """A tuning: its phase, seconds since it began and seconds that it may still take; `verdict` and `line` (to paste) at its end.

    `beware` names the interlocks that may break it off, a sentence each.
    `record` are its readings [seconds, value, power in %], a selection of them.
    """

    phase: str
    elapsed_s: float
    left_s: float | None
    beware: list[str]
    verdict: str | None
    accepted: bool | None
    line: str | None
    record: NotRequired[list[list[float]]]


class LoopStatus(TypedDict):
    """One loop; values in the units of its sensor, powers in % of full scale, times in seconds.

    `state`: `off`, `manual`, `tune`, `approach`, `settled`, `saturated` or `lost`; `why` is who or what made it so.
    `set_point` is 0 when it is off; `working` the set-point in force, on its way there. `reachable` is the most that full power can hold.
    """

    name: str
    state: str
    why: str
    since: str
    set_point: float
    working: float | None
    value: float | None
    error: float | None
    units: str
    output_pct: float | None
    feed_forward_pct: float | None
    integral_pct: float | None
    mean_10s: float | None
    sd_60s: float | None
    settled: bool
    settled_since: str | None
    saturated: bool
    reachable: float | None
    model: LoopModel | None
    driven_by: str
    tune: TuneStatus | None


class LoopDescription(TypedDict):
    """One loop in `describe`: the child ids of what it reads and drives, its range, and its virtual pins by what they read."""

    name: str
    child: str
    title: str
    pin: int
    pins: dict[str, int]
    sensor: str
    channel: str
    output: str
    units: str
    min: float
    max: float

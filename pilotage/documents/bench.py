"""What a bench has, as the value of `describe`, and one reading with all that is known of it."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from pilotage.documents.loops import LoopDescription


class Detail(TypedDict):
    """One reading with all that is known of it: `time` is ISO 8601 UTC, `quality` is `good` or `simulated`, `raw` is uncalibrated."""

    value: float
    units: str
    channel: str | None
    time: str
    age_s: float
    quality: str
    accuracy: float | None
    raw: NotRequired[float]


class ChannelDescription(TypedDict):
    """One channel of a sensor; resolution and accuracy are in `units`."""

    name: str
    units: str
    resolution: float | None
    accuracy: float | None
    default: bool
    wire: NotRequired[str | None]
    calibration: NotRequired[dict[str, float]]


class SensorDescription(TypedDict):
    """One sensor in `describe`."""

    name: str
    child: str
    title: str
    driver: str
    address: str
    where: NotRequired[str]
    period_s: float
    max_age_s: float
    rate_hz: float | None
    channels: list[ChannelDescription]


class OutputDescription(TypedDict):
    """One output in `describe`; limits, safe value and resolution are in `units`."""

    name: str
    child: str
    title: str
    driver: str
    pin: int | None
    address: str | None
    where: NotRequired[str]
    units: str
    min: float
    max: float
    safe: float
    kind: str
    kind_reason: NotRequired[str]
    frequency_hz: float | None
    resolution: float


class Description(TypedDict):
    """The value of `describe`."""

    simulated: bool
    deadline_s: float
    frame_interval_s: float
    sensors: list[SensorDescription]
    outputs: list[OutputDescription]
    loops: NotRequired[list[LoopDescription]]
    requests: dict[str, Any]

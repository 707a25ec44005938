"""The bench as the actors see it: plain frozen records, made from `config.py` by the supervisor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actors.access import Access
from actors.interlocks.spec import Interlock
from actors.limits import Limits


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the user sees = raw * scale + offset."""

    offset: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class SensorSpec:
    """One sensor: `id` is its child id (its name, made unique); times in seconds."""

    id: str
    name: str
    title: str
    driver: str
    address: int
    units: str
    period: float
    max_age: float
    coupling: float
    options: Any
    calibration: Mapping[str, Calibration] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """One output: limits, `ceiling` (of `max_duty`), safe value and ramp (units per second) in set-point units; Hz; `linger` in s."""

    id: str
    name: str
    title: str
    driver: str
    pin: int | None
    address: int | None
    units: str
    min: float
    max: float
    pwm_frequency: float | None
    safe: float
    kind: str
    active_low: bool = False
    ramp: float | None = None
    restore: bool = False
    linger: float | None = None
    ceiling: float | None = None


@dataclass(frozen=True, slots=True)
class EventCommand:
    """A command to run for some events: program and arguments, and the seconds it may take."""

    events: tuple[str, ...]
    command: tuple[str, ...]
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Bench:
    """A whole bench. `deadline`, `frame_interval` and `i2c_timeout` in seconds; `source` is the file it came from."""

    source: str
    bus: int
    sensors: tuple[SensorSpec, ...]
    outputs: tuple[OutputSpec, ...]
    bind: str = "*"
    port: int = 5555
    deadline: float = 1.5
    frame_interval: float = 0.1
    i2c_timeout: float = 0.1
    gpio_backend: str = "auto"
    warnings: tuple[str, ...] = ()
    on_event: tuple[EventCommand, ...] = ()
    interlocks: tuple[Interlock, ...] = ()
    access: Access = field(default_factory=Access)
    limits: Limits = field(default_factory=Limits)

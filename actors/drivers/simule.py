"""SIMULE: a sensor that exists only in `config.py`, for trying out a client; it never touches the bus."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from actors.drivers.base import Channel, SensorDriver, Value

WAVE: Final = 120.0
"""Seconds of one wave: slow enough to be watched, and nothing a real bench does."""


class SIMULE(SensorDriver):
    """Two sine waves of the clock alone: 40..60 %RH, and 20..30 °C falling as the humidity rises. Raises nothing."""

    on_i2c = guards = False
    chip = "SIMULE"
    channels = (Channel("temp", "°C"), Channel("hum", "%RH"))
    max_age = 0.1
    min_period = 0.1

    def connect(self) -> None:
        """Find it there, as always."""

    def measure(self) -> Mapping[str, Value]:
        """Return `hum` and `temp` of this instant."""
        wave = math.sin(2 * math.pi * self.clock.monotonic() / WAVE)
        return {"hum": 50 + 10 * wave, "temp": 25 - 5 * wave}

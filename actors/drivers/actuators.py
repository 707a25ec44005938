"""Which driver a `'driver'` of `config.py` means: one line per kind of output."""

from __future__ import annotations

from typing import Final

from actors.drivers.base import OutputDriver
from actors.drivers.digital import DIGITAL
from actors.drivers.emc2101.fan import EMC2101_FAN
from actors.drivers.pwm import PWM

ACTUATOR_DRIVER_REGISTRY: Final[dict[str, type[OutputDriver]]] = {
    "PWM": PWM,
    "DIGITAL": DIGITAL,
    "EMC2101_FAN": EMC2101_FAN,
}

"""Which driver a `'driver'` of `config.py` means: one line per sensor, `module:class` as in an entry point."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from actors.drivers.base import OutputDriver, SensorDriver
from actors.drivers.emc2101.fan import EMC2101_FAN
from actors.drivers.outputs.digital import DIGITAL
from actors.drivers.outputs.pwm import PWM

_DRIVERS: Final = {
    "AHT10": "air.aht.aht10:AHT10",
    "AHT20": "air.aht.aht20:AHT20",
    "TMP102": "temperature.tmp102:TMP102",
    "EMC2101": "emc2101.sensor:EMC2101",
    "PT-100": "temperature.pt100.sensor:PT100",
    "SIMULE": "simule:SIMULE",
}


def _load(place: str) -> type[SensorDriver]:
    module, name = place.split(":")
    return cast("type[SensorDriver]", getattr(import_module(f"actors.drivers.{module}"), name))


SENSOR_DRIVER_REGISTRY: Final[dict[str, type[SensorDriver]]] = {name: _load(place) for name, place in _DRIVERS.items()}

ACTUATOR_DRIVER_REGISTRY: Final[dict[str, type[OutputDriver]]] = {
    "PWM": PWM,
    "DIGITAL": DIGITAL,
    "EMC2101_FAN": EMC2101_FAN,
}

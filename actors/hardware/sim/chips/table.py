"""Which chip a configured driver gets on the simulated bench, and what a chip of that kind needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from actors.core.clock import Clock
from actors.hardware.sim.chips.air.aht import Aht10, Aht20
from actors.hardware.sim.chips.air.bosch import Bme280, Bmp280
from actors.hardware.sim.chips.air.sensirion import Sht3x, Sht4x
from actors.hardware.sim.chips.base import Chip
from actors.hardware.sim.chips.catalogue.table import CATALOGUE
from actors.hardware.sim.chips.electric.ads1115 import Ads1115, Bridge
from actors.hardware.sim.chips.electric.meters import Ina219, Ina226, Ina260
from actors.hardware.sim.chips.emc2101 import Emc2101
from actors.hardware.sim.chips.held import HeldChip
from actors.hardware.sim.chips.outputs import DrivingChip, Mcp4725, Mcp23017, Pca9685, Pcf8574
from actors.hardware.sim.chips.thermometers import Mcp9600, Mcp9601, Mcp9808, Tmp117
from actors.hardware.sim.chips.tmp102 import Tmp102
from actors.hardware.sim.thermal import Probe

# The bench was switched on before the daemon was started.
POWERED_FOR = 10.0


class Place(NamedTuple):
    """Where a chip sits: what it feels, its clock, and its other wires.

    `rpm` is what comes in at a TACH pin, `on_fan` hears of a fan drive's changes, `options` are those of the sensor in `config.py`.
    """

    probe: Probe
    clock: Clock
    rpm: Callable[[], float]
    on_fan: Callable[[], None]
    options: Any = None


def _bridge(options: Any) -> Bridge:
    """Return a bridge wired as the bench owner says; what the options do not say is as in the reference bridge."""
    plain = Bridge()
    return Bridge(
        series=getattr(options, "series_resistance", plain.series),
        rail=getattr(options, "rail_voltage", plain.rail),
        leads=getattr(options, "lead_resistance", plain.leads),
        nominal=getattr(options, "nominal_resistance", plain.nominal),
        probe_input=_input(getattr(options, "probe_input", None), plain.probe_input),
        rail_input=_input(getattr(options, "rail_input", None), plain.rail_input),
    )


def _input(name: str | None, default: int) -> int:
    return default if name is None else int(name.removeprefix("AIN"))


def _warm(kind: type[Any]) -> Callable[[Place], Chip]:
    return lambda place: kind(place.probe.temperature, place.clock, POWERED_FOR)


def _airy(kind: type[Any]) -> Callable[[Place], Chip]:
    return lambda place: kind(place.probe.temperature, place.probe.humidity, place.clock, POWERED_FOR)


def _meter(kind: type[Any]) -> Callable[[Place], Chip]:
    return lambda place: kind(place.clock, POWERED_FOR, getattr(place.options, "shunt", 0.1))


def _thermocouple(kind: type[Mcp9600]) -> Callable[[Place], Chip]:
    return lambda place: kind(place.probe.temperature, place.clock, POWERED_FOR, getattr(place.options, "type", "K"))


def _driving(kind: type[DrivingChip]) -> Callable[[Place], Chip]:
    return lambda place: kind(place.clock, POWERED_FOR, place.on_fan)


MODELS: Final[Mapping[str, Callable[[Place], Chip]]] = {
    "AHT10": _airy(Aht10),
    "AHT20": _airy(Aht20),
    "TMP102": _warm(Tmp102),
    "MCP9808": _warm(Mcp9808),
    "TMP117": _warm(Tmp117),
    "MCP9600": _thermocouple(Mcp9600),
    "MCP9601": _thermocouple(Mcp9601),
    "SHT3X": _airy(Sht3x),
    "SHT4X": _airy(Sht4x),
    "BME280": _airy(Bme280),
    "BMP280": _airy(Bmp280),
    "INA219": _meter(Ina219),
    "INA226": _meter(Ina226),
    "INA260": _meter(Ina260),
    "EMC2101": lambda place: Emc2101(place.probe.temperature, place.clock, POWERED_FOR, tachometer=place.rpm, on_fan=place.on_fan),
    "PCA9685": _driving(Pca9685),
    "MCP4725": _driving(Mcp4725),
    "MCP23017": _driving(Mcp23017),
    "PCF8574": _driving(Pcf8574),
    **{name: _airy(kind) for name, kind in CATALOGUE.items()},
    "KERNEL": lambda place: HeldChip(place.clock, POWERED_FOR),
    "ADS1115": lambda place: Ads1115(place.probe.temperature, place.clock, POWERED_FOR, _bridge(place.options)),
}
"""How to make each chip."""

DRIVEN_BY: Final[Mapping[str, str]] = {
    **{name: name for name in MODELS},
    "EMC2101_FAN": "EMC2101",
    "PT-100": "ADS1115",
    "hwmon": "KERNEL",
    "IIO": "KERNEL",
}
"""The chip behind each driver of `config.py`; a driver without an entry has none, and its address stays empty."""

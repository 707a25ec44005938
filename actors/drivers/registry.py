"""Which driver a `'driver'` of `config.py` means: one line per device, `module:class` as in an entry point.

A driver is loaded when it is asked for: a bench costs what is wired on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any, Final, TypeVar

from actors.drivers.base import OutputDriver, SensorDriver

Kind = TypeVar("Kind", bound=type[Any])
_SENSORS: Final = {
    "AHT10": "air.aht.aht10:AHT10",
    "AHT20": "air.aht.aht20:AHT20",
    "TMP102": "temperature.tmp102:TMP102",
    "EMC2101": "library.emc2101.sensor:EMC2101",
    "PT-100": "temperature.pt100.sensor:PT100",
    "MCP9600": "temperature.mcp960x.mcp9600:MCP9600",
    "MCP9601": "temperature.mcp960x.mcp9601:MCP9601",
    "MCP9808": "temperature.mcp9808:MCP9808",
    "TMP117": "temperature.tmp117:TMP117",
    "SHT3X": "air.sht3x:SHT3X",
    "SHT4X": "air.sht4x:SHT4X",
    "BME280": "air.bmx280.bme280:BME280",
    "BMP280": "air.bmx280.bmp280:BMP280",
    "ADS1115": "electric.ads1115.sensor:ADS1115",
    "INA219": "electric.ina219:INA219",
    "INA226": "electric.ina226:INA226",
    "INA260": "electric.ina260:INA260",
    "W1": "kernel.w1:W1",
    "hwmon": "kernel.hwmon:Hwmon",
    "IIO": "kernel.iio:Iio",
    "MAX31855": "temperature.max318xx.max31855:MAX31855",
    "MAX31856": "temperature.max318xx.max31856:MAX31856",
    "MAX31865": "temperature.max318xx.max31865:MAX31865",
    "SIMULE": "simule:SIMULE",
}
_CATALOGUE: Final = """
    HDC302X SI7021 BMP388 BMP390 DPS310 LPS22 LPS25 SCD40 SCD41 SCD30 SGP30 SGP40 PCT2075 LM75 MLX90614 PCF8591 BH1750
    TSL2591 VEML7700 AS7341 VL53L0X VL53L1X adafruit
"""
"""What `library/table.py` has, in its order."""
_OUTPUTS: Final = {
    "PWM": "outputs.pwm:PWM",
    "DIGITAL": "outputs.digital:DIGITAL",
    "EMC2101_FAN": "library.emc2101.fan:EMC2101_FAN",
    "PCA9685": "outputs.pca9685:PCA9685",
    "MCP4725": "outputs.mcp4725:MCP4725",
    "MCP23017": "outputs.mcp23017:MCP23017",
    "PCF8574": "outputs.pcf8574:PCF8574",
}


class Registry(MutableMapping[str, Kind]):
    """Name -> driver, each loaded at its first use. Any thread."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._kinds: dict[str, Kind | str] = dict(places)

    def __getitem__(self, name: str) -> Kind:
        kind = self._kinds[name]
        if isinstance(kind, str):
            module, _, found = kind.partition(":")
            place = import_module(f"actors.drivers.{module}")
            kind = self._kinds[name] = getattr(place, found) if found else place.LIBRARY_DRIVERS[name]
        return kind

    def __setitem__(self, name: str, kind: Kind) -> None:
        self._kinds[name] = kind

    def __delitem__(self, name: str) -> None:
        del self._kinds[name]

    def __contains__(self, name: object) -> bool:
        return name in self._kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


SENSOR_DRIVER_REGISTRY: Final[Registry[type[SensorDriver]]] = Registry(_SENSORS | dict.fromkeys(_CATALOGUE.split(), "library.table"))
ACTUATOR_DRIVER_REGISTRY: Final[Registry[type[OutputDriver]]] = Registry(_OUTPUTS)

"""Which driver a `'driver'` of `config.py` means: one line per sensor, `module:class` as in an entry point."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from actors.drivers.base import OutputDriver, SensorDriver
from actors.drivers.library.emc2101.fan import EMC2101_FAN
from actors.drivers.library.table import LIBRARY_DRIVERS
from actors.drivers.outputs.digital import DIGITAL
from actors.drivers.outputs.mcp4725 import MCP4725
from actors.drivers.outputs.mcp23017 import MCP23017
from actors.drivers.outputs.pca9685 import PCA9685
from actors.drivers.outputs.pcf8574 import PCF8574
from actors.drivers.outputs.pwm import PWM

_DRIVERS: Final = {
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


def _load(place: str) -> type[SensorDriver]:
    module, name = place.split(":")
    return cast("type[SensorDriver]", getattr(import_module(f"actors.drivers.{module}"), name))


SENSOR_DRIVER_REGISTRY: Final[dict[str, type[SensorDriver]]] = {
    **{name: _load(place) for name, place in _DRIVERS.items()},
    **LIBRARY_DRIVERS,
}

ACTUATOR_DRIVER_REGISTRY: Final[dict[str, type[OutputDriver]]] = {
    "PWM": PWM,
    "DIGITAL": DIGITAL,
    "EMC2101_FAN": EMC2101_FAN,
    "PCA9685": PCA9685,
    "MCP4725": MCP4725,
    "MCP23017": MCP23017,
    "PCF8574": PCF8574,
}

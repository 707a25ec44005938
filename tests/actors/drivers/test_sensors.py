import dataclasses
import operator
import sys
from typing import Any

import pytest

from actors.drivers.base import SensorDriver
from actors.drivers.library.table import LIBRARY_DRIVERS
from actors.drivers.registry import SENSOR_DRIVER_REGISTRY

REQUIRED: dict[str, dict[str, Any]] = {
    "adafruit": {
        "library": "adafruit_x",
        "class_": "X",
        "channels": {"x": {"read": "x", "units": "", "min": 0, "max": 1}},
    },
}
REQUIRED["W1"] = {"serial": "28-0123456789ab"}
REQUIRED["hwmon"] = REQUIRED["IIO"] = {"device": "i2c:1-0040", "channels": {"t": "temp1"}}
"""Of the drivers that cannot do without."""
every_driver = pytest.mark.parametrize(("name", "driver"), SENSOR_DRIVER_REGISTRY.items())


@pytest.mark.parametrize(
    ("name", "channels", "max_age", "min_period", "lag"),
    [
        ("AHT10", [("hum", "%RH"), ("temp", "°C")], 2.0, 2.0, 0.0),
        ("AHT20", [("hum", "%RH"), ("temp", "°C")], 2.0, 2.0, 0.0),
        ("TMP102", [("temp", "°C")], 0.25, 0.25, 0.285),
        ("EMC2101", [("internal", "°C"), ("external", "°C"), ("fan", "rpm")], 0.1, 0.0625, 0.125),
        ("PT-100", [("temp", "°C"), ("resistance", "Ω")], 0.1, 0.1, 0.0),
        ("SIMULE", [("temp", "°C"), ("hum", "%RH")], 0.1, 0.1, 0.0),
    ],
)
def test_channels_units_and_rates_are_those_of_the_fact_sheet(
    name: str, channels: list[tuple[str, str]], max_age: float, min_period: float, lag: float
) -> None:
    driver = SENSOR_DRIVER_REGISTRY[name]
    assert [(channel.name, channel.units) for channel in driver.channels] == channels
    assert [driver.max_age, driver.min_period, driver.lag] == pytest.approx([max_age, min_period, lag])


def test_the_catalogue_is_in_the_registry() -> None:
    assert [name for name in SENSOR_DRIVER_REGISTRY if name in LIBRARY_DRIVERS] == [*LIBRARY_DRIVERS]


@every_driver
def test_the_options_go_from_one_process_to_another(name: str, driver: type[SensorDriver]) -> None:
    kind = driver.Options
    assert operator.attrgetter(kind.__qualname__)(sys.modules[kind.__module__]) is kind, name


@every_driver
def test_a_driver_is_registered_under_the_name_of_its_chip(name: str, driver: type[SensorDriver]) -> None:
    assert driver.chip == name


@every_driver
def test_the_options_are_frozen(name: str, driver: type[SensorDriver]) -> None:
    options = driver.Options(**REQUIRED.get(name, {}))
    assert dataclasses.is_dataclass(options)
    for option in dataclasses.fields(options):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(options, option.name, None)

"""Every real driver on its simulated chip: what it says is the truth of the bench, or an error, whatever happens to the chip."""

import errno
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from actors.drivers.base import SensorDriver, Value
from actors.drivers.library.table import LIBRARY_DRIVERS
from actors.drivers.registry import SENSOR_DRIVER_REGISTRY
from actors.errors import DeviceError, Fault, PermanentError
from actors.hardware.sim.bus import SimulatedBus
from actors.hardware.sim.chips.air.aht import Aht10, Aht20
from actors.hardware.sim.chips.air.bosch import PRESSURE, Bme280, Bmp280
from actors.hardware.sim.chips.air.sensirion import Sht3x, Sht4x
from actors.hardware.sim.chips.base import Chip
from actors.hardware.sim.chips.electric.ads1115 import Ads1115
from actors.hardware.sim.chips.electric.meters import AMPERES, VOLTS, Ina219, Ina226, Ina260
from actors.hardware.sim.chips.emc2101 import Emc2101
from actors.hardware.sim.chips.table import DRIVEN_BY
from actors.hardware.sim.chips.thermometers import Mcp9600, Mcp9601, Mcp9808, Tmp117
from actors.hardware.sim.chips.tmp102 import Tmp102
from tests.fakes import ManualClock

CELSIUS, HUMIDITY, RPM = 24.875, 41.0, 1200.0


def warm(_: float) -> float:
    return CELSIUS


def damp(_: float) -> float:
    return HUMIDITY


CHIPS: dict[str, Callable[[ManualClock], Chip]] = {
    "AHT10": lambda clock: Aht10(warm, damp, clock, 1.0),
    "AHT20": lambda clock: Aht20(warm, damp, clock, 1.0),
    "TMP102": lambda clock: Tmp102(warm, clock, 1.0),
    "EMC2101": lambda clock: Emc2101(warm, clock, 1.0, tachometer=lambda: RPM),
    "PT-100": lambda clock: Ads1115(warm, clock, 1.0),
    "ADS1115": lambda clock: Ads1115(warm, clock, 1.0),
    "MCP9600": lambda clock: Mcp9600(warm, clock, 1.0, "J"),
    "MCP9601": lambda clock: Mcp9601(warm, clock, 1.0),
    "MCP9808": lambda clock: Mcp9808(warm, clock, 1.0),
    "TMP117": lambda clock: Tmp117(warm, clock, 1.0),
    "SHT3X": lambda clock: Sht3x(warm, damp, clock, 1.0),
    "SHT4X": lambda clock: Sht4x(warm, damp, clock, 1.0),
    "BME280": lambda clock: Bme280(warm, damp, clock, 1.0),
    "BMP280": lambda clock: Bmp280(warm, damp, clock, 1.0),
    "INA219": lambda clock: Ina219(clock, 1.0),
    "INA226": lambda clock: Ina226(clock, 1.0),
    "INA260": lambda clock: Ina260(clock, 1.0),
}
ADDRESSES = {
    "AHT10": 0x38,
    "AHT20": 0x38,
    "TMP102": 0x49,
    "EMC2101": 0x4C,
    "PT-100": 0x48,
    "ADS1115": 0x4A,
    "MCP9600": 0x67,
    "MCP9601": 0x60,
    "MCP9808": 0x18,
    "TMP117": 0x48,
    "SHT3X": 0x44,
    "SHT4X": 0x44,
    "BME280": 0x76,
    "BMP280": 0x77,
    "INA219": 0x40,
    "INA226": 0x41,
    "INA260": 0x40,
}
OPTIONS: dict[str, dict[str, Any]] = {
    "PT-100": {"law": "iec60751"},
    "MCP9600": {"type": "J"},
    "ADS1115": {"channels": {"rail": {"input": "AIN1", "gain": 2 / 3}, "flow": {"scale": 100.0, "offset": -50.0, "units": "ml/min"}}},
}
TRUTH: dict[str, tuple[float, float]] = {
    "hum": (HUMIDITY, 0.03),
    "temp": (CELSIUS, 0.06),
    "internal": (CELSIUS, 0.5),
    "external": (CELSIUS, 0.0),
    "fan": (RPM, 0.5),
    "resistance": (109.69, 0.02),
    "cold_junction": (CELSIUS, 0.06),
    "pressure": (PRESSURE, 0.01),
    "voltage": (VOLTS, 0.001),
    "current": (AMPERES, 0.0001),
    "power": (VOLTS * AMPERES, 0.002),
    "rail": (3.2875, 0.0002),
    "flow": (123.88, 0.02),
}
every_driver = pytest.mark.parametrize("name", CHIPS)


def wired(name: str, clock: ManualClock) -> tuple[SensorDriver, SimulatedBus, Chip]:
    bus, chip = SimulatedBus(clock), CHIPS[name](clock)
    bus.attach(ADDRESSES[name], chip)
    kind = SENSOR_DRIVER_REGISTRY[name]
    return kind(bus, ADDRESSES[name], kind.Options(**OPTIONS.get(name, {})), clock), bus, chip


def check_truth(values: Mapping[str, Value]) -> None:
    for channel, value in values.items():
        truth, tolerance = TRUTH[channel]
        assert isinstance(value, float), f"{channel}: {value}"
        assert abs(value - truth) <= tolerance, f"{channel}: {value}"


def test_every_driver_is_tried_here_and_has_a_chip_on_the_simulated_bench() -> None:
    assert set(CHIPS) == {name for name, kind in SENSOR_DRIVER_REGISTRY.items() if kind.on_i2c and name not in LIBRARY_DRIVERS}
    assert DRIVEN_BY.keys() >= set(CHIPS)


@every_driver
def test_a_driver_tells_the_truth_about_its_chip(name: str, clock: ManualClock) -> None:
    sensor, _, _ = wired(name, clock)
    sensor.connect()
    values = sensor.measure()
    assert list(values) == [channel.name for channel in sensor.channels_of(sensor.options)]
    check_truth(values)


@every_driver
def test_a_chip_that_lost_its_power_a_moment_ago_serves_no_number_that_is_not_true(name: str, clock: ManualClock) -> None:
    sensor, _, chip = wired(name, clock)
    sensor.connect()
    for moment in (0.0, 0.001, 0.019, 0.021, 0.034, 0.05, 0.09, 0.2):
        check_truth(sensor.measure())
        chip.power_cycle()
        clock.advance(moment)
        try:
            values = sensor.measure()
        except (OSError, DeviceError):
            clock.advance(0.2)
            sensor.connect()
        else:
            check_truth(values)


@every_driver
def test_power_lost_in_the_middle_of_a_measurement_gives_no_number_that_is_not_true(name: str, clock: ManualClock) -> None:
    sensor, bus, chip = wired(name, clock)
    sensor.connect()
    plain, count = bus.transfer, 0

    def transfer(address: int, data: bytes | None = None, length: int = 0) -> bytes:
        nonlocal count
        count -= 1
        if count == 0:
            chip.power_cycle()
        return plain(address, data, length)

    bus.transfer = transfer  # type: ignore[method-assign]
    for dip in range(1, 30):
        count = dip
        try:
            values = sensor.measure()
        except (OSError, DeviceError):
            count = 0
            clock.advance(0.2)
            sensor.connect()
        else:
            numbers = {channel: value for channel, value in values.items() if not isinstance(value, Fault)}
            check_truth(numbers)


@every_driver
@pytest.mark.parametrize(("variant", "rate"), [("random", 1.0), ("random", 0.5), ("random", 0.05), ("ones", 1.0), ("zeros", 1.0)])
def test_garbage_on_the_bus_is_never_served_as_a_number(name: str, variant: str, rate: float, clock: ManualClock) -> None:
    sensor, bus, _ = wired(name, clock)
    sensor.connect()
    bus.break_chip(ADDRESSES[name], "garbage", {"variant": variant, "rate": rate, "times": None})
    served = 0
    for _ in range(100):
        try:
            values = sensor.measure()
        except (OSError, DeviceError):
            continue
        numbers = {channel: value for channel, value in values.items() if not isinstance(value, Fault)}
        check_truth(numbers)
        served += 1
    assert served > 0 or rate > 0.1


@every_driver
def test_an_absent_chip_is_an_os_error_at_every_call(name: str, clock: ManualClock) -> None:
    sensor, bus, _ = wired(name, clock)
    sensor.connect()
    bus.break_chip(ADDRESSES[name], "unplug", {"rate": 1.0, "times": None})
    for act in (sensor.measure, sensor.connect):
        with pytest.raises(OSError, match="Remote I/O") as caught:
            act()
        assert caught.value.errno in {getattr(errno, "EREMOTEIO", 121), errno.ENXIO}


@every_driver
def test_a_chip_that_comes_back_is_initialised_and_served(name: str, clock: ManualClock) -> None:
    sensor, bus, _ = wired(name, clock)
    sensor.connect()
    bus.break_chip(ADDRESSES[name], "unplug", {"rate": 1.0, "times": None})
    clock.advance(5.0)
    bus.faults.clear(ADDRESSES[name])
    clock.advance(0.1)
    sensor.connect()
    check_truth(sensor.measure())


@pytest.mark.parametrize(
    ("name", "other", "found"),
    [
        ("TMP102", "PT-100", "found ADS1115"),
        ("PT-100", "TMP102", "found TMP102"),
        ("EMC2101", "TMP102", "another"),
        ("TMP117", "TMP102", "another"),
        ("ADS1115", "TMP102", "found TMP102"),
        ("SHT3X", "SHT4X", "'driver': 'SHT4X'"),
        ("BMP280", "BME280", "'driver': 'BME280'"),
        ("BME280", "BMP280", "'driver': 'BMP280'"),
        ("INA219", "INA226", "another chip"),
        ("INA226", "INA260", "another chip"),
        ("INA260", "INA226", "another chip"),
        ("MCP9600", "MCP9601", "another chip"),
    ],
)
def test_another_chip_at_the_address_is_refused_by_name_and_left_alone(name: str, other: str, found: str, clock: ManualClock) -> None:
    sensor, bus, _ = wired(name, clock)
    bus.attach(ADDRESSES[name], CHIPS[other](clock))
    stranger = SENSOR_DRIVER_REGISTRY[other](bus, ADDRESSES[name], SENSOR_DRIVER_REGISTRY[other].Options(**OPTIONS.get(other, {})), clock)
    stranger.connect()
    with pytest.raises(PermanentError, match=found) as caught:
        sensor.connect()
    assert caught.value.code == "wrong_chip"
    with pytest.raises((OSError, DeviceError)):
        sensor.measure()
    check_truth(stranger.measure())


@pytest.mark.parametrize(
    ("name", "damage", "faults"),
    [
        ("PT-100", "open", {"temp": "probe_open", "resistance": "probe_open"}),
        ("PT-100", "short", {"temp": "probe_short", "resistance": "probe_short"}),
        ("MCP9600", "open", {"temp": "over_range"}),
        ("MCP9601", "open", {"temp": "probe_open"}),
        ("MCP9601", "short", {"temp": "probe_short"}),
        ("EMC2101", "open", {"external": "diode_open"}),
        ("EMC2101", "short", {"external": "diode_short"}),
    ],
)
def test_a_broken_probe_is_a_fault_of_its_channels(name: str, damage: str, faults: dict[str, str], clock: ManualClock) -> None:
    sensor, bus, _ = wired(name, clock)
    sensor.connect()
    bus.break_chip(ADDRESSES[name], damage, {})
    values = sensor.measure()
    assert {channel: value.code for channel, value in values.items() if isinstance(value, Fault)} == faults
    check_truth({channel: value for channel, value in values.items() if channel not in faults})

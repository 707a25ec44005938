"""The catalogue on register-level fakes under the real libraries: the truth, or an error, whatever happens to the chip."""

import sys
import threading
import tomllib
from collections.abc import Mapping

import pytest

from actors.bench.devices import Bench, SensorSpec
from actors.drivers.base import SensorDriver, Value
from actors.drivers.library.open import line
from actors.drivers.library.table import LIBRARY_DRIVERS, RECORDS
from actors.errors import DeviceError, Fault, PermanentError, TransientError
from actors.hardware.sim.bench import SimulatedBench
from tests.actors.drivers.fakebus import FakeBus
from tests.actors.drivers.library_fakes import CELSIUS, FAKES, HPA, LUX, MM, PERCENT, PPM, STUCK, Chip
from tests.fakes import ManualClock
from tests.project.sources import ROOT

TRUTH = {
    "temp": (CELSIUS, 0.15),
    "ambient": (CELSIUS, 0.02),
    "object": (CELSIUS + 10, 0.02),
    "hum": (PERCENT, 0.01),
    "pressure": (HPA, 0.1),
    "co2": (PPM, 0.01),
    "tvoc": (12, 0.01),
    "raw": (30000, 0.01),
    "distance": (MM, 0.1),
    "counts": (7500, 0.01),
    "infrared": (1000, 0.01),
    **{f"ain{pin}": ((50 * pin + 10) * 3.3 / 255, 0.001) for pin in range(4)},
    **{f"f{nm}": (1000 + place % 4, 0.01) for place, nm in enumerate((415, 445, 480, 515, 555, 590, 630, 680))},
}
LIGHT = {"BH1750": (LUX, 0.5), "TSL2591": (221.952, 0.001), "VEML7700": (4032.0, 0.001)}
every_chip = pytest.mark.parametrize("name", FAKES)


def opened(name: str, clock: ManualClock) -> tuple[SensorDriver, Chip, FakeBus]:
    address, chip = FAKES[name], Chip(name, clock)
    bus = FakeBus(address, chip)
    driver = LIBRARY_DRIVERS[name]
    return driver(bus, address, driver.Options(), clock), chip, bus


def measured(sensor: SensorDriver, clock: ManualClock) -> Mapping[str, Value]:
    clock.advance(sensor.min_period)
    return sensor.measure()


def connected_and_measured(sensor: SensorDriver, clock: ManualClock) -> Mapping[str, Value]:
    sensor.connect()
    return measured(sensor, clock)


def check_truth(name: str, values: Mapping[str, Value]) -> None:
    for channel, value in values.items():
        truth, tolerance = LIGHT[name] if channel == "lux" else TRUTH[channel]
        assert isinstance(value, float), f"{channel}: {value}"
        assert value == pytest.approx(truth, abs=tolerance), channel


def test_every_chip_of_the_catalogue_is_tried_here() -> None:
    assert FAKES.keys() == RECORDS.keys()
    assert all(address in RECORDS[name].addresses for name, address in FAKES.items())


@every_chip
def test_a_library_tells_the_truth_and_leaves_no_module_behind(name: str, clock: ManualClock) -> None:
    before = set(sys.modules)
    sensor, _, _ = opened(name, clock)
    sensor.connect()
    for _ in range(3):
        values = measured(sensor, clock)
        assert list(values) == [channel.name for channel in sensor.channels]
        check_truth(name, values)
    assert not {new for new in set(sys.modules) - before if new.startswith(("adafruit", "board", "busio", "digitalio", "micropython"))}


@every_chip
def test_on_a_simulated_bench_it_measures_and_breaks_as_the_others_do(name: str, clock: ManualClock) -> None:
    kind, address = LIBRARY_DRIVERS[name], FAKES[name]
    spec = SensorSpec("it", "it", "it", name, address, "", 1.0, 1.0, 1.0, kind.Options())
    bench = SimulatedBench(Bench("bench.py", 1, (spec,), ()), clock)
    sensor = kind(bench.at(), address, spec.options, clock)
    for value in connected_and_measured(sensor, clock).values():
        assert isinstance(value, float)
    bench.fault("it", "unplug")
    with pytest.raises(OSError, match="Remote I/O"):
        measured(sensor, clock)
    bench.clear("it")
    assert connected_and_measured(sensor, clock)


@every_chip
@pytest.mark.parametrize("sends", [0x00, 0xFF])
def test_nothing_but_zeros_or_ones_is_never_a_number(name: str, sends: int, clock: ManualClock) -> None:
    sensor, chip, _ = opened(name, clock)
    sensor.connect()
    chip.sends = sends
    for _ in range(3):
        with pytest.raises((DeviceError, OSError)):
            measured(sensor, clock)


@every_chip
def test_an_unplugged_chip_is_what_the_bus_said_also_where_the_library_hides_it(name: str, clock: ManualClock) -> None:
    sensor, chip, _ = opened(name, clock)
    sensor.connect()
    chip.on = False
    with pytest.raises(OSError, match="Remote I/O"):
        measured(sensor, clock)
    with pytest.raises(OSError, match="Remote I/O"):
        connected_and_measured(sensor, clock)
    chip.on = True
    chip.reset()
    sensor.connect()
    check_truth(name, measured(sensor, clock))


@every_chip
def test_after_a_power_dip_there_is_the_truth_or_an_error_and_a_new_connection_heals_it(name: str, clock: ManualClock) -> None:
    sensor, chip, _ = opened(name, clock)
    sensor.connect()
    measured(sensor, clock)
    chip.reset()
    for _ in range(3):
        try:
            values = measured(sensor, clock)
        except (DeviceError, OSError):
            sensor.connect()
        else:
            check_truth(name, values)
    check_truth(name, measured(sensor, clock))


@every_chip
def test_a_bus_that_is_given_up_ends_every_loop_of_a_library(name: str, clock: ManualClock) -> None:
    sensor, _, bus = opened(name, clock)
    sensor.connect()
    calls, plain = 0, bus.answer

    def answer(data: bytes | None, length: int) -> bytes:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise PermanentError("revoked", "given up")
        return plain(data, length)

    bus.answer = answer
    code = ""
    for _ in range(4):
        try:
            measured(sensor, clock)
        except PermanentError as error:
            code = error.code
            break
    assert code == "revoked"
    assert calls == 4


@every_chip
def test_a_time_out_of_the_bus_is_handed_on(name: str, clock: ManualClock) -> None:
    sensor, _, bus = opened(name, clock)
    sensor.connect()

    def answer(_data: bytes | None, _length: int) -> bytes:
        raise STUCK

    bus.answer = answer
    with pytest.raises(OSError, match="timed out"):
        measured(sensor, clock)


@pytest.mark.parametrize("name", ["BMP388", "BMP390", "DPS310", "LPS22", "TSL2591", "VL53L0X", "VL53L1X", "AS7341"])
def test_another_chip_is_refused_before_anything_is_written(name: str, clock: ManualClock) -> None:
    sensor, chip, bus = opened(name, clock)
    chip.sends = 0x42
    with pytest.raises(PermanentError) as caught:
        sensor.connect()
    assert caught.value.code == "wrong_chip"
    assert bus.writes == []


def test_a_chip_that_is_never_ready_ends_within_the_budget_of_the_call(clock: ManualClock) -> None:
    sensor, _, bus = opened("BMP388", clock)
    sensor.connect()
    plain, began = bus.answer, clock.monotonic()
    asked = b""

    def answer(data: bytes | None, length: int) -> bytes:
        nonlocal asked
        asked = data or asked
        return bytes(length) if asked == b"\x03" and length else plain(data, length)

    bus.answer = answer
    with pytest.raises(TransientError) as caught:
        sensor.measure()
    assert caught.value.code == "library_stuck"
    assert clock.monotonic() - began < 3


def test_zero_degrees_of_a_chip_that_is_there_are_a_value(clock: ManualClock) -> None:
    sensor, _, bus = opened("LM75", clock)
    sensor.connect()
    plain = bus.answer
    bus.answer = lambda data, length: bytes(length) if data == b"\x00" else plain(data, length)
    assert sensor.measure() == {"temp": 0.0}


def test_a_cached_value_is_never_served_as_a_new_one(clock: ManualClock) -> None:
    sensor, chip, _ = opened("SCD40", clock)
    sensor.connect()
    check_truth("SCD40", measured(sensor, clock))
    chip.reset()
    for _ in range(2):
        with pytest.raises(TransientError) as caught:
            measured(sensor, clock)
        assert caught.value.code == "not_converted"


def test_two_sensors_share_no_buffer(clock: ManualClock) -> None:
    first, second = opened("LM75", clock)[0], opened("PCT2075", clock)[0]
    failed: list[object] = []

    def read(sensor: SensorDriver) -> None:
        try:
            sensor.connect()
            for _ in range(50):
                assert sensor.measure() == {"temp": CELSIUS}
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=read, args=(each,)) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


FREE = {
    "library": "adafruit_pct2075",
    "class_": "PCT2075",
    "channels": {"t": {"read": "temperature", "units": "K", "min": 0, "max": 500, "offset": 273.15}},
}


def free(clock: ManualClock, **changed: object) -> SensorDriver:
    kind = LIBRARY_DRIVERS["adafruit"]
    return kind(FakeBus(0x37, Chip("PCT2075", clock)), 0x37, kind.Options(**(FREE | changed)), clock)


def test_a_free_entry_reads_any_library(clock: ManualClock) -> None:
    sensor = free(clock)
    sensor.connect()
    assert sensor.measure() == {"t": pytest.approx(CELSIUS + 273.15)}
    assert [(channel.name, channel.units) for channel in sensor.channels_of(sensor.options)] == [("t", "K")]


def test_beyond_the_range_of_a_free_entry_there_is_a_side_and_no_number(clock: ManualClock) -> None:
    sensor = free(clock, channels={"t": {"read": "temperature", "units": "°C", "min": 0, "max": 20}})
    sensor.connect()
    value = sensor.measure()["t"]
    assert isinstance(value, Fault)
    assert value.side == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"library": "os"},
        {"library": "adafruit_x; import os"},
        {"class_": "__class__"},
        {"after": ["_x"]},
        {"arguments": {"a": [1]}},
        {"channels": {}},
        {"channels": {"t": {"read": "temperature", "units": "K"}}},
        {"channels": {"t": {"read": "a.b", "units": "K", "min": 0, "max": 1}}},
        {"channels": {"t": {"read": "temperature", "units": "K", "min": 2, "max": 1}}},
    ],
)
def test_a_free_entry_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="allowed: "):
        LIBRARY_DRIVERS["adafruit"].Options(**(FREE | wrong))


def test_a_missing_library_is_named_with_the_line_that_installs_it(clock: ManualClock) -> None:
    with pytest.raises(PermanentError) as caught:
        free(clock, library="adafruit_nothing_such").connect()
    assert caught.value.code == "library_missing"
    assert "pip install --no-deps adafruit-circuitpython-nothing-such adafruit-circuitpython-busdevice" in caught.value.message


@pytest.mark.parametrize(("class_", "code"), [("Nothing", "library_missing")])
def test_a_class_that_is_not_there_says_so(class_: str, code: str, clock: ManualClock) -> None:
    with pytest.raises(PermanentError) as caught:
        free(clock, class_=class_).connect()
    assert caught.value.code == code


def test_the_line_that_installs_a_library_names_packages_of_the_registry() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]["adafruit"]
    packages = {each.partition(">")[0] for each in extra}
    for record in RECORDS.values():
        words = line(record.library).split()
        assert words[:5] == [sys.executable, "-m", "pip", "install", "--no-deps"]
        assert words[5] in packages

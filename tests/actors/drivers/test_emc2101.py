import sys
from collections.abc import Mapping
from importlib.machinery import PathFinder
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.drivers.base import Value
from actors.drivers.library.emc2101.codes import CONVERSION, external, fan, internal
from actors.drivers.library.emc2101.options import EMC2101Options
from actors.drivers.library.emc2101.sensor import EMC2101
from actors.errors import ON_PURPOSE, Fault, PermanentError, TransientError
from tests.actors.drivers.fakebus import FakeBus, Registers
from tests.fakes import ManualClock

POWER_UP = {0x03: 0x00, 0x04: 0x08, 0x4A: 0x20, 0x4B: 0x3F, 0x4D: 0x17, 0xFD: 0x16, 0xFE: 0x5D, 0xFF: 0x01}


class Chip(Registers):
    """An EMC2101 with its interlock: reading 0x01 holds 0x10, reading 0x46 holds 0x47."""

    def __init__(self, inside: int = 23, outside: int = 0x18E0, count: int = 4500) -> None:
        self.outside, self.count = outside, count
        self.held = {0x10: 0xAA, 0x47: 0xAA}
        super().__init__(1, {**POWER_UP, 0x00: inside & 0xFF})
        self.values |= {0x01: self._high, 0x10: lambda: self.held[0x10], 0x46: self._low, 0x47: lambda: self.held[0x47]}

    def _high(self) -> int:
        self.held[0x10] = self.outside & 0xFF
        return self.outside >> 8

    def _low(self) -> int:
        self.held[0x47] = self.count >> 8
        return self.count & 0xFF


def make(clock: ManualClock, chip: Registers | None = None, **options: Any) -> tuple[EMC2101, FakeBus]:
    bus = FakeBus(0x4C, chip or Chip())
    return EMC2101(bus, 0x4C, EMC2101Options(**options), clock), bus


def connected(clock: ManualClock, chip: Registers, **options: Any) -> tuple[EMC2101, FakeBus]:
    sensor, bus = make(clock, chip, **options)
    sensor.connect()
    bus.transfers.clear()
    clock.slept.clear()
    return sensor, bus


def codes(values: Mapping[str, Value]) -> dict[str, str | float]:
    return {name: value.code if isinstance(value, Fault) else value for name, value in values.items()}


def test_the_real_library_sets_the_chip_up_and_three_channels_are_read(clock: ManualClock) -> None:
    sensor, _ = connected(clock, Chip())
    assert sensor.measure() == {"internal": 23.0, "external": 24.875, "fan": 1200.0}
    assert clock.slept == []


def test_paired_registers_are_read_in_the_order_that_holds_them_together(clock: ManualClock) -> None:
    sensor, bus = connected(clock, Chip())
    sensor.measure()
    order = bus.pointers
    assert order.index(0x10) == order.index(0x01) + 1
    assert order.index(0x47) == order.index(0x46) + 1


def test_a_temperature_that_changes_while_it_is_read_is_old_or_new_but_never_a_mixture(clock: ManualClock) -> None:
    chip = Chip(outside=0x18E0)  # 24.875 °C
    sensor, bus = connected(clock, chip)
    plain = bus.answer

    def answer(data: bytes | None, length: int) -> bytes:
        result = plain(data, length)
        if data == b"\x01":
            chip.outside = 0x1900  # 25 °C from now on
        return result

    bus.answer = answer
    assert sensor.measure()["external"] in {24.875, 25.0}


@pytest.mark.parametrize(
    ("word", "celsius"),
    [(0x7EE0, 126.875), (0x1900, 25.0), (0x0020, 0.125), (0x0000, 0.0), (0xFFE0, -0.125), (0xC000, -64.0), (0x191F, 25.0)],
)
def test_eleven_bits_are_an_external_temperature(word: int, celsius: float) -> None:
    assert external(word) == celsius


@pytest.mark.parametrize(
    ("word", "code"),
    [
        (0x7F00, "diode_open"),
        (0x7F1F, "diode_open"),
        (0x7FE0, "diode_short"),
        (0x7FFF, "diode_short"),
        (0x7F20, "over_range"),
        (0x8000, "under_range"),
        (0xBFE0, "under_range"),
    ],
)
def test_a_broken_diode_is_a_fault_of_its_channel_alone(word: int, code: str, clock: ManualClock) -> None:
    sensor, _ = connected(clock, Chip(outside=word))
    assert codes(sensor.measure()) == {"internal": 23.0, "external": code, "fan": 1200.0}


@given(st.integers(0, 0xFFFF))
def test_any_external_word_is_a_rated_temperature_or_a_fault(word: int) -> None:
    value = external(word)
    assert isinstance(value, Fault) or -64 <= value <= 126.875


@pytest.mark.parametrize(("byte", "shown"), [(-1, "under_range"), (86, "over_range"), (0, 0.0), (85, 85.0)])
def test_the_inside_is_within_its_rated_range_or_a_fault(byte: int, shown: str | float) -> None:
    assert codes({"internal": internal(byte)}) == {"internal": shown}


@pytest.mark.parametrize(
    ("count", "rpm"), [(4500, 1200.0), (2700, 2000.0), (0xFF3F, 5_400_000 / 0xFF3F), (0xFF40, 0.0), (0xFFFF, 0.0), (0, "bad_frame")]
)
def test_a_count_is_a_speed_and_a_standing_fan_is_no_82_rpm(count: int, rpm: str | float) -> None:
    assert codes({"fan": fan(count)}) == {"fan": rpm}


def test_a_pin_wired_as_alert_stays_alert_and_the_fan_is_a_fault(clock: ManualClock) -> None:
    chip = Chip()
    sensor, bus = make(clock, chip, alert_pin=True)
    sensor.connect()
    assert chip.values[0x03] == 0x00
    bus.transfers.clear()
    assert codes(sensor.measure()) == {"internal": 23.0, "external": 24.875, "fan": "no_tachometer"}
    assert bus.writes == []
    assert not {0x46, 0x47} & set(bus.pointers)


def test_an_external_temperature_written_by_somebody_is_a_fault(clock: ManualClock) -> None:
    chip = Chip()
    sensor, _ = connected(clock, chip)
    chip.values[0x4A] = 0x60
    assert codes(sensor.measure())["external"] == "forced"


@pytest.mark.parametrize(("register", "value"), [(0xFE, 0x00), (0xFE, 0xFF), (0xFD, 0x17)])
def test_another_chip_is_refused_before_anything_is_written(register: int, value: int, clock: ManualClock) -> None:
    chip = Chip()
    chip.values[register] = value
    sensor, bus = make(clock, chip)
    with pytest.raises(PermanentError, match=f"0x{value:02X}") as caught:
        sensor.connect()
    assert caught.value.code == "wrong_chip"
    assert bus.writes == []


def test_a_bus_that_floats_is_not_minus_one_degree(clock: ManualClock) -> None:
    sensor, bus = connected(clock, Chip())
    bus.answer = lambda _, length: b"\xff" * length
    with pytest.raises(TransientError, match="floats") as caught:
        sensor.measure()
    assert caught.value.code == "wrong_chip"


def test_a_chip_in_standby_is_woken_and_one_that_is_slow_is_set_to_its_usual_rate(clock: ManualClock) -> None:
    chip = Chip()
    chip.values |= {0x03: 0x44, 0x04: 0x00}
    make(clock, chip)[0].connect()
    assert (chip.values[0x03], chip.values[0x04]) == (0x04, 0x08)
    assert clock.slept == [CONVERSION]  # until then it holds the temperatures it fell asleep with


def test_a_chip_put_into_standby_meanwhile_serves_no_old_temperature(clock: ManualClock) -> None:
    chip = Chip()
    sensor, _ = connected(clock, chip)
    chip.values[0x03] = 0x44
    with pytest.raises(TransientError) as caught:
        sensor.measure()
    assert caught.value.code == "asleep"


def test_a_chip_that_lost_its_settings_is_set_up_again_and_its_first_zeros_are_not_served(clock: ManualClock) -> None:
    chip = Chip()
    sensor, _ = connected(clock, chip)
    back = clock.monotonic()
    chip.values |= {**POWER_UP, 0x00: lambda: 23 if clock.monotonic() >= back + CONVERSION else 0}
    with pytest.raises(TransientError) as caught:
        sensor.measure()
    assert caught.value.code == "settings_lost"
    assert chip.values[0x03] == 0x04
    assert sensor.measure() == {"internal": 23.0, "external": 24.875, "fan": 1200.0}


@pytest.mark.parametrize(("inside", "outside"), [(0, 0x18E0), (23, 0x0000)])
def test_a_zero_is_looked_at_again_after_a_conversion(inside: int, outside: int, clock: ManualClock) -> None:
    sensor, _ = connected(clock, Chip(inside, outside))
    assert sensor.measure()["internal"] == inside
    assert clock.slept == [CONVERSION]


@pytest.mark.parametrize("broken", [ImportError("no module"), RuntimeError("not for this board"), NotImplementedError()])
def test_a_library_that_does_not_import_says_what_to_install(
    broken: Exception, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_spec(name: str, *_: object) -> None:
        raise broken

    monkeypatch.setattr(PathFinder, "find_spec", find_spec)
    with pytest.raises(PermanentError, match="pip install --no-deps adafruit-circuitpython-emc2101") as caught:
        make(clock)[0].connect()
    assert caught.value.code == "library_missing"
    assert caught.value.__cause__ is broken


def test_neither_blinka_nor_the_library_is_in_the_world_of_others(clock: ManualClock) -> None:
    before = set(sys.modules)
    make(clock)[0].connect()
    assert not {name for name in set(sys.modules) - before if name.startswith(("adafruit", "board", "busio"))}


def test_a_chip_that_goes_away_while_the_library_opens_it_is_a_passing_error(clock: ManualClock) -> None:
    sensor, bus = make(clock)
    plain, reads = bus.answer, 0

    def answer(data: bytes | None, length: int) -> bytes:
        nonlocal reads
        reads += 1
        return plain(data, length) if reads <= 4 else bytes(length)  # both its numbers, each read twice

    bus.answer = answer
    with pytest.raises(TransientError, match="went away"):
        sensor.connect()


def test_a_diode_that_was_configured_away_is_not_read_and_not_broken(clock: ManualClock) -> None:
    sensor, _ = make(clock, Chip(outside=0x7F00), external_diode=False)
    sensor.connect()
    value = sensor.measure()["external"]
    assert isinstance(value, Fault)
    assert value.code == "no_diode"
    assert value.code in ON_PURPOSE

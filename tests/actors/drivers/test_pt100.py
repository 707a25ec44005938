from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.drivers.base import Value
from actors.drivers.temperature.pt100.bridge import resistance
from actors.drivers.temperature.pt100.options import PT100Options
from actors.drivers.temperature.pt100.sensor import PT100
from actors.errors import Fault, PermanentError, TransientError
from tests.actors.drivers.fakebus import FakeBus, Script
from tests.fakes import ManualClock

POWER_UP = 0x8583
RAIL = 26300


class Converter:
    """An ADS1115 by its data sheet: OS reads 0 while it converts, and the old code stays until it has finished."""

    def __init__(self, clock: ManualClock, codes: Mapping[int, int], slowness: float = 1.1) -> None:
        self.clock, self.codes, self.slowness = clock, codes, slowness
        self.config, self.code, self.done, self.input = POWER_UP, 0, 0.0, 0
        self.started: list[int] = []

    def __call__(self, data: bytes | None, length: int) -> bytes:
        assert data is not None
        if len(data) == 3:
            self.config = int.from_bytes(data[1:], "big")
            self.started.append(self.config)
            rate = (8, 16, 32, 64, 128, 250, 475, 860)[self.config >> 5 & 7]
            self.done, self.input = self.clock.monotonic() + self.slowness / rate, (self.config >> 12 & 7) - 4
            return b""
        busy = self.clock.monotonic() < self.done
        if data[0] == 1:
            return (self.config & 0x7FFF | (0 if busy else 0x8000)).to_bytes(2, "big")
        if self.started and not busy:
            self.code = self.codes[self.input]
        return (self.code & 0xFFFF).to_bytes(2, "big")


def make(clock: ManualClock, codes: Mapping[int, int], slowness: float = 1.1, **options: Any) -> tuple[PT100, Converter, FakeBus]:
    chip = Converter(clock, codes, slowness)
    bus = FakeBus(0x48, chip)
    return PT100(bus, 0x48, PT100Options(**options), clock), chip, bus


def code_of(ohm: float, rail: float = RAIL, series: float = 97.7) -> int:
    return round(rail * ohm / (series + ohm))


@pytest.mark.parametrize(("code", "celsius"), [(13303, 0.0), (15422, 100.0), (16907, 200.0)])
def test_the_codes_of_the_bridge_as_measured_once_are_their_temperatures(code: int, celsius: float, clock: ManualClock) -> None:
    sensor, _, _ = make(clock, {0: code}, law="iec60751")
    assert sensor.measure()["temp"] == pytest.approx(celsius, abs=0.04)


@pytest.mark.parametrize(("celsius", "ohm"), [(-50, 80.306), (0, 100.0), (100, 138.506), (200, 175.856)])
def test_the_standards_law_can_be_chosen(celsius: float, ohm: float, clock: ManualClock) -> None:
    sensor, _, _ = make(clock, {0: code_of(ohm)}, law="iec60751")
    assert sensor.measure()["temp"] == pytest.approx(celsius, abs=0.05)


def test_a_conversion_of_ain0_at_128_samples_per_second_is_config_c383(clock: ManualClock) -> None:
    sensor, chip, _ = make(clock, {0: 13303})
    sensor.measure()
    assert chip.started == [0xC383]
    assert clock.slept == [pytest.approx(0.0088, abs=1e-4)]


def test_a_slow_chip_is_waited_for_and_its_previous_code_is_not_served(clock: ManualClock) -> None:
    sensor, chip, _ = make(clock, {0: 13303}, slowness=1.5)
    sensor.measure()
    chip.codes = {0: 15422}
    assert sensor.measure()["temp"] == pytest.approx(100.0, abs=0.05)


def test_a_chip_that_never_finishes_is_an_error_in_bounded_time(clock: ManualClock) -> None:
    sensor, _, _ = make(clock, {0: 13303}, slowness=1e9)
    start = clock.monotonic()
    with pytest.raises(TransientError) as caught:
        sensor.measure()
    assert caught.value.code == "not_converted"
    assert clock.monotonic() - start < 0.1


def test_a_chip_that_loses_its_settings_during_a_conversion_is_an_error(clock: ManualClock) -> None:
    sensor, chip, _ = make(clock, {0: 13303})
    plain = clock.sleep

    def dip(seconds: float) -> None:
        chip.config, chip.code = POWER_UP, 0
        plain(seconds)

    clock.sleep = dip  # type: ignore[method-assign]
    with pytest.raises(TransientError) as caught:
        sensor.measure()
    assert caught.value.code == "settings_lost"
    assert caught.value.message == "the ADS1115 at 0x48 lost its settings: a power dip?"


@pytest.mark.parametrize("when", ["while it converts", "just before it is read"])
def test_a_chip_that_another_program_sets_during_a_conversion_is_an_error_that_says_so(clock: ManualClock, when: str) -> None:
    sensor, chip, bus = make(clock, {0: 13303})
    plain = bus.answer

    def other(data: bytes | None, length: int) -> bytes:
        if data == (b"\x01" if when == "while it converts" else b"\x00") and chip.started:
            chip.config = 0x4583
        return plain(data, length)

    bus.answer = other
    with pytest.raises(TransientError) as caught:
        sensor.measure()
    assert caught.value.code == "settings_lost"
    assert "was set to 0xC583 by another program" in caught.value.message


@pytest.mark.parametrize(("configuration", "found"), [(0x60A0, "found TMP102"), (0xFFFF, "floats"), (0x1234, "unknown chip")])
@pytest.mark.parametrize(("act", "kind"), [(PT100.connect, PermanentError), (PT100.measure, TransientError)])
def test_another_chip_is_refused_by_name_before_anything_is_written(
    configuration: int, found: str, act: Callable[[PT100], object], kind: type[Exception], clock: ManualClock
) -> None:
    bus = FakeBus(0x48, Script([configuration.to_bytes(2, "big")]))
    with pytest.raises(kind, match=rf"config.py says PT-100 \(an ADS1115\), .*{found}") as caught:
        act(PT100(bus, 0x48, PT100Options(), clock))
    assert getattr(caught.value, "code", None) == "wrong_chip"
    assert bus.writes == []


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (26300, "probe_open"),
        (26290, "probe_open"),
        (26310, "probe_open"),
        (32766, "probe_open"),
        (22700, "probe_open"),  # platinum has melted
        (22600, "over_range"),
        (21050, "over_range"),  # above R(850 degC)
        (4180, "probe_short"),  # below R(-200 degC)
        (7, "probe_short"),
        (0, "probe_short"),
        (-3, "probe_short"),
        (-32767, "probe_short"),
        (0x7FFF, "bridge_fault"),
        (-0x8000, "bridge_fault"),
    ],
)
def test_a_broken_probe_is_one_fault_in_both_channels_and_no_number(code: int, fault: str, clock: ManualClock) -> None:
    sensor, _, _ = make(clock, {0: code})
    values = sensor.measure()
    assert set(values) == {"temp", "resistance"}
    assert values["temp"] is values["resistance"]
    assert isinstance(values["temp"], Fault)
    assert values["temp"].code == fault


@given(st.integers(-0x8000, 0x7FFF))
def test_any_code_is_a_resistance_of_the_standard_or_a_fault(code: int) -> None:
    value: Value = resistance(code, RAIL, PT100Options())
    assert isinstance(value, Fault) or 18.52 <= value <= 390.48


def test_a_rail_that_is_measured_takes_the_supply_out(clock: ManualClock) -> None:
    high_rail = RAIL * 1.03
    fixed, _, _ = make(clock, {0: code_of(100.0, high_rail)})
    measured, chip, _ = make(clock, {0: code_of(100.0, high_rail), 1: round(high_rail)}, rail_input="AIN1")
    assert fixed.measure()["temp"] == pytest.approx(16.2, abs=0.5)
    assert measured.measure()["temp"] == pytest.approx(0.0, abs=0.04)
    assert chip.started == [0xC383, 0xD383]


@pytest.mark.parametrize("rail", [0, -5, 0x7FFF])
def test_a_rail_that_cannot_be_measured_is_a_fault(rail: int, clock: ManualClock) -> None:
    sensor, _, _ = make(clock, {0: 13303, 1: rail}, rail_input="AIN1")
    value = sensor.measure()["temp"]
    assert isinstance(value, Fault)
    assert value.code == "bridge_fault"


def test_lead_series_and_nominal_resistance_are_what_the_owner_says(clock: ManualClock) -> None:
    sensor, _, _ = make(
        clock,
        {0: code_of(1001.0, 3.3 / 125e-6, 1000.0)},
        series_resistance=1000.0,
        rail_voltage=3.3,
        lead_resistance=1.0,
        nominal_resistance=1000.0,
    )
    values = sensor.measure()
    assert values["resistance"] == pytest.approx(1000.0, abs=0.2)
    assert values["temp"] == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"law": "quadratic"}, "law is 'quadratic', allowed: 'linear', 'iec60751'"),
        ({"data_rate": 100}, "data_rate is 100, allowed: 8, 16, 32, 64, 128, 250, 475, 860"),
        ({"data_rate": True}, "data_rate is True"),
        ({"probe_input": "AIN4"}, "probe_input is 'AIN4'"),
        ({"rail_input": "AIN0"}, "rail_input is 'AIN0', allowed: None, 'AIN1', 'AIN2', 'AIN3'"),
        ({"series_resistance": 0}, "series_resistance is 0, allowed: a number above 0"),
        ({"series_resistance": "97.7"}, "series_resistance is '97.7'"),
        ({"rail_voltage": float("nan")}, "rail_voltage is nan"),
        ({"nominal_resistance": float("inf")}, "nominal_resistance is inf"),
        ({"lead_resistance": -0.1}, "lead_resistance is -0.1, allowed: 0 or a number above 0"),
    ],
)
def test_a_bad_option_is_refused_with_what_is_allowed(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PT100Options(**options)

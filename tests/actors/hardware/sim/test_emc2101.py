"""The simulated EMC2101: register file, data read interlock, fan drive."""

import pytest

from actors.hardware.sim.chips.emc2101 import Emc2101
from tests.actors.hardware.sim.benches import Dial, constant
from tests.fakes import ManualClock


def emc(clock: ManualClock, celsius: float = 25.0, rpm: float | None = None) -> Emc2101:
    return Emc2101(constant(celsius), clock, powered_for=10.0, tachometer=None if rpm is None else lambda: rpm)


def get(chip: Emc2101, register: int) -> int:
    return chip.transfer(bytes((register,)), 1)[0]


def put(chip: Emc2101, register: int, value: int) -> None:
    chip.transfer(bytes((register, value)), 0)


def external(chip: Emc2101) -> int:
    return get(chip, 0x01) << 8 | get(chip, 0x10)


def test_it_identifies_itself_and_cannot_be_talked_out_of_it(clock: ManualClock) -> None:
    chip = emc(clock)
    for register in (0xFD, 0xFE, 0xFF):
        put(chip, register, 0x00)

    assert [get(chip, register) for register in (0xFD, 0xFE, 0xFF)] == [0x16, 0x5D, 0x01]


def test_the_registers_have_their_power_up_values(clock: ManualClock) -> None:
    chip = emc(clock)

    assert {register: get(chip, register) for register in (0x03, 0x04, 0x4A, 0x4C)} == {0x03: 0x00, 0x04: 0x08, 0x4A: 0x20, 0x4C: 0x00}


def test_it_answers_a_probe_without_data(clock: ManualClock) -> None:
    assert emc(clock).transfer(b"", 0) == b""


def test_more_than_one_byte_is_not_the_next_register(clock: ManualClock) -> None:
    assert emc(clock, 25.0).transfer(b"\xfd", 3) == b"\x16\xff\xff"


@pytest.mark.parametrize(
    ("celsius", "internal", "word"),
    [(25.0, 25, 0x1900), (25.125, 25, 0x1920), (0.0, 0, 0x0000), (-0.125, 0, 0xFFE0), (-10.0, 0xF6, 0xF600)],
)
def test_temperatures_are_coded_in_whole_and_in_eighths_of_a_degree(clock: ManualClock, celsius: float, internal: int, word: int) -> None:
    chip = emc(clock, celsius)

    assert (get(chip, 0x00), external(chip)) == (internal, word)


def test_the_external_temperature_never_reaches_the_codes_of_a_broken_diode(clock: ManualClock) -> None:
    assert external(emc(clock, 500.0)) == 0x7EE0


def test_the_fraction_is_frozen_by_reading_the_whole_degrees(clock: ManualClock) -> None:
    celsius = Dial(24.875)
    chip = Emc2101(celsius, clock, powered_for=10.0)
    high = get(chip, 0x01)
    celsius.value = 25.0
    clock.advance(0.1)

    low = get(chip, 0x10)

    assert (high, low) == (24, 0xE0)
    assert (get(chip, 0x01), get(chip, 0x10)) == (25, 0x00)


def test_the_wrong_order_of_reading_shows_what_a_real_chip_shows(clock: ManualClock) -> None:
    celsius = Dial(24.875)
    chip = Emc2101(celsius, clock, powered_for=10.0)
    assert get(chip, 0x10) == 0x00
    external(chip)
    celsius.value = 25.0
    clock.advance(0.1)

    low, high = get(chip, 0x10), get(chip, 0x01)

    assert (high << 8 | low) / 256 == 25.875


def test_it_converts_16_times_a_second(clock: ManualClock) -> None:
    celsius = Dial(20.0)
    chip = Emc2101(celsius, clock, powered_for=10.0)
    get(chip, 0x00)
    celsius.value = 30.0

    clock.advance(0.061)
    before = get(chip, 0x00)
    clock.advance(0.002)

    assert (before, get(chip, 0x00)) == (20, 30)


def test_after_power_up_it_is_busy_and_reads_zero_until_the_first_conversion(clock: ManualClock) -> None:
    chip = Emc2101(constant(25.0), clock)
    assert (get(chip, 0x02) & 0x80, get(chip, 0x00)) == (0x80, 0)

    clock.advance(0.063)

    assert (get(chip, 0x00), get(chip, 0x02) & 0x80) == (25, 0)


def test_in_standby_the_temperature_stands_still(clock: ManualClock) -> None:
    celsius = Dial(20.0)
    chip = Emc2101(celsius, clock, powered_for=10.0)
    put(chip, 0x03, 0x40)
    celsius.value = 30.0
    clock.advance(5.0)
    asleep = get(chip, 0x00)

    put(chip, 0x03, 0x00)
    clock.advance(0.063)

    assert (asleep, get(chip, 0x00)) == (20, 30)


@pytest.mark.parametrize(("damage", "word"), [("open", 0x7F00), ("short", 0x7FE0)])
def test_a_broken_diode_shows_its_code_and_its_status_bit(clock: ManualClock, damage: str, word: int) -> None:
    chip = emc(clock)
    assert not get(chip, 0x02) & 0x04

    chip.damage = damage

    assert external(chip) == word
    assert get(chip, 0x02) & 0x04
    assert get(chip, 0x00) == 25


def test_the_tachometer_counts_5400000_over_rpm(clock: ManualClock) -> None:
    chip = emc(clock, rpm=2000.0)
    put(chip, 0x03, 0x04)

    assert get(chip, 0x46) | get(chip, 0x47) << 8 == 2700


@pytest.mark.parametrize(("rpm", "config"), [(2000.0, 0x00), (0.0, 0x04), (None, 0x04)])
def test_without_pulses_or_without_a_tach_pin_the_count_is_ffff(clock: ManualClock, rpm: float | None, config: int) -> None:
    chip = emc(clock, rpm=rpm)
    put(chip, 0x03, config)

    assert get(chip, 0x46) | get(chip, 0x47) << 8 == 0xFFFF


def test_the_high_byte_of_the_count_is_frozen_by_reading_the_low_one(clock: ManualClock) -> None:
    rpm = [2000.0]
    chip = Emc2101(constant(25.0), clock, powered_for=10.0, tachometer=lambda: rpm[0])
    put(chip, 0x03, 0x04)
    low = get(chip, 0x46)
    rpm[0] = 500.0

    assert low | get(chip, 0x47) << 8 == 2700


def test_the_fan_setting_is_writable_only_while_the_look_up_table_is_off(clock: ManualClock) -> None:
    chip = emc(clock)
    put(chip, 0x4C, 0xD7)
    assert get(chip, 0x4C) == 0x17

    put(chip, 0x4A, 0x00)
    put(chip, 0x4C, 0x3F)

    assert get(chip, 0x4C) == 0x17


@pytest.mark.parametrize(
    ("registers", "duty"),
    [
        ({0x4C: 23}, 0.5),
        ({0x4C: 46}, 1.0),
        ({0x4C: 63}, 1.0),
        ({0x4D: 0x1F, 0x4C: 31}, 0.5),
        ({0x4D: 0x00, 0x4C: 1}, 0.5),
        ({0x03: 0x10, 0x4C: 63}, 1.0),
        ({0x03: 0x10, 0x4C: 21}, 1 / 3),
        ({0x4A: 0x30, 0x4C: 23}, 0.5),
        ({0x4A: 0x30, 0x4C: 0}, 1.0),
    ],
)
def test_the_fan_duty_is_the_setting_over_twice_the_frequency_register(clock: ManualClock, registers: dict[int, int], duty: float) -> None:
    chip = emc(clock)
    for register, value in registers.items():
        put(chip, register, value)

    assert chip.fan_duty() == pytest.approx(duty)


def test_changes_of_the_fan_drive_are_told_and_a_power_cycle_is_one(clock: ManualClock) -> None:
    told: list[float] = []
    chip: list[Emc2101] = []
    chip.append(Emc2101(constant(25.0), clock, powered_for=10.0, on_fan=lambda: told.extend(c.fan_duty() for c in chip)))

    put(chip[0], 0x4C, 46)
    chip[0].power_cycle()

    assert told == [1.0, 0.0]


def test_config_and_rate_answer_at_their_second_address_too(clock: ManualClock) -> None:
    chip = emc(clock)
    put(chip, 0x09, 0x04)

    assert (get(chip, 0x03), get(chip, 0x0A)) == (0x04, 0x08)


def test_a_power_cycle_forgets_the_settings(clock: ManualClock) -> None:
    chip = emc(clock)
    put(chip, 0x03, 0x04)
    put(chip, 0x4C, 0x10)

    chip.power_cycle()

    assert (get(chip, 0x03), get(chip, 0x4C)) == (0, 0)

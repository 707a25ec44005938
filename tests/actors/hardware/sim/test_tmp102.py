"""The simulated TMP102 against its data sheet (SBOS397)."""

import pytest

from actors.hardware.sim.chips.tmp102 import Tmp102
from tests.actors.hardware.sim.benches import Dial, constant, word
from tests.fakes import ManualClock


def tmp102(clock: ManualClock, celsius: float = 25.0) -> Tmp102:
    return Tmp102(constant(celsius), clock, powered_for=10.0)


def register(chip: Tmp102, pointer: int) -> int:
    return word(chip.transfer(bytes((pointer,)), 2))


def configure(chip: Tmp102, value: int) -> None:
    chip.transfer(bytes((1, value >> 8, value & 0xFF)), 0)


def test_the_registers_have_their_power_up_values(clock: ManualClock) -> None:
    chip = Tmp102(constant(25.0), clock)

    assert [register(chip, pointer) for pointer in range(4)] == [0x0000, 0x60A0, 0x4B00, 0x5000]


def test_it_reads_zero_until_the_first_conversion_is_done(clock: ManualClock) -> None:
    chip = Tmp102(constant(25.0), clock)
    clock.advance(0.025)
    assert register(chip, 0) == 0x0000

    clock.advance(0.002)

    assert register(chip, 0) == 0x1900


# Data sheet, tables 2 and 3: 12 and 13 bits.
@pytest.mark.parametrize(
    ("celsius", "normal", "extended"),
    [
        (127.9375, 0x7FF0, 0x3FF9),
        (100.0, 0x6400, 0x3201),
        (25.0, 0x1900, 0x0C81),
        (0.25, 0x0040, 0x0021),
        (0.0, 0x0000, 0x0001),
        (-0.25, 0xFFC0, 0xFFE1),
        (-25.0, 0xE700, 0xF381),
        (-55.0, 0xC900, 0xE481),
        (128.0, 0x7FF0, 0x4001),
        (150.0, 0x7FF0, 0x4B01),
    ],
)
def test_temperatures_are_coded_as_in_the_data_sheet(clock: ManualClock, celsius: float, normal: int, extended: int) -> None:
    chip = tmp102(clock, celsius)
    assert register(chip, 0) == normal

    configure(chip, 0x60B0)

    assert register(chip, 0) == extended


@pytest.mark.parametrize(("config", "period"), [(0x6020, 4.0), (0x6060, 1.0), (0x60A0, 0.25), (0x60E0, 0.125)])
def test_it_converts_at_the_chosen_rate_and_shows_the_old_value_in_between(clock: ManualClock, config: int, period: float) -> None:
    celsius = Dial(20.0)
    chip = Tmp102(celsius, clock, powered_for=10.0)
    register(chip, 0)
    configure(chip, 0x6020 if config != 0x6020 else 0x60A0)
    configure(chip, config)
    clock.advance(0.027)
    register(chip, 0)
    celsius.value = 40.0

    clock.advance(period - 0.002)
    before = register(chip, 0)
    clock.advance(0.002)
    after = register(chip, 0)

    assert (before >> 4, after >> 4) == (20 * 16, 40 * 16)


def test_it_converts_at_the_instant_of_its_own_clock_not_of_the_reading(clock: ManualClock) -> None:
    celsius = Dial(20.0)
    start = clock.monotonic()
    chip = Tmp102(celsius, clock)

    clock.advance(1.2)
    register(chip, 0)

    assert celsius.asked == [pytest.approx(start + 0.026 + 4 * 0.25)]


def test_in_shutdown_it_keeps_its_last_value_and_one_shot_makes_one_more(clock: ManualClock) -> None:
    celsius = Dial(20.0)
    chip = Tmp102(celsius, clock, powered_for=10.0)
    register(chip, 0)
    configure(chip, 0x61A0)
    celsius.value = 40.0
    clock.advance(5.0)
    assert register(chip, 0) >> 4 == 20 * 16

    configure(chip, 0xE1A0)
    assert not register(chip, 1) & 0x8000
    clock.advance(0.027)

    assert register(chip, 1) & 0x8000
    assert register(chip, 0) >> 4 == 40 * 16


def test_woken_it_converts_again(clock: ManualClock) -> None:
    celsius = Dial(20.0)
    chip = Tmp102(celsius, clock, powered_for=10.0)
    configure(chip, 0x61A0)
    celsius.value = 40.0
    configure(chip, 0x60A0)

    clock.advance(0.027)

    assert register(chip, 0) >> 4 == 40 * 16


def test_the_resolution_bits_and_the_unused_ones_cannot_be_written(clock: ManualClock) -> None:
    chip = tmp102(clock)

    configure(chip, 0x00AF)

    assert register(chip, 1) == 0x60A0


def test_the_alert_bit_follows_the_limits_with_hysteresis(clock: ManualClock) -> None:
    celsius = Dial(25.0)
    chip = Tmp102(celsius, clock, powered_for=10.0)
    seen = []
    for value in (79.0, 81.0, 76.0, 74.0):
        celsius.value = value
        clock.advance(0.25)
        seen.append(register(chip, 1))

    assert seen == [0x60A0, 0x6080, 0x6080, 0x60A0]


def test_the_pointer_stays_where_it_was_put(clock: ManualClock) -> None:
    chip = tmp102(clock)
    chip.transfer(b"\x01", 0)

    assert chip.transfer(None, 2) == chip.transfer(None, 2) == b"\x60\xa0"


def test_limits_can_be_written_and_the_temperature_cannot(clock: ManualClock) -> None:
    chip = tmp102(clock)

    chip.transfer(b"\x02\x0a\x00", 0)
    chip.transfer(b"\x00\x55\x50", 0)

    assert (register(chip, 2), register(chip, 0)) == (0x0A00, 0x1900)


def test_a_power_cycle_brings_back_the_power_up_state(clock: ManualClock) -> None:
    chip = tmp102(clock)
    configure(chip, 0x61F0)

    chip.power_cycle()

    assert (register(chip, 0), register(chip, 1)) == (0x0000, 0x60A0)

"""What the simulated chips do in time, as their data sheets say: the drivers' tests rely on it."""

from collections.abc import Callable

import pytest

from actors.hardware.sim.chips.air.aht import Aht10, Aht20
from actors.hardware.sim.chips.base import EREMOTEIO, Chip
from actors.hardware.sim.chips.electric.ads1115 import Ads1115
from actors.hardware.sim.chips.emc2101 import Emc2101
from actors.hardware.sim.chips.tmp102 import Tmp102
from tests.actors.hardware.sim.benches import constant, word
from tests.fakes import ManualClock


def varying(values: list[float]) -> Callable[[float], float]:
    return lambda _at: values[-1]


def register(chip: Chip, pointer: int, length: int = 2) -> int:
    return word(chip.transfer(bytes((pointer,)), length))


def configure(chip: Chip, value: int) -> None:
    chip.transfer(bytes((1, value >> 8, value & 0xFF)), 0)


def test_an_emc2101_freezes_the_other_half_of_a_pair_by_reading_the_first(clock: ManualClock) -> None:
    celsius, rpm = [24.875], [2000.0]
    chip = Emc2101(varying(celsius), clock, powered_for=10.0, tachometer=lambda: rpm[-1])
    chip.transfer(b"\x03\x04", 0)
    high, low_count = register(chip, 0x01, 1), register(chip, 0x46, 1)
    celsius.append(25.0)
    rpm.append(500.0)
    clock.advance(0.1)
    assert (high, register(chip, 0x10, 1)) == (24, 0xE0)
    assert low_count | register(chip, 0x47, 1) << 8 == 2700
    assert (register(chip, 0x01, 1), register(chip, 0x10, 1)) == (25, 0x00)


def test_an_emc2101_is_busy_and_reads_zero_until_its_first_conversion(clock: ManualClock) -> None:
    chip = Emc2101(constant(25.0), clock)
    assert (register(chip, 0x02, 1) & 0x80, register(chip, 0x00, 1)) == (0x80, 0)
    clock.advance(0.063)
    assert (register(chip, 0x00, 1), register(chip, 0x02, 1) & 0x80) == (25, 0)


@pytest.mark.parametrize(("damage", "code"), [("open", 0x7F00), ("short", 0x7FE0)])
def test_a_broken_diode_of_an_emc2101_shows_its_code_and_its_status_bit(clock: ManualClock, damage: str, code: int) -> None:
    chip = Emc2101(constant(25.0), clock, powered_for=10.0)
    chip.damage = damage
    assert register(chip, 0x01, 1) << 8 | register(chip, 0x10, 1) == code
    assert (register(chip, 0x02, 1) & 0x04, register(chip, 0x00, 1)) == (0x04, 25)


@pytest.mark.parametrize(("make", "start_up"), [(Aht10, 0.020), (Aht20, 0.100)])
def test_an_aht_acknowledges_nothing_until_it_has_started_up(clock: ManualClock, make: type[Aht10], start_up: float) -> None:
    chip = make(constant(20.0), constant(40.0), clock)
    clock.advance(start_up - 0.001)
    with pytest.raises(OSError) as refused:
        chip.transfer(b"", 0)
    assert refused.value.errno == EREMOTEIO
    clock.advance(0.002)
    assert chip.transfer(b"", 0) == b""


def test_an_aht_is_busy_for_80_ms_and_shows_the_previous_data(clock: ManualClock) -> None:
    temperature = [30.0]
    chip = Aht10(varying(temperature), constant(50.0), clock, powered_for=10.0)
    frames = []
    for value in (30.0, 60.0):
        temperature.append(value)
        chip.transfer(b"\xac\x33\x00", 0)
        clock.advance(0.079)
        frames.append(chip.transfer(None, 6))
        clock.advance(0.002)
        frames.append(chip.transfer(None, 6))
    _, old, early, late = frames
    assert early[0] & 0x80
    assert early[1:] == old[1:] != late[1:]


def test_a_tmp102_reads_zero_until_its_first_conversion_and_in_shutdown_keeps_its_value(clock: ManualClock) -> None:
    celsius = [25.0]
    chip = Tmp102(varying(celsius), clock)
    clock.advance(0.025)
    assert register(chip, 0) == 0x0000
    clock.advance(0.002)
    assert register(chip, 0) == 0x1900
    configure(chip, 0x61A0)
    celsius.append(40.0)
    clock.advance(5.0)
    assert register(chip, 0) == 0x1900
    configure(chip, 0xE1A0)  # one shot
    clock.advance(0.027)
    assert register(chip, 0) >> 4 == 40 * 16


def test_an_ads1115_takes_its_time_on_a_slow_but_legal_oscillator_and_forgets_all_without_power(clock: ManualClock) -> None:
    chip = Ads1115(constant(0.0), clock, 10.0, None)
    configure(chip, 0xC383)  # AIN0 to ground, 4.096 V, 128 per second, single shot
    clock.advance(1 / 128)
    assert (register(chip, 1), register(chip, 0)) == (0x4383, 0)
    clock.advance(0.1 / 128 + 0.0002)
    assert (register(chip, 1), register(chip, 0)) == (0xC383, 13303)
    chip.power_cycle()
    assert (register(chip, 0), register(chip, 1)) == (0x0000, 0x8583)

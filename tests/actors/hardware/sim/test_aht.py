"""The simulated AHT10 and AHT20 against their manuals."""

import errno

import pytest

from actors.hardware.sim.chips.aht import Aht10, Aht20, checksum
from actors.hardware.sim.chips.base import EREMOTEIO
from tests.actors.hardware.sim.benches import Dial, constant
from tests.fakes import ManualClock

INIT, INIT20, MEASURE, RESET = b"\xe1\x08\x00", b"\xbe\x08\x00", b"\xac\x33\x00", b"\xba"


def aht10(clock: ManualClock, humidity: float = 50.0, temperature: float = 25.0) -> Aht10:
    return Aht10(constant(temperature), constant(humidity), clock, powered_for=10.0)


def aht20(clock: ManualClock, *, accepts_e1: bool = False) -> Aht20:
    return Aht20(constant(25.0), constant(50.0), clock, powered_for=10.0, accepts_e1=accepts_e1)


def status(chip: Aht10) -> int:
    return chip.transfer(None, 1)[0]


def decoded(frame: bytes) -> tuple[float, float]:
    bits = int.from_bytes(frame[1:6], "big")
    return (bits >> 20) / 2**20 * 100, (bits & 0xFFFFF) / 2**20 * 200 - 50


def measured(chip: Aht10, clock: ManualClock, length: int = 6) -> bytes:
    chip.transfer(MEASURE, 0)
    clock.advance(0.080)
    return chip.transfer(None, length)


@pytest.mark.parametrize(("make", "start_up"), [(Aht10, 0.020), (Aht20, 0.100)])
def test_it_acknowledges_nothing_until_it_has_started_up(clock: ManualClock, make: type[Aht10], start_up: float) -> None:
    chip = make(constant(20.0), constant(40.0), clock)
    clock.advance(start_up - 0.001)
    with pytest.raises(OSError) as refused:
        chip.transfer(b"", 0)
    assert refused.value.errno == EREMOTEIO

    clock.advance(0.002)

    assert chip.transfer(b"", 0) == b""


def test_before_any_measurement_the_frame_says_0_percent_and_minus_50(clock: ManualClock) -> None:
    assert decoded(aht10(clock).transfer(None, 6)) == (0.0, -50.0)


def test_the_calibration_bit_comes_with_the_init_command(clock: ManualClock) -> None:
    chip = aht10(clock)
    assert not status(chip) & 0x08

    chip.transfer(INIT, 0)
    assert status(chip) & 0x80

    clock.advance(0.5)
    assert status(chip) & 0x88 == 0x08


def test_an_aht10_ignores_the_init_command_of_its_successor(clock: ManualClock) -> None:
    chip = aht10(clock)
    chip.transfer(INIT20, 0)
    clock.advance(0.5)

    assert not status(chip) & 0x08


@pytest.mark.parametrize(("temperature", "humidity"), [(25.0, 50.0), (-50.0, 0.0), (0.0, 100.0), (84.99, 12.34)])
def test_a_measurement_carries_both_quantities_within_one_step(clock: ManualClock, temperature: float, humidity: float) -> None:
    frame = measured(aht10(clock, humidity, temperature), clock)

    assert not frame[0] & 0x80
    assert decoded(frame) == pytest.approx((humidity, temperature), abs=2e-4)


def test_the_codes_of_half_scale_are_those_of_the_manual(clock: ManualClock) -> None:
    # 50 % and 50 °C are each half of their scale: 0x80000.
    assert measured(aht10(clock, 50.0, 50.0), clock)[1:].hex() == "8000080000"


def test_for_80_ms_it_is_busy_and_shows_the_previous_data(clock: ManualClock) -> None:
    temperature = Dial(30.0)
    chip = Aht10(temperature, constant(50.0), clock, powered_for=10.0)
    old = measured(chip, clock)
    temperature.value = 60.0
    chip.transfer(MEASURE, 0)

    clock.advance(0.079)
    early = chip.transfer(None, 6)
    clock.advance(0.002)
    late = chip.transfer(None, 6)

    assert early[0] & 0x80
    assert early[1:] == old[1:]
    assert decoded(late)[1] == pytest.approx(60.0, abs=1e-3)


def test_it_measures_at_the_end_of_the_80_ms_not_when_it_is_read(clock: ManualClock) -> None:
    temperature = Dial(30.0)
    chip = Aht10(temperature, constant(50.0), clock, powered_for=10.0)
    chip.transfer(MEASURE, 0)
    end = clock.monotonic() + 0.080

    clock.advance(5.0)
    chip.transfer(None, 6)

    assert temperature.asked == [pytest.approx(end)]


def test_commands_during_a_measurement_are_ignored(clock: ManualClock) -> None:
    chip = aht10(clock)
    chip.transfer(MEASURE, 0)
    clock.advance(0.05)
    chip.transfer(MEASURE, 0)
    clock.advance(0.031)

    assert not status(chip) & 0x80


def test_a_seventh_byte_of_an_aht10_is_the_idle_line_and_of_an_aht20_the_checksum(clock: ManualClock) -> None:
    assert measured(aht10(clock), clock, 7)[6] == 0xFF

    frame = measured(aht20(clock), clock, 7)

    assert frame[6] == checksum(frame[:6])
    assert checksum(frame) == 0


def test_the_checksum_agrees_with_a_frame_seen_on_a_real_chip() -> None:
    assert checksum(bytes.fromhex("1c269a7642e7")) == 0x76


def test_a_soft_reset_takes_20_ms_and_forgets_the_calibration(clock: ManualClock) -> None:
    chip = aht10(clock)
    chip.transfer(INIT, 0)
    clock.advance(0.5)

    chip.transfer(RESET, 0)
    with pytest.raises(OSError):
        status(chip)
    clock.advance(0.021)

    assert not status(chip) & 0x88


def test_a_power_cycle_forgets_calibration_and_data(clock: ManualClock) -> None:
    chip = aht10(clock)
    chip.transfer(INIT, 0)
    clock.advance(0.5)
    measured(chip, clock)

    chip.power_cycle()
    clock.advance(0.1)

    assert not status(chip) & 0x08
    assert decoded(chip.transfer(None, 6)) == (0.0, -50.0)


def test_an_aht20_refuses_the_old_init_command_unless_it_is_of_the_other_sort(clock: ManualClock) -> None:
    with pytest.raises(OSError) as refused:
        aht20(clock).transfer(INIT, 0)
    assert refused.value.errno in {EREMOTEIO, errno.ENXIO}

    tolerant = aht20(clock, accepts_e1=True)
    tolerant.transfer(INIT, 0)
    clock.advance(0.02)

    assert status(tolerant) & 0x88 == 0x08


def test_an_aht20_asked_for_its_status_by_a_command_stays_busy_until_a_reset(clock: ManualClock) -> None:
    chip = aht20(clock)
    chip.transfer(b"\x71", 1)
    clock.advance(60.0)
    assert status(chip) & 0x80

    chip.transfer(RESET, 0)
    clock.advance(0.021)

    assert not status(chip) & 0x80

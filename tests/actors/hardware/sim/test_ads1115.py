"""The simulated ADS1115 and its PT-100 bridge against SBAS444E and IEC 60751."""

import pytest

from actors.hardware.sim.chips.ads1115 import Ads1115, Bridge, pt100
from tests.actors.hardware.sim.benches import Dial, constant, word
from tests.fakes import ManualClock

SINGLE = 0xC383  # AIN0 to ground, 4.096 V, 128 per second, single shot


def ads(clock: ManualClock, celsius: float = 0.0, bridge: Bridge | None = None) -> Ads1115:
    return Ads1115(constant(celsius), clock, 10.0, bridge)


def register(chip: Ads1115, pointer: int) -> int:
    return word(chip.transfer(bytes((pointer,)), 2))


def configure(chip: Ads1115, value: int) -> None:
    chip.transfer(bytes((1, value >> 8, value & 0xFF)), 0)


def converted(chip: Ads1115, clock: ManualClock, config: int = SINGLE) -> int:
    configure(chip, config)
    clock.advance(0.2)
    code = register(chip, 0)
    return code - 0x10000 if code & 0x8000 else code


# IEC 60751:2008, table 1.
@pytest.mark.parametrize(
    ("celsius", "ohm"), [(-200, 18.52), (-100, 60.26), (-50, 80.31), (0, 100.0), (25, 109.73), (100, 138.51), (200, 175.86), (850, 390.48)]
)
def test_the_probe_follows_iec_60751(celsius: float, ohm: float) -> None:
    assert pt100(celsius) == pytest.approx(ohm, abs=0.005)


def test_the_registers_have_their_power_up_values(clock: ManualClock) -> None:
    assert [register(ads(clock), pointer) for pointer in range(4)] == [0x0000, 0x8583, 0x8000, 0x7FFF]


@pytest.mark.parametrize(("celsius", "code"), [(0.0, 13303), (100.0, 15422), (200.0, 16907)])
def test_the_reference_bridge_gives_the_reference_codes(clock: ManualClock, celsius: float, code: int) -> None:
    assert converted(ads(clock, celsius), clock) == code


def test_a_conversion_takes_its_time_on_a_slow_but_legal_oscillator(clock: ManualClock) -> None:
    chip = ads(clock)
    configure(chip, SINGLE)

    clock.advance(1 / 128)
    early = register(chip, 1), register(chip, 0)
    clock.advance(0.1 / 128 + 0.0002)
    late = register(chip, 1), register(chip, 0)

    assert early == (0x4383, 0)
    assert late == (0xC383, 13303)


@pytest.mark.parametrize(("bits", "rate"), [(0, 8), (1, 16), (2, 32), (3, 64), (4, 128), (5, 250), (6, 475), (7, 860)])
def test_every_data_rate_has_its_duration(clock: ManualClock, bits: int, rate: int) -> None:
    chip = ads(clock)
    configure(chip, SINGLE & ~0x00E0 | bits << 5)

    clock.advance(1.0 / rate)
    busy = not register(chip, 1) & 0x8000
    clock.advance(0.1 / rate + 0.0002)

    assert (busy, bool(register(chip, 1) & 0x8000)) == (True, True)


@pytest.mark.parametrize(("bits", "code"), [(0, 8869), (1, 13303), (2, 26606), (3, 32767), (5, 32767), (7, 32767)])
def test_gains_scale_the_code_up_to_full_scale(clock: ManualClock, bits: int, code: int) -> None:
    assert converted(ads(clock), clock, SINGLE & ~0x0E00 | bits << 9) == code


@pytest.mark.parametrize(("mux", "code"), [(4, 13303), (5, 26300), (6, 0), (7, 0), (0, 13303 - 26300), (1, 13303), (2, 26300), (3, 0)])
def test_the_multiplexer_selects_probe_rail_ground_and_differences(clock: ManualClock, mux: int, code: int) -> None:
    assert converted(ads(clock), clock, SINGLE & 0x8FFF | mux << 12) == pytest.approx(code, abs=1)


def test_nothing_is_converted_without_the_start_bit(clock: ManualClock) -> None:
    assert converted(ads(clock), clock, SINGLE & 0x7FFF) == 0


def test_a_second_start_does_not_disturb_the_conversion_under_way(clock: ManualClock) -> None:
    chip = ads(clock)
    configure(chip, SINGLE)
    clock.advance(0.004)
    configure(chip, SINGLE & 0x8FFF | 5 << 12)

    clock.advance(0.2)

    assert register(chip, 0) == 13303


def test_in_continuous_mode_it_converts_on_its_own(clock: ManualClock) -> None:
    celsius = Dial(0.0)
    chip = Ads1115(celsius, clock)
    configure(chip, SINGLE & 0x7EFF)
    clock.advance(0.02)
    first = register(chip, 0)
    celsius.value = 100.0

    clock.advance(0.02)

    assert (first, register(chip, 0)) == (13303, 15422)


def test_it_samples_at_the_end_of_the_conversion_not_when_it_is_read(clock: ManualClock) -> None:
    celsius = Dial(0.0)
    chip = Ads1115(celsius, clock)
    configure(chip, SINGLE)
    start = clock.monotonic()

    clock.advance(3.0)
    register(chip, 0)

    assert celsius.asked == [pytest.approx(start + 1.08 / 128 + 0.0001)]


@pytest.mark.parametrize(("damage", "code"), [("open", 26300), ("short", 0)])
def test_a_broken_probe_pulls_the_input_to_the_rail_or_to_ground(clock: ManualClock, damage: str, code: int) -> None:
    chip = ads(clock, 25.0)

    chip.damage = damage

    assert converted(chip, clock) == code


def test_one_percent_more_rail_moves_the_code_but_not_its_ratio_to_the_rail(clock: ManualClock) -> None:
    chip = ads(clock, bridge=Bridge(rail=3.2875 * 1.01))

    code, rail = converted(chip, clock), converted(chip, clock, SINGLE & 0x8FFF | 5 << 12)

    # 97.7 * code / (26300 - code), the reference law, then reads 5.3 degrees too much.
    assert (97.7 * code / (26300 - code) / 100 - 1) / 0.00385 == pytest.approx(5.3, abs=0.1)
    assert 97.7 * code / (rail - code) == pytest.approx(100.0, abs=0.02)


def test_a_power_cycle_forgets_settings_and_code(clock: ManualClock) -> None:
    chip = ads(clock)
    converted(chip, clock)

    chip.power_cycle()

    assert (register(chip, 0), register(chip, 1)) == (0x0000, 0x8583)

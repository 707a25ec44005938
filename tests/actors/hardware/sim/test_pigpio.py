"""The simulated pigpio against figures measured on a real pigpiod 79."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.hardware.sim.pigpio.pwm import frequencies
from actors.hardware.sim.pigpio.server import SimulatedPigpio
from tests.actors.hardware.sim.benches import number_of
from tests.fakes import ManualClock

FAN, HEATER = 18, 23
ALT5 = 2


@pytest.fixture
def pi(clock: ManualClock) -> SimulatedPigpio:
    return SimulatedPigpio(clock)


SELECTABLE = {
    1: "40000 20000 10000 8000 5000 4000 2500 2000 1600 1250 1000 800 500 400 250 200 100 50",
    2: "20000 10000 5000 4000 2500 2000 1250 1000 800 625 500 400 250 200 125 100 50 25",
    4: "10000 5000 2500 2000 1250 1000 625 500 400 313 250 200 125 100 63 50 25 13",
    5: "8000 4000 2000 1600 1000 800 500 400 320 250 200 160 100 80 50 40 20 10",
    8: "5000 2500 1250 1000 625 500 313 250 200 156 125 100 63 50 31 25 13 6",
    10: "4000 2000 1000 800 500 400 250 200 160 125 100 80 50 40 25 20 10 5",
}


@pytest.mark.parametrize("sample_us", SELECTABLE)
def test_the_18_frequencies_of_each_sample_rate_are_those_of_the_daemon(sample_us: int) -> None:
    assert " ".join(str(frequency) for frequency in frequencies(sample_us)) == SELECTABLE[sample_us]


@pytest.mark.parametrize(("width", "duty"), [(0, 0.0), (1, 0.0), (10, 0.0), (11, 0.04), (20, 0.04), (21, 0.08), (254, 0.96), (255, 1.0)])
def test_at_8_khz_only_25_steps_reach_the_pin(pi: SimulatedPigpio, width: int, duty: float) -> None:
    pi.set_PWM_frequency(FAN, 25_000)

    pi.set_PWM_dutycycle(FAN, width)

    assert pi.duty_at(FAN) == pytest.approx(duty)
    assert pi.get_PWM_dutycycle(FAN) == width


def test_pwm_zero_leaves_a_pin_high_whose_duty_was_rounded_to_nothing(pi: SimulatedPigpio) -> None:
    pi.set_PWM_frequency(FAN, 25_000)
    pi.write(FAN, 1)

    pi.set_PWM_dutycycle(FAN, 5)
    pi.set_PWM_dutycycle(FAN, 0)

    assert (pi.get_PWM_dutycycle(FAN), pi.duty_at(FAN), pi.read(FAN)) == (0, 1.0, 1)
    pi.write(FAN, 0)
    assert (pi.duty_at(FAN), pi.read(FAN)) == (0.0, 0)


def test_hardware_pwm_on_gpio18_is_exactly_25_khz_in_10000_steps(pi: SimulatedPigpio) -> None:
    pi.hardware_PWM(FAN, 25_000, 502_049)

    assert (pi.get_mode(FAN), pi.get_PWM_frequency(FAN), pi.get_PWM_range(FAN), pi.get_PWM_real_range(FAN)) == (
        ALT5,
        25_000,
        1_000_000,
        10_000,
    )
    assert pi.get_PWM_dutycycle(FAN) == 502_049
    assert pi.duty_at(FAN) == 0.502


@pytest.mark.parametrize(("first", "second"), [(12, 18), (18, 12), (13, 19), (19, 13)])
def test_two_pins_share_a_hardware_channel(pi: SimulatedPigpio, first: int, second: int) -> None:
    pi.hardware_PWM(first, 25_000, 200_000)

    pi.hardware_PWM(second, 10_000, 800_000)

    assert (pi.duty_at(first), pi.get_PWM_frequency(first)) == (0.8, 10_000)


@pytest.mark.parametrize(
    ("call", "number"),
    [
        (lambda pi: pi.write(54, 0), -3),
        (lambda pi: pi.write(-1, 0), -3),
        (lambda pi: pi.write(40, 0), -41),
        (lambda pi: pi.write(1, 0), -41),
        (lambda pi: pi.write(23, 2), -5),
        (lambda pi: pi.read(54), -3),
        (lambda pi: pi.set_mode(23, 8), -4),
        (lambda pi: pi.get_PWM_range(32), -2),
        (lambda pi: pi.set_PWM_dutycycle(23, 256), -8),
        (lambda pi: pi.set_PWM_dutycycle(23, -1), -8),
        (lambda pi: pi.set_PWM_range(23, 24), -21),
        (lambda pi: pi.set_PWM_range(23, 40_001), -21),
        (lambda pi: pi.set_PWM_frequency(54, 100), -2),
        (lambda pi: pi.hardware_PWM(23, 0, 2_000_000), -95),
        (lambda pi: pi.hardware_PWM(18, 200_000_000, 1_000_001), -97),
        (lambda pi: pi.hardware_PWM(18, 125_000_001, 0), -96),
    ],
)
def test_wrong_commands_are_refused_with_the_daemons_number(
    pi: SimulatedPigpio, call: Callable[[SimulatedPigpio], object], number: int
) -> None:
    assert number_of(lambda: call(pi)) == number


@given(st.integers(25, 40_000), st.integers(0, 20_000), st.floats(0.0, 1.0))
def test_the_duty_at_the_pin_is_the_one_asked_for_within_one_step(range_: int, frequency: int, duty: float) -> None:
    pi = SimulatedPigpio(ManualClock())
    pi.set_PWM_frequency(HEATER, frequency)
    real = pi.set_PWM_range(HEATER, range_)

    pi.set_PWM_dutycycle(HEATER, int(duty * range_))

    assert duty - 1 / real - 1 / range_ - 1e-9 <= pi.duty_at(HEATER) <= duty + 1e-9

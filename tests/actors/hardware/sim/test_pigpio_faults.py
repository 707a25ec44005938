"""What a simulated pigpiod does to its client and to the pins when it fails."""

from typing import Any

import pytest

from actors.hardware.sim import faults
from actors.hardware.sim.pigpio.server import PIGPIOD, SimulatedPigpio
from tests.actors.hardware.sim.benches import Call, number_of
from tests.fakes import ManualClock

FAN, HEATER = 18, 23


@pytest.fixture
def pi(clock: ManualClock) -> SimulatedPigpio:
    return SimulatedPigpio(clock)


def break_pigpiod(pi: SimulatedPigpio, kind: str, **options: Any) -> None:
    pi.inject(kind, faults.checked(kind, faults.PIGPIOD, options))


@pytest.mark.parametrize("level", [0, 1])
def test_a_restart_freezes_software_pwm_and_forgets_all_settings(pi: SimulatedPigpio, level: int) -> None:
    pi.set_PWM_frequency(HEATER, 100)
    pi.set_PWM_range(HEATER, 25_500)
    pi.set_PWM_dutycycle(HEATER, 12_750)

    break_pigpiod(pi, "restart", level=level)
    with pytest.raises(ConnectionError):
        pi.get_pigpio_version()

    assert (pi.duty_at(HEATER), pi.read(HEATER), pi.get_mode(HEATER)) == (float(level), level, 1)
    assert (pi.get_PWM_frequency(HEATER), pi.get_PWM_range(HEATER)) == (800, 255)
    assert number_of(lambda: pi.get_PWM_dutycycle(HEATER)) == -92


def test_a_restart_freezes_high_with_the_probability_of_the_duty(clock: ManualClock) -> None:
    def frozen(seed: int) -> float:
        pi = SimulatedPigpio(clock, seed=seed)
        pi.set_PWM_dutycycle(HEATER, 77)
        break_pigpiod(pi, "restart")
        return pi.duty_at(HEATER)

    assert 60 < sum(frozen(seed) for seed in range(300)) < 120


def test_a_hung_pigpiod_that_comes_to_executes_the_late_command() -> None:
    class Standing(ManualClock):
        def sleep(self, seconds: float) -> None:
            self.slept.append(seconds)

    pi = SimulatedPigpio(Standing())
    break_pigpiod(pi, "hang", seconds=1000.0)
    call = Call(lambda: pi.write(HEATER, 1))
    blocked = call.still_blocked()

    pi.faults.clear(PIGPIOD)

    assert blocked
    assert call.result() == 0
    assert pi.duty_at(HEATER) == 1.0

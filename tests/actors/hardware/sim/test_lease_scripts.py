"""The lease scripts of a simulated pigpiod: counted when somebody looks, as if they had been running all the time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.hardware.pigpio.gpio import PigpioGpio
from actors.hardware.sim.bench import SimulatedBench
from actors.hardware.sim.pigpio.errors import SimulatedPigpioError
from actors.hardware.sim.pigpio.server import SimulatedPigpio
from tests.actors.hardware.sim.benches import bench
from tests.fakes import ManualClock

HEATER = 23


def leased(clock: ManualClock, pins: SimulatedPigpio, seconds: float = 2.0) -> PigpioGpio:
    gpio = PigpioGpio(lambda: pins, (SimulatedPigpioError,), clock=clock)
    gpio.lease(HEATER, seconds, 0)
    return gpio


@given(pauses=st.lists(st.floats(0.0, 4.0), min_size=1, max_size=8))
def test_a_lease_trips_exactly_when_it_was_not_renewed_in_time(pauses: list[float]) -> None:
    clock = ManualClock()
    pins = SimulatedPigpio(clock)
    gpio = leased(clock, pins)
    gpio.set_pwm(HEATER, 100.0, 0.5, 25_500)
    for pause in pauses:
        gpio.renew(HEATER)
        if gpio.tripped(HEATER):
            break
        clock.advance(pause)
        if not 1.9 <= pause <= 2.0 + 1e-6:
            assert (pins.duty_at(HEATER) == 0.0) == (pause > 1.95)


def test_a_tripped_lease_script_takes_the_pin_back_within_a_tenth_of_a_second() -> None:
    clock = ManualClock()
    pins = SimulatedPigpio(clock)
    leased(clock, pins)
    clock.advance(10.0)
    assert pins.duty_at(HEATER) == 0.0
    pins.write(HEATER, 1)
    clock.advance(0.11)
    assert pins.duty_at(HEATER) == 0.0


def test_the_physics_know_when_the_heater_went_off_however_late_somebody_looks() -> None:
    def warmed(seconds: list[float]) -> float:
        clock = ManualClock()
        simulated = SimulatedBench(bench(), clock)
        gpio = leased(clock, simulated.pigpio)
        gpio.set_pwm(HEATER, 100.0, 1.0, 25_500)
        for pause in seconds:
            clock.advance(pause)
            simulated.pigpio.duty_at(HEATER)
        return simulated.thermal.temperature(clock.monotonic()) - simulated.thermal.ambient(clock.monotonic())

    late, attentive = warmed([60.0]), warmed([0.05] * 1200)
    assert late == pytest.approx(attentive, abs=1e-6)
    assert late < 2.0  # 60 s of full heat would be 25 K

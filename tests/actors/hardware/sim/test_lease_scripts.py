"""The lease scripts of a simulated pigpiod: counted when somebody looks, as if they had been running all the time."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import DeviceError
from actors.hardware.pigpio.gpio import PigpioGpio
from actors.hardware.pigpio.lease_script import SLOTS, text_of
from actors.hardware.sim.bench import SimulatedBench
from actors.hardware.sim.pigpio.errors import SimulatedPigpioError
from actors.hardware.sim.pigpio.server import SimulatedPigpio
from tests.actors.hardware.sim.benches import bench, number_of
from tests.fakes import ManualClock

HEATER = 23


def leased(clock: ManualClock, pins: SimulatedPigpio, seconds: float = 2.0) -> PigpioGpio:
    gpio = PigpioGpio(lambda: pins, (SimulatedPigpioError,), clock=clock)
    gpio.lease(HEATER, seconds, 0)
    return gpio


@given(pauses=st.lists(st.floats(0.0, 3.0), max_size=12))
def test_it_makes_no_difference_how_often_somebody_looks(pauses: list[float]) -> None:
    clock = ManualClock()
    often, once = SimulatedPigpio(clock), SimulatedPigpio(clock)
    for pins in (often, once):
        pins.store_script(text_of(HEATER, 0).encode())
        pins.run_script(0, [19, 0])
    for pause in pauses:
        clock.advance(pause)
        often.script_status(0)
    assert often.script_status(0) == once.script_status(0)


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


def test_a_restarted_pigpiod_has_no_scripts_and_the_pin_may_stay_high() -> None:
    clock = ManualClock()
    pins = SimulatedPigpio(clock)
    gpio = leased(clock, pins)
    gpio.set_pwm(HEATER, 100.0, 0.5, 25_500)
    pins.inject("restart", {"level": 1})
    assert pins.duty_at(HEATER) == 1.0
    with pytest.raises(DeviceError):
        gpio.renew(HEATER)
    clock.advance(1.0)
    gpio.renew(HEATER)
    assert (pins.duty_at(HEATER), pins.script_status(0)[0]) == (0.0, 2)


def test_refusals_have_the_numbers_of_the_real_daemon() -> None:
    pins = SimulatedPigpio(ManualClock())
    assert number_of(lambda: pins.store_script(b"tag 0 mils 1000 jmp 0")) == -55
    assert pins.script_status(0) == (-48, ())
    for act in (pins.stop_script, pins.delete_script):
        assert number_of(partial(act, 0)) == -48
    for _ in range(SLOTS):
        pins.store_script(text_of(HEATER, 0).encode())
    assert number_of(lambda: pins.store_script(text_of(HEATER, 0).encode())) == -57
    assert number_of(lambda: pins.update_script(0, [0] * 11)) == -61
    assert pins.script_status(0)[0] == 1
    pins.stop_script(0)
    pins.delete_script(0)
    assert pins.script_status(0) == (-48, ())

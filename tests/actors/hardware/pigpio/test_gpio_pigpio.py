"""The GPIO back end on both of what it can stand on: the real `pigpio` client on an emulated pigpiod, and the simulated pigpio."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.drivers.base import PwmState
from actors.drivers.outputs.pwm_limits import HARDWARE_CHANNEL, HARDWARE_CLOCK
from actors.errors import DeviceError, PermanentError
from actors.hardware.pigpio import gpio as gpio_pigpio
from actors.hardware.pigpio.client import pigpiod_gpio
from actors.hardware.pigpio.gpio import PigpioGpio
from actors.hardware.pigpio.leased import HARDWARE_MODE
from actors.hardware.sim.pigpio.errors import SimulatedPigpioError
from actors.hardware.sim.pigpio.server import SimulatedPigpio
from tests.fakes import ManualClock
from tests.pigpiod_emulator import Emulator
from tests.pigpiod_pins import Board

FAN, HEATER, VALVE = 18, 23, 13


@dataclass
class Bench:
    """A back end, what its pins really do, and a client of somebody else's."""

    gpio: PigpioGpio
    duty: Callable[[int], float]
    other: Callable[..., object]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(params=["real client", "simulated"])
def bench(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[Bench]:
    if request.param == "simulated":
        pins = SimulatedPigpio(clock)
        gpio = PigpioGpio(lambda: pins, (SimulatedPigpioError,), clock=clock)
        yield Bench(gpio, pins.duty_at, lambda name, *arguments: getattr(pins, name)(*arguments))
        return
    emulator = request.getfixturevalue("emulator")
    gpio = pigpiod_gpio("127.0.0.1", emulator.port, clock=clock)
    board = emulator.board
    names = {
        "set_PWM_dutycycle": board.pwm,
        "set_PWM_frequency": board.pfs,
        "set_PWM_range": board.prs,
        "write": board.write,
        "set_mode": board.modes,
    }
    yield Bench(gpio, lambda pin: board.shown(pin)[0], lambda name, *arguments: names[name](*arguments))
    gpio.close()


def test_a_level_is_driven_and_read_back(bench: Bench) -> None:
    for level in (1, 0, 1):
        bench.gpio.write(HEATER, level)
        assert bench.gpio.read(HEATER) == level
        assert bench.duty(HEATER) == level


def test_off_is_off_even_where_pwm_0_would_leave_the_pin_high(bench: Bench) -> None:
    bench.gpio.write(HEATER, 1)
    bench.other("set_PWM_dutycycle", HEATER, 0)
    bench.other("write", HEATER, 1)
    bench.gpio.set_pwm(HEATER, 8000.0, 0.0, 25_500)
    assert bench.duty(HEATER) == 0.0


@pytest.mark.parametrize(("pin", "frequency"), [(HEATER, 100.0), (HEATER, 2000.0), (HEATER, 8000.0), (FAN, 25_000.0), (FAN, 900_000.0)])
def test_the_smallest_duty_that_is_not_off_makes_one_step(bench: Bench, pin: int, frequency: float) -> None:
    bench.gpio.set_pwm(pin, frequency, 1e-9, 25_500)
    assert bench.duty(pin) == pytest.approx(1 / bench.gpio.pwm(pin).steps)
    assert bench.gpio.pwm(pin).duty > 0


@pytest.mark.parametrize("duty", [-0.01, 1.01, math.nan, math.inf])
def test_a_duty_that_is_none_is_a_mistake_of_the_caller_and_touches_nothing(bench: Bench, duty: float) -> None:
    with pytest.raises(ValueError, match="duty"):
        bench.gpio.set_pwm(HEATER, 100.0, duty, 25_500)
    assert bench.gpio.generation == 0


def test_a_frequency_that_comes_out_otherwise_is_an_error_and_the_pin_is_not_driven(bench: Bench) -> None:
    bench.gpio.write(HEATER, 0)
    with pytest.raises(DeviceError) as caught:
        bench.gpio.set_pwm(HEATER, 25_000.0, 0.5, 25_500)
    assert caught.value.code == "pwm_untrue"
    assert "25000 Hz but makes 8000 Hz" in caught.value.message
    assert bench.duty(HEATER) == 0.0


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [("set_PWM_frequency", 800, "pwm_untrue"), ("set_PWM_range", 30_000, "pwm_untrue"), ("set_PWM_range", 1000, "gpio_refused")],
)
def test_a_setting_changed_by_somebody_else_is_noticed_and_put_right_by_the_next_set_point(
    bench: Bench, setting: str, value: int, code: str
) -> None:
    bench.gpio.set_pwm(HEATER, 100.0, 0.5, 25_500)
    bench.other(setting, HEATER, value)
    with pytest.raises(DeviceError) as caught:
        bench.gpio.set_pwm(HEATER, 100.0, 0.6, 25_500)
    assert caught.value.code == code
    bench.gpio.set_pwm(HEATER, 100.0, 0.6, 25_500)
    assert bench.gpio.pwm(HEATER) == PwmState(0.6, 100.0, 2000)


def test_a_pin_that_somebody_made_an_input_is_no_output(bench: Bench) -> None:
    bench.gpio.set_pwm(HEATER, 100.0, 0.5, 25_500)
    bench.other("set_mode", HEATER, 0)
    for look in (bench.gpio.pwm, bench.gpio.read):
        with pytest.raises(DeviceError) as caught:
            look(HEATER)
        assert caught.value.code == "gpio_not_output"


@pytest.mark.parametrize("pin", [1, 54])
def test_a_pin_that_the_daemon_refuses_is_an_error_that_keeps_the_connection(bench: Bench, pin: int) -> None:
    bench.gpio.write(HEATER, 1)
    with pytest.raises(PermanentError) as caught:
        bench.gpio.write(pin, 1)
    assert caught.value.code == "gpio_refused"
    assert f"GPIO{pin}" in caught.value.message
    assert bench.gpio.read(HEATER) == 1
    assert bench.gpio.generation == 1


@given(value=st.integers(0, 25_500).map(lambda hundredths: hundredths / 100), pin=st.sampled_from([(HEATER, 100.0), (FAN, 25_000.0)]))
def test_what_is_applied_is_within_one_per_cent_and_reads_back_to_a_hundredth(value: float, pin: tuple[int, float]) -> None:
    pins = SimulatedPigpio(ManualClock())
    gpio = PigpioGpio(lambda: pins, (SimulatedPigpioError,), clock=ManualClock())
    gpio.set_pwm(*pin, value / 255, 25_500)
    read = gpio.pwm(pin[0]).duty * 255
    assert abs(pins.duty_at(pin[0]) - value / 255) <= 0.01
    assert round(read, 2) == value or 0 < value < 255 / gpio.pwm(pin[0]).steps


@pytest.mark.parametrize(("value", "made"), [(128, 13 / 25), (1, 1 / 25), (255, 1.0), (102, 10 / 25)])
def test_coarse_pwm_reads_back_what_the_pin_does_not_what_was_asked_for(bench: Bench, value: int, made: float) -> None:
    bench.gpio.set_pwm(HEATER, 8000.0, value / 255, 25_500)
    assert bench.duty(HEATER) == pytest.approx(made)
    assert bench.gpio.pwm(HEATER).duty == pytest.approx(made)


def test_frequency_and_range_are_set_once_per_connection_and_pin(emulator: Emulator, clock: ManualClock) -> None:
    gpio = pigpiod_gpio("127.0.0.1", emulator.port, clock=clock)
    for duty in (0.1, 0.2, 0.0, 0.3):
        gpio.set_pwm(HEATER, 100.0, duty, 25_500)
    assert len(emulator.called("PFS", "PRS")) == 2
    gpio.set_pwm(HEATER, 50.0, 0.3, 25_500)
    assert len(emulator.called("PFS", "PRS")) == 4
    gpio.close()
    gpio.set_pwm(HEATER, 50.0, 0.4, 25_500)
    assert len(emulator.called("PFS", "PRS")) == 6
    gpio.close()


def test_a_pin_that_does_not_follow_is_not_believed(emulator: Emulator, clock: ManualClock) -> None:
    gpio = pigpiod_gpio("127.0.0.1", emulator.port, clock=clock)
    emulator.board.forced[HEATER] = 1
    with pytest.raises(DeviceError) as caught:
        gpio.write(HEATER, 0)
    gpio.close()
    assert caught.value.code == "gpio_untrue"
    assert "GPIO23 was set to 0 but reads 1" in caught.value.message


@pytest.mark.parametrize(("pin", "frequency", "width"), [(HEATER, 100.0, 12_000), (FAN, 25_000.0, 470_588)])
def test_a_duty_that_reads_back_otherwise_is_an_error(
    emulator: Emulator, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, pin: int, frequency: float, width: int
) -> None:
    gpio = pigpiod_gpio("127.0.0.1", emulator.port, clock=clock)
    monkeypatch.setattr(emulator.board, "gdc", lambda _pin: width)
    with pytest.raises(DeviceError) as caught:
        gpio.set_pwm(pin, frequency, 0.5, 25_500)
    gpio.close()
    assert caught.value.code == "pwm_untrue"
    assert "50.00% but reads back 47.06%" in caught.value.message


def test_what_the_layers_know_of_hardware_pwm_agrees() -> None:
    assert set(HARDWARE_MODE) == set(HARDWARE_CHANNEL)
    assert gpio_pigpio.HARDWARE_CLOCK == HARDWARE_CLOCK


@pytest.mark.parametrize(
    ("board", "clock_", "pin", "frequency", "said"),
    [
        (Board(mask=0), False, HEATER, None, "no permission to update GPIO: pigpiod was started with `-x`"),
        (Board(), True, FAN, 25_000.0, "illegal, PWM in use for main clock: pigpiod was started with `-t 0`"),
        (Board(sample_us=10), False, HEATER, 8000.0, "GPIO23 would make 4000 Hz of 8000 Hz: pigpiod was started with `-s 10`"),
        (Board(sample_us=1), False, HEATER, 320.0, "pigpiod was started with `-s 1`"),
    ],
    ids=["-x", "-t 0", "-s 10", "-s 1"],
)
def test_what_a_pigpiod_cannot_do_as_it_was_started_is_known_without_driving(
    clock: ManualClock, board: Board, clock_: bool, pin: int, frequency: float | None, said: str
) -> None:
    board.main_clock_is_pwm = clock_
    with Emulator(board=board) as emulator:
        gpio = pigpiod_gpio("127.0.0.1", emulator.port, clock=clock)
        before = [emulator.pin(number) for number in range(28)]
        with pytest.raises(DeviceError) as caught:
            gpio.require(pin, frequency)
        gpio.close()
        assert said in caught.value.message
        assert [emulator.pin(number) for number in range(28)] == before


@pytest.mark.parametrize("sample", [1, 2, 4, 5, 8, 10])
def test_the_sample_time_is_seen_whatever_the_pin_was_set_to(clock: ManualClock, sample: int) -> None:
    with Emulator(board=Board(sample_us=sample)) as emulator:
        gpio = pigpiod_gpio("127.0.0.1", emulator.port, clock=clock)
        for frequency in emulator.board.frequencies:
            emulator.board.pfs(HEATER, frequency)
            gpio.require(HEATER, 100.0)
            for other in emulator.board.frequencies:
                gpio.require(HEATER, float(other))
        gpio.close()

"""The output drivers, on the real back end over the simulated pigpio."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.drivers.base import Wiring
from actors.drivers.outputs.digital import DIGITAL
from actors.drivers.outputs.pwm import PWM
from actors.drivers.outputs.pwm_limits import SOFT_FREQUENCIES, refusal
from actors.hardware.pigpio.gpio import PigpioGpio
from actors.hardware.sim.pigpio.errors import SimulatedPigpioError
from actors.hardware.sim.pigpio.server import SimulatedPigpio
from tests.fakes import ManualClock

FAN, HEATER, VALVE = 18, 23, 13


def wiring(
    pin: int | None = HEATER, frequency: float | None = 100.0, *, low: float = 0.0, high: float = 255.0, active_low: bool = False
) -> Wiring:
    return Wiring(pin=pin, address=None, frequency=frequency, min=low, max=high, active_low=active_low)


@pytest.fixture
def pins() -> SimulatedPigpio:
    return SimulatedPigpio(ManualClock())


@pytest.fixture
def gpio(pins: SimulatedPigpio) -> PigpioGpio:
    return PigpioGpio(lambda: pins, (SimulatedPigpioError,), clock=ManualClock())


@pytest.mark.parametrize(("pin", "frequency"), [(HEATER, 100.0), (FAN, 25_000.0)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, 25.5, 127.5, 128.0, 254.5, 255.0])
@pytest.mark.parametrize("active_low", [False, True])
def test_a_set_point_reads_back_as_it_was_set(
    pins: SimulatedPigpio, gpio: PigpioGpio, pin: int, frequency: float, value: float, active_low: bool
) -> None:
    output = PWM(gpio, wiring(pin, frequency, active_low=active_low))
    assert output.apply(value) == value
    assert output.read_back() == value
    assert abs(pins.duty_at(pin) - (1 - value / 255 if active_low else value / 255)) <= 0.01


@given(high=st.floats(0.01, 1e6), share=st.floats(0.0, 1.0), active_low=st.booleans())
def test_full_scale_is_max_whatever_its_units(high: float, share: float, active_low: bool) -> None:
    pins = SimulatedPigpio(ManualClock())
    output = PWM(PigpioGpio(lambda: pins, (SimulatedPigpioError,), clock=ManualClock()), wiring(high=high, active_low=active_low))
    output.apply(share * high)
    duty = 1 - pins.duty_at(HEATER) if active_low else pins.duty_at(HEATER)
    assert abs(duty - share) <= 0.01
    assert abs(output.read_back() - share * high) <= 0.01 + high / 1900


@pytest.mark.parametrize(("pin", "frequency"), [(HEATER, 100.0), (FAN, 25_000.0)])
def test_a_set_point_returns_what_pigpiod_says_and_asks_it_once(
    pins: SimulatedPigpio, gpio: PigpioGpio, monkeypatch: pytest.MonkeyPatch, pin: int, frequency: float
) -> None:
    output = PWM(gpio, wiring(pin, frequency))
    asked, ask = [], pins.get_PWM_dutycycle
    full = 25_500 if pin == HEATER else 1_000_000

    def slightly_off(gpio: int) -> int:
        asked.append(gpio)
        return ask(gpio) + full // 1000

    monkeypatch.setattr(pins, "get_PWM_dutycycle", slightly_off)
    assert output.apply(100.0) == pytest.approx(100.0 + 0.255, abs=0.011)
    assert asked == [pin]


@pytest.mark.parametrize(("active_low", "level"), [(False, 0), (True, 1)])
def test_0_is_a_plain_level_and_has_no_frequency(pins: SimulatedPigpio, gpio: PigpioGpio, active_low: bool, level: int) -> None:
    output = PWM(gpio, wiring(active_low=active_low))
    output.apply(128.0)
    assert output.frequency() == 100.0
    output.apply(0.0)
    assert output.frequency() is None
    assert pins.duty_at(HEATER) == level
    with pytest.raises(SimulatedPigpioError, match="no PWM"):
        pins.get_PWM_dutycycle(HEATER)


def test_a_safe_value_beyond_the_scale_ends_at_its_end(pins: SimulatedPigpio, gpio: PigpioGpio) -> None:
    output = PWM(gpio, wiring(low=10.0))
    output.apply(300.0)
    assert pins.duty_at(HEATER) == 1.0
    output.apply(-5.0)
    assert pins.duty_at(HEATER) == 0.0


@pytest.mark.parametrize(
    ("value", "active_low", "level", "read"),
    [(0.0, False, 0, 0.0), (1.0, False, 1, 1.0), (0.5, False, 1, 1.0), (0.49, False, 0, 0.0), (0.0, True, 1, 0.0), (1.0, True, 0, 1.0)],
)
def test_a_digital_output_is_on_from_half_scale_upwards(
    pins: SimulatedPigpio, gpio: PigpioGpio, value: float, active_low: bool, level: int, read: float
) -> None:
    output = DIGITAL(gpio, wiring(VALVE, None, high=1.0, active_low=active_low))
    assert output.apply(value) == read
    assert pins.duty_at(VALVE) == level
    assert output.read_back() == read
    assert output.frequency() is None


@pytest.mark.parametrize(
    ("pin", "frequency"),
    [
        (FAN, 25_000.0),
        (12, 1.0),
        (13, 976_562.0),
        (19, 100.4),
        (HEATER, 100.0),
        (HEATER, 100.9),
        *((4, float(f)) for f in SOFT_FREQUENCIES),
    ],
)
def test_what_a_pin_can_make_is_not_refused_and_comes_true(gpio: PigpioGpio, pin: int, frequency: float) -> None:
    assert (PWM.refuse(wiring(pin, frequency)), refusal(pin, frequency)) == (None, None)
    output = PWM(gpio, wiring(pin, frequency))
    output.apply(127.5)
    assert output.frequency() == pytest.approx(frequency, rel=0.01)


@pytest.mark.parametrize(
    ("pin", "frequency", "words"),
    [
        (HEATER, 25_000.0, "8000 Hz of 25000 Hz"),
        (HEATER, 101.5, "100 Hz of 101.5 Hz"),
        (HEATER, 90.0, "GPIO12, 13, 18 or 19"),
        (HEATER, 5.0, "10 Hz of 5 Hz"),
        (FAN, 0.5, "1 Hz to"),
        (FAN, 1.4, "whole frequencies"),
        (FAN, 976_563.0, "to 976562 Hz"),
        (FAN, float("nan"), "not nan Hz"),
        (HEATER, float("nan"), "nan Hz"),
    ],
)
def test_what_no_pin_can_make_is_refused_in_words(pin: int, frequency: float, words: str) -> None:
    assert words in (refusal(pin, frequency) or "")


@pytest.mark.parametrize(("pin", "frequency", "words"), [(None, 100.0, "needs a pin"), (HEATER, None, "pwm_frequency")])
def test_pwm_without_a_pin_or_a_frequency_is_refused_in_words(pin: int | None, frequency: float | None, words: str) -> None:
    assert words in (PWM.refuse(wiring(pin, frequency)) or "")


def test_a_scale_that_ends_at_0_is_refused() -> None:
    assert "more than 0" in (PWM.refuse(wiring(low=-5.0, high=0.0)) or "")


@pytest.mark.parametrize("driver", [PWM, DIGITAL])
def test_a_refused_wiring_drives_nothing(gpio: PigpioGpio, driver: type[PWM | DIGITAL]) -> None:
    with pytest.raises(ValueError, match="needs a pin"):
        driver(gpio, wiring(None, None)).apply(1.0)
    assert gpio.generation == 0

"""PWM frequencies: what a pin can make, and two pins on one hardware channel."""

from typing import Any

import pytest

from tests.supervisor.configuration.benches import accepted, fan, output, refused, refused_output, warnings_of


@pytest.mark.parametrize("frequency", [100, 100.9, 99.1, 10, 20, 250])
def test_a_frequency_within_1_percent_of_a_selectable_one_is_accepted(frequency: float) -> None:
    assert accepted(ACTUATORS_CONFIG=[output(pwm_frequency=frequency)]).outputs[0].pwm_frequency == frequency


@pytest.mark.parametrize("frequency", [25000, 102, 98.9, 9, 30, 1e-300, 1e300])
def test_a_frequency_that_software_pwm_cannot_make_is_refused_with_those_it_can(frequency: float) -> None:
    text = refused_output(pwm_frequency=frequency)

    assert text.startswith("config.py: ACTUATORS_CONFIG[0] (resistance), pwm_frequency: GPIO23 has software PWM")
    assert "8000, 4000, 2000, 1600, 1000, 800, 500, 400, 320, 250, 200, 160, 100, 80, 50, 40, 20, 10 Hz" in text


@pytest.mark.parametrize("pin", [12, 13, 18, 19])
@pytest.mark.parametrize("frequency", [1, 102, 25000, 976_000])
def test_hardware_pwm_makes_any_frequency(pin: int, frequency: float) -> None:
    assert accepted(ACTUATORS_CONFIG=[fan(pin=pin, pwm_frequency=frequency)]).outputs[0].pwm_frequency == frequency


@pytest.mark.parametrize("frequency", [0.5, 1_000_000, 125_000_000, 1e300])
def test_a_frequency_beyond_hardware_pwm_is_refused(frequency: float) -> None:
    text = refused(ACTUATORS_CONFIG=[fan(pwm_frequency=frequency)])

    assert "pwm_frequency: GPIO18 makes whole frequencies from 1 Hz to 976562 Hz by hardware" in text


@pytest.mark.parametrize(("entry", "count"), [(output(pwm_frequency=8000), 25), (output(pwm_frequency=800), 250)])
def test_a_coarse_resolution_is_a_warning(entry: dict[str, Any], count: int) -> None:
    (warning,) = warnings_of(ACTUATORS_CONFIG=[entry])

    assert f"has only {count} duty steps" in warning


@pytest.mark.parametrize("entry", [output(), fan(), output(pwm_frequency=500), fan(pwm_frequency=976_000)])
def test_a_fine_resolution_is_not(entry: dict[str, Any]) -> None:
    assert warnings_of(ACTUATORS_CONFIG=[entry]) == []


@pytest.mark.parametrize("frequency", [0, -100, float("nan"), "100", True])
def test_a_frequency_is_a_number_greater_than_0(frequency: Any) -> None:
    assert "pwm_frequency: found " in refused_output(pwm_frequency=frequency)


@pytest.mark.parametrize("frequency", [None, ...])
def test_pwm_needs_a_frequency(frequency: Any) -> None:
    assert "pwm_frequency: found nothing; allowed: a frequency in Hz" in refused_output(pwm_frequency=frequency)


def test_a_digital_output_has_no_frequency_and_one_given_is_a_warning() -> None:
    assert accepted(ACTUATORS_CONFIG=[output(driver="DIGITAL", max=1, pwm_frequency=...)]).outputs[0].pwm_frequency is None
    (warning,) = warnings_of(ACTUATORS_CONFIG=[output(driver="DIGITAL", max=1, pwm_frequency=30)])
    assert warning.endswith("'pwm_frequency' is not used by driver `DIGITAL`")


@pytest.mark.parametrize(("first", "second"), [(12, 18), (18, 12), (13, 19), (19, 13)])
def test_two_pins_of_one_hardware_channel_are_refused(first: int, second: int) -> None:
    text = refused(ACTUATORS_CONFIG=[fan(pin=first), fan(pin=second, name="second")])

    assert f"(second), pin: found GPIO{second}, whose hardware PWM ACTUATORS_CONFIG[0] (ventilateur) has" in text
    assert f"allowed: one of GPIO{min(first, second)} and GPIO{max(first, second)}" in text


@pytest.mark.parametrize(("first", "second"), [(12, 13), (18, 19), (12, 19)])
def test_two_pins_of_different_hardware_channels_are_accepted(first: int, second: int) -> None:
    assert len(accepted(ACTUATORS_CONFIG=[fan(pin=first), fan(pin=second, name="second")]).outputs) == 2


def test_a_digital_output_does_not_use_the_hardware_channel_of_its_pin() -> None:
    other = output(pin=12, driver="DIGITAL", max=1, pwm_frequency=...)

    assert len(accepted(ACTUATORS_CONFIG=[fan(), other]).outputs) == 2


def test_two_outputs_on_one_hardware_pin_are_one_error_not_two() -> None:
    assert "one owner per pin" in refused(ACTUATORS_CONFIG=[fan(), fan(name="second")])

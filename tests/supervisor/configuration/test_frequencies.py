"""PWM frequencies: what a pin can make, and two pins on one hardware channel."""

from typing import Any

import pytest

from tests.supervisor.configuration.benches import accepted, fan, output, refused, refused_output, warnings_of


@pytest.mark.parametrize("frequency", [25000, 102, 98.9, 9, 30, 1e-300, 1e300])
def test_a_frequency_that_software_pwm_cannot_make_is_refused_with_those_it_can(frequency: float) -> None:
    text = refused_output(pwm_frequency=frequency)

    assert text.startswith("config.py: ACTUATORS_CONFIG[0] (resistance), pwm_frequency: GPIO23 has software PWM")
    assert "8000, 4000, 2000, 1600, 1000, 800, 500, 400, 320, 250, 200, 160, 100, 80, 50, 40, 20, 10 Hz" in text


@pytest.mark.parametrize("frequency", [0.5, 1_000_000, 125_000_000, 1e300])
def test_a_frequency_beyond_hardware_pwm_is_refused(frequency: float) -> None:
    text = refused(ACTUATORS_CONFIG=[fan(pwm_frequency=frequency)])

    assert "pwm_frequency: GPIO18 makes whole frequencies from 1 Hz to 976562 Hz by hardware" in text


@pytest.mark.parametrize(("entry", "count"), [(output(pwm_frequency=8000), 25), (output(pwm_frequency=800), 250)])
def test_a_coarse_resolution_is_a_warning(entry: dict[str, Any], count: int) -> None:
    (warning,) = warnings_of(ACTUATORS_CONFIG=[entry])

    assert f"has only {count} duty steps" in warning


@pytest.mark.parametrize("frequency", [0, -100, float("nan"), "100", True])
def test_a_frequency_is_a_number_greater_than_0(frequency: Any) -> None:
    assert "pwm_frequency: found " in refused_output(pwm_frequency=frequency)


def test_a_digital_output_has_no_frequency_and_one_given_is_a_warning() -> None:
    assert accepted(ACTUATORS_CONFIG=[output(driver="DIGITAL", max=1, pwm_frequency=...)]).outputs[0].pwm_frequency is None
    (warning,) = warnings_of(ACTUATORS_CONFIG=[output(driver="DIGITAL", max=1, pwm_frequency=30)])
    assert warning.endswith("'pwm_frequency' is not used by driver `DIGITAL`")


@pytest.mark.parametrize(("first", "second"), [(12, 18), (18, 12), (13, 19), (19, 13)])
def test_two_pins_of_one_hardware_channel_are_refused(first: int, second: int) -> None:
    text = refused(ACTUATORS_CONFIG=[fan(pin=first), fan(pin=second, name="second")])

    assert f"(second), pin: found GPIO{second}, whose hardware PWM ACTUATORS_CONFIG[0] (ventilateur) has" in text
    assert f"allowed: one of GPIO{min(first, second)} and GPIO{max(first, second)}" in text

"""PWM frequencies by the back end that will drive the pins: each has its own rules, and the check knows which ones count."""

from pathlib import Path
from typing import Any

import pytest

from supervisor.configuration import bench as under_test
from supervisor.configuration.rules.pwm import KERNEL_FIVE, KERNEL_UP_TO_4, PIGPIO, Rules, rules_of
from tests.supervisor.configuration.benches import accepted, fan, output, refused, warnings_of

FIVE, FOUR = "Raspberry Pi 5 Model B Rev 1.0\0", "Raspberry Pi 4 Model B Rev 1.4\0"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that says by whose rules this bench is judged."""
    return lambda *rules: monkeypatch.setattr(under_test, "rules_of", lambda _setting, _environ: rules)


@pytest.mark.parametrize(
    ("setting", "environ", "board", "rules"),
    [
        ("pigpio", {}, FIVE, (PIGPIO,)),
        ("pigpio", {}, None, (PIGPIO,)),
        ("kernel", {"PIGPIO_ADDR": "bench"}, FIVE, (KERNEL_FIVE,)),
        ("kernel", {}, "Raspberry Pi Compute Module 5 Rev 1.0\0", (KERNEL_FIVE,)),
        ("kernel", {}, FOUR, (KERNEL_UP_TO_4,)),
        ("kernel", {}, None, (KERNEL_UP_TO_4, KERNEL_FIVE)),
        ("auto", {}, None, (PIGPIO,)),
        ("auto", {}, "Some other board\0", (PIGPIO,)),
        ("auto", {"PIGPIO_ADDR": "bench"}, FIVE, (PIGPIO,)),
        ("auto", {"PIGPIO_PORT": "9999"}, FOUR, (PIGPIO,)),
        ("auto", {"PIGPIO_ADDR": ""}, FIVE, (KERNEL_FIVE,)),
        ("auto", {}, FOUR, (PIGPIO, KERNEL_UP_TO_4)),
    ],
)
def test_the_rules_are_those_of_the_back_end_that_will_be_chosen(
    tmp_path: Path, setting: str, environ: dict[str, str], board: str | None, rules: tuple[Rules, ...]
) -> None:
    model = tmp_path / "model"
    if board is not None:
        model.write_text(board)
    assert rules_of(setting, environ, model) == rules


@pytest.mark.parametrize("frequency", [101, 250, 8000, 25000, 0.09])
@pytest.mark.parametrize("rules", [(KERNEL_FIVE,), (KERNEL_UP_TO_4,), (KERNEL_UP_TO_4, KERNEL_FIVE)])
def test_the_kernel_makes_slow_pwm_only_on_a_pin_without_hardware_pwm(known: Any, rules: tuple[Rules, ...], frequency: float) -> None:
    known(*rules)
    text = refused(ACTUATORS_CONFIG=[output(pwm_frequency=frequency)])
    assert "(resistance), pwm_frequency: GPIO23 " in text
    assert f"not {frequency:g} Hz" in text


@pytest.mark.parametrize("pin", [12, 13, 14, 15, 18, 19])
def test_a_raspberry_pi_5_has_hardware_pwm_on_six_pins(known: Any, pin: int) -> None:
    known(KERNEL_FIVE)
    assert accepted(ACTUATORS_CONFIG=[fan(pin=pin)]).outputs


@pytest.mark.parametrize(("rules", "fastest"), [(KERNEL_FIVE, 195_312), (KERNEL_UP_TO_4, 390_625)])
def test_hardware_pwm_of_the_kernel_has_at_least_256_steps(known: Any, rules: Rules, fastest: int) -> None:
    known(rules)
    assert accepted(ACTUATORS_CONFIG=[fan(pwm_frequency=fastest)]).outputs
    assert f"up to {fastest} Hz by hardware" in refused(ACTUATORS_CONFIG=[fan(pwm_frequency=fastest + 1)])


def test_what_only_one_of_two_possible_back_ends_makes_is_a_warning_that_names_the_other(known: Any) -> None:
    known(PIGPIO, KERNEL_UP_TO_4)
    (fast,) = warnings_of(ACTUATORS_CONFIG=[output(pwm_frequency=500)])
    (slow,) = warnings_of(ACTUATORS_CONFIG=[output(pwm_frequency=30)])
    assert "through the kernel of a Raspberry Pi up to 4 this output would be refused: GPIO23 has no hardware PWM" in fast
    assert "with pigpio this output would be refused: GPIO23 has software PWM, which would make 40 Hz of 30 Hz" in slow


def test_what_neither_of_two_makes_is_refused_with_both_reasons(known: Any) -> None:
    known(PIGPIO, KERNEL_UP_TO_4)
    text = refused(ACTUATORS_CONFIG=[output(pwm_frequency=25000)])
    assert "which would make 8000 Hz of 25000 Hz" in text
    assert "a process makes 0.1 to 100 Hz" in text


def test_a_heater_on_hardware_pwm_of_the_kernel_is_a_warning(known: Any) -> None:
    known(KERNEL_FIVE)
    warnings = warnings_of(ACTUATORS_CONFIG=[output(pin=18, pwm_frequency=1000)])
    assert [text for text in warnings if "a heater at 1000 Hz through the kernel: hardware PWM goes on by itself" in text]
    assert not [text for text in warnings_of(ACTUATORS_CONFIG=[output(pin=18)]) if "goes on by itself" in text]
    known(PIGPIO)
    assert not [text for text in warnings_of(ACTUATORS_CONFIG=[output(pin=18, pwm_frequency=1000)]) if "goes on by itself" in text]


@pytest.mark.parametrize(("first", "second"), [(14, 18), (15, 19)])
def test_two_pins_of_one_channel_of_a_raspberry_pi_5_are_refused(known: Any, first: int, second: int) -> None:
    known(KERNEL_FIVE)
    text = refused(ACTUATORS_CONFIG=[fan(pin=first), fan(pin=second, name="second")])
    assert f"found GPIO{second}, whose hardware PWM ACTUATORS_CONFIG[0] (ventilateur) has" in text
    assert f"allowed: one of GPIO{first} and GPIO{second}" in text


def test_two_lines_with_slow_pwm_share_no_channel(known: Any) -> None:
    known(KERNEL_UP_TO_4)
    slow = [fan(pin=pin, name=f"fan{pin}", pwm_frequency=50) for pin in (12, 18)]
    assert accepted(ACTUATORS_CONFIG=slow).outputs
    known(PIGPIO)
    assert "whose hardware PWM" in refused(ACTUATORS_CONFIG=slow)
    known(PIGPIO, KERNEL_UP_TO_4)
    (warning,) = warnings_of(ACTUATORS_CONFIG=slow)
    assert "with pigpio this output would be refused: found GPIO18, whose hardware PWM" in warning

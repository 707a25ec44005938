"""Which back end drives the outputs, and why."""

import pytest

from actors.errors import RefusedError
from actors.hardware.backend import choose_backend


def never() -> bool:
    raise AssertionError("pigpiod was asked although its answer does not matter")


@pytest.mark.parametrize("environ", [{"PIGPIO_ADDR": "bench.lab"}, {"PIGPIO_PORT": "8889"}])
def test_a_named_pigpiod_is_used_without_asking_it(environ: dict[str, str]) -> None:
    name, reason = choose_backend("auto", environ, never, is_pi=True)
    assert name == "pigpio"
    assert next(iter(environ)) in reason


@pytest.mark.parametrize(
    ("answers", "is_pi", "name", "reason"),
    [
        (True, True, "pigpio", "a pigpiod answers"),
        (True, False, "pigpio", "a pigpiod answers"),
        (False, True, "kernel", "no pigpiod answers on this Raspberry Pi"),
        (False, False, "pigpio", "tried again until one answers"),
    ],
)
def test_auto_takes_a_pigpiod_that_answers_else_the_kernel_of_a_raspberry_pi(answers: bool, is_pi: bool, name: str, reason: str) -> None:
    chosen, why = choose_backend("auto", {}, lambda: answers, is_pi)
    assert chosen == name
    assert reason in why


@pytest.mark.parametrize("name", ["pigpio", "kernel"])
def test_a_setting_is_obeyed_without_looking(name: str) -> None:
    chosen, why = choose_backend(name, {"PIGPIO_ADDR": "bench.lab"}, never, is_pi=True)
    assert (chosen, why) == (name, f"GPIO_BACKEND says '{name}'")


def test_a_setting_that_is_none_is_refused_with_the_choice() -> None:
    with pytest.raises(RefusedError, match="'auto', 'pigpio', 'kernel'") as caught:
        choose_backend("lgpio", {}, never, is_pi=True)
    assert caught.value.code == "bad_setting"

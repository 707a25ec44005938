"""What becomes of an output when its hardware is lost, somebody else drives it, or its actor dies."""

from dataclasses import replace
from typing import Any

import pytest

from actors.core import events
from actors.drivers.outputs.pwm import PWM
from actors.hardware.sim.pigpio.pwm import Rates
from actors.outputs.output import GPIO_LOST
from tests.actors.outputs.driving import FAN, HEATER, Pins, code


class Buggy(PWM):
    """A driver with a bug at 77, and a library that exits at 78."""

    def apply(self, value: float) -> float:
        found = super().apply(value)
        if value == 77:
            raise ZeroDivisionError("a bug")
        if value == 78:
            raise SystemExit
        return found


@pytest.mark.parametrize("value", [77, 78])
def test_a_crash_leaves_the_pin_low(pins: Pins, value: float) -> None:
    heater = pins.start(driver=Buggy)
    heater.set(value)
    heater.remote.wait_for_end()

    assert (heater.off, heater.cell.read_back, pins.deaths()) == (True, None, [("internal_error", False)])


def test_a_frequency_that_somebody_else_changes_is_an_error_until_it_is_right_again(pins: Pins) -> None:
    heater = pins.start()
    heater.set(200)
    pins.pi.set_PWM_frequency(23, 400)
    heater.look()
    heater.look()
    assert pins.conditions() == ["pwm_untrue"]
    assert heater.cell.frequency == 400
    pins.pi.set_PWM_frequency(23, 100)
    heater.look()
    assert pins.conditions() == ["pwm_untrue", None]


def test_a_command_that_finds_pigpiod_gone_is_answered_and_ends_the_output(pins: Pins) -> None:
    heater = pins.start()
    pins.break_pigpiod("gone", level=0)

    assert code(heater.set(200)) == GPIO_LOST
    heater.remote.wait_for_end()
    assert pins.deaths() == [(GPIO_LOST, True)]


def test_an_output_notices_within_a_second_that_pigpiod_has_gone(pins: Pins) -> None:
    heater = pins.start()
    pins.break_pigpiod("gone", level=0)
    heater.look()
    heater.remote.wait_for_end()

    assert (pins.deaths(), heater.cell.read_back) == ([(GPIO_LOST, True)], None)


@pytest.mark.parametrize("level", [0, 1])
def test_when_pigpiod_is_back_the_heater_is_off_and_the_fan_as_it_was(pins: Pins, level: int) -> None:
    heater, fan = pins.start(), pins.start(FAN)
    heater.set(200)
    fan.set(128)
    pins.break_pigpiod("gone", level=level)
    heater.look()
    fan.remote.settle()
    pins.repair_pigpiod()
    heater, fan = pins.start(), pins.start(FAN)

    assert (heater.off, heater.cell.asked) == (True, 0.0)
    assert (fan.read_back(), fan.cell.asked) == (128.0, 128)
    assert fan.duty == pytest.approx(128 / 255, abs=0.001)
    assert len(pins.log.of(events.OUTPUT_SAFE, actor="heater", reason="restarted")) == 1
    assert len(pins.log.of(events.OUTPUT_RESTORED, actor="fan", value=128.0)) == 1


def test_a_heater_is_off_after_a_crash_and_says_so_once(pins: Pins) -> None:
    heater = pins.start(driver=Buggy)
    heater.set(200)
    heater.set(77)
    heater.remote.wait_for_end()
    for _ in range(2):
        heater = pins.start()
        heater.remote.stop()

    assert (heater.off, heater.cell.asked) == (True, 0.0)
    assert len(pins.log.of(events.OUTPUT_SAFE, reason="restarted")) == 1


def test_off_is_not_undone_by_a_restart_even_when_pigpiod_was_gone_just_then(pins: Pins) -> None:
    fan = pins.start(FAN)
    fan.set(128)
    pins.break_pigpiod("gone", level=0)
    fan.make_safe("off")
    fan.remote.wait_for_end()
    pins.repair_pigpiod()
    fan = pins.start(FAN)

    assert (fan.off, fan.cell.asked) == (True, 0.0)


def test_a_set_point_that_failed_is_not_restored(pins: Pins) -> None:
    fan = pins.start(FAN)
    fan.set(64)
    pins.break_pigpiod("gone", level=0)
    fan.set(200)
    fan.remote.wait_for_end()
    pins.repair_pigpiod()

    assert pins.start(FAN).read_back() == 64.0


def test_an_output_changed_by_somebody_else_is_reported_once(pins: Pins) -> None:
    heater = pins.start()
    heater.set(100)
    pins.pi.write(23, 1)
    for _ in range(3):
        heater.look()

    assert (pins.conditions(), len(pins.log.of(events.OUTPUT_CHANGED)), heater.cell.read_back) == (["output_changed"], 1, 255.0)


def test_a_command_that_the_pin_cannot_follow_degrades_the_output_and_does_not_end_it(pins: Pins) -> None:
    heater = pins.start(pwm_frequency=25_000.0)  # software PWM makes 8 kHz of it

    assert code(heater.set(100)) == "pwm_untrue"
    for _ in range(3):
        heater.look()
    assert (pins.conditions(), pins.deaths()) == (["pwm_untrue"], [])
    assert len(pins.log.of(events.OUTPUT_FAULT, error_code="pwm_untrue")) == 1


def test_an_output_that_cannot_be_driven_as_configured_says_so_from_the_start_until_it_can(pins: Pins) -> None:
    heater = pins.start(pwm_frequency=25_000.0)
    heater.look()
    assert pins.conditions() == ["pwm_untrue"]
    assert [record["reason"] for record in pins.log.of(events.OUTPUT_FAULT)] == ["GPIO23 would make 8000 Hz of 25000 Hz"]
    heater.set(100)
    heater.set(0)
    heater.look()
    assert (heater.off, pins.conditions()) == (True, ["pwm_untrue"])


@pytest.mark.parametrize(
    ("spec", "option", "value", "code_", "said"),
    [
        (FAN, "main_clock_is_pwm", True, "gpio_refused", "start it without `-t 0`"),
        (
            replace(HEATER, pwm_frequency=8000.0),
            "rates",
            Rates(10),
            "pwm_untrue",
            "would make 4000 Hz of 8000 Hz: pigpiod was started with `-s 10`",
        ),
    ],
    ids=["-t 0", "-s 10"],
)
def test_a_pigpiod_started_otherwise_is_said_at_the_start_with_the_remedy_and_off_works(
    pins: Pins, spec: Any, option: str, value: Any, code_: str, said: str
) -> None:
    setattr(pins.pi, option, value)
    output = pins.start(spec)
    output.look()

    assert (output.off, pins.deaths(), pins.conditions()) == (True, [], [code_])
    (record,) = pins.log.of(events.OUTPUT_FAULT)
    assert said in record["reason"]
    assert code(output.set(100)) in {code_, "gpio_refused"}
    assert output.make_safe() == 0.0


def test_a_set_point_that_cannot_be_restored_does_not_end_every_generation(pins: Pins) -> None:
    pump = pins.start(HEATER, kind="output", pwm_frequency=100.0)
    pump.set(100)
    pump.remote.stop()
    pump = pins.start(HEATER, kind="output", pwm_frequency=25_000.0)

    assert (pump.remote.stopped, pins.conditions(), pump.set(0)) == (False, ["pwm_untrue"], 0.0)


def test_an_output_whose_pigpiod_goes_while_its_set_point_is_restored_does_not_serve(pins: Pins) -> None:
    class Unlucky(PWM):
        def apply(self, value: float) -> float:
            if value:
                pins.break_pigpiod("gone", level=0)
            return super().apply(value)

    fan = pins.start(FAN)
    fan.set(64)
    fan.remote.stop()
    told = len(pins.told.items)
    pins.start(FAN, driver=Unlucky).remote.wait_for_end()

    assert (len(pins.told.items) - told, pins.deaths()[-1]) == (1, (GPIO_LOST, True))


def test_an_order_to_make_safe_that_the_pin_refuses_is_carried_out_as_soon_as_it_does_not(pins: Pins) -> None:
    class Reluctant(PWM):
        refusals = 2

        def apply(self, value: float) -> float:
            if value == 0.0 and len(pins.done.items) and self.refusals:
                self.refusals -= 1
                return float(self.gpio.write(99, 0))
            return super().apply(value)

    heater = pins.start(driver=Reluctant)
    heater.set(200)
    assert code(heater.make_safe()) == "gpio_refused"
    heater.look()
    assert not heater.off
    heater.look()
    assert (heater.off, heater.cell.read_back, pins.conditions()) == (True, 0.0, ["gpio_refused"])
    heater.look()
    assert pins.conditions() == ["gpio_refused", None]

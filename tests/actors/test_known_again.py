"""An output whose attempt failed is known again as soon as it is seen to be safe, or as it was; one that defies `off` is not."""

import pytest

from actors.drivers.outputs.pwm import PWM
from actors.errors import TransientError
from tests.actors.outputs.driving import FAN, HEATER, Output, Pins, code


class Flaky(PWM):
    """A driver that fails once for each of `failures`: "before" it has acted, or "after"."""

    failures: list[str]

    def apply(self, value: float) -> float:
        failure = self.failures.pop(0) if self.failures else ""
        if failure == "before":
            raise TransientError("bus_io", "a bad contact")
        found = super().apply(value)
        if failure:
            raise TransientError("bus_io", "a bad contact")
        return found


@pytest.fixture
def failures() -> list[str]:
    return []


@pytest.fixture
def fan(pins: Pins, failures: list[str]) -> Output:
    output = pins.start(FAN, driver=type("FlakyFan", (Flaky,), {"failures": failures}))
    assert output.set(100) == pytest.approx(100, abs=0.01)
    return output


@pytest.fixture
def heater(pins: Pins, failures: list[str]) -> Output:
    output = pins.start(HEATER, driver=type("FlakyHeater", (Flaky,), {"failures": failures}), leased=True)
    assert output.set(100) == 100
    return output


@pytest.mark.parametrize("when", ["before", "after"])
def test_off_that_failed_once_is_done_again_and_then_all_is_well(fan: Output, failures: list[str], when: str) -> None:
    failures.append(when)
    assert code(fan.make_safe()) == "bus_io"
    fan.look()
    fan.look()

    assert (fan.off, fan.pins.conditions()) == (True, ["bus_io", None])


def test_off_that_fails_again_and_again_is_tried_again_and_again(heater: Output, failures: list[str]) -> None:
    failures += ["before"] * 4
    assert code(heater.make_safe()) == "bus_io"
    for _ in range(3):
        heater.beat()
        heater.look()
        assert not heater.off
    heater.beat()
    heater.look()
    heater.look()

    assert (heater.off, heater.pins.conditions()) == (True, ["bus_io", None])


def test_a_set_point_that_was_not_made_leaves_the_output_as_it_was_and_well(fan: Output, failures: list[str]) -> None:
    failures.append("before")
    assert code(fan.set(200)) == "bus_io"
    fan.look()

    assert (fan.read_back(), fan.pins.conditions()) == (pytest.approx(100, abs=0.01), ["bus_io", None])


def test_a_set_point_that_was_made_although_it_failed_is_not_taken_for_well(fan: Output, failures: list[str]) -> None:
    failures.append("after")
    assert code(fan.set(200)) == "bus_io"
    fan.look()

    assert fan.pins.conditions() == ["bus_io"]
    assert fan.set(200) == pytest.approx(200, abs=0.01)
    fan.look()
    assert fan.pins.conditions() == ["bus_io", None]

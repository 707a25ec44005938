"""Each fault on the bus: what it does to whom, and that clearing it repairs."""

import errno
from typing import Any

import pytest

from actors.errors import RefusedError
from actors.hardware.sim import faults
from actors.hardware.sim.bus import WHOLE_BUS, SimulatedBus
from actors.hardware.sim.chips.base import EREMOTEIO
from actors.hardware.sim.chips.tmp102 import Tmp102
from tests.actors.hardware.sim.benches import Call, break_, constant
from tests.fakes import ManualClock

SICK, WELL = 0x48, 0x49


@pytest.fixture
def bus(clock: ManualClock) -> SimulatedBus:
    bus = SimulatedBus(clock, seed=3)
    for address in (SICK, WELL):
        bus.attach(address, Tmp102(constant(25.0), clock, powered_for=10.0))
    return bus


def read(bus: SimulatedBus, address: int = SICK) -> bytes:
    return bus.transfer(address, b"\x00", 2)


def error_of(bus: SimulatedBus, address: int = SICK) -> int | None:
    """Return the errno of a transfer, None where it succeeds."""
    try:
        read(bus, address)
    except OSError as error:
        return error.errno
    return None


@pytest.mark.parametrize(("kind", "number"), [("unplug", EREMOTEIO), ("nak", EREMOTEIO), ("eio", errno.EIO), ("timeout", errno.ETIMEDOUT)])
def test_a_failing_chip_fails_alone_and_works_again_when_cleared(bus: SimulatedBus, clock: ManualClock, kind: str, number: int) -> None:
    break_(bus, SICK, kind)
    broken = error_of(bus), error_of(bus, WELL)

    bus.faults.clear(SICK)

    assert broken == (number, None)
    assert error_of(bus) is None


@pytest.mark.parametrize(
    ("kind", "number"),
    [("unplug", EREMOTEIO), ("nak", EREMOTEIO), ("eio", errno.EIO), ("timeout", errno.ETIMEDOUT), ("stuck", errno.ETIMEDOUT)],
)
def test_a_failing_bus_fails_for_every_chip_and_works_again_when_cleared(bus: SimulatedBus, kind: str, number: int) -> None:
    break_(bus, WHOLE_BUS, kind)
    broken = error_of(bus), error_of(bus, WELL)

    bus.faults.clear(WHOLE_BUS)

    assert broken == (number, number)
    assert (error_of(bus), error_of(bus, WELL)) == (None, None)


def test_an_unplugged_chip_comes_back_at_its_power_up_state(bus: SimulatedBus, clock: ManualClock) -> None:
    read(bus)
    break_(bus, SICK, "unplug")
    clock.advance(60.0)

    bus.faults.clear(SICK)

    assert read(bus) == b"\x00\x00"
    clock.advance(0.03)
    assert read(bus) == b"\x19\x00"


@pytest.mark.parametrize("target", [SICK, WHOLE_BUS])
def test_a_hang_blocks_until_it_is_cleared_and_the_transfer_then_goes_on(bus: SimulatedBus, target: int | str) -> None:
    break_(bus, target, "hang")
    call = Call(lambda: read(bus))
    blocked = call.still_blocked()

    bus.faults.clear(target)

    assert blocked
    assert call.result() == b"\x19\x00"


def test_a_hung_chip_leaves_the_bus_to_the_others(bus: SimulatedBus) -> None:
    break_(bus, SICK, "hang")
    call = Call(lambda: read(bus))
    try:
        assert call.still_blocked()
        assert read(bus, WELL) == b"\x19\x00"
    finally:
        bus.faults.clear_all()
        call.result()


@pytest.mark.parametrize(
    ("kind", "target", "options", "code", "hint"),
    [
        ("hung", faults.CHIP, {}, "unknown_fault", "did you mean 'hang'?"),
        ("stuck", faults.CHIP, {}, "unknown_fault", "for a chip"),
        ("wrong_chip", faults.BUS, {}, "unknown_fault", "unplug"),
        ("timeout", faults.CHIP, {"second": 1}, "unknown_option", "did you mean 'seconds'?"),
        ("open", faults.CHIP, {"seconds": 1}, "unknown_option", "there are none"),
        ("timeout", faults.CHIP, {"seconds": -1}, "bad_option", "0 or more"),
        ("timeout", faults.CHIP, {"seconds": float("nan")}, "bad_option", "0 or more"),
        ("timeout", faults.CHIP, {"seconds": True}, "bad_option", "0 or more"),
        ("slow", faults.CHIP, {"delay": "1"}, "bad_option", "a number of seconds"),
        ("nak", faults.CHIP, {"rate": 1.5}, "bad_option", "0..1"),
        ("nak", faults.CHIP, {"times": 0}, "bad_option", "1 or more"),
        ("nak", faults.CHIP, {"times": 1.5}, "bad_option", "whole number"),
        ("garbage", faults.CHIP, {"variant": "noise"}, "bad_option", "random, ones, zeros"),
        ("gone", faults.PIGPIOD, {"level": 2}, "bad_option", "0 or 1"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_does(kind: str, target: str, options: dict[str, Any], code: str, hint: str) -> None:
    with pytest.raises(RefusedError) as refused:
        faults.checked(kind, target, options)
    assert refused.value.code == code
    assert hint in refused.value.message


def test_every_kind_of_fault_can_be_aimed_at_something_and_says_what_it_does() -> None:
    for name, kind in faults.FAULT_KINDS.items():
        assert kind.targets, name
        assert kind.text, name
        for target in kind.targets:
            assert faults.checked(name, target, {}) == dict(kind.options)

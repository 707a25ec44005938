"""Each fault on the bus: what it does to whom, and that clearing it repairs."""

import errno
from typing import Any

import pytest

from actors.errors import BusError, PermanentError, RefusedError
from actors.hardware.sim import faults
from actors.hardware.sim.bus import WHOLE_BUS, SimulatedBus
from actors.hardware.sim.chips.base import EREMOTEIO
from actors.hardware.sim.chips.tmp102 import Tmp102
from tests.actors.hardware.sim.benches import Call, break_, constant
from tests.fakes import ManualClock, eventually

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


def test_a_timeout_takes_its_seconds_and_a_stuck_bus_the_adapters(bus: SimulatedBus, clock: ManualClock) -> None:
    def duration() -> float:
        start = clock.monotonic()
        assert error_of(bus) == errno.ETIMEDOUT
        return clock.monotonic() - start

    break_(bus, SICK, "timeout", seconds=2.5)
    chip = duration()
    bus.faults.clear(SICK)
    break_(bus, WHOLE_BUS, "stuck")

    assert (chip, duration()) == pytest.approx((2.5, 0.1))


def test_an_adapter_that_is_gone_is_an_error_of_the_bus(bus: SimulatedBus) -> None:
    break_(bus, WHOLE_BUS, "gone")

    with pytest.raises(BusError) as refused:
        read(bus)
    assert (refused.value.code, refused.value.errno) == ("no_adapter", errno.ENODEV)


def test_an_address_owned_by_the_kernel_is_refused_to_probe_and_transfer(bus: SimulatedBus) -> None:
    break_(bus, SICK, "kernel_owned")

    for act in (bus.probe, lambda address: bus.transfer(address, b"\x00", 2)):
        with pytest.raises(PermanentError) as refused:
            act(SICK)
        assert (refused.value.code, refused.value.errno) == ("kernel_owned", errno.EBUSY)
    assert bus.probe(WELL)


def test_probing_a_stuck_bus_blames_the_bus(bus: SimulatedBus) -> None:
    break_(bus, WHOLE_BUS, "stuck")

    with pytest.raises(TimeoutError):
        bus.probe(SICK)


@pytest.mark.parametrize(("variant", "expected"), [("ones", b"\xff" * 2), ("zeros", bytes(2))])
def test_garbage_may_be_a_line_that_floats_or_one_that_is_held(bus: SimulatedBus, variant: str, expected: bytes) -> None:
    break_(bus, SICK, "garbage", variant=variant)

    assert (read(bus), read(bus, WELL)) == (expected, b"\x19\x00")


def test_random_garbage_differs_from_read_to_read_and_is_repeatable(clock: ManualClock) -> None:
    def series(seed: int) -> list[bytes]:
        bus = SimulatedBus(clock, seed=seed)
        bus.attach(SICK, Tmp102(constant(25.0), clock, powered_for=10.0))
        break_(bus, SICK, "garbage")
        return [read(bus) for _ in range(8)]

    assert len(set(series(1))) == 8
    assert series(1) == series(1) != series(2)


def test_a_slow_chip_answers_late_but_right(bus: SimulatedBus, clock: ManualClock) -> None:
    break_(bus, SICK, "slow", delay=0.3)
    start = clock.monotonic()

    assert read(bus) == b"\x19\x00"
    assert clock.monotonic() - start == pytest.approx(0.3)


def test_an_unplugged_chip_comes_back_at_its_power_up_state(bus: SimulatedBus, clock: ManualClock) -> None:
    read(bus)
    break_(bus, SICK, "unplug")
    clock.advance(60.0)

    bus.faults.clear(SICK)

    assert read(bus) == b"\x00\x00"
    clock.advance(0.03)
    assert read(bus) == b"\x19\x00"


@pytest.mark.parametrize("target", [SICK, WHOLE_BUS])
def test_a_brown_out_resets_at_once_and_stays_on_no_list(bus: SimulatedBus, target: int | str) -> None:
    read(bus)

    break_(bus, target, "brown_out")

    assert read(bus) == b"\x00\x00"
    assert bus.faults.on(target) is None
    assert read(bus, WELL) == (b"\x19\x00" if target == SICK else b"\x00\x00")


def test_brown_outs_may_come_again(bus: SimulatedBus, clock: ManualClock) -> None:
    break_(bus, SICK, "brown_out", times=2)
    seen = []
    for _ in range(3):
        clock.advance(0.05)
        seen.append(read(bus))

    assert seen == [b"\x00\x00", b"\x00\x00", b"\x19\x00"]


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


def test_a_hung_bus_is_held_against_the_others(bus: SimulatedBus) -> None:
    break_(bus, WHOLE_BUS, "hang")
    calls = [Call(lambda: read(bus)), Call(lambda: read(bus, WELL))]
    blocked = [call.still_blocked() for call in calls]

    bus.faults.clear_all()

    assert blocked == [True, True]
    assert [call.result() for call in calls] == [b"\x19\x00", b"\x19\x00"]


def test_a_fault_put_in_place_of_a_hang_reaches_the_blocked_transfer(bus: SimulatedBus) -> None:
    break_(bus, SICK, "hang")
    call = Call(lambda: error_of(bus))
    blocked = call.still_blocked()

    break_(bus, SICK, "nak")

    assert blocked
    assert call.result() == EREMOTEIO


class StubbornClock(ManualClock):
    """A clock on which waiting leads nowhere."""

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def test_clearing_a_timeout_releases_the_transfer_before_its_time() -> None:
    clock = StubbornClock()
    bus = SimulatedBus(clock)
    bus.attach(SICK, Tmp102(constant(25.0), clock, powered_for=10.0))
    break_(bus, SICK, "timeout", seconds=1000.0)
    call = Call(lambda: error_of(bus))
    eventually(lambda: clock.slept, "the transfer waits")

    bus.faults.clear(SICK)

    assert call.result() is None


def test_a_fault_may_be_limited_to_so_many_transfers(bus: SimulatedBus) -> None:
    break_(bus, SICK, "nak", times=3)

    assert [error_of(bus) for _ in range(5)] == [EREMOTEIO] * 3 + [None] * 2
    assert bus.faults.on(SICK) is None


def test_a_fault_may_come_by_chance_repeatably(clock: ManualClock) -> None:
    def series(seed: int) -> list[int | None]:
        bus = SimulatedBus(clock, seed=seed)
        bus.attach(SICK, Tmp102(constant(25.0), clock, powered_for=10.0))
        break_(bus, SICK, "eio", rate=0.25)
        return [error_of(bus) for _ in range(400)]

    assert 60 < series(5).count(errno.EIO) < 140
    assert series(5) == series(5) != series(6)


def test_a_rate_of_zero_never_strikes(bus: SimulatedBus) -> None:
    break_(bus, SICK, "nak", rate=0.0)

    assert [error_of(bus) for _ in range(50)] == [None] * 50


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

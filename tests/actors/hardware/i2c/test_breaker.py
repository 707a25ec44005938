"""The circuit breaker of a bus by itself: whom it suspects, when it opens, whom it lets probe."""

import errno
import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import BusError, PermanentError
from actors.hardware.i2c.breaker import AGAIN, FIRST_PROBE, LAST_PROBE, Breaker
from actors.hardware.i2c.fence import FencedBus
from tests.fakes import ManualClock, Recorder, wait

A, B, C = 0x48, 0x49, 0x4A
NO_ACK = OSError(errno.ENXIO, "no such device or address")
TIMED_OUT = OSError(errno.ETIMEDOUT, "timed out")
HALF_WAY = OSError(errno.EIO, "input/output error")
GONE = BusError("no_adapter", "the adapter has gone", errno.ENODEV)


@pytest.fixture
def breaker(clock: ManualClock) -> Breaker:
    return Breaker("I2C bus 1", clock)


@pytest.fixture
def down(breaker: Breaker) -> Breaker:
    """A breaker of a stuck bus."""
    breaker.failed(A, TIMED_OUT)
    breaker.failed(B, TIMED_OUT)
    return breaker


def refused(breaker: Breaker) -> str | None:
    """Return the code with which a transfer is refused, None if it may be made."""
    try:
        breaker.admit()
    except BusError as error:
        return error.code
    return None


@given(st.lists(st.sampled_from(["timeout", "stuck", "eio", "no_ack", "success"])))
def test_whatever_one_chip_does_the_bus_stays_up(outcomes: list[str]) -> None:
    breaker = Breaker("I2C bus 1", ManualClock())
    errors = {"timeout": TIMED_OUT, "eio": HALF_WAY, "no_ack": NO_ACK}
    for outcome in outcomes:
        if outcome == "success":
            breaker.succeeded()
        elif outcome == "stuck":
            breaker.stuck(A)
        else:
            breaker.failed(A, errors[outcome])
        assert refused(breaker) is None


@given(st.lists(st.tuples(st.sampled_from([A, B, C]), st.sampled_from(["timeout", "eio", "no_ack", "success"]))))
def test_it_opens_exactly_when_a_second_address_times_out_with_no_success_in_between(outcomes: list[tuple[int, str]]) -> None:
    breaker, suspects = Breaker("I2C bus 1", ManualClock()), set[int]()
    for address, outcome in outcomes:
        match outcome:
            case "timeout":
                suspects.add(address)
                breaker.failed(address, TIMED_OUT)
            case "eio":
                breaker.failed(address, HALF_WAY)
            case "no_ack":
                suspects.clear()
                breaker.failed(address, NO_ACK)
            case _:
                suspects.clear()
                breaker.succeeded()
        assert (breaker.fault is not None) == (len(suspects) > 1)


@pytest.mark.parametrize("code", ["no_adapter", "no_permission", "bus_closed"])
def test_an_adapter_that_has_gone_takes_the_bus_down_at_once_under_its_own_name(breaker: Breaker, code: str) -> None:
    breaker.failed(A, BusError(code, "the adapter has gone", errno.ENODEV))
    assert refused(breaker) == code


def test_probes_are_due_after_half_a_second_then_doubling_and_at_least_every_5_s_for_ever(down: Breaker) -> None:
    now, due = down.since, []
    while now < down.since + 60:
        now += 0.125
        if down.probe_due(now):
            due.append(now - down.since)
            down.admit()
            down.stuck(A)
    assert due[:5] == [0.5, 1.5, 3.5, 7.5, 12.5]
    assert {later - earlier for earlier, later in pairwise(due[4:])} == {LAST_PROBE}


def test_of_many_that_come_at_once_one_probes(down: Breaker) -> None:
    for round_ in range(20):
        assert down.probe_due(down.since + 5.0 * (round_ + 1))
        together, outcomes = threading.Barrier(8), Recorder[str | None]()

        def come(together: threading.Barrier = together, outcomes: Recorder[str | None] = outcomes) -> None:
            together.wait()
            outcomes.add(refused(down))

        threads = [threading.Thread(target=come) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes.items, key=str) == [None, *["bus_stuck"] * 7]


@pytest.mark.parametrize("outcome", [TIMED_OUT, HALF_WAY, GONE, PermanentError("kernel_owned", "a driver owns it", errno.EBUSY), None])
def test_after_a_probe_that_did_not_succeed_everybody_is_refused_until_the_next_is_due(down: Breaker, outcome: OSError | None) -> None:
    """None is a prober that never comes back: the supervisor tells of him, or he hangs before any transfer."""
    due = down.since + FIRST_PROBE
    assert down.probe_due(due)
    down.admit()
    if outcome is None:
        down.stuck(A)
    else:
        down.failed(A, outcome)
    assert [refused(down) for _ in range(3)] == [down.fault.code if down.fault else ""] * 3
    assert not down.probe_due(due + 0.99)
    assert down.probe_due(due + 1.0)
    assert refused(down) is None


def test_after_a_recovery_it_starts_anew_with_nobody_suspected(down: Breaker, clock: ManualClock) -> None:
    for number in range(6):
        down.probe_due(down.since + 5.0 * number)
    clock.advance(100)
    down.succeeded()
    assert (down.fault, down.since) == (None, clock.monotonic())
    down.failed(A, TIMED_OUT)
    assert down.fault is None
    down.failed(B, TIMED_OUT)
    assert not down.probe_due(down.since + FIRST_PROBE - 0.01)
    assert down.probe_due(down.since + FIRST_PROBE)


def hang(breaker: Breaker, clock: ManualClock) -> None:
    """Let A hang, and B and C wait behind it until they are overdue, too."""
    for address in (A, B, C):
        breaker.stuck(address, clock.monotonic() - 0.6 + address / 1000)
    assert refused(breaker) == "bus_stuck"


def test_the_first_that_hung_is_the_culprit_when_those_behind_it_succeed_as_soon_as_it_has_failed(
    breaker: Breaker, clock: ManualClock
) -> None:
    hang(breaker, clock)
    clock.advance(1.5)
    breaker.back(A)
    breaker.succeeded(began=clock.monotonic() - 1.6)
    assert (breaker.fault, breaker.culprit()) == (None, A)


def test_there_is_no_culprit_when_the_first_that_hung_comes_back_with_an_answer(breaker: Breaker, clock: ManualClock) -> None:
    began = clock.monotonic() - 0.6
    breaker.stuck(A, began)
    breaker.stuck(B, began + 0.1)
    breaker.succeeded(began)
    assert (breaker.fault, breaker.culprit()) == (None, None)


@pytest.mark.parametrize(("pause", "culprit"), [(1.0, A), (AGAIN + 1.0, None)])
def test_one_that_answers_late_again_and_again_is_the_culprit_all_the_same(
    breaker: Breaker, clock: ManualClock, pause: float, culprit: int | None
) -> None:
    found = []
    for _ in range(3):
        clock.advance(pause)
        began = clock.monotonic() - 0.6
        breaker.stuck(A, began)
        breaker.stuck(B, began + 0.1)
        breaker.succeeded(began)
        found.append(breaker.culprit())
    assert found == [None, culprit, culprit]


def test_nobody_probes_behind_a_transfer_that_is_still_under_way_but_not_for_ever(breaker: Breaker, clock: ManualClock) -> None:
    hang(breaker, clock)
    assert not breaker.probe_due(breaker.since + LAST_PROBE - 0.01)
    assert breaker.probe_due(breaker.since + LAST_PROBE)


class Bus:
    """A bus whose next outcomes are given; an Event is waited for."""

    def __init__(self, *outcomes: bytes | OSError | BusError | threading.Event) -> None:
        self.outcomes = list(outcomes)
        self.begun = threading.Event()

    def transfer(self, _address: int, _data: bytes | None = None, _length: int = 0) -> bytes:
        outcome = self.outcomes.pop(0)
        self.begun.set()
        if isinstance(outcome, threading.Event):
            wait(outcome)
            return b"late"
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_a_prober_whose_transfer_fails_half_way_is_told_of_the_bus_and_brings_nobody_in(down: Breaker, clock: ManualClock) -> None:
    down.probe_due(down.since + FIRST_PROBE)
    fenced = FencedBus(Bus(HALF_WAY, b"never asked for"), clock, down)
    for _ in range(2):
        with pytest.raises(BusError):
            fenced.transfer(A)
    assert fenced.inside is None


def test_a_late_answer_of_a_revoked_bus_does_not_reach_its_driver_but_proves_that_the_bus_works(
    breaker: Breaker, clock: ManualClock
) -> None:
    gate, outcomes = threading.Event(), Recorder[str]()
    bus = Bus(gate, b"never asked for")
    fenced = FencedBus(bus, clock, breaker)

    def work() -> None:
        for _ in range(2):
            try:
                fenced.transfer(A)
            except PermanentError as error:
                outcomes.add(error.code)

    thread = threading.Thread(target=work)
    thread.start()
    wait(bus.begun)
    assert fenced.inside == (f"0x{A:02X}", clock.monotonic())
    fenced.revoke()
    breaker.stuck(A)
    breaker.stuck(B)
    gate.set()
    thread.join()
    assert outcomes.items == ["revoked", "revoked"]
    assert len(bus.outcomes) == 1
    assert refused(breaker) is None


def test_a_claim_tells_the_bus_that_its_adapter_is_not_there_and_its_success_says_nothing_of_the_lines(
    breaker: Breaker, clock: ManualClock
) -> None:
    fenced, claimed = FencedBus(Bus(), clock, breaker), Recorder[int]()

    def fail(_address: int) -> None:
        raise GONE

    with pytest.raises(BusError):
        fenced.claim(A, fail)
    assert refused(breaker) == "no_adapter"
    fenced.claim(A, claimed.add)
    assert refused(breaker) == "no_adapter"
    fenced.revoke()
    with pytest.raises(PermanentError, match="replaced"):
        fenced.claim(A, claimed.add)
    assert claimed.items == [A]

"""The ring of the last minutes: bounded in bytes and in age, and nothing is given twice or lost without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.core.cells import LoopCell
from actors.core.ring import LONGEST, MOST_WAITING, Measured, Ring
from actors.errors import Fault
from actors.messages import Reading
from tests.fakes import ManualClock

if TYPE_CHECKING:
    from collections.abc import Sequence


def ring_of(clock: ManualClock, most: int = 100_000) -> Ring:
    return Ring(clock, clock.monotonic, most)


def measure(ring: Ring, clock: ManualClock, value: float | Fault) -> None:
    now = clock.monotonic()
    ring.measured("t", Reading({"temp": value}, {"temp": value}, now, now, 0.0))


def numbers(entries: Sequence[object]) -> list[float | str]:
    return [entry.values[0] for entry in entries if isinstance(entry, Measured)]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.integers(1, 40), st.just("ask"), st.just("wait")), max_size=40))
def test_whoever_asks_often_enough_gets_everything_once_and_else_is_told(steps: list[int | str]) -> None:
    clock = ManualClock()
    ring, count, seen = ring_of(clock, 252 * 60), 0, 0
    cursor = ring.since(None).cursor
    for step in [*steps, "ask"]:
        if step == "wait":
            clock.sleep(LONGEST / 3)
        elif step == "ask":
            part = ring.since(cursor)
            kept = numbers(part.entries)
            assert kept == list(range(count - len(kept), count))
            assert part.missed == (seen + len(kept) < count)
            seen, cursor = count, part.cursor
        else:
            for _ in range(int(step)):
                measure(ring, clock, float(count))
                count += 1
    assert ring.since(cursor).entries == []


def test_it_is_bounded_in_bytes_and_in_age() -> None:
    clock = ManualClock()
    ring = ring_of(clock)
    for _ in range(1000):
        measure(ring, clock, 1.0)
    assert 300 < len(ring.since(None).entries) < 500
    clock.sleep(LONGEST - 1)
    measure(ring, clock, 2.0)
    clock.sleep(2)
    assert numbers(ring.since(None).entries) == [2.0]


def test_what_comes_while_there_is_no_gateway_is_bounded_and_the_loss_is_told() -> None:
    clock = ManualClock()
    ring = ring_of(clock, 1 << 30)
    cursor = ring.since(None).cursor
    for _ in range(MOST_WAITING + 1):
        measure(ring, clock, 1.0)
    assert ring.since(cursor).missed


def test_a_long_ring_is_given_in_several_parts() -> None:
    clock = ManualClock()
    ring, found, cursor, more = ring_of(clock, 1 << 30), 0, None, True
    for _ in range(5000):
        measure(ring, clock, Fault("no_ack", "no answer"))
    while more:
        part = ring.since(cursor)
        found, cursor, more = found + len(part.entries), part.cursor, part.more
    assert found == 5000


def test_what_a_loop_says_is_kept_as_readings_are() -> None:
    clock = ManualClock()
    ring = ring_of(clock)
    cell, now = LoopCell("hold", lambda _news: None, ring), clock.monotonic()
    values = {"set_point": 50.0, "working": 48.0, "state": 2.0}
    cell.publish(Reading(values, values, now, now, 0.0), {})
    (entry,) = ring.since(None).entries
    assert isinstance(entry, Measured)
    assert (entry.child, entry.names, entry.values) == ("hold", ("set_point", "working", "state"), (50.0, 48.0, 2.0))


def test_a_thread_that_is_held_up_between_the_clocks_still_tells_when_it_measured() -> None:
    clock, held_up = ManualClock(), [0.0, 0.3]

    def boot() -> float:
        clock.advance(held_up.pop(0) if held_up else 0.0)
        return clock.monotonic() + 500

    ring = Ring(clock, boot, 100_000)
    began = clock.monotonic()
    measure(ring, clock, 1.0)
    measure(ring, clock, 2.0)
    assert [entry.at for entry in ring.since(None).entries] == [began + 500, began + 500]

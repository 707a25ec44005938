"""The shared helpers do what the tests that lean on them believe."""

import threading

import pytest

from tests.fakes import ManualClock, Recorder, eventually, wait


def test_the_clock_stands_still_until_somebody_sleeps_or_advances_it(clock: ManualClock) -> None:
    start = clock.monotonic()
    assert clock.monotonic() == start
    clock.sleep(1.5)
    clock.advance(2.0)
    assert clock.monotonic() == start + 3.5
    assert clock.slept == [1.5]


def test_waiting_for_items_ends_when_another_thread_brings_them() -> None:
    recorder = Recorder[int]()
    thread = threading.Thread(target=lambda: list(map(recorder.add, range(3))))
    thread.start()
    assert recorder.wait_for_count(3) == [0, 1, 2]
    thread.join()


def test_a_wait_in_vain_fails_and_shows_where_the_threads_stand() -> None:
    with pytest.raises(AssertionError, match="MainThread"):
        wait(threading.Event(), timeout=0.01)
    with pytest.raises(AssertionError, match=r"so far: \[\]"):
        Recorder[int]().wait_for_count(1, timeout=0.01)
    with pytest.raises(AssertionError, match="the moon"):
        eventually(lambda: False, "the moon", timeout=0.01)

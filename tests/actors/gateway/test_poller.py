"""The gateway's mailbox: nothing is lost between threads, with an eventfd and with a pair of sockets alike."""

import os
import threading
import time
from collections.abc import Iterator

import pytest

from actors.core.mailbox import Letter
from actors.gateway.poller import PollerInbox
from actors.messages import Tick
from tests.fakes import PATIENCE, ManualClock

THREADS, LETTERS = 4, 2000


@pytest.fixture(params=["eventfd", "socket pair"])
def box(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[PollerInbox]:
    if request.param == "eventfd" and not hasattr(os, "eventfd"):
        pytest.skip("this system has no eventfd")
    if request.param == "socket pair":
        monkeypatch.delattr(os, "eventfd", raising=False)
    box = PollerInbox()
    yield box
    box.close()


def test_no_letter_of_many_threads_is_lost_and_each_threads_order_is_kept(box: PollerInbox) -> None:
    def put(name: int) -> None:
        for number in range(LETTERS):
            box.put(Letter((name, number)))

    threads = [threading.Thread(target=put, args=(name,)) for name in range(THREADS)]
    for thread in threads:
        thread.start()
    found = [box.get().message for _ in range(THREADS * LETTERS)]
    for thread in threads:
        thread.join()
    assert box.empty()
    for name in range(THREADS):
        assert [number for who, number in found if who == name] == list(range(LETTERS))


def test_a_sleeping_gateway_wakes_at_once(box: PollerInbox) -> None:
    delays: list[float] = []
    for _ in range(5):
        sent: list[float] = []

        def put(sent: list[float] = sent) -> None:
            sent.append(time.monotonic())
            box.put(Letter("now"))

        timer = threading.Timer(0.02, put)
        timer.start()
        assert box.get().message == "now"
        delays.append(time.monotonic() - sent[0])
        timer.join()
    assert min(delays) < 0.05, "it looks round every 0.25 s by itself; a letter must not wait for that"


def test_the_time_asked_for_is_a_tick_and_comes_once(box: PollerInbox) -> None:
    clock = ManualClock()
    box.clock = clock
    box.wake_at = clock.monotonic() + 5
    clock.advance(5)
    assert isinstance(box.get().message, Tick)
    timer = threading.Timer(0.02, box.put, (Letter("next"),))
    timer.start()
    assert box.get().message == "next"
    timer.join()


def test_a_tick_comes_on_time_while_nothing_else_does(box: PollerInbox) -> None:
    begun = time.monotonic()
    box.wake_at = begun + 0.05
    assert isinstance(box.get().message, Tick)
    assert 0.05 <= time.monotonic() - begun < PATIENCE

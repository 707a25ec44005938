"""What a thread sleeps on: with an eventfd, and as on systems that have none."""

import os
import select
import threading
import time
from collections.abc import Iterator

import pytest

from actors.core.wakeup import Wake
from tests.fakes import wait


@pytest.fixture(params=["as here", "sockets", "sockets and select"])
def wake(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wake]:
    if request.param != "as here":
        monkeypatch.delattr(os, "eventfd", raising=False)
    if request.param == "sockets and select":
        monkeypatch.delattr(select, "poll", raising=False)
    wake = Wake()
    yield wake
    wake.close()


def test_what_was_set_before_ends_the_next_sleep_and_no_other(wake: Wake) -> None:
    wake.set()
    wake.set()
    wake.wait(None)
    begun = time.monotonic()
    wake.wait(0.05)

    assert time.monotonic() - begun >= 0.05


def test_a_sleeper_is_woken_by_another_thread(wake: Wake) -> None:
    woken = threading.Event()

    def sleep() -> None:
        wake.wait(None)
        woken.set()

    thread = threading.Thread(target=sleep, daemon=True)
    thread.start()
    wake.set()
    wait(woken)
    thread.join()


def test_setting_it_again_and_again_blocks_nobody(wake: Wake) -> None:
    for _ in range(10_000):
        wake.set()
    wake.wait(None)


def test_after_the_end_setting_it_does_nothing_to_whoever_has_the_number_now(wake: Wake) -> None:
    wake.close()
    wake.close()
    reading, writing = os.pipe()
    wake.set()
    os.set_blocking(reading, False)
    with pytest.raises(BlockingIOError):
        os.read(reading, 1)
    os.close(reading)
    os.close(writing)

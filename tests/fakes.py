"""Fakes and helpers that several test folders share: a clock moved by hand, waiting for events, recording from threads."""

import itertools
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from hypothesis import settings

T = TypeVar("T")

EVERYDAY, THOROUGH = 25, 500
"""Examples that Hypothesis tries of each property, every day and with `--hypothesis-profile thorough`."""

PATIENCE = 30.0
"""Seconds until a wait gives up: long, because a busy machine must not fail a test; nothing waits this long when all is well."""


def combinations(*tables: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return every entry of each table beside some entry of the others; every combination with `--hypothesis-profile thorough`."""
    if settings.default is not None and settings.default.max_examples > EVERYDAY:
        return list(itertools.product(*tables))
    return [tuple(table[number % len(table)] for table in tables) for number in range(max(map(len, tables)))]


class ManualClock:
    """A clock (`actors.core.clock.Clock`) that stands still until a test, or a `sleep` of the code under test, moves it."""

    def __init__(self, start: float = 1000.0) -> None:
        self._lock = threading.Lock()
        self._now = start
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Return the time in seconds."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Move on by `seconds` at once and note it in `slept`."""
        assert seconds >= 0, f"sleep({seconds}) goes back in time"
        with self._lock:
            self._now += seconds
            self.slept.append(seconds)

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, as the world does while the code under test does nothing."""
        with self._lock:
            self._now += seconds


class Recorder(Generic[T]):
    """A list that other threads fill and a test waits on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: list[T] = []

    def add(self, item: T) -> None:
        """Append `item`; may be called in any thread, and handed over as a callback."""
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    @property
    def items(self) -> list[T]:
        """A copy of what has arrived so far."""
        with self._changed:
            return list(self._items)

    def wait_for(self, accept: Callable[[list[T]], object], timeout: float = PATIENCE) -> list[T]:
        """Return the items once `accept(items)` is true; fail the test with all threads' stacks if that takes too long."""
        with self._changed:
            if not self._changed.wait_for(lambda: accept(list(self._items)), timeout):
                msg = f"not within {timeout} s; so far: {self._items}\n{stacks()}"
                raise AssertionError(msg)
            return list(self._items)

    def wait_for_count(self, count: int, timeout: float = PATIENCE) -> list[T]:
        """Return the items once there are at least `count`."""
        return self.wait_for(lambda items: len(items) >= count, timeout)


def wait(event: threading.Event, timeout: float = PATIENCE) -> None:
    """Wait until `event` is set; fail the test with all threads' stacks if that takes too long."""
    if not event.wait(timeout):
        msg = f"the event was not set within {timeout} s\n{stacks()}"
        raise AssertionError(msg)


def eventually(condition: Callable[[], object], what: str, timeout: float = PATIENCE) -> None:
    """Poll `condition` until it holds: only for what announces itself by no event, such as another process."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            msg = f"{what}: not within {timeout} s\n{stacks()}"
            raise AssertionError(msg)
        time.sleep(0.005)


def stacks() -> str:
    """Return where every thread of this process stands."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    frames = sys._current_frames().items()
    return "\n".join(f"--- {names.get(ident, ident)}\n{''.join(traceback.format_stack(frame))}" for ident, frame in frames)

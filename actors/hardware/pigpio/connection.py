"""One connection to pigpiod, shared by all outputs under one lock, thrown away at any doubt and made again with a back-off."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from actors.core.clock import Clock, SystemClock
from actors.errors import DeviceError, PermanentError
from actors.hardware.memory import Memory
from actors.hardware.pigpio.api import LOST, Pi
from actors.hardware.pigpio.fit import remedy
from actors.hardware.pigpio.turn import Turn

T = TypeVar("T")

UNAVAILABLE: Final = "gpio_unavailable"
"""The code of everything that only a new generation of an output, which begins from its safe value, can put right."""
LIMIT: Final = 1.0
"""Seconds after which an operation makes no further call; each call is bounded by the connection."""
BACK_OFF: Final = (0.5, 1.0, 1.5)
"""Seconds between attempts to connect: in between, everything fails at once. With a read-back each second pigpiod is found within 3 s."""


class PigpiodConnection:
    """What `connect` returns, used by one thread at a time.

    `connect` returns a connection that was just proved alive, or raises OSError, in bounded time.
    `refusals` are the exceptions by which it reports a command that pigpiod refused; only after them is the connection kept.
    """

    def __init__(self, connect: Callable[[], Pi], refusals: tuple[type[Exception], ...], clock: Clock | None = None) -> None:
        self._connect = connect
        self._refusals = refusals
        self._clock = clock or SystemClock()
        self._turn = Turn()
        self._pi: Pi | None = None
        self._memory = Memory()
        self._generation = 0
        self._failures = 0
        self._retry_at = -math.inf
        self._until = math.inf
        self._reason = ""

    @property
    def generation(self) -> int:
        """How many connections there have been: a new number means that pigpiod may have forgotten everything."""
        return self._generation

    def _opened(self, pi: Pi) -> None:
        """Do what every new connection begins with; one on which that is refused is not used."""
        raise NotImplementedError

    def _prepare(self, pi: Pi) -> None:
        """Do what every operation begins with."""

    def _run_for(self, pin: int, act: Callable[[Pi], T], *, drives: bool = False, begins: bool = False) -> T:
        """Run `act` for a pin; one driven over an earlier connection says so first, unless `act` begins from its safe level."""

        def known(pi: Pi) -> T:
            if begins:
                self._memory.forgotten.discard(pin)
            self._memory.require(pin, "the connection to pigpiod, or pigpiod itself, is a new one")
            if drives:
                self._memory.driven.add(pin)
            return act(pi)

        try:
            return self._run(known)
        except BaseException as error:
            if getattr(error, "code", UNAVAILABLE) == UNAVAILABLE:
                self._memory.told(pin)
            raise

    def _run(self, act: Callable[[Pi], T]) -> T:
        """Run `act` on the connection, alone; a connection that gives rise to doubt is thrown away."""
        if not self._turn.acquire(2 * LIMIT):
            raise DeviceError(UNAVAILABLE, "pigpiod is slow: other outputs have waited for it for seconds")
        try:
            self._until = self._clock.monotonic() + LIMIT
            pi = self._pi or self._open()
            self._prepare(pi)
            return act(pi)
        except DeviceError:
            raise
        except LOST as error:
            raise self._lost(f"pigpiod is out of reach: {str(error) or type(error).__name__}") from error
        except BaseException:
            self._drop()  # an answer may still be under way
            raise
        finally:
            self._turn.release()

    def _open(self) -> Pi:
        if self._clock.monotonic() < self._retry_at:
            raise DeviceError(UNAVAILABLE, self._reason)
        pi = self._pi = self._connect()
        self._until = self._clock.monotonic() + LIMIT
        self._memory.replaced()
        try:
            self._opened(pi)
        except DeviceError as error:  # half open: heaters not made safe, lease scripts not put up
            raise self._lost(f"the connection to pigpiod could not be opened: {error.message}") from error
        self._failures = 0
        self._generation += 1
        return pi

    def _lost(self, reason: str) -> DeviceError:
        """Throw the connection away until the back-off is over; return the error that says so."""
        self._reason = reason
        self._drop()
        self._retry_at = self._clock.monotonic() + BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        return DeviceError(UNAVAILABLE, reason)

    def _drop(self) -> None:
        pi, self._pi = self._pi, None
        if pi is not None:
            with suppress(*LOST):
                pi.stop()

    def _ask(self, command: Callable[..., Any], *arguments: Any, about: str = "") -> Any:
        """Give one command; raises DeviceError `gpio_refused`, naming its pin or what it is `about`."""
        if self._clock.monotonic() > self._until:
            raise TimeoutError(f"it took more than {LIMIT:g} s over its answers")
        try:
            answer = command(*arguments)
        except self._refusals as error:
            text = remedy(str(error).strip("'"))  # pigpio quotes its sentence
            raise PermanentError("gpio_refused", f"pigpiod refuses {about or f'GPIO{arguments[0]}'}: {text}") from error
        if isinstance(answer, int) and answer < 0:
            raise PermanentError("gpio_refused", f"pigpiod refuses {about or f'GPIO{arguments[0]}'}: error {answer}")
        return answer

"""Actors under test, spoken to from outside: messages handed over one at a time, time moved by hand, the log as records."""

import math
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pykka
import pytest
import structlog

from actors.messages import Claim, Measure, SetPoint, Stop
from tests.fakes import PATIENCE, ManualClock, Recorder, stacks, wait

NO_WISH = Measure(-math.inf, -math.inf, conversion=False)
"""To a sensor that has published anything: what it is asked for is there already."""
NO_COMMAND = SetPoint(0, 0.0, math.inf, Claim(withdrawn=True), "nobody", lambda _done: None)
"""To an output: a command that was withdrawn before it came."""


class HandledLetter:
    """A letter that tells when its message has been handled: Pykka looks for somebody to answer only after that."""

    def __init__(self, message: Any) -> None:
        self.message = message
        self.handled = threading.Event()

    @property
    def reply_to(self) -> None:
        self.handled.set()


class Remote:
    """One running actor. `nothing` is a message that makes it do nothing."""

    def __init__(self, ref: pykka.ActorRef[Any], clock: ManualClock, nothing: Any) -> None:
        self.ref = ref
        self.clock = clock
        self.inbox: Any = ref.actor_inbox
        self._nothing = nothing

    @property
    def stopped(self) -> bool:
        return self.ref.actor_stopped.is_set()

    def tell(self, message: Any) -> None:
        """Have `message` handled; return when that is done, or the actor has ended."""
        letter = HandledLetter(message)
        self.inbox.put(letter)
        for _ in range(int(PATIENCE / 0.02)):
            if letter.handled.wait(0.02) or self.stopped:
                return
        pytest.fail(f"{message} was not handled\n{stacks()}")

    def settle(self) -> None:
        """Return when the actor has done what was due: twice, because a due tick and a letter take turns."""
        self.tell(self._nothing)
        self.tell(self._nothing)

    def advance(self, seconds: float) -> None:
        """Let time pass, and the actor do what has become due."""
        self.clock.advance(seconds)
        self.settle()

    def wait_for_end(self) -> None:
        wait(self.ref.actor_stopped)

    def stop(self) -> None:
        """End the actor if it has not ended."""
        if not self.stopped:
            self.tell(Stop())
        self.wait_for_end()


class Logbook(Recorder[dict[str, Any]]):
    """What was logged, as records; `level` is among their fields."""

    def logger(self) -> Any:
        """Return a structlog logger that writes here, whatever the process has configured."""

        def note(_logger: Any, level: str, record: Any) -> Any:
            self.add({"level": level, **record})
            raise structlog.DropEvent

        wrapper = structlog.make_filtering_bound_logger(0)
        return structlog.wrap_logger(None, processors=[note], wrapper_class=wrapper, cache_logger_on_first_use=False)

    def of(self, event: str, **facts: Any) -> list[dict[str, Any]]:
        """Return the records of `event` that have these `facts`."""
        return [record for record in self.items if record["event"] == event and facts.items() <= record.items()]

    def events(self) -> list[str]:
        return [record["event"] for record in self.items]


def keep_log(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> Logbook:
    """Return a logbook into which these modules log from now on."""
    logbook = Logbook()
    for module in modules:
        monkeypatch.setattr(module, "log", logbook.logger())
    return logbook


def of_type(kind: type[Any]) -> Callable[[list[Any]], list[Any]]:
    """Return a filter for a recorder: the messages of one kind."""
    return lambda messages: [message for message in messages if isinstance(message, kind)]

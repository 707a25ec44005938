"""The base of every supervised actor: no death goes unnoticed, whatever a library raises."""

from __future__ import annotations

import threading
import traceback
from typing import Any, Final

import pykka

from actors.core.clock import Clock
from actors.core.mailbox import Inbox, Vitals
from actors.errors import Fault, PilotageError
from actors.messages import Died, Started, Stop, Tell

STOPPED: Final = "stopped"
"""Code of the end of a child that was told to end."""


def fault_of(error: BaseException) -> Fault:
    """Return any exception as data: our own with their code, others as a bug of ours, `internal_error`, naming the place."""
    if isinstance(error, PilotageError):
        return Fault.of(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return Fault("internal_error", f"{type(error).__name__}{place}: {error}")


class Child(pykka.ThreadingActor):
    """An actor with an identity, a generation, and a parent that hears of its end exactly once.

    Subclasses write `begin`, `handle` and `end`; the Pykka hooks stay here. None of them raises: Pykka would log a traceback of its
    own, and would stop every actor of the process for a SystemExit.
    """

    use_daemon_thread = True

    def __init__(self, child: str, generation: int, parent: Tell, clock: Clock) -> None:
        super().__init__()
        self.child = child
        self.generation = generation
        self.clock = clock
        self._parent = parent
        self._ended = False
        self.cause: Fault | None = None
        """Why it ends; None before."""
        if isinstance(self.actor_inbox, Inbox):
            self.actor_inbox.clock = clock
            self.actor_inbox.vitals.busy_since = clock.monotonic()

    @staticmethod
    def _create_actor_inbox() -> Any:
        return Inbox()

    @property
    def vitals(self) -> Vitals:
        """The heartbeat that the supervisor watches."""
        vitals: Vitals = self.actor_inbox.vitals  # type: ignore[attr-defined]
        return vitals

    def wake_at(self, when: float | None) -> None:
        """Ask for a `Tick` at `when` (monotonic seconds). Actor thread."""
        self.actor_inbox.wake_at = when  # type: ignore[attr-defined]

    def more(self, kind: type[Any]) -> list[Any]:
        """Take the messages of `kind` out of the mailbox that come next, with nothing in between. Actor thread."""
        taken: list[Any] = self.actor_inbox.more(kind)  # type: ignore[attr-defined]
        return taken

    def begin(self) -> None:
        """Start up. Actor thread; what it raises ends this generation and reaches the supervisor."""

    def handle(self, message: Any) -> None:
        """Handle one message. Actor thread; what it raises ends this generation and reaches the supervisor."""
        raise NotImplementedError

    def end(self) -> None:
        """Clean up at the end, whatever caused it. Actor thread; what it raises is only recorded."""

    def turn_away(self, message: Any) -> None:
        """Answer what comes after the end, if anybody waits for an answer. Actor thread; must not raise."""

    def serve(self, **detail: Any) -> None:
        """Tell the supervisor that this generation serves. Actor thread."""
        self._parent(Started(self.child, self.generation, detail))

    def on_start(self) -> None:
        """Run `begin`. Actor thread; never raises: the supervisor is told instead."""
        thread = self.vitals.thread = threading.current_thread()
        thread.name = f"{self.child}#{self.generation}"  # what a dump of all stacks, and `top -H`, call it
        try:
            if isinstance(self.actor_inbox, Inbox):
                self.actor_inbox.open()
            self.begin()
        except BaseException as error:  # noqa: BLE001 - a library may raise anything, SystemExit included
            self._give_up(error)

    def on_receive(self, message: Any) -> None:
        """Run `handle`. Actor thread; never raises: the supervisor is told instead."""
        if self._ended:
            self.turn_away(message)
            return
        try:
            if isinstance(message, Stop):
                self._finish(Fault(STOPPED, "stopped in good order"), expected=True)
                self.stop()
            else:
                self.handle(message)
        except BaseException as error:  # noqa: BLE001 - a library may raise anything, SystemExit included
            self._give_up(error)

    def on_stop(self) -> None:
        """Report an end that came from outside, by Pykka's own `stop`. Actor thread, already unregistered; never raises."""
        self._finish(Fault(STOPPED, "stopped from outside"), expected=False)
        if isinstance(self.actor_inbox, Inbox):
            self.actor_inbox.close()

    def _give_up(self, error: BaseException) -> None:
        """End this generation: on purpose because its device is lost, or by a bug. Actor thread."""
        self._finish(fault_of(error), expected=isinstance(error, PilotageError))
        self.stop()

    def _finish(self, fault: Fault, *, expected: bool) -> None:
        if self._ended:
            return
        self._ended, self.cause = True, fault
        try:
            self.end()
        except BaseException as error:  # noqa: BLE001 - the end of an actor must reach the supervisor all the same
            fault = Fault(fault.code, f"{fault.message} (and its clean-up failed: {fault_of(error).message})", fault.errno)
        self.vitals.ended = True
        self._parent(Died(self.child, self.generation, fault, expected))

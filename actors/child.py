"""The base of every supervised actor: no death goes unnoticed, whatever a library raises."""

from __future__ import annotations

import traceback
from typing import Any

import pykka

from actors.clock import Clock
from actors.errors import Fault, PilotageError
from actors.inbox import Inbox, Vitals
from actors.messages import Died, Started, Stop, Tell


class _CrashError(Exception):
    """Carries a BaseException (SystemExit, say) as an Exception: Pykka would stop every actor of the process otherwise."""


def fault_of(error: BaseException) -> Fault:
    """Return any exception as data: our own with their code, others as a bug of ours, `internal_error`, naming the place."""
    cause = error.__cause__ if isinstance(error, _CrashError) and error.__cause__ else error
    if isinstance(cause, PilotageError):
        return Fault.of(cause)
    frames = traceback.extract_tb(cause.__traceback__)
    place = f" in {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return Fault("internal_error", f"{type(cause).__name__}{place}: {cause}")


class Child(pykka.ThreadingActor):
    """An actor with an identity, a generation, and a parent that hears of its end exactly once.

    Subclasses write `begin`, `handle` and `end`; the Pykka hooks stay here.
    """

    use_daemon_thread = True

    def __init__(self, child: str, generation: int, parent: Tell, clock: Clock) -> None:
        super().__init__()
        self.child = child
        self.generation = generation
        self.clock = clock
        self._parent = parent
        self._ended = False
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

    def begin(self) -> None:
        """Start up. Actor thread; what it raises ends this generation and reaches the supervisor."""

    def handle(self, message: Any) -> None:
        """Handle one message. Actor thread; what it raises ends this generation and reaches the supervisor."""
        raise NotImplementedError

    def end(self) -> None:
        """Clean up at the end, whatever caused it. Actor thread; what it raises is only recorded."""

    def serve(self, **detail: Any) -> None:
        """Tell the supervisor that this generation serves. Actor thread."""
        self._parent(Started(self.child, self.generation, detail))

    def give_up(self, error: BaseException) -> None:
        """End this generation on purpose because its device is lost. Actor thread."""
        self._finish(fault_of(error), expected=True)
        self.stop()

    def on_start(self) -> None:
        """Run `begin`. Actor thread; never raises: the supervisor is told instead."""
        try:
            self.begin()
        except PilotageError as error:
            self.give_up(error)
        except BaseException as error:  # noqa: BLE001 - a library may raise anything, SystemExit included
            self._finish(fault_of(error), expected=False)
            self.stop()

    def on_receive(self, message: Any) -> None:
        """Run `handle`. Actor thread; an exception ends the actor and calls `on_failure`."""
        if self._ended:
            return
        try:
            if isinstance(message, Stop):
                self._finish(Fault("stopped", "stopped in good order"), expected=True)
                self.stop()
            else:
                self.handle(message)
        except PilotageError as error:
            self.give_up(error)
        except Exception:
            raise
        except BaseException as error:
            raise _CrashError from error

    def on_failure(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        """Report a crash. Actor thread, already unregistered; never raises."""
        self._finish(fault_of(error or RuntimeError("unknown")), expected=False)

    def _finish(self, fault: Fault, *, expected: bool) -> None:
        if self._ended:
            return
        self._ended = True
        try:
            self.end()
        except Exception as error:  # noqa: BLE001 - the end of an actor must reach the supervisor all the same
            fault = Fault(fault.code, f"{fault.message} (and its clean-up failed: {error})", fault.errno)
        self.vitals.ended = True
        self._parent(Died(self.child, self.generation, fault, expected))

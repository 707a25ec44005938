"""The supervisor as the main thread sees it: how it goes on with another bench, and what is done when it is lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

from actors.bench.devices import Bench, OutputSpec
from actors.core import events
from actors.core.clock import SystemClock
from actors.messages import Stop
from pilotage.here import reach
from supervisor.daemon.beside import Beside
from supervisor.daemon.outside.on_event import OnEvent
from supervisor.daemon.rlimits import make_room
from supervisor.rig.rig import Rig
from supervisor.rig.safe import Attempt, OfRig
from supervisor.rig.safe import make_safe as make_each_safe
from supervisor.rig.safe_list import entry_of
from supervisor.tree.progress import Progress

log = structlog.get_logger()

SUPERVISOR_HANG: Final = 5.0
"""Seconds in one message after which the supervisor itself counts as lost; it never does I/O."""
FAREWELL: Final = 0.75
"""Seconds for a gateway to answer who still waits, when nobody else tells it to end."""
LAST_RESORT: Final = 1.0
"""Seconds for all outputs together: a GPIO that works takes milliseconds."""
Note = Callable[[Bench], object]


@dataclass(slots=True)
class Root:
    """Main thread. `note` writes down what of a bench `pilotage safe` must know; `tell_end` has the supervisor begin the end."""

    ref: Any
    progress: Progress
    clock: SystemClock
    bench: Bench
    rig: Rig
    commands: OnEvent
    note: Note
    tell_end: Callable[[str], None]
    address: str | None = field(default=None, init=False)
    """Where the daemon answers on this machine; None before it does."""
    written: Path | None = field(default=None, init=False)
    """The file that says so."""
    known: tuple[OutputSpec, ...] = ()
    """Every output that may be on: those of the bench, and while a reload is under way those of both benches."""
    ended: bool = field(default=False, init=False)
    """Whether the end was in good order, with no thread left behind."""
    beside: Beside = field(default_factory=Beside, init=False)
    hung: bool = field(default=False, init=False)
    """Whether the supervisor hung at the last look."""

    def know(self, bench: Bench) -> None:
        """Answer for the outputs of `bench` from now on, and write them down."""
        self.known = bench.outputs
        self.note(bench)

    def follow(self, bench: Bench) -> None:
        """Go on with another bench, which has been taken over."""
        former, self.bench = self.bench, bench
        if bench.on_event != former.on_event:
            self.beside.do("ON_EVENT", partial(self.commands.replace, bench.on_event))
        self.beside.do("descriptors", partial(make_room, bench.limits.clients))
        if self.address is not None:
            self.reached(self.address)

    def reached(self, address: str) -> None:
        """Write down where the daemon is reached on this machine; that it cannot be done is no reason not to run."""
        self.address = address
        curve = self.bench.access.curve
        keys = None if curve is None else (curve.bind, curve.port)
        try:
            self.written = reach.write(reach.contents(Path(self.bench.source), address, keys), os.environ)
        except OSError as error:
            log.warning(events.REACH_FAILED, reason=f"{error.filename or 'the file'}: {error.strerror or error}")

    def close(self) -> None:
        """Take that back."""
        if self.written is not None:
            reach.remove(self.written)

    def make_safe(self, reason: str) -> bool:
        """Make every output safe without its actor; return whether that is verified."""
        return make_safe(self.known, self.rig, reason)

    def take_leave(self) -> None:
        """Have the gateway answer who still waits: the supervisor does not."""
        state = self.progress.state
        running = state.gateway.running if state is not None else None
        if running is not None:
            running.tell(Stop())
            running.ref.actor_stopped.wait(FAREWELL)

    def lost(self) -> bool:
        """Whether the supervisor is dead, or hangs at two looks in a row, without having finished.

        At one look alone it may have been this whole process that stood still.
        """
        if self.progress.finished.is_set():
            return False
        hung_before, self.hung = self.hung, self.ref.actor_inbox.vitals.busy_for(self.clock.monotonic()) > SUPERVISOR_HANG
        return (self.hung and hung_before) or not self.ref.is_alive()


def make_safe(outputs: Iterable[OutputSpec], rig: Rig, reason: str, limit: float = LAST_RESORT) -> bool:
    """Send every output to its safe value, heaters first; return whether all pins are known to be safe. Never raises.

    Takes at most `limit` seconds: a thread that is still inside the hardware then is left behind.
    """
    units = {spec.id: spec.scale for spec in outputs}

    def tell(attempt: Attempt) -> None:
        name = attempt.entry["id"]
        if attempt.trouble:
            log.critical(events.OUTPUT_FAULT, actor=name, reason=f"it is not known to be at its safe value: {attempt.trouble}")
        else:
            log.warning(events.OUTPUT_SAFE, actor=name, reason=reason, value=attempt.value, units=units[name])

    attempts = make_each_safe(map(entry_of, outputs), OfRig(rig), tell, limit)
    return not any(attempt.trouble for attempt in attempts if attempt.entry["pin"] is not None)

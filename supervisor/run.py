"""`pilotage run`: the stages of a daemon's life, each one function, ended in reverse."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from actors.clock import SystemClock
from actors.specs import Bench
from supervisor.exits import leave as _leave

if TYPE_CHECKING:
    from supervisor.on_event import OnEvent
    from supervisor.reload import Reloader
    from supervisor.signals import Stop

EX_OK: Final = 0
EX_UNAVAILABLE: Final = 69
EX_SOFTWARE: Final = 70
LOOK_EVERY: Final = 0.5
"""Seconds between the main thread's looks at the supervisor; also what lets Ctrl-C through on Windows."""
START_LOOK: Final = 0.02
"""The same until the daemon is ready."""
SUPERVISOR_HANG: Final = 5.0
"""Seconds in one message after which the supervisor itself counts as lost; it never does I/O."""
END_BOUND: Final = 2.25
"""Seconds for the end in good order: outputs safe, then everybody stopped. What is left of 5 s is for an end in no order."""
HEARD_WITHIN: Final = 0.1
"""Seconds within which the supervisor begins the end; after that the outputs are made safe without it, at once."""
CLOSE_BOUND: Final = 0.5
"""Seconds for letting go of the hardware."""
LOOK_AT_END: Final = 0.02
"""Seconds between the main thread's looks while the end is under way."""


Claim = Callable[[Bench], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What `run` was asked to do, after command line, environment and `config.py`."""

    bench: Bench
    simulate: bool
    bind: str
    port: int
    speed: float = 1.0


def run(options: Options) -> int:
    """Run the daemon until a signal ends it; return a sysexits code. Main thread."""
    from supervisor.on_event import LAST_WORDS, OnEvent

    clock = SystemClock()
    commands = OnEvent(options.bench.on_event, clock)
    ended = False
    try:
        code, ended = _run(options, clock, commands)
    finally:
        commands.close(LAST_WORDS if ended else 0.0)
    if not ended:
        _leave(code)
    return code


def _run(options: Options, clock: SystemClock, commands: OnEvent) -> tuple[int, bool]:
    """Return the exit code, and whether everything has ended: otherwise a thread is still inside the hardware."""
    import structlog

    from actors import events
    from actors.errors import PilotageError
    from supervisor import __version__
    from supervisor.last_resort import bounded
    from supervisor.signals import Stop

    log = structlog.get_logger()
    stop = Stop()
    try:
        lock, rig = _take_hardware(options, clock)
    except PilotageError as error:
        log.critical(events.DAEMON_FAILED, error_code=error.code, reason=error.message)
        return EX_UNAVAILABLE, True
    mode = "simulated" if rig.simulated else "hardware"
    log.info(events.DAEMON_STARTED, version=__version__, mode=mode, config=options.bench.source, **rig.describe())
    for warning in (*options.bench.warnings, *rig.warnings()):
        log.warning(events.CONFIG_WARNING, reason=warning)
    note = _no_list if options.simulate else partial(_note_outputs, rig=rig, log=log)
    note(options.bench)
    root = _start(options, clock, rig, lambda bench: _claim(options, lock, bench), note, commands)
    stop.tell = root.tell_end
    code = _serve(root, stop, log)
    ended = bounded(rig.close, CLOSE_BOUND) and root.ended
    lock.release()
    log.info(events.DAEMON_STOPPED, exit_code=code)
    return code, ended


def _start(options: Options, clock: SystemClock, rig: Any, claim: Claim, note: Claim, commands: OnEvent) -> _Root:
    """Start the supervisor, which starts everybody else."""
    from actors.messages import Shutdown
    from supervisor.actor import Supervisor
    from supervisor.children import teller
    from supervisor.descriptors import make_room
    from supervisor.progress import Progress

    make_room(options.bench.limits.clients)
    progress = Progress()
    ref = Supervisor.start(options.bench, rig, clock, bind=options.bind, port=options.port, progress=progress)
    tell = teller(ref)
    return _Root(ref, progress, clock, options.bench, rig, claim, note, commands, lambda reason: tell(Shutdown(reason)))


def _claim(options: Options, lock: Any, bench: Bench) -> None:
    """Lock what of the hardware `bench` needs beyond what is held. Raises RefusedError."""
    from supervisor.rig import lock_names

    if not options.simulate:
        lock.add(lock_names(bench))


def _note_outputs(bench: Bench, rig: Any, log: Any) -> None:
    """Write down what `pilotage safe` must know of the outputs; that it cannot be done is no reason not to run."""
    from actors import events
    from supervisor.rig import lock_names
    from supervisor.safe_list import contents, write

    try:
        write(contents(bench, rig.reach(), lock_names(bench)), os.environ)
    except OSError as error:
        log.warning(events.SAFE_LIST_FAILED, reason=f"{error.filename or 'the list'}: {error.strerror or error}")


def _no_list(_bench: Bench) -> None:
    """Write nothing: no output of a simulated bench outlives it."""


def _take_hardware(options: Options, clock: SystemClock) -> tuple[Any, Any]:
    """Lock the hardware, then build the rig; a simulated bench needs no lock. Raises PilotageError."""
    from actors.hardware.lock import HardwareLock
    from supervisor.rig import SimulatedRig, hardware_rig, lock_names

    if options.simulate:
        return HardwareLock([]), SimulatedRig(options.bench, clock, options.speed)
    lock = HardwareLock(lock_names(options.bench))
    lock.acquire()
    return lock, hardware_rig(options.bench, clock)


@dataclass(slots=True)
class _Root:
    """The supervisor as the main thread sees it; `claim` locks what another bench than `bench` needs, `note` writes its outputs down."""

    ref: Any
    progress: Any
    clock: SystemClock
    bench: Bench
    rig: Any
    claim: Claim
    note: Claim
    commands: OnEvent
    tell_end: Callable[[str], None]
    """Have the supervisor begin the end. Takes no lock: a signal may come at any moment."""
    ended: bool = False
    """Whether the end was in good order, with no thread left behind."""
    hung: bool = False
    """Whether the supervisor hung at the last look."""

    def follow(self, bench: Bench) -> None:
        """Go on with another bench that is good."""
        from supervisor.descriptors import make_room

        if bench.on_event != self.bench.on_event:
            self.commands.replace(bench.on_event)
        if bench is not self.bench:
            self.note(bench)
            make_room(bench.limits.clients)
        self.bench = bench

    def make_safe(self, reason: str) -> bool:
        """Make the outputs safe without their actors; return whether that is verified."""
        from supervisor.last_resort import make_safe

        return make_safe(self.bench, self.rig, reason)

    def lost(self) -> bool:
        """Whether the supervisor is dead, or hangs at two looks in a row, without having finished.

        At one look alone it may have been this whole process that stood still.
        """
        if self.progress.finished.is_set():
            return False
        hung_before, self.hung = self.hung, self.ref.actor_inbox.vitals.busy_for(self.clock.monotonic()) > SUPERVISOR_HANG
        return (self.hung and hung_before) or not self.ref.is_alive()


def _serve(root: _Root, stop: Stop, log: Any) -> int:
    """Wait for the end: of the supervisor, or by a signal. Return the exit code."""
    from actors import events
    from supervisor.children import teller
    from supervisor.reload import Reloader
    from supervisor.service import Service

    progress, announced = root.progress, False
    service = Service(teller(root.ref), progress, root.clock)
    notifier = service.notifier
    reloader = Reloader(root.bench, teller(root.ref), progress, root.claim, notifier.reloading, notifier.ready)
    while not progress.finished.is_set() and stop.reason is None:
        if not announced and progress.ready.is_set():
            announced = service.ready()
            if announced:
                log.info(events.DAEMON_READY, port=progress.port)
        stop.wait(LOOK_EVERY if announced else START_LOOK)
        service.look()
        if announced:
            _look_for_reload(reloader, stop)
            root.follow(reloader.bench)
        if root.lost():
            service.dump()
            log.critical(events.DAEMON_FAILED, error_code="supervisor_lost", reason="the supervisor actor is dead or hangs")
            root.make_safe("the supervisor was lost")
            return EX_SOFTWARE
    if stop.reason is not None:  # it may have come before anybody could be told
        root.tell_end(stop.reason)
    service.stopping(stop.reason or progress.failure or "")
    return _end(root, stop, log)


def _look_for_reload(reloader: Reloader, stop: Stop) -> None:
    """Carry a reload on; a signal that asks for the end interrupts it, whatever `config.py` is doing."""
    try:
        stop.interrupts = True
        try:
            reloader.look(stop.hang_up)
        finally:
            stop.interrupts = False
    except KeyboardInterrupt:
        if stop.reason is None:
            reloader.refuse("the file raises KeyboardInterrupt")


def _end(root: _Root, stop: Stop, log: Any) -> int:
    """Wait until the supervisor has ended everything; step in where it does not. Return the exit code."""
    from actors import events

    progress, begun, safe = root.progress, root.clock.monotonic(), None
    while not progress.finished.wait(LOOK_AT_END):
        waited = root.clock.monotonic() - begun
        if safe is None and not progress.ending.is_set() and waited > HEARD_WITHIN:
            safe = root.make_safe("the supervisor did not hear that the daemon ends")
        if stop.at_once or waited > END_BOUND:
            reason = "a second signal" if stop.at_once else f"the end took longer than {END_BOUND:g} s"
            safe = root.make_safe(reason)
            if not stop.at_once:
                log.critical(events.DAEMON_FAILED, error_code="end_bound", reason=reason)
            return EX_OK if safe and stop.reason is not None else EX_SOFTWARE
    if progress.exit_code == EX_SOFTWARE:
        root.make_safe("actors were lost")
    root.ended = progress.orderly
    if progress.failure is not None:
        log.critical(events.DAEMON_FAILED, reason=progress.failure)
    code: int = progress.exit_code
    return code

"""`pilotage run`: the stages of a daemon's life, each one function, ended in reverse."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from actors.bench.devices import Bench
from actors.core.clock import SystemClock
from supervisor.exits import EX_OK, EX_SOFTWARE, EX_UNAVAILABLE
from supervisor.exits import leave as _leave

if TYPE_CHECKING:
    from supervisor.daemon.on_event import OnEvent
    from supervisor.daemon.reload import Reloader
    from supervisor.daemon.root import Root
    from supervisor.daemon.signals import Stop

LOOK_EVERY: Final = 0.5
"""Seconds between the main thread's looks at the supervisor; also what lets Ctrl-C through on Windows."""
START_LOOK: Final = 0.02
"""The same until the daemon is ready."""
END_BOUND: Final = 2.25
"""Seconds for the end in good order: outputs safe, then everybody stopped. What is left of 5 s is for an end in no order."""
HEARD_WITHIN: Final = 0.1
"""Seconds within which the supervisor begins the end; after that the outputs are made safe without it, at once."""
CLOSE_BOUND: Final = 0.5
"""Seconds for letting go of the hardware."""
LOOK_AT_END: Final = 0.02
"""Seconds between the main thread's looks while the end is under way."""


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
    from supervisor.daemon.on_event import LAST_WORDS, OnEvent
    from supervisor.daemon.signals import Stop

    clock = SystemClock()
    commands, stop = OnEvent(options.bench.on_event, clock), Stop()
    ended = False
    try:
        code, ended = _run(options, clock, commands, stop)
    finally:
        commands.close(LAST_WORDS if ended else 0.0)
        stop.close()
    if not ended:
        _leave(code)
    return code


def _run(options: Options, clock: SystemClock, commands: OnEvent, stop: Stop) -> tuple[int, bool]:
    """Return the exit code, and whether everything has ended: otherwise a thread is still inside the hardware."""
    import structlog

    from actors.core import events
    from actors.errors import PilotageError
    from pilotage import __version__
    from supervisor.daemon.greeting import greeting
    from supervisor.rig.without_actors import bounded

    log = structlog.get_logger()
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
    root = _start(options, clock, rig, note, commands)
    greet = partial(greeting, options.bind, simulated=options.simulate)
    try:
        code = _serve(root, stop, lambda bench: _claim(options, lock, bench), greet, log)
    except BaseException as error:  # noqa: BLE001 - whatever ends this thread, the outputs are safe first
        code = _failed(root, stop, error, log)
    root.close()
    if root.progress.left_on:
        root.make_safe("the daemon ends")
    ended = bounded(rig.close, CLOSE_BOUND) and root.ended
    lock.release()
    log.info(events.DAEMON_STOPPED, exit_code=code)
    return code, ended


def _start(options: Options, clock: SystemClock, rig: Any, note: Callable[[Bench], object], commands: OnEvent) -> Root:
    """Start the supervisor, which starts everybody else."""
    from actors.messages import Shutdown
    from supervisor.daemon.rlimits import make_room
    from supervisor.daemon.root import Root
    from supervisor.tree.children.record import teller
    from supervisor.tree.progress import Progress
    from supervisor.tree.supervisor import Supervisor

    make_room(options.bench.limits.clients)
    progress = Progress()
    ref = Supervisor.start(options.bench, rig, clock, bind=options.bind, port=options.port, progress=progress)
    tell = teller(ref)
    return Root(
        ref, progress, clock, options.bench, rig, commands, note, lambda reason: tell(Shutdown(reason)), known=options.bench.outputs
    )


def _claim(options: Options, lock: Any, bench: Bench) -> None:
    """Lock what of the hardware `bench` needs beyond what is held. Raises RefusedError."""
    from supervisor.rig.rig import lock_names

    if not options.simulate:
        lock.add(lock_names(bench))


def _note_outputs(bench: Bench, rig: Any, log: Any) -> None:
    """Write down what `pilotage safe` must know of the outputs; that it cannot be done is no reason not to run."""
    from actors.core import events
    from supervisor.rig.rig import lock_names
    from supervisor.rig.safe_list import contents, write

    try:
        write(contents(bench, rig.reach(), lock_names(bench)), os.environ)
    except OSError as error:
        log.warning(events.SAFE_LIST_FAILED, reason=f"{error.filename or 'the list'}: {error.strerror or error}")


def _no_list(_bench: Bench) -> None:
    """Write nothing: no output of a simulated bench outlives it."""


def _take_hardware(options: Options, clock: SystemClock) -> tuple[Any, Any]:
    """Lock the hardware, then build the rig; a simulated bench needs no lock. Raises PilotageError."""
    from actors.hardware.lock import HardwareLock
    from supervisor.rig.rig import SimulatedRig, hardware_rig, lock_names

    if options.simulate:
        return HardwareLock([]), SimulatedRig(options.bench, clock, options.speed)
    lock = HardwareLock(lock_names(options.bench))
    lock.acquire()
    return lock, hardware_rig(options.bench, clock)


def _serve(root: Root, stop: Stop, claim: Callable[[Bench], None], greet: Callable[[int, str], str], log: Any) -> int:
    """Wait for the end: of the supervisor, or by a signal. Return the exit code."""
    from actors.core import events
    from supervisor import journal
    from supervisor.daemon.reload import Reloader
    from supervisor.daemon.systemd.service import Service
    from supervisor.tree.children.record import teller

    progress, announced = root.progress, False
    stop.tell, progress.wake = root.tell_end, stop.wake
    service = Service(teller(root.ref), progress, root.clock)
    notifier = service.notifier
    reloader = Reloader(root.bench, teller(root.ref), progress, claim, notifier.reloading, notifier.ready, root.know)
    while not progress.finished.is_set() and stop.reason is None:
        if not announced and progress.ready.is_set():
            announced = service.ready()
            if announced:
                root.net.over("address", partial(root.reached, service.address))
                log.info(events.DAEMON_READY, port=progress.port)
                journal.tell(greet(progress.port, service.address))
        stop.wait(LOOK_EVERY if announced else START_LOOK)
        service.look()
        if announced:
            _look_for_reload(reloader, root, stop)
        if root.lost():
            return _without_supervisor(root, service, log)
    if stop.reason is not None:  # it may have come before anybody could be told
        root.tell_end(stop.reason)
    service.stopping(stop.reason or progress.failure or "")
    return _end(root, stop, log)


def _without_supervisor(root: Root, service: Any, log: Any) -> int:
    """End in no order, outputs first. Return the exit code."""
    from actors.core import events

    root.make_safe("the supervisor was lost")
    service.dump()
    log.critical(events.DAEMON_FAILED, error_code="supervisor_lost", reason="the supervisor actor is dead or hangs")
    root.take_leave()
    return EX_SOFTWARE


def _failed(root: Root, stop: Stop, error: BaseException, log: Any) -> int:
    """End because of a bug in this thread: in good order if that is possible. Return the exit code."""
    from actors.core import events
    from actors.core.actor import fault_of

    reason = f"the main thread failed: {fault_of(error).message}"
    try:
        root.tell_end(reason)
        log.critical(events.DAEMON_FAILED, error_code="internal_error", reason=reason, exc_info=error)
        _end(root, stop, log)
    except BaseException:  # noqa: BLE001 - then in no order
        root.make_safe(reason)
        root.take_leave()
    return EX_SOFTWARE


def _look_for_reload(reloader: Reloader, root: Root, stop: Stop) -> None:
    """Carry a reload on; a signal that asks for the end interrupts it. Whatever goes wrong, the bench goes on as it was."""
    from actors.core.actor import fault_of

    try:
        stop.interrupts = True
        try:
            reloader.look(stop.hang_up)
        finally:
            stop.interrupts = False
        if reloader.bench is not root.bench:
            root.follow(reloader.bench)
    except BaseException as error:  # noqa: BLE001 - what stands in config.py may raise anything
        if not stop.interrupted:
            reloader.refuse(fault_of(error).message)


def _end(root: Root, stop: Stop, log: Any) -> int:
    """Wait until the supervisor has ended everything; step in where it does not. Return the exit code."""
    from actors.core import events

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
                root.take_leave()
            return EX_OK if safe and stop.reason is not None else EX_SOFTWARE
    if progress.exit_code == EX_SOFTWARE:
        root.make_safe("actors were lost")
    root.ended = progress.orderly
    if progress.failure is not None:
        log.critical(events.DAEMON_FAILED, reason=progress.failure)
    code: int = progress.exit_code
    return code

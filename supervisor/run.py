"""`pilotage run`: the stages of a daemon's life, each one function, ended in reverse."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from actors.clock import SystemClock
from actors.specs import Bench

if TYPE_CHECKING:
    from supervisor.on_event import OnEvent

EX_OK: Final = 0
EX_UNAVAILABLE: Final = 69
EX_SOFTWARE: Final = 70
LOOK_EVERY: Final = 0.5
"""Seconds between the main thread's looks at the supervisor; also what lets Ctrl-C through on Windows."""
START_LOOK: Final = 0.02
"""The same until the daemon is ready."""
SUPERVISOR_HANG: Final = 5.0
"""Seconds in one message after which the supervisor itself counts as lost; it never does I/O."""
END_BOUND: Final = 4.0
"""Seconds for the whole end; systemd's patience and the user's are longer."""


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
    from supervisor.on_event import OnEvent

    clock = SystemClock()
    commands = OnEvent(options.bench.on_event, clock)
    try:
        return _run(options, clock, commands)
    finally:
        commands.close()


def _run(options: Options, clock: SystemClock, commands: OnEvent) -> int:
    import structlog

    from actors import events
    from actors.errors import PilotageError
    from supervisor import __version__
    from supervisor.actor import Supervisor
    from supervisor.progress import Progress

    log = structlog.get_logger()
    stop = _Stop()
    try:
        lock, rig = _take_hardware(options, clock)
    except PilotageError as error:
        log.critical(events.DAEMON_FAILED, error_code=error.code, reason=error.message)
        return EX_UNAVAILABLE
    mode = "simulated" if rig.simulated else "hardware"
    log.info(events.DAEMON_STARTED, version=__version__, mode=mode, config=options.bench.source, **rig.describe())
    for warning in options.bench.warnings:
        log.warning(events.CONFIG_WARNING, reason=warning)
    progress = Progress()
    ref = Supervisor.start(options.bench, rig, clock, bind=options.bind, port=options.port, progress=progress)
    root = _Root(ref, progress, clock, options.bench, lambda bench: lock.add(_lock_names(options, bench)), commands)
    code = _serve(root, stop, log)
    if code == EX_SOFTWARE:
        _make_safe(root.bench, rig, log)
    rig.close()
    lock.release()
    log.info(events.DAEMON_STOPPED, exit_code=code)
    return code


def _take_hardware(options: Options, clock: SystemClock) -> tuple[Any, Any]:
    """Lock the hardware, then build the rig; a simulated bench needs no lock. Raises PilotageError."""
    from actors.hardware.lock import HardwareLock
    from actors.hardware.machine import pigpiod_address
    from supervisor.rig import HardwareRig, SimulatedRig

    lock = HardwareLock(_lock_names(options, options.bench))
    lock.acquire()
    if options.simulate:
        return lock, SimulatedRig(options.bench, clock, options.speed)
    return lock, HardwareRig(options.bench, clock, pigpiod_address())


def _lock_names(options: Options, bench: Bench) -> list[str]:
    """Return what of the hardware `bench` must have for itself. Raises RefusedError."""
    from actors.hardware.lock import bus_lock, pigpiod_lock
    from actors.hardware.machine import pigpiod_address

    if options.simulate:
        return []
    names = [bus_lock(options.bench.bus)] if _needs_bus(bench) else []
    if any(output.pin is not None for output in bench.outputs):
        names.append(pigpiod_lock(*pigpiod_address()))
    return names


def _needs_bus(bench: Bench) -> bool:
    return bool(bench.sensors) or any(output.address is not None for output in bench.outputs)


@dataclass(slots=True)
class _Root:
    """The supervisor as the main thread sees it; `claim` locks what another bench than `bench` needs."""

    ref: Any
    progress: Any
    clock: SystemClock
    bench: Bench
    claim: Callable[[Bench], None]
    commands: OnEvent

    def follow(self, bench: Bench) -> None:
        """Go on with another bench that is good."""
        if bench.on_event != self.bench.on_event:
            self.commands.replace(bench.on_event)
        self.bench = bench

    def lost(self) -> bool:
        """Whether the supervisor is dead or hangs, without having finished."""
        if self.progress.finished.is_set():
            return False
        return self.ref.actor_inbox.vitals.busy_for(self.clock.monotonic()) > SUPERVISOR_HANG or not self.ref.is_alive()


def _serve(root: _Root, stop: _Stop, log: Any) -> int:
    """Wait for the end: of the supervisor, or by a signal. Return the exit code."""
    from actors import events
    from actors.messages import Shutdown
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
            reloader.look(stop.hang_up)
            root.follow(reloader.bench)
        if root.lost():
            service.dump()
            log.critical(events.DAEMON_FAILED, error_code="supervisor_lost", reason="the supervisor actor is dead or hangs")
            return EX_SOFTWARE
    service.stopping(stop.reason or progress.failure or "")
    if stop.reason is not None:
        teller(root.ref)(Shutdown(stop.reason))
    if not progress.finished.wait(END_BOUND):
        log.critical(events.DAEMON_FAILED, error_code="end_bound", reason=f"the end took longer than {END_BOUND:g} s")
        return EX_SOFTWARE
    if progress.failure is not None:
        log.critical(events.DAEMON_FAILED, reason=progress.failure)
    code: int = progress.exit_code
    return code


def _make_safe(bench: Bench, rig: Any, log: Any) -> None:
    """Switch every output off directly, within 2 s: the actors that should have done it cannot."""
    from actors import events
    from actors.drivers import ACTUATOR_DRIVER_REGISTRY
    from actors.drivers.base import Wiring

    def switch_off() -> None:
        for spec in bench.outputs:
            wiring = Wiring(spec.pin, spec.address, spec.pwm_frequency, spec.min, spec.max, spec.active_low)
            try:
                ACTUATOR_DRIVER_REGISTRY[spec.driver](rig.gpio, wiring).apply(spec.safe)
            except Exception as error:  # noqa: BLE001 - the next output must be tried whatever this one does
                log.critical(events.OUTPUT_FAULT, actor=spec.id, reason=str(error))
            else:
                log.warning(events.OUTPUT_SAFE, actor=spec.id, reason="the actors were lost")

    helper = threading.Thread(target=switch_off, name="make-safe", daemon=True)
    helper.start()
    helper.join(2.0)


class _Stop:
    """Whether a signal asked for the end, and a way to wait for it. A second signal ends the process at once."""

    def __init__(self) -> None:
        from supervisor.reload import HangUp

        self.reason: str | None = None
        self._asked: queue.SimpleQueue[int] = queue.SimpleQueue()  # its `put` may interrupt its `get`; an Event would lock itself out
        self.hang_up = HangUp(lambda: self._asked.put(0), self._on_signal)
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            number = getattr(signal, name, None)
            if number is not None:
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self.reason is not None:
            sys.stderr.flush()
            os._exit(128 + number)
        self.reason = signal.Signals(number).name
        self._asked.put(number)

    def wait(self, seconds: float) -> None:
        """Wait for a signal, at most `seconds`."""
        try:
            self._asked.get(timeout=seconds)
        except queue.Empty:
            return

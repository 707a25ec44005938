"""The stages of a daemon's life: each begins, waits at its `yield` while the daemon serves, and ends after all that began later.

Main thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

import supervisor.rig.rig
from actors.bench.devices import Bench, OutputSpec
from actors.bench.page import Page
from actors.core import events
from actors.core.clock import SystemClock
from actors.core.mailbox import teller
from actors.hardware.lock import HardwareLock
from actors.messages import Shutdown
from pilotage import __version__
from supervisor.daemon import dump
from supervisor.daemon.outside.on_event import LAST_WORDS, OnEvent
from supervisor.daemon.outside.page import PageProcess
from supervisor.daemon.rlimits import make_room
from supervisor.daemon.root import Root
from supervisor.daemon.signals import Stop
from supervisor.exits import EX_OK, EX_SOFTWARE
from supervisor.rig.safe import bounded
from supervisor.rig.safe_list import contents, left, write
from supervisor.tree.progress import Progress
from supervisor.tree.reconfigure import also
from supervisor.tree.supervisor import Supervisor

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
    page: Page | None = None
    """What a browser is shown beside a simulated bench, None for nothing."""
    state: Path | None = None
    """Where its history is kept; None for a folder that goes with it."""


@dataclass(slots=True)
class Life:
    """What the stages hand on to each other, the later ones using what the earlier ones have begun."""

    options: Options
    clock: SystemClock = field(default_factory=SystemClock)
    code: int = EX_OK
    failure: str | None = None
    """What has failed in this thread, in words."""
    lost: bool = False
    """Whether the supervisor is dead, or hangs."""
    orderly: bool = True
    """Whether all that has ended left no thread inside the hardware."""
    stop: Stop = field(init=False)
    commands: OnEvent = field(init=False)
    page: PageProcess = field(init=False)
    lock: Any = field(init=False)
    rig: Any = field(init=False)
    note: Callable[[Bench], object] = field(init=False)
    left: tuple[OutputSpec, ...] = ()
    """Outputs of an earlier daemon of which nobody knows that they are safe."""
    at_rest: bool = False
    """Whether the end saw every output at its safe value."""
    root: Root = field(init=False)
    tell_end: Callable[[str], None] = lambda _reason: None
    """Has the supervisor begin the end, once there is one."""


def signals(life: Life) -> Iterator[None]:
    """Hear what asks for the end."""
    life.stop = Stop()
    yield
    life.stop.close()


def commands(life: Life) -> Iterator[None]:
    """Be able to run commands of `ON_EVENT`; the last ones are waited for."""
    life.commands = OnEvent(life.options.bench.on_event, life.clock)
    yield
    life.commands.close(LAST_WORDS if life.orderly else 0.0)


def page(life: Life) -> Iterator[None]:
    """Be able to start the page, once the daemon serves."""
    log = structlog.get_logger()
    life.page = PageProcess(life.options.page, life.options.state, lambda reason: log.warning(events.PAGE_FAILED, reason=reason))
    yield
    life.page.close()


def hardware(life: Life) -> Iterator[None]:
    """Have the hardware for this daemon alone. Raises PilotageError."""
    life.lock, life.rig = take_hardware(life.options, life.clock)
    rig, bench, log = life.rig, life.options.bench, structlog.get_logger()
    mode = "simulated" if rig.simulated else "hardware"
    log.info(events.DAEMON_STARTED, version=__version__, mode=mode, config=bench.source, **rig.describe())
    for warning in (*bench.warnings, *rig.warnings()):
        log.warning(events.CONFIG_WARNING, reason=warning)
    yield
    life.orderly = bounded(rig.close, CLOSE_BOUND) and life.orderly
    life.lock.release()
    log.info(events.DAEMON_STOPPED, exit_code=life.code)


def safe_list(life: Life) -> Iterator[None]:
    """Have written down what `pilotage safe` must know; a later daemon goes on with what is not known to be safe."""
    bench = life.options.bench
    if life.options.simulate:
        life.note = lambda _bench: None
    else:
        life.note = partial(_note_outputs, rig=life.rig)
        life.left = _left(bench)
    life.note(also(bench, life.left))
    yield
    if life.at_rest and not life.options.simulate:
        _note_outputs(bench, life.rig, at_rest=True)


def tree(life: Life) -> Iterator[None]:
    """Have a supervisor, which starts everybody else, and at the end makes every output safe and ends everybody."""
    options, progress = life.options, Progress(life.left)
    make_room(options.bench.limits.clients)
    ref = Supervisor.start(options.bench, life.rig, life.clock, bind=options.bind, port=options.port, progress=progress)
    tell = teller(ref)
    root = Root(ref, progress, life.clock, options.bench, life.rig, life.commands, life.note, lambda reason: tell(Shutdown(reason)))
    life.root, root.known = root, also(options.bench, life.left).outputs
    life.tell_end = life.stop.tell = root.tell_end
    progress.wake = life.stop.wake
    yield
    try:
        _end(life, root)
    except BaseException:
        root.make_safe("the end failed")
        root.take_leave()
        raise
    finally:
        life.orderly = root.ended
        root.close()
        life.at_rest = root.ended and progress.state is not None and progress.state.at_rest()
        if progress.left_on:
            root.make_safe("the daemon ends")


STAGES: Final = (signals, commands, page, hardware, safe_list, tree)
"""In the order in which they begin; they end in reverse."""


def take_hardware(options: Options, clock: SystemClock) -> tuple[Any, Any]:
    """Lock the hardware, then build the rig; a simulated bench needs no lock. Raises PilotageError."""
    rigs = supervisor.rig.rig
    if options.simulate:
        return HardwareLock([]), rigs.SimulatedRig(options.bench, clock, options.speed)
    lock = HardwareLock(rigs.lock_names(options.bench))
    lock.acquire()
    return lock, rigs.hardware_rig(options.bench, clock)


def claim(life: Life, bench: Bench) -> None:
    """Lock what of the hardware `bench` needs beyond what is held. Raises RefusedError."""
    if not life.options.simulate:
        life.lock.add(supervisor.rig.rig.lock_names(bench))


def _left(bench: Bench) -> tuple[OutputSpec, ...]:
    try:
        return tuple(left(os.environ, supervisor.rig.rig.lock_names(bench)))
    except (KeyError, TypeError, ValueError) as error:
        structlog.get_logger().warning(events.SAFE_LIST_FAILED, reason=f"that of an earlier daemon cannot be read: {error!r}")
        return ()


def _note_outputs(bench: Bench, rig: Any, *, at_rest: bool = False) -> None:
    """Write down what `pilotage safe` must know of the outputs; that it cannot be done is no reason not to run."""
    try:
        write(contents(bench, rig.reach(), supervisor.rig.rig.lock_names(bench), at_rest=at_rest), os.environ)
    except OSError as error:
        reason = f"{error.filename or 'the list'}: {error.strerror or error}"
        structlog.get_logger().warning(events.SAFE_LIST_FAILED, reason=reason)


def _end(life: Life, root: Root) -> None:
    """End in good order; step in where the supervisor does not."""
    progress, stop, log = root.progress, life.stop, structlog.get_logger()
    if life.lost:
        root.make_safe("the supervisor was lost")
        dump.report(progress.state, "error")
        log.critical(events.DAEMON_FAILED, error_code="supervisor_lost", reason="the supervisor actor is dead or hangs")
        root.take_leave()
        life.code = EX_SOFTWARE
        return
    begun, safe = life.clock.monotonic(), None
    while not progress.finished.wait(LOOK_AT_END):
        waited = life.clock.monotonic() - begun
        if safe is None and not progress.ending.is_set() and waited > HEARD_WITHIN:
            safe = root.make_safe("the supervisor did not hear that the daemon ends")
        if stop.at_once or waited > END_BOUND:
            reason = "a second signal" if stop.at_once else f"the end took longer than {END_BOUND:g} s"
            safe = root.make_safe(reason)
            if not stop.at_once:
                log.critical(events.DAEMON_FAILED, error_code="end_bound", reason=reason)
                root.take_leave()
            life.code = EX_OK if safe and stop.reason is not None and life.failure is None else EX_SOFTWARE
            return
    if progress.exit_code == EX_SOFTWARE:
        root.make_safe("actors were lost")
    root.ended = progress.orderly
    if progress.failure is not None and progress.failure != life.failure:
        log.critical(events.DAEMON_FAILED, reason=progress.failure)
    life.code = life.code or progress.exit_code

"""`pilotage run`: the main thread, from the first stage of a daemon's life to the end of the last."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import structlog

from actors.core import events
from actors.core.actor import fault_of
from actors.core.mailbox import teller
from actors.errors import PilotageError
from supervisor import journal
from supervisor.daemon.greeting import greeting
from supervisor.daemon.reload import Reloader
from supervisor.daemon.root import Root
from supervisor.daemon.signals import Stop
from supervisor.daemon.stages import STAGES, Life, Options, claim
from supervisor.daemon.systemd.service import Service
from supervisor.exits import EX_SOFTWARE, EX_UNAVAILABLE
from supervisor.exits import leave as _leave

LOOK_EVERY: Final = 0.5
"""Seconds between the main thread's looks at the supervisor; also what lets Ctrl-C through on Windows."""
START_LOOK: Final = 0.02
"""The same until the daemon is ready."""


def run(options: Options) -> int:
    """Run the daemon until a signal ends it; return a sysexits code. Main thread."""
    return live(Life(options))


def live(life: Life) -> int:
    """Begin the stages in their order, serve until a signal or the supervisor ends that, end the stages in reverse; return the code.

    What fails is recorded with its stage, and does not keep the others from ending.
    """
    begun: list[tuple[str, Iterator[None]]] = []
    name = ""
    try:
        for stage in STAGES:
            name, course = stage.__name__, stage(life)
            next(course)
            begun.append((name, course))
        name = "main thread"
        _serve(life)
    except BaseException as error:  # noqa: BLE001 - whatever ends this thread, the outputs are safe first
        _failed(life, f"the {name} failed", error)
    while begun:
        name, course = begun.pop()
        try:
            next(course, None)
        except BaseException as error:  # noqa: BLE001 - the stages before must end all the same
            _failed(life, f"the end of the {name} failed", error)
    if not life.orderly:
        _leave(life.code)
    return life.code


def _failed(life: Life, what: str, error: BaseException) -> None:
    """Note what ends the daemon: a refusal in its own words, anything else as the bug it is."""
    log = structlog.get_logger()
    if isinstance(error, PilotageError):
        life.code, life.failure = EX_UNAVAILABLE, error.message
        log.critical(events.DAEMON_FAILED, error_code=error.code, reason=error.message)
        return
    life.code, life.failure = EX_SOFTWARE, f"{what}: {fault_of(error).message}"
    life.tell_end(life.failure)
    log.critical(events.DAEMON_FAILED, error_code="internal_error", reason=life.failure, exc_info=error)


def _serve(life: Life) -> None:
    """Wait for the end: of the supervisor, or by a signal."""
    root, stop = life.root, life.stop
    progress, announced = root.progress, False
    service = Service(teller(root.ref), progress, root.clock)
    notifier = service.notifier
    check = partial(claim, life)
    meanwhile = partial(_while_a_file_is_read, service, root)
    reloader = Reloader(root.bench, teller(root.ref), progress, check, notifier.reloading, notifier.ready, root.know, meanwhile)
    while not progress.finished.is_set() and stop.reason is None:
        if not announced and progress.ready.is_set():
            announced = service.ready()
            if announced:
                _announce(life, root, service.address)
        stop.wait(_until_next(LOOK_EVERY if announced else START_LOOK, root.clock.monotonic()))
        service.look()
        root.beside.do("page", life.page.look)
        if announced:
            _look_for_reload(reloader, root, stop)
        if root.lost():
            life.lost = True
            return
    if stop.reason is not None:  # it may have come before anybody could be told
        root.tell_end(stop.reason)
    life.page.end()
    service.stopping(stop.reason or progress.failure or "")


def _while_a_file_is_read(service: Service, root: Root) -> None:
    """Go on feeding the watchdog, which takes seconds on a small Pi; the loss of the supervisor ends the reading."""
    service.look()
    if root.lost():
        raise RuntimeError("the supervisor was lost while config.py was read")


def _until_next(every: float, now: float) -> float:
    """Return the seconds until the next look, which goes by the clock: what it asks the supervisor then takes the place of a look there."""
    left = every - now % every
    return left if left > every / 50 else left + every


def _announce(life: Life, root: Root, address: str) -> None:
    root.beside.do("address", partial(root.reached, address))
    structlog.get_logger().info(events.DAEMON_READY, port=root.progress.port)
    root.beside.do("page", partial(life.page.start, root.bench, address))
    simulated, port = life.options.simulate, root.progress.port
    journal.tell(greeting(life.options.bind, port, address, simulated=simulated, page=life.page.address))


def _look_for_reload(reloader: Reloader, root: Root, stop: Stop) -> None:
    """Carry a reload on; a signal that asks for the end interrupts it. Whatever goes wrong, the bench goes on as it was."""
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

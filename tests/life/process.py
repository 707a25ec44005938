"""One process of the daemon, and what systemd does around it: the real main thread with its supervisor, on hardware that stays.

Replaced are only what one process of tests can have no second of: the clock, the signals, the lock on the hardware, its own end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from actors.bench.devices import Bench, OutputSpec
from actors.core.clock import SystemClock
from actors.hardware.pigpio.gpio import PigpioGpio
from actors.hardware.sim.pigpio.errors import SimulatedPigpioError
from supervisor.configuration import check_whole
from supervisor.daemon import run
from supervisor.daemon.outside.on_event import OnEvent
from supervisor.daemon.stages import Life, Options
from supervisor.rig import safe_list
from supervisor.tree.progress import Progress
from tests.fakes import stacks
from tests.life.hardware import Hardware, Pi, ProcessRig
from tests.life.moments import MomentEvent, Moments, MomentThread, ProcessGoneError

BIND: Final = "127.0.0.1"


class Signals:
    """`supervisor.daemon.signals.Stop`, without signals: SIGTERM and SIGHUP are asked for by `terminate` and `reload`."""

    def __init__(self, moments: Moments) -> None:
        self.reason: str | None = None
        self.at_once = False
        self.tell: Callable[[str], None] | None = None
        self.interrupts = self.interrupted = False
        self.hang_up = self
        self._moments = moments
        self._wanted = self._kicked = False

    def taken(self) -> bool:
        """Return whether a reload was asked for since this was last asked."""
        wanted, self._wanted = self._wanted, False
        return wanted

    def reload(self) -> None:
        """Do what SIGHUP does."""
        self._wanted = self._kicked = True

    def terminate(self) -> None:
        """Do what SIGTERM does."""
        if self.reason is not None:
            self.at_once = True
        else:
            self.reason = "SIGTERM"
            if self.tell is not None:
                self.tell(self.reason)
        self._kicked = True

    def close(self) -> None:
        """Hear nothing any more."""

    def wake(self) -> None:
        """Have a `wait` return. Any thread."""
        self._kicked = True

    def wait(self, seconds: float) -> None:
        """Wait for a signal, at most `seconds`."""
        self._moments.wait(lambda: self._kicked, seconds)
        self._kicked = False


class Lock:
    """The lock on the hardware, which nobody else wants."""

    def add(self, _names: list[str]) -> None:
        """Lock more."""

    def release(self) -> None:
        """Unlock."""


class Process:
    """One life of the daemon. `code` is its exit code once it has ended, `error` what ended its main thread instead."""

    def __init__(self, bench: Bench, hardware: Hardware, port: int) -> None:
        self.hardware = hardware
        self.moments = hardware.moments
        self.gone = False
        self.signals = Signals(self.moments)
        self.progress = Progress()
        self.progress.finished = MomentEvent(self.moments)
        self.rig: ProcessRig | None = None
        self.code: int | None = None
        self.orderly = False
        self.error: BaseException | None = None
        self.begun = self.moments.monotonic()
        self._options = Options(bench=bench, simulate=False, bind=BIND, port=port)
        self._thread = threading.Thread(target=self._main, name="main")
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether the main thread has come to its end."""
        return not self._thread.is_alive()

    @property
    def ready(self) -> bool:
        """Whether the gateway answers."""
        return self.progress.ready.is_set()

    def end(self) -> None:
        """Have nothing of it left: what a kernel does when a process has ended, in whatever way."""
        self.gone = True
        self.moments.bury()

    def _main(self) -> None:
        life = Life(self._options, self.moments)  # type: ignore[arg-type]
        with self._stand_ins(), suppress(ProcessGoneError):
            self.code = run.live(life)
            self.orderly = life.orderly

    def _failed(self, life: Life, what: str, error: BaseException, failed: Callable[..., None] = run._failed) -> None:
        """Note what ends the main thread; that there is no process any more ends it at once."""
        if isinstance(error, ProcessGoneError):
            raise error
        self.error = error
        failed(life, what, error)

    def _take_hardware(self, options: Options, _clock: object) -> tuple[Any, Any]:
        self.rig = ProcessRig(options.bench, self.hardware, lambda: self.gone)
        return Lock(), self.rig

    def _begun(self, left_on: tuple[OutputSpec, ...]) -> Progress:
        self.progress.left_on = left_on
        return self.progress

    @contextmanager
    def _stand_ins(self) -> Iterator[None]:
        with ExitStack() as stack:
            for target, stand_in in {
                "supervisor.daemon.stages.take_hardware": self._take_hardware,
                "supervisor.rig.rig.lock_names": lambda _bench: ["a-life"],
                "supervisor.daemon.stages.Progress": self._begun,
                "supervisor.daemon.stages.Stop": lambda: self.signals,
                "supervisor.daemon.stages.OnEvent": lambda commands, _clock: OnEvent(commands, SystemClock()),
                "supervisor.daemon.run._failed": self._failed,
                "supervisor.daemon.run._leave": lambda _code: None,
                "supervisor.daemon.dump.Request": NoRequest,
                "supervisor.daemon.reload.check_apart": lambda path, bus, _meanwhile: check_whole(path, bus),
            }.items():
                stack.enter_context(patch(target, stand_in))
            stack.enter_context(in_moments(self.moments))
            yield


class NoRequest:
    """No SIGUSR1."""

    def taken(self) -> bool:
        """Return that no dump was asked for."""
        return False


def safe(hardware: Hardware, environ: dict[str, str]) -> list[str]:
    """Do what `ExecStopPost=pilotage safe` does, by the list that is there; return what it says."""
    from supervisor.rig import safe_now

    said: list[str] = []

    def gpio(_host: str, _port: int, *, safe_pins: Any) -> PigpioGpio:
        found = PigpioGpio(lambda: Pi(hardware, lambda: False), (SimulatedPigpioError,), safe_pins=safe_pins, clock=hardware.moments)
        found._turn = hardware.moments.turn()
        return found

    moments = hardware.moments
    with patch("actors.hardware.pigpio.client.pigpiod_gpio", gpio), in_moments(moments):
        for document in safe_list.read(environ, None):
            thread = MomentThread(moments, target=safe_now.make_safe, args=(document, said.append, Path("/nowhere")), name="pilotage-safe")
            thread.start()
            if not moments.until(lambda: not thread.is_alive(), 10.0):  # noqa: B023 - called at once
                raise AssertionError(f"pilotage safe does not end\n{stacks()}")
    return said


@contextmanager
def in_moments(moments: Moments) -> Iterator[None]:
    """Have outputs that are made safe without actors waited for in this time."""
    threads = SimpleNamespace(Thread=partial(MomentThread, moments))
    with patch("supervisor.rig.safe.threading", threads), patch("supervisor.rig.safe.time", moments):
        yield

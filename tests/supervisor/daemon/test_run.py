"""`run`: what the main thread does about signals, ports in use, and actors that are lost. On the machine's own clock."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

import supervisor.daemon.run
import supervisor.daemon.stages
import supervisor.rig.rig
from actors.bench.devices import Bench
from actors.core import events
from actors.core.mailbox import Inbox
from actors.hardware.lock import HardwareLock
from actors.messages import Shutdown
from actors.outputs.actor import OutputActor
from supervisor.configuration import load
from supervisor.daemon.root import Root
from supervisor.daemon.run import run
from supervisor.daemon.stages import Options
from supervisor.exits import EX_SOFTWARE
from supervisor.tree.progress import Progress
from supervisor.tree.supervisor import Supervisor
from tests.actors.outputs.driving import FAN, HEATER
from tests.actors.outputs.remote import Logbook
from tests.fakes import ManualClock, eventually, wait
from tests.supervisor.tree.daemon import HOT

BENCH = Bench("bench.py", 1, (HOT,), (FAN, HEATER), "127.0.0.1", warnings=("look here",))


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Logbook:
    """What is logged anywhere."""
    logbook = Logbook()
    monkeypatch.setattr(structlog, "get_logger", logbook.logger)
    for module in (
        "actors.sensor",
        "actors.outputs.actor",
        "actors.gateway.actor",
        "supervisor.tree.supervisor",
        "supervisor.daemon.beside",
        "supervisor.tree.children.state_log",
    ):
        monkeypatch.setattr(f"{module}.log", logbook.logger())
    return logbook


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Put the signal handlers back."""
    names = ("SIGBREAK", "SIGHUP", "SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def send(number: signal.Signals) -> None:
    """Send a signal to the main thread, as the kernel does; where that is unknown it is noticed a little later."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        signal.raise_signal(number)


class Run:
    """One `run` in the main thread; `during` is done in another thread once the daemon is ready."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rig: Any = None
        self.supervisor: Any = None
        self.errors: list[BaseException] = []
        make_rig, make_supervisor = supervisor.rig.rig.SimulatedRig, Supervisor.__init__

        def rig(*arguments: Any, **options: Any) -> Any:
            self.rig = make_rig(*arguments, **options)
            return self.rig

        def note(actor: Any, *arguments: Any, **options: Any) -> None:
            make_supervisor(actor, *arguments, **options)
            self.supervisor = actor

        monkeypatch.setattr(supervisor.rig.rig, "SimulatedRig", rig)
        monkeypatch.setattr(supervisor.daemon.run, "_leave", lambda _code: None, raising=False)  # a test's process goes on
        monkeypatch.setattr(Supervisor, "__init__", note)

    def __call__(self, during: Callable[[], object] = lambda: None, *, end: bool = True, port: int = 0, bench: Bench = BENCH) -> int:
        def act() -> None:
            try:
                eventually(lambda: self.supervisor is not None, "there is a supervisor")
                wait(self.supervisor.progress.ready)
                during()
            except BaseException as error:
                self.errors.append(error)
            finally:
                if end:
                    send(signal.SIGTERM)

        helper = threading.Thread(target=act, daemon=True)
        if port == 0:
            helper.start()
        code = run(Options(bench, simulate=True, bind="127.0.0.1", port=port))
        if port == 0:
            helper.join()
        assert self.errors == []
        return code

    def running(self) -> list[Any]:
        records = (self.supervisor.state.gateway, *self.supervisor.state.records.values())
        return [record.running for record in records if record.running is not None]

    def duty(self, pin: int) -> float:
        return float(self.rig.bench.pigpio.duty_at(pin))


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(monkeypatch)


def heat(daemon: Run) -> Callable[[], None]:
    return lambda: daemon.rig.gpio.set_pwm(23, 100.0, 0.8, 25_500)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_daemon_in_good_order_with_the_outputs_safe(daemon: Run, log: Logbook, number: signal.Signals) -> None:
    begun: list[float] = []

    def stop() -> None:
        log.wait_for(lambda _records: log.of(events.DAEMON_READY))
        heat(daemon)()
        begun.append(time.monotonic())
        send(number)

    code = daemon(stop, end=False)

    assert (code, daemon.duty(23), time.monotonic() - begun[0] < 2.0) == (0, 0.0, True)
    assert [log.of(event)[0].get("reason", "-") for event in (events.CONFIG_WARNING, events.DAEMON_STOPPING)] == ["look here", number.name]
    assert [event for event in log.events() if event.startswith("daemon_")] == [
        events.DAEMON_STARTED,
        events.DAEMON_READY,
        events.DAEMON_STOPPING,
        events.DAEMON_STOPPED,
    ]
    assert log.of(events.DAEMON_STOPPED)[0]["exit_code"] == 0
    assert log.of(events.DAEMON_READY)[0]["port"] > 0


def crash(daemon: Run) -> None:
    """Let the supervisor itself end by a bug, with its children alive."""

    def bug() -> None:
        raise ZeroDivisionError("a bug in the supervisor")

    daemon.supervisor._advance = bug
    daemon.supervisor.actor_inbox.poke()


def stop_children(daemon: Run) -> None:
    from actors.messages import Stop

    for running in daemon.running():
        running.tell(Stop())
        wait(running.ref.actor_stopped)


def test_a_supervisor_that_is_lost_ends_the_daemon_with_the_outputs_switched_off_directly(daemon: Run, log: Logbook) -> None:
    def lose() -> None:
        heat(daemon)()
        crash(daemon)

    code = daemon(lose, end=False)
    found = daemon.duty(23)
    stop_children(daemon)

    assert (code, found) == (EX_SOFTWARE, 0.0)
    assert len(log.of(events.DAEMON_FAILED, error_code="supervisor_lost")) == 1


def test_a_supervisor_that_hangs_is_lost_at_the_second_look_because_at_the_first_the_whole_process_may_have_stood_still(
    clock: ManualClock,
) -> None:
    inbox = Inbox(clock)
    ref: Any = SimpleNamespace(actor_inbox=inbox, is_alive=lambda: True)
    rest: Any = (clock, BENCH, None, None, None, None)
    root = Root(ref, Progress(), *rest)
    looks = []
    for busy_since in (None, 0.0, None, 0.0, 0.0):
        inbox.vitals.busy_since = busy_since
        looks.append(root.lost())
    assert looks == [False, False, False, False, True]


def test_an_end_that_takes_too_long_is_cut_short_with_the_outputs_switched_off_directly(
    daemon: Run, log: Logbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor.daemon.stages, "END_BOUND", 0.3)

    def deafen() -> None:
        heat(daemon)()
        handle = daemon.supervisor.handle
        daemon.supervisor.handle = lambda message: None if isinstance(message, Shutdown) else handle(message)

    daemon(deafen)
    found = daemon.duty(23)
    stop_children(daemon)
    daemon.supervisor.actor_ref.stop()

    assert (found, len(log.of(events.DAEMON_FAILED, error_code="end_bound"))) == (0.0, 1)


def test_a_signal_to_a_daemon_whose_supervisor_has_just_ended_is_no_crash(daemon: Run, log: Logbook) -> None:
    def end_first() -> None:
        daemon.supervisor.tell(Shutdown("because"))
        wait(daemon.supervisor.progress.finished)

    assert daemon(end_first) == 0


BUGS = {
    "supervisor.daemon.systemd.service.Service.look": ZeroDivisionError("a bug"),
    "supervisor.daemon.root.Root.lost": MemoryError(),
    "supervisor.daemon.systemd.service.Service.ready": SystemExit(0),
    "supervisor.daemon.systemd.service.Service.stopping": KeyboardInterrupt(),
}


@pytest.mark.parametrize(("what", "error"), BUGS.items(), ids=BUGS)
def test_whatever_ends_the_main_thread_the_outputs_are_safe_first(
    daemon: Run, log: Logbook, monkeypatch: pytest.MonkeyPatch, what: str, error: BaseException
) -> None:
    def bug(*_arguments: object) -> None:
        if what.endswith("stopping") or daemon.duty(23) > 0.0:
            raise error

    monkeypatch.setattr(what, bug)
    if what.endswith(("ready", "look")):
        monkeypatch.setattr("supervisor.daemon.run.START_LOOK", 0.005)
    code = daemon(heat(daemon), end=what.endswith("stopping"))
    found = daemon.duty(23)

    assert (code, found) == (EX_SOFTWARE, 0.0)
    assert [record["error_code"] for record in log.of(events.DAEMON_FAILED)] == ["internal_error"]
    assert type(error).__name__ in log.of(events.DAEMON_FAILED)[0]["reason"]


STAGES = {
    "supervisor.daemon.stages.Supervisor.start": "the tree failed",
    "supervisor.daemon.root.Root.close": "the end of the tree failed",
    "supervisor.daemon.outside.on_event.OnEvent.close": "the end of the commands failed",
}


@pytest.mark.parametrize(("what", "named"), STAGES.items(), ids=STAGES)
def test_a_stage_that_fails_is_named_and_the_others_end(
    daemon: Run, log: Logbook, monkeypatch: pytest.MonkeyPatch, what: str, named: str
) -> None:
    released: list[bool] = []
    monkeypatch.setattr(HardwareLock, "release", lambda _lock: released.append(True))

    def bug(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(what, bug)
    code = run(Options(BENCH, simulate=True, bind="127.0.0.1", port=0)) if what.endswith("start") else daemon(heat(daemon))
    assert (code, released, daemon.duty(23)) == (EX_SOFTWARE, [True], 0.0)
    assert [record["reason"].partition(":")[0] for record in log.of(events.DAEMON_FAILED)] == [named]


PARTS = (
    "supervisor.daemon.systemd.status_line.StatusLine.text",
    "supervisor.journal.tend",
    "supervisor.daemon.dump.report",
    "supervisor.daemon.systemd.liveness.Liveness.look",
)


@pytest.mark.parametrize("part", PARTS)
def test_a_bug_in_what_the_main_thread_does_beside_is_recorded_once_and_the_bench_goes_on(
    daemon: Run, log: Logbook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, part: str
) -> None:
    calls: list[int] = []

    def bug(*_arguments: object) -> None:
        calls.append(0)
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(part, bug)
    monkeypatch.setattr("supervisor.daemon.run.LOOK_EVERY", 0.01)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))

    def live() -> None:
        log.wait_for(lambda _records: log.of(events.DAEMON_READY))
        if part.endswith("report"):
            send(signal.SIGUSR1)
        heat(daemon)()
        eventually(lambda: len(calls) >= (1 if part.endswith("report") else 5), "it was met")

    assert (daemon(live), daemon.duty(23)) == (0, 0.0)
    assert ["ZeroDivisionError" in record["problem"] for record in log.of(events.INTERNAL_ERROR)] == [True]


def test_while_a_reload_removes_an_output_the_last_resort_knows_it(daemon: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = (
        "SENSORS_CONFIG = {}\n"
        "ACTUATORS_CONFIG = [{'pin': 17, 'name': 'pump', 'driver': 'DIGITAL', 'kind': 'output', 'min': 0, 'max': 1, 'units': ''}]\n"
    )
    path = tmp_path / "config.py"
    path.write_text(text, encoding="utf-8")
    leaving, over, end = threading.Event(), threading.Event(), OutputActor.end

    def hang(actor: OutputActor) -> None:
        leaving.set()
        wait(over)
        end(actor)

    def lose() -> None:
        eventually(lambda: daemon.supervisor.state.records["pump"].life.state == "running", "the pump runs")
        daemon.rig.gpio.write(17, 1)
        monkeypatch.setattr(OutputActor, "end", hang)
        path.write_text("SENSORS_CONFIG = {}\nACTUATORS_CONFIG = []\n", encoding="utf-8")
        send(signal.SIGHUP)
        wait(leaving)
        crash(daemon)

    assert daemon(lose, end=False, bench=load(path)) == EX_SOFTWARE
    found = daemon.duty(17)
    over.set()
    stop_children(daemon)
    assert found == 0.0

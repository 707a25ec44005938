"""Signals and the main thread: what a signal asks for is heard, whatever line and whatever lock it interrupts."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from supervisor.daemon import signals
from supervisor.daemon.signals import Stop
from tests.e2e.daemon import environment
from tests.fakes import Recorder, eventually

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has other signals")


@pytest.fixture
def told() -> Recorder[str]:
    return Recorder()


@pytest.fixture
def stop(told: Recorder[str]) -> Iterator[Stop]:
    stop = Stop(told.add)
    yield stop
    stop.close()


def test_the_first_signal_is_told_at_once_while_the_main_thread_is_busy_and_a_second_asks_for_the_end_at_once(
    stop: Stop, told: Recorder[str]
) -> None:
    signal.raise_signal(signal.SIGTERM)
    assert told.wait_for_count(1) == ["SIGTERM"]
    assert (stop.reason, stop.at_once) == ("SIGTERM", False)
    signal.raise_signal(signal.SIGINT)
    eventually(lambda: stop.at_once, "the second is heard")
    assert told.items == ["SIGTERM"]


def test_a_handler_waits_for_no_lock_that_the_main_thread_holds(stop: Stop, told: Recorder[str]) -> None:
    lock = threading.Lock()

    def tell(reason: str) -> None:
        with lock:
            told.add(reason)

    stop.tell = tell
    with lock:
        signal.raise_signal(signal.SIGTERM)
    assert told.wait_for_count(1) == ["SIGTERM"]


HANGING = """
import os, signal, sys, time
from supervisor.daemon import signals

signals.ENDED_WITHIN = 0.3
stop = signals.Stop(lambda reason: print(reason, flush=True))
print("up", flush=True)
while True:  # as in a library that does not come back
    try:
        time.sleep(60)
    except BaseException:
        pass
"""


def test_after_the_second_signal_the_process_ends_though_its_main_thread_hangs(tmp_path: Path) -> None:
    line = [sys.executable, "-c", HANGING]
    with subprocess.Popen(line, cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "SIGTERM\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 70


def test_only_while_a_file_is_read_does_a_signal_interrupt_the_main_thread(stop: Stop) -> None:
    stop.interrupts = True
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    assert (stop.interrupted, stop.interrupts) == (True, False)
    signal.raise_signal(signal.SIGINT)


def test_a_terminal_that_has_gone_takes_the_daemon_with_it(told: Recorder[str], monkeypatch: pytest.MonkeyPatch) -> None:
    there = [True]
    monkeypatch.setattr(signals, "_has_terminal", lambda: there[0])
    stop = Stop(told.add)
    signal.raise_signal(signal.SIGHUP)
    eventually(stop.hang_up.taken, "a wish to reload")
    there[0] = False
    signal.raise_signal(signal.SIGHUP)
    assert told.wait_for_count(1) == ["SIGHUP"]
    stop.close()


HELD = """
import os, signal, sys, threading
import pykka
from actors.core.wakeup import Wake
import supervisor.daemon.systemd.service
from supervisor.cli.main import main

def look(service):
    # The main thread tells somebody something, and is interrupted there.
    wake = pykka.ActorRegistry.get_by_class_name("Supervisor")[0].actor_inbox._wake
    with wake._closing:
        print("held", flush=True)
        threading.Event().wait(0.3)
        service.look = lambda: None
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait(0.3)

def ready(service, original=supervisor.daemon.systemd.service.Service.ready):
    announced = original(service)
    if announced:
        service.look = lambda: look(service)
    return announced

supervisor.daemon.systemd.service.Service.ready = ready
sys.exit(main(["run", "--simulate", "--bind", "127.0.0.1", "--port", "0"]))
"""


def test_a_signal_in_the_moment_in_which_the_main_thread_wakes_the_supervisor_ends_the_daemon_in_good_order(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELD],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, "held" in done.stdout) == (0, True), done.stderr
    assert '"daemon_stopped"' in done.stderr

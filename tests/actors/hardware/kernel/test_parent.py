"""Whatever becomes of the daemon, the heater goes off: a real parent process is killed, stopped, or stops renewing."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actors.hardware.kernel.parent import LEASE
from tests.actors.hardware.kernel.rig import HEATER, SOON, Rig, client_settings, stopped
from tests.fakes import eventually
from tests.project.sources import ROOT


class Parent:
    """The process, and the process id of its output process."""

    def __init__(self, folder: Path) -> None:
        self.rig = Rig(folder)
        environ = {**client_settings(folder)["environ"]}
        environ["PYTHONPATH"] = os.pathsep.join((str(ROOT), environ["PYTHONPATH"]))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.actors.hardware.kernel.parent", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environ,
            cwd=ROOT,
        )
        self.output = int(self.hear())
        assert self.rig.level(HEATER) == 1

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def say(self, words: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        return self.hear()

    def end(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate(timeout=10)


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[Parent]:
    made = Parent(tmp_path)
    try:
        yield made
    finally:
        made.process.kill()
        made.end()
        eventually(lambda: not alive(made.output), "the end of the output process")


def alive(pid: int) -> bool:
    """Return whether a process runs; one that ended may wait long for a busy `init` to take note."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_kill_9_of_the_daemon_switches_the_heater_off_at_once(parent: Parent) -> None:
    parent.process.kill()  # long before the lease could run out
    parent.rig.within(HEATER, 0, SOON)
    parent.rig.within(5, 0, SOON)


def test_a_daemon_that_stands_still_loses_the_lease(parent: Parent) -> None:
    with stopped(parent.process.pid):
        assert parent.rig.within(HEATER, 0, LEASE + 0.5) > LEASE / 2
        assert parent.rig.level(5) == 1
    assert parent.say("") == "tripped True"


def test_a_daemon_that_stops_renewing_loses_the_lease_for_good(parent: Parent) -> None:
    assert parent.say("starve") == "tripped False"
    parent.rig.within(HEATER, 0, LEASE + 0.5)
    assert parent.say("renew") == "tripped True"


def test_kill_9_of_both_in_any_order_is_survived_by_the_lines_as_the_kernel_leaves_them(parent: Parent) -> None:
    os.kill(parent.output, signal.SIGSTOP)
    parent.process.kill()
    os.kill(parent.output, signal.SIGKILL)
    assert parent.rig.level(HEATER) == 1  # why strict_gpiod is recommended: nobody is left to act


def test_a_daemon_that_ends_in_order_leaves_everything_off(parent: Parent) -> None:
    parent.say("end")
    assert parent.process.wait(10) == 0
    assert (parent.rig.level(HEATER), parent.rig.level(5)) == (0, 0)

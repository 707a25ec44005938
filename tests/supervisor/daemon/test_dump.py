"""What SIGUSR1 leaves in the log."""

import threading
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from actors.bench.devices import Bench
from actors.core import events
from actors.core.clock import SystemClock
from actors.core.mailbox import teller
from actors.messages import Shutdown
from supervisor.daemon import dump
from supervisor.rig.rig import SimulatedRig
from supervisor.tree.progress import Progress
from supervisor.tree.state import State
from supervisor.tree.supervisor import Supervisor
from tests.fakes import wait


def stand_here(entered: threading.Event, free: threading.Event) -> None:
    entered.set()
    wait(free)


@pytest.fixture
def stuck_thread() -> Iterator[threading.Thread]:
    entered, free = threading.Event(), threading.Event()
    thread = threading.Thread(target=stand_here, args=(entered, free), name="stuck#3")
    thread.start()
    wait(entered)
    yield thread
    free.set()
    thread.join()


def test_every_thread_is_shown_with_the_line_where_it_stands(stuck_thread: threading.Thread) -> None:
    shown = {name: text for name, _, text in dump.stacks()}
    assert {"MainThread", stuck_thread.name} <= set(shown)
    assert "in stand_here" in shown[stuck_thread.name]
    assert "in test_every_thread_is_shown" in shown["MainThread"]


def deep(depth: int) -> list[tuple[str, str, str]]:
    return deep(depth - 1) if depth else dump.stacks()


def test_a_deep_stack_shows_its_innermost_frames_and_fits_into_a_record() -> None:
    text = {name: text for name, _, text in deep(200)}["MainThread"]
    assert len(text) <= dump.PIECE + 4
    assert "in stacks" in text


@pytest.fixture
def state() -> Iterator[State]:
    clock, progress, bench = SystemClock(), Progress(), Bench("bench.py", 1, (), ())
    ref = Supervisor.start(bench, SimulatedRig(bench, clock), clock, bind="127.0.0.1", port=0, progress=progress)
    wait(progress.ready)
    assert progress.state is not None
    yield progress.state
    teller(ref)(Shutdown("the test ends"))
    wait(progress.finished)
    assert ref.actor_stopped.wait(10)


def test_a_dump_is_one_record_per_thread_and_the_tree(state: State, stuck_thread: threading.Thread) -> None:
    with capture_logs() as records:
        dump.report(state)
    threads = {record["thread"] for record in records if record["event"] == events.THREAD_STACK}
    trees = [record for record in records if record["event"] == events.SUPERVISION_TREE]
    assert {"MainThread", stuck_thread.name, "supervisor#1", "gateway#1"} <= threads
    assert [(tree["part"], tree["parts"], tree["log_level"]) for tree in trees] == [(1, 1, "info")]
    assert "bench bench.py" in trees[0]["text"]
    assert "gateway (gateway, 127.0.0.1:0): running since" in trees[0]["text"]

"""The watchman of the whole suite, watched: each kind of leftover is noticed."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import zmq

from tests.leftovers import Snapshot

linux = pytest.mark.skipif(sys.platform != "linux", reason="only /proc knows")


def test_a_thread_that_goes_on_is_named_and_one_that_ends_is_forgiven() -> None:
    before = Snapshot.take()
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="left-running")
    thread.start()
    assert "thread left-running" in before.leftovers(patience=0.05)
    release.set()
    assert before.leftovers() == []


@linux
def test_an_open_file_is_named() -> None:
    before = Snapshot.take()
    with Path(__file__).open("rb"):
        assert [line for line in before.leftovers(patience=0.05) if line.endswith("test_leftovers.py")]
    assert before.leftovers() == []


@linux
def test_a_child_process_is_noticed_until_it_has_ended_and_been_waited_for() -> None:
    before = Snapshot.take()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert f"child process {child.pid}" in before.leftovers(patience=0.05)
        child.communicate(b"\n")
    assert before.leftovers() == []


@linux
def test_a_context_of_zeromq_is_noticed_by_its_native_threads_and_descriptors() -> None:
    before = Snapshot.take()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    with context.socket(zmq.ROUTER):
        found = before.leftovers(patience=0.05)
    assert any(line.startswith("native thread ZMQ") for line in found)
    assert any(line.startswith("descriptor") for line in found)
    context.term()
    assert before.leftovers() == []

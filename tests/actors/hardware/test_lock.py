import errno
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest

from actors.errors import RefusedError
from actors.hardware.lock import HardwareBusy, HardwareLock, pigpiod_lock

HOLD = """
import sys
from actors.hardware.lock import HardwareLock
with HardwareLock(sys.argv[1:]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
def holder(name: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, name]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"], "PYTHONPATH": "."}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_and_told_who_holds_what(name: str, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(HardwareBusy) as caught:
        HardwareLock([name]).acquire()
    assert (caught.value.code, caught.value.resource, caught.value.pid) == ("hardware_busy", name, holder.pid)
    assert name in caught.value.message
    assert str(holder.pid) in caught.value.message


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_vanishes_with_its_process_whatever_ended_it(name: str, holder: subprocess.Popen[str], number: int) -> None:
    holder.send_signal(number)
    holder.wait()
    with HardwareLock([name]):
        pass


def test_a_process_that_was_stopped_keeps_the_lock(name: str, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGSTOP)
    with pytest.raises(HardwareBusy):
        HardwareLock([name]).acquire()


def test_all_or_none_is_taken(name: str, holder: subprocess.Popen[str]) -> None:
    before, after = f"{name}-0", f"a-{name}"
    lock = HardwareLock([before, name, after])
    with pytest.raises(HardwareBusy):
        lock.acquire()
    with HardwareLock([before, after]):
        pass


def test_a_lock_released_is_free_and_releasing_again_is_harmless(name: str) -> None:
    first, second = HardwareLock([name]), HardwareLock([name])
    first.acquire()
    first.acquire()
    with pytest.raises(HardwareBusy):
        second.acquire()
    first.release()
    first.release()
    with second:
        pass


def test_a_child_started_meanwhile_does_not_keep_the_lock(name: str) -> None:
    with HardwareLock([name]):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with HardwareLock([name]):
        assert child.poll() is None
    child.communicate(b"\n")


def test_many_who_knocked_in_vain_do_not_hold_up_the_next_one(name: str) -> None:
    with HardwareLock([name]):
        for _ in range(200):
            with pytest.raises(HardwareBusy) as caught:
                HardwareLock([name]).acquire()
    assert "another process" in caught.value.message


@pytest.mark.parametrize(
    "host",
    [
        "",
        "LOCALHOST",
        "localhost.",
        "::1",
        "127.0.0.1",
        "127.0.1.1",
        "127.1",
        "0",
        "0.0.0.0",
        "::",
        "::ffff:127.0.0.1",
        socket.gethostname(),
    ],
)
def test_this_machine_has_one_name(host: str) -> None:
    assert pigpiod_lock(host, 8888) == "pigpiod-localhost-8888"


def test_an_address_of_a_network_interface_is_this_machine_and_one_of_another_computer_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    class Probe(socket.socket):
        def bind(self, address: object) -> None:
            if address != ("192.0.2.7", 0):
                raise OSError(errno.EADDRNOTAVAIL, "not ours")

    monkeypatch.setattr(socket, "socket", Probe)
    assert pigpiod_lock("192.0.2.7", 8888) == pigpiod_lock("::ffff:192.0.2.7", 8888) == "pigpiod-localhost-8888"
    assert pigpiod_lock("192.0.2.8", 8888) == "pigpiod-192.0.2.8-8888"


def test_a_system_without_such_sockets_refuses_in_words(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_UNIX")
    with pytest.raises(RefusedError) as caught:
        HardwareLock([name]).acquire()
    assert caught.value.code == "no_lock"
    assert "Linux" in caught.value.message

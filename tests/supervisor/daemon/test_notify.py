"""sd_notify, read at the other end of the socket."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from supervisor.daemon.systemd.notify import Notifier, send, watchdog_interval
from tests.supervisor.journal.receiver import Receiver

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there is no systemd without Unix sockets")


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Receiver]:
    with Receiver(tmp_path / "notify") as receiver:
        yield receiver


def test_ready_stopping_and_the_watchdog_are_one_datagram_each(systemd: Receiver) -> None:
    notifier = Notifier(systemd.address)
    assert [notifier.ready(), notifier.alive(), notifier.stopping()] == [True] * 3
    assert [systemd.text() for _ in range(3)] == ["READY=1", "WATCHDOG=1", "STOPPING=1"]


def test_the_status_is_sent_only_when_it_changes(systemd: Receiver) -> None:
    notifier = Notifier(systemd.address)
    assert [notifier.status(text) for text in ("a", "a", "b", "a")] == [True, False, True, True]
    assert [systemd.text() for _ in range(3)] == ["STATUS=a", "STATUS=b", "STATUS=a"]
    assert systemd.is_empty()


def test_reloading_carries_the_time_that_newer_systemd_wants(systemd: Receiver) -> None:
    before = time.monotonic_ns() // 1000
    Notifier(systemd.address).reloading()
    state, _, stamp = systemd.text().partition("\n")
    assert state == "RELOADING=1"
    assert before <= int(stamp.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


@pytest.mark.parametrize("address", ["", "relative", "/nowhere/at/all", "vsock:2:1", "@"])
def test_nobody_there_is_no_error(address: str) -> None:
    assert not send(address, "READY=1")


def test_a_systemd_that_does_not_read_is_not_waited_for_and_the_status_is_sent_again(systemd: Receiver) -> None:
    notifier = Notifier(systemd.address)
    while notifier.alive():
        pass
    assert not notifier.status("new")
    systemd.receive()
    assert notifier.status("new")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "3000000"}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7"}, 3.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_of_another_process_or_of_nobody_is_none(environment: dict[str, str], seconds: float | None) -> None:
    assert watchdog_interval(environment, 7) == seconds

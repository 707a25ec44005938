"""What is said when no daemon answers: each reason has its own words, with what to do."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from pilotage import Client, ClientError, UnreachableError
from tests.e2e.daemon import ROOT, Daemon


def refusal(endpoint: str, timeout: float = 1.0) -> UnreachableError:
    with Client(endpoint, timeout) as client, pytest.raises(UnreachableError) as refused:
        client.status()
    assert refused.value.code == "unreachable"
    return refused.value


@contextmanager
def program(serve: Callable[[socket.socket], object]) -> Iterator[str]:
    """Another program than a daemon, which does `serve` with every connection; yields where it is."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        over = threading.Event()
        threads: list[threading.Thread] = []

        def talk(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                serve(connection)

        def accept() -> None:
            while not over.is_set():
                with suppress(OSError):
                    connection, _ = server.accept()
                    threads.append(threading.Thread(target=talk, args=(connection,)))
                    threads[-1].start()

        threads.append(threading.Thread(target=accept))
        threads[0].start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            for thread in threads:
                thread.join()


def as_web_server(connection: socket.socket) -> None:
    while (said := connection.recv(1024)) and b"\n" not in said:
        pass
    connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")


def as_ssh_server(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    while connection.recv(1024):
        pass


def test_nobody_at_that_port_is_told_how_a_daemon_is_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = refusal(f"127.0.0.1:{port}")
    assert str(error).startswith(f"no daemon listens at 127.0.0.1:{port}: start it with `sudo systemctl start pilotage`")
    assert not error.somebody


@pytest.mark.parametrize("serve", [as_web_server, as_ssh_server])
def test_another_program_at_that_port_is_no_daemon(serve: Callable[[socket.socket], object]) -> None:
    with program(serve) as endpoint:
        error = refusal(endpoint)
    assert str(error).startswith(f"what listens at {endpoint} is no pilotage daemon; name the daemon's own port")
    assert error.somebody


def test_whoever_takes_the_connection_and_says_nothing_may_be_a_daemon_that_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"127.0.0.1:{server.getsockname()[1]}"
        error = refusal(endpoint, 0.3)
    assert str(error).startswith(f"whatever listens at {endpoint} says nothing: a daemon that is stopped or hangs")
    assert error.somebody


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Unix stops processes so")
def test_a_daemon_that_is_stopped_is_said_to_be_before_and_after_the_connection(tmp_path: Path) -> None:
    with Daemon(tmp_path, "--simulate", "--config", str(ROOT / "config.py")) as daemon:
        where = daemon.ready().endpoint.removeprefix("tcp://")
        with Client(where, 10.0) as client:
            client.status()
            daemon.process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, daemon.process.pid, os.WSTOPPED | os.WNOWAIT)  # until every thread of it stands still
            client.timeout = 0.3
            with pytest.raises(UnreachableError, match=r"did not answer within 0\.3 s: it is stopped or hangs; look there with"):
                client.status()
        assert str(refusal(where, 0.3)).startswith(f"whatever listens at {where} says nothing")


@pytest.mark.parametrize("endpoint", ["-" * 70 + ":5555", "..:1"])
def test_an_address_that_only_zeromq_can_refuse_is_a_client_error_or_answered_by_nobody(endpoint: str) -> None:
    with pytest.raises(ClientError) as refused, Client(endpoint, 0.2) as client:
        client.status()
    assert refused.value.code in {"bad_endpoint", "unreachable"}

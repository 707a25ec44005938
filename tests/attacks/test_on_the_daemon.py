"""Attacks on the real daemon: it goes on serving its good clients; `python3 dev.py attacks` tries every one."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from benchmarks import hostile
from tests.actors.gateway.peer import Peer, aq, is_number, pi
from tests.e2e.daemon import ROOT, Daemon
from tests.fakes import eventually

FAN, CLIENTS = 18, 48
MIB = 1024


@contextmanager
def unpaced(folder: Path, more: str = "") -> Iterator[Daemon]:
    """A daemon that answers without pacing."""
    text = (ROOT / "config.py").read_text(encoding="utf-8")
    (folder / "config.py").write_text(f"{text}\nFRAME_INTERVAL = 0\n{more}\n", encoding="utf-8")
    with Daemon(folder, "--simulate", "--config", str(folder / "config.py")) as daemon:
        yield daemon.ready().running()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with unpaced(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One that lets few connections in."""
    with unpaced(tmp_path_factory.mktemp("small"), f"LIMITS = {{'clients': {CLIENTS}}}") as daemon:
        yield daemon


@pytest.fixture
def good(daemon: Daemon) -> Iterator[Peer]:
    """A client that is there before an attack, when what the one before left behind has been dealt with."""
    for _ in range(10):
        with Peer(daemon.endpoint) as peer:
            peer.send({"type": "scan"})
            if peer.socket.poll(2000):
                peer.reply()
                yield peer
                return
    raise AssertionError("the daemon answers no newcomer")


def served(peer: Peer, count: int = 40) -> None:
    """Check that every one of these requests gets its own answer, asked again where it met a gateway which begins anew."""
    for number in range(count):
        request = pi(FAN, number) if number % 10 == 9 else aq("0x48", max_age=3600)
        for attempt in range(20):
            reply = _answer(peer, {**request, "id": f"{number} {attempt}"})
            if reply is not None and reply.get("code") not in {"busy", "expired"}:
                break
            if reply is not None and reply["code"] == "expired":  # the mark of the connection before
                peer.boot = None
                _answer(peer, {"type": "scan", "id": f"{number} mark {attempt}"})
        assert reply is not None, "no answer"
        assert reply["value"] == number if request["type"] == "PI" else is_number(reply["value"]), reply


def _answer(peer: Peer, request: dict[str, Any]) -> dict[str, Any] | None:
    """Return the reply to this very request, or None after a while without one."""
    marked = {**request, "boot": peer.boot} if request["type"] == "PI" and peer.boot else request
    peer.send(json.dumps(marked).encode())
    while peer.socket.poll(2000):
        reply = peer.reply()
        if reply.get("id") == request["id"]:
            return reply
    return None


@pytest.mark.parametrize("name", ["a flood from one client", "clients that vanish"])
def test_a_good_client_gets_its_answers_during(name: str, daemon: Daemon, good: Peer) -> None:
    """Two of those of `python3 dev.py attacks`, which also counts what is lost and measures."""
    with hostile.Ongoing(hostile.ATTACKS[name], daemon.port):
        served(good, 200)
    assert "Traceback" not in daemon.text()


def test_a_message_that_never_ends_ends_with_the_gateway_and_its_memory_comes_back(daemon: Daemon, good: Peer) -> None:
    before, piece = hostile.resident(daemon.process.pid), hostile.frame(b"x" * 60_000, more=True)
    if before is None:
        pytest.skip("this system does not tell what a process takes")
    with hostile.zmtp(daemon.port, patience=10.0) as connection:
        assert _cut(connection, piece), "it was never cut"
    served(good)
    eventually(lambda: (hostile.resident(daemon.process.pid) or 0) < before + 48 * MIB, "the memory comes back", 20)
    assert daemon.process.poll() is None
    assert daemon.records("gateway_outgrown")
    assert not daemon.records("internal_error")


def test_more_connections_than_clients_are_cut_and_a_newcomer_is_served(small: Daemon) -> None:
    with ExitStack() as stack:
        good = stack.enter_context(Peer(small.endpoint))
        served(good, 1)
        silent = [stack.enter_context(socket.create_connection(("127.0.0.1", small.port), timeout=10)) for _ in range(2 * CLIENTS)]
        eventually(lambda: sum(_open(connection) for connection in silent) < CLIENTS, "those that are too many are cut")
        with Peer(small.endpoint) as newcomer:
            served(newcomer, 10)
        served(good)
    assert small.records("connection_cut")


def test_clients_at_work_keep_their_connections_when_there_are_too_many(small: Daemon) -> None:
    with ExitStack() as stack:
        peers = [stack.enter_context(Peer(small.endpoint, RECONNECT_IVL=-1)) for _ in range(CLIENTS - 8)]
        for peer in peers:
            served(peer, 1)
        for _ in range(CLIENTS):
            stack.enter_context(socket.create_connection(("127.0.0.1", small.port), timeout=10))
        for peer in peers:
            served(peer, 1)


def _cut(connection: socket.socket, piece: bytes) -> bool:
    """Send on and on; return whether the other side ended it."""
    try:
        for _ in range(40_000):
            connection.sendall(piece)
    except ConnectionError:
        return True
    return False


def _open(connection: socket.socket) -> bool:
    """Return whether the other side has not ended it."""
    connection.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            try:
                if not connection.recv(4096):
                    return False
            except ConnectionError:
                return False
    return True

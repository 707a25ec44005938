"""What may have been sent before the daemon served its connection switches nothing on; who carries the connection's mark need not wait."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from actors.core.clock import boot_clock
from actors.gateway.net.newness import LONGEST_STEP, WAITED, Line, Lived
from actors.gateway.net.tcp import Connection
from pilotage.client import Client, UnreachableError
from tests.actors.gateway.peer import Peer, aq, error, multi, pi, strict
from tests.actors.gateway.stage import Stage
from tests.actors.gateway.test_standstill import Frozen
from tests.fakes import ManualClock, eventually

ME = b"me"
BY_ADDRESS = {"type": "PI", "register": "add", "add": "0x4C", "value": 50}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def driven(stage: Stage) -> list[float]:
    return [value for output in stage.outputs.values() for value in output.set_points()]


def lose(stage: Stage, identity: bytes = ME) -> None:
    """Break a client's connection, as a network does; ZeroMQ makes another one."""
    client = stage.client(identity)
    assert client is not None
    assert client.connection is not None
    with Connection(client.connection, stage.port) as connection:
        assert connection.cut()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def waiting(port: int) -> Iterator[Peer]:
    """A client that knows of no marks, of a daemon that is not there yet."""
    with Peer(f"tcp://127.0.0.1:{port}", identity=ME, marks=False) as peer:
        yield peer


@pytest.mark.parametrize(
    "request_",
    [pi(23, 200), pi("23", 200), pi(23, "200"), pi(18, 128.5), BY_ADDRESS, {**BY_ADDRESS, "add": 0x4C}, pi(23, 200, id=7)],
    ids=["pin", "pin as text", "value as text", "a fan", "address", "address as a number", "with an id"],
)
@pytest.mark.parametrize("delimiter", [False, True], ids=["body", "delimiter and body"])
def test_what_was_sent_before_the_daemon_was_there_is_expired(port: int, waiting: Peer, request_: dict[str, Any], delimiter: bool) -> None:
    waiting.send(request_, delimiter=delimiter)
    with Stage(port=port) as stage:
        reply = strict(waiting.frames()[-1])
        assert error(reply) == "expired"
        assert "ask again" in reply["value"]
        assert reply.get("id") == request_.get("id")
        assert driven(stage) == []


def test_nor_what_stands_behind_a_reading_that_takes_its_time(port: int, waiting: Peer) -> None:
    waiting.send(aq("0x48"), pi(23, 200))
    with Stage(port=port) as stage:
        stage.sensors["t1"].asked.wait_for_count(1)
        stage.sensors["t1"].publish(temp=48.0)
        assert waiting.reply()["value"] == 48.0
        assert error(waiting.reply()) == "expired"
        assert driven(stage) == []


def test_of_several_commands_in_one_request_only_those_that_switch_off_are_done(port: int, waiting: Peer) -> None:
    waiting.send(multi("PI-MULTI", pi(23, 200), pi(18, 0), BY_ADDRESS, pi(5, 1), pi(23, "0")))
    with Stage(port=port) as stage:
        replies = waiting.reply()["value"]
        assert [reply.get("code", reply["value"]) for reply in replies] == ["expired", 0, "expired", "unknown_pin", 0]
        assert (stage.outputs["heater"].set_points(), stage.outputs["fan"].set_points()) == ([0], [0])


def test_the_safe_value_and_off_are_done_however_long_they_waited(port: int, waiting: Peer) -> None:
    waiting.send(pi(23, 0), {"type": "off"}, pi(18, -5))
    with Stage(port=port) as stage:
        assert waiting.reply()["value"] == 0
        assert waiting.reply()["value"] == {"fan": 0, "heater": 0, "blower": 0}
        assert waiting.reply()["value"] == 0, "what is brought to the safe value by the limits is the safe value"
        assert stage.outputs["heater"].set_points() == [0]


def test_a_client_that_stays_connected_drives_again_a_moment_later(port: int, waiting: Peer) -> None:
    waiting.send(pi(23, 200))
    with Stage(port=port) as stage:
        assert error(waiting.reply()) == "expired"
        eventually(lambda: waiting.ask(pi(23, 100))["state"] == "ACK", "it drives")
        assert stage.outputs["heater"].value == 100
        assert waiting.value(pi(18, 10)) == 10, "and any other output"


def test_what_was_pressed_while_the_network_was_away_is_expired_though_the_daemon_was_there(stage: Stage) -> None:
    peer = stage.peer(identity=ME, marks=False, RECONNECT_IVL=50)
    eventually(lambda: peer.ask(pi(23, 100))["state"] == "ACK", "it drives")
    lose(stage)
    eventually(lambda: (client := stage.client(ME)) is None or client.connection is None, "its connection has ended")
    peer.send(pi(23, 200))
    assert error(peer.reply()) == "expired"
    assert stage.outputs["heater"].value == 100
    eventually(lambda: peer.ask(pi(23, 150))["state"] == "ACK", "it drives again")


def test_each_connection_has_a_mark_of_its_own_with_which_it_drives_at_once(stage: Stage) -> None:
    peers = [stage.peer(marks=False) for _ in range(3)]
    marks = [peer.value({"type": "scan"})["boot"] for peer in peers]
    assert len(set(marks)) == 3
    assert [peer.value({"type": "scan"})["boot"] for peer in peers] == marks, "the same as long as it lasts"
    for peer, mark in zip(peers, marks, strict=True):
        assert peer.value(pi(23, 50, boot=mark)) == 50
        assert peer.value(multi("PI-MULTI", pi(18, 60), boot=mark)) == [{"state": "ACK", "value": 60}]


@pytest.mark.parametrize("mark", ["0123456789abcdef", "", 5, False, [], {"boot": 1}])
def test_another_mark_than_that_of_the_connection_never_drives(stage: Stage, mark: Any) -> None:
    peer = stage.peer(marks=False)
    eventually(lambda: peer.ask(pi(23, 100))["state"] == "ACK", "it drives without a mark")
    reply = peer.ask(pi(23, 200, boot=mark))
    assert error(reply) == "expired"
    assert "scan" in reply["value"]
    assert peer.value(pi(23, 0, boot=mark)) == 0, "the safe value is not refused"
    assert stage.outputs["heater"].set_points() == [100, 0]


def test_the_mark_of_the_connection_before_is_none_of_this_one(stage: Stage) -> None:
    peer = stage.peer(identity=ME, RECONNECT_IVL=50).introduce()
    former = peer.boot
    lose(stage)
    eventually(lambda: peer.ask({"type": "scan"})["boot"] != former, "there is another connection")
    assert peer.code(pi(23, 200, boot=former)) == "expired"
    assert peer.value(pi(23, 200)) == 200


def test_a_request_that_is_read_late_counts_as_of_its_arrival(stage: Stage) -> None:
    """The gateway stands still after the handshake, for less than what makes every command expire."""
    frozen = Frozen(stage, ManualClock(start=boot_clock()))
    peer = stage.peer(marks=False)
    peer.ask({"type": "scan"})
    frozen.while_standing_still(1.4, (peer, [pi(23, 200)]))
    assert error(peer.reply()) == "expired"
    assert driven(stage) == []


def test_a_client_of_ours_drives_at_once_also_when_its_connection_was_made_anew(stage: Stage) -> None:
    with Client(stage.endpoint) as client:
        assert client.set("GPIO23", 100) == 100
        for identity in [*stage.clients()]:
            lose(stage, identity)
        eventually(lambda: _sets(client, 150), "it drives through the next connection")
        assert client.set_many({"GPIO18": 20, "souffleur": 30}) == {"GPIO18": 20, "souffleur": 30}


def _sets(client: Client, value: float) -> bool:
    """Return whether the client drives; a command that was under way when the connection broke has no answer."""
    try:
        return client.set("GPIO23", value) == value
    except UnreachableError:
        return False


# The rule itself, in time that only the test moves.


def lived_for(seconds: float, lived: Lived) -> None:
    while seconds > 0:
        lived.step(min(seconds, LONGEST_STEP))
        seconds -= LONGEST_STEP


def test_a_standstill_is_no_time_that_a_command_took() -> None:
    lived = Lived()
    lived.step(3600.0)
    assert lived.now == LONGEST_STEP < WAITED


@pytest.mark.parametrize(("seconds", "newer"), [(0.0, False), (WAITED - 0.01, False), (WAITED + 0.01, True)])
def test_a_request_is_newer_when_nothing_waited_so_long_after_the_handshake(seconds: float, newer: bool) -> None:
    lived = Lived()
    line = Line(began=0.0)
    lived_for(seconds, lived)
    lived.drained = lived.now
    line.read(lived)
    assert line.newer is newer

"""Clients by the network they come from, over real sockets: who is let in, and who may drive; what they say counts for nothing."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.messages import Done, Query
from tests.actors.gateway.auth.doors import ELSEWHERE, HERE, SILENCE, THERE, House, Liar, access, linux
from tests.actors.gateway.peer import Peer, aq, aq_pin, multi, pi
from tests.fakes import PATIENCE, eventually

pytestmark = linux

SCAN = {"type": "scan"}
CHANGING: list[dict[str, Any]] = [
    pi(18, 100),
    multi("PI-MULTI", pi(18, 100), pi(23, 50)),
    multi("PI-MULTI"),
    {"type": "off"},
    {"type": "reset", "interlock": "too_hot"},
    {"type": "retry", "child": "t1"},
    {"type": "fault", "target": "t1", "kind": "unplug"},
    {"type": "log-level", "level": "debug"},
]


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all of 127.0.0.0/8 but 127.0.0.1 an address like any other."""
    monkeypatch.setattr("actors.bench.access.LOOPBACK", (f"{HERE}/32",))


def answering(query: Query) -> None:
    """Play the supervisor."""
    query.reply(Done(query.ticket, query.kind))


def refused(replies: Any) -> set[str]:
    """Return the codes in a refusal, whether it is one answer or a list of them."""
    if replies["state"] == "ERROR":
        return {replies["code"]}
    return {each["code"] for each in replies["value"]}


@pytest.mark.usefixtures("strangers")
def test_who_is_in_no_list_is_not_let_in_and_is_one_record() -> None:
    with House(access(allow=(THERE,))) as house, capture_logs() as records:
        strangers = [house.visitor(ELSEWHERE) for _ in range(3)]
        for stranger in strangers:
            stranger.send(SCAN)
        eventually(lambda: house.access_status()["refused"]["total"] >= 3, "all are refused")
        assert not [stranger for stranger in strangers if stranger.socket.poll(0)]
        assert house.visitor(THERE).ask(SCAN)["state"] == "ACK"
        assert house.visitor(HERE).ask(SCAN)["state"] == "ACK"
        assert house.refusals() == [(ELSEWHERE, "ALLOW in config.py does not name its address")]
    refusals = [record["client"] for record in records if record["event"] == "client_refused" and record["log_level"] == "warning"]
    assert refusals == [ELSEWHERE]


@pytest.mark.parametrize("request_", CHANGING, ids=lambda request: request["type"])
def test_a_read_only_client_changes_nothing(request_: dict[str, Any]) -> None:
    with House(access(read_only=(THERE,))) as house:
        house.on_query = answering
        reader = house.visitor(THERE)
        expected = {"read_only"} if request_.get("components") != [] else set()
        assert refused(reader.ask({**request_, "id": 7})) == expected
        assert house.driven.items == []
        assert not [said for said in house.said.items if isinstance(said, Query)]


def test_a_refusal_names_the_address_and_repeats_the_id() -> None:
    with House(access(read_only=(THERE,))) as house:
        reply = house.visitor(THERE).ask({**pi(18, 100), "id": "mine"})
        assert reply == {
            "state": "ERROR",
            "value": f"refused: {THERE} may read here, not drive",
            "code": "read_only",
            "id": "mine",
        }
        assert house.refusals() == [(THERE, "it may read here, not drive")]


def test_a_read_only_client_reads_everything() -> None:
    with House(access(allow=(HERE,), read_only=(THERE,))) as house:
        house.on_query = answering
        house.sensors["t1"].publish(temp=20.0)
        reader = house.visitor(THERE)
        assert reader.value(aq("0x48")) == 20.0
        assert reader.value(multi("AQ-MULTI", aq("0x48"), aq_pin(18)))[0] == 20.0
        assert [reader.ask({"type": kind})["state"] for kind in ("scan", "describe", "status")] == ["ACK"] * 3


def test_the_identity_of_a_driver_gives_a_reader_no_right() -> None:
    with House(access(read_only=(THERE,))) as house:
        driver = house.visitor(HERE, identity=b"the driver", RECONNECT_IVL=-1)
        assert driver.value(pi(18, 100)) == 100
        thief = house.visitor(THERE, identity=b"the driver")
        assert thief.code(pi(18, 200)) == "read_only"
        assert house.outputs["fan"].value == 100


@pytest.mark.parametrize("metadata", [{"Peer_Address": HERE.encode()}, {"User_Id": b"x"}, {"Peer_Address": b"", "User_Id": b"\xff"}])
def test_what_a_client_says_of_itself_counts_for_nothing(metadata: dict[str, bytes]) -> None:
    with House(access(read_only=(THERE,))) as house, Liar(house.port, THERE, **metadata) as liar:
        assert liar.ask(pi(18, 100))["code"] == "read_only"
        assert house.driven.items == []


def test_without_rules_a_client_of_zeromq_3_is_served_as_ever() -> None:
    with House(access()) as house, socket.create_connection((HERE, house.port), PATIENCE) as raw:
        raw.sendall(b"\xff" + bytes(7) + b"\x01\x7f\x01\x05" + b"\0\0")  # ZMTP 2.0 knows no security, and cannot be asked who it is
        raw.sendall(b"\0\x0f" + b'{"type":"scan"}')
        answer = b""
        while b'"ACK"' not in answer:
            answer += raw.recv(4096)


@pytest.mark.parametrize("kind", ["allow", "read_only"])
def test_new_rules_hold_for_those_who_are_connected(kind: str, strangers: None) -> None:
    with House(access()) as house:
        there, here = house.visitor(THERE), house.visitor(HERE)
        assert there.value(pi(18, 100)) == here.value(pi(18, 100)) == 100
        if kind == "allow":
            house.rules(access(allow=(ELSEWHERE,)))
            assert there.code(pi(18, 50)) == "not_allowed", "its connection was cut, and it came back"
        else:
            house.rules(access(read_only=(THERE,)))
            assert there.code(pi(18, 50)) == "read_only"
        assert house.outputs["fan"].value == 100
        assert here.value(pi(18, 25)) == 25


@pytest.mark.usefixtures("strangers")
def test_who_is_shut_out_by_new_rules_reads_nothing_though_its_connection_cannot_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.gateway.net.peers.Peers.cut", lambda *_: None)
    with House(access()) as house:
        house.sensors["t1"].publish(temp=20.0)
        there, here = house.visitor(THERE), house.visitor(HERE)
        assert there.value(aq("0x48")) == 20.0
        house.rules(access(allow=()))
        assert there.code(aq("0x48")) == "not_allowed"
        assert here.value(aq("0x48")) == 20.0
        house.sensors["t1"].publish(temp=20.0)
        assert there.code(aq("0x48")) == "not_allowed", "though the daemon has the answer ready"
        assert there.code(SCAN) == "not_allowed"
        both = there.value(multi("AQ-MULTI", aq("0x48"), aq("0x49")))
        assert [part["code"] for part in both] == ["not_allowed"] * 2, "the older plugin looks at each, and asks no more without a list"
        assert there.code(pi(18, 100)) == "not_allowed"
        assert house.driven.items == []
        house.rules(access(allow=(THERE,)))
        house.sensors["t1"].publish(temp=21.0)
        assert there.value(aq("0x48")) == 21.0


@pytest.mark.usefixtures("strangers")
def test_a_port_that_did_not_ask_when_the_daemon_started_is_not_closed_for_a_moment_and_every_request_is_looked_at() -> None:
    with House(access()) as house, capture_logs() as records:
        peer = house.visitor(HERE, identity=b"here")
        assert peer.ask(SCAN)["state"] == "ACK"
        connection = house.connection(b"here")
        house.rules(access(allow=(THERE,)))
        assert peer.ask(SCAN)["state"] == "ACK"
        assert house.connection(b"here") == connection, "who is connected stays so"
        assert house.visitor(THERE).ask(SCAN)["state"] == "ACK"
        assert house.visitor(ELSEWHERE).code(SCAN) == "not_allowed"
        assert house.visitor(ELSEWHERE).code(pi(18, 100)) == "not_allowed"
    assert [record["event"] for record in records if record["event"] in {"gateway_bound", "access_changed"}] == ["access_changed"]


def flooding(house: House, end: threading.Event) -> Callable[[], None]:
    def flood() -> None:
        with Peer(house.endpoint) as peer:
            while not end.is_set():
                peer.send(*[SCAN] * 20)
                while peer.socket.poll(0):
                    peer.socket.recv_multipart()

    return flood


def test_newcomers_are_let_in_while_somebody_floods_the_daemon() -> None:
    with House(access(allow=(HERE, THERE))) as house:
        end = threading.Event()
        threads = [threading.Thread(target=flooding(house, end)) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(5):
                assert house.visitor(THERE).ask(SCAN)["state"] == "ACK"
        finally:
            end.set()
            for thread in threads:
                thread.join()


def test_status_tells_the_rules_and_everybodys_role() -> None:
    with House(access(allow=("10.0.0.0/8",), read_only=(THERE,))) as house:
        asked: list[Query] = []

        def note(query: Query) -> None:
            asked.append(query)
            answering(query)

        house.on_query = note
        house.visitor(THERE).value({"type": "status"})
        house.visitor(HERE).value({"type": "status"})
        arguments = asked[-1].arguments
        rules = dict(arguments["access"])
        assert set(rules.pop("refused")) == {"total", "last"}
        assert rules.pop("shared_identities") == []
        assert rules == {"allow": ["10.0.0.0/8"], "read_only": [THERE], "curve": None}
        assert {(client["address"], client["role"], client["key"]) for client in arguments["clients"]} == {
            (THERE, "read", None),
            (HERE, "drive", None),
        }


PLAIN = b"\xff" + bytes(8) + b"\x7f\x03\x00PLAIN" + bytes(47)


@pytest.mark.parametrize("said", [b"", PLAIN], ids=["nothing", "another mechanism"])
def test_who_does_not_speak_as_a_client_does_is_noted(said: bytes) -> None:
    with House(access(allow=(HERE,))) as house:
        with socket.create_connection((HERE, house.port), PATIENCE, (THERE, 0)) as raw:
            eventually(house.strangers, "its address is known")
            raw.sendall(said)
        eventually(lambda: house.refusals(late=True), "it is noted")
        ((who, reason),) = house.refusals(late=True)
        assert who == THERE
        assert reason in {
            SILENCE,
            "it has no key, and this port wants one; or it has one, and this port takes none",
        }

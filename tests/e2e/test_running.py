"""One simulated daemon, used: physics, faults, and everything the wire may throw at it."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from tests.actors.gateway.peer import Peer, aq, aq_pin, error, is_number, multi, pi, strict
from tests.e2e.daemon import ROOT, Daemon
from tests.fakes import eventually

FAN, HEATER = 18, 23


def temperature(peer: Peer) -> float:
    """Return that of the heating resistor, no older than its chip's own conversion."""
    value: float = peer.value(aq("0x48"))
    return value


def test_the_heater_heats_and_the_fan_cools(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("fast")
    with (
        Daemon(folder, "--simulate", "--speed", "600", "--config", str(ROOT / "config.py")) as daemon,
        Peer(daemon.ready().running().endpoint) as peer,
    ):
        cold = temperature(peer)
        assert 15 < cold < 30
        peer.value(pi(HEATER, 255))
        eventually(lambda: temperature(peer) > cold + 30, "the heater heats")
        peer.value(pi(FAN, 255))
        eventually(lambda: temperature(peer) < cold + 20, "the fan cools")
        peer.value({"type": "off"})
        eventually(lambda: temperature(peer) < cold + 3, "it cools down")


def test_a_cable_pulled_and_plugged_in_again(daemon: Daemon, peer: Peer) -> None:
    assert is_number(peer.value(aq("0x49")))
    assert peer.value({"type": "fault", "target": "t_dissipateur", "kind": "unplug"}) == {"target": "t_dissipateur", "kind": "unplug"}
    eventually(lambda: peer.ask(aq("0x49", max_age=0))["state"] == "ERROR", "the sensor is missed")
    reply = peer.ask(aq("0x49"))
    assert error(reply) == "no_ack"
    assert "not plugged in" in reply["value"]
    values = peer.value(multi("AQ-MULTI", aq("0x48"), aq("0x49"), aq("0x4A")))
    assert [is_number(value) for value in values] == [True, False, True]
    peer.value({"type": "fault", "target": "t_dissipateur", "kind": "clear"})
    assert peer.value({"type": "retry", "child": "t_dissipateur"})["child"] == "t_dissipateur"
    eventually(lambda: peer.ask(aq("0x49"))["state"] == "ACK", "the sensor is back")
    daemon.running()


def test_a_hung_sensor_costs_nobody_else_anything(daemon: Daemon, peer: Peer) -> None:
    peer.value({"type": "fault", "target": "t_sortie", "kind": "hang"})
    with Peer(daemon.endpoint) as other:
        begun = time.monotonic()
        peer.send(aq("0x4B", max_age=0), aq("0x48"))
        for value in range(10):
            assert other.value(pi(FAN, value)) == value
        assert time.monotonic() - begun < 1.0
        slow, fast = peer.reply(), peer.reply()
        assert time.monotonic() - begun < 1.9
        assert error(slow)
        assert is_number(fast["value"])
    peer.value({"type": "fault", "target": "all", "kind": "clear"})
    peer.value({"type": "retry", "child": "t_sortie"})
    daemon.running()


def test_off_reaches_the_pins_while_the_bus_is_stuck(daemon: Daemon, peer: Peer) -> None:
    peer.value(pi(HEATER, 255))
    peer.value({"type": "fault", "target": "bus", "kind": "stuck"})
    begun = time.monotonic()
    assert peer.value({"type": "off"}) == {"ventilateur": 0, "resistance": 0}
    assert time.monotonic() - begun < 1.0
    assert peer.value(aq_pin(HEATER)) == 0
    peer.value({"type": "fault", "target": "bus", "kind": "clear"})
    for child in ("rh_sortie", "t_resistance", "t_dissipateur", "t_entree", "t_sortie", "T_emc"):
        peer.value({"type": "retry", "child": child})
    daemon.running()


def test_every_channel_that_describe_names_can_be_read(peer: Peer) -> None:
    document = peer.value({"type": "describe"})
    for sensor in document["sensors"]:
        for channel in sensor["channels"]:
            detail = peer.value(aq(sensor["address"], channel["name"], detail=True))
            assert is_number(detail["value"]), (sensor, channel)
            assert detail["units"] == channel["units"]
            assert detail["quality"] == "simulated"
            assert detail["age_s"] < 10


def test_hundreds_of_clients_come_and_go(daemon: Daemon, peer: Peer) -> None:
    for _ in range(100):
        with Peer(daemon.endpoint) as passing:
            passing.send({"type": "scan"})
    assert peer.ask({"type": "scan"})["state"] == "ACK"


@pytest.fixture
def raw(daemon: Daemon) -> Iterator[socket.socket]:
    """A plain TCP connection to the port."""
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=10) as connection:
        yield connection


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: pi\r\n\r\n",
        b"\xff" * 1000,
        b"\x00" * 1000,
        b"\x01\x00" + b"\x0f\x00" + b'{"type":"off"}',
        b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x00NULL" + b"\x00" * 48,
        b"",
    ],
)
def test_bytes_that_are_no_zeromq_harm_nobody(raw: socket.socket, peer: Peer, data: bytes) -> None:
    raw.sendall(data)
    assert peer.ask({"type": "scan"})["state"] == "ACK"


@pytest.mark.parametrize("kind", [zmq.SUB, zmq.PULL, zmq.PAIR, zmq.ROUTER])
def test_sockets_of_another_kind_harm_nobody(daemon: Daemon, peer: Peer, kind: int) -> None:
    with Peer(daemon.endpoint, kind):
        assert peer.ask({"type": "scan"})["state"] == "ACK"


def test_a_frame_over_4_mib_cuts_its_connection_and_nobody_elses(daemon: Daemon, peer: Peer) -> None:
    with Peer(daemon.endpoint) as big:
        assert big.ask({"type": "scan"})["state"] == "ACK"
        monitor = big.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        big.send(b"x" * (4 * 1024 * 1024 + 1))
        assert monitor.poll(10_000)
        big.socket.disable_monitor()
        monitor.close(0)
    assert peer.ask({"type": "scan"})["state"] == "ACK"


def test_any_frames_and_any_json_get_one_reply_each(daemon: Daemon, peer: Peer) -> None:
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=4,
    )
    kinds = st.sampled_from(["scan", "AQ", "AQ-MULTI", "PI-MULTI", "status", "describe", "reset", "retry", "nothing"])
    fields = st.dictionaries(st.sampled_from(["register", "pin", "add", "components", "child", "interlock", "id"]), values)

    @given(st.lists(st.binary(max_size=30), max_size=3), kinds, fields, values)
    def check(frames: list[bytes], kind: str, given_fields: dict[str, Any], value: Any) -> None:
        bodies = [json.dumps({**given_fields, "type": kind}).encode(), json.dumps(value).encode()]
        for sent in ([*frames, bodies[0]], [bodies[0]], [bodies[1]], [b"", bodies[1]]):
            peer.socket.send_multipart(sent)
            strict(peer.frames()[-1])

    check()
    assert peer.value(multi("AQ-MULTI", aq_pin(FAN), aq_pin(HEATER))) == [0, 0]


def test_after_all_that_everything_runs_and_nothing_was_recorded_as_a_bug(daemon: Daemon, peer: Peer) -> None:
    status = peer.value({"type": "status"})
    assert status["children"]["gateway"]["restarts"] == 0
    assert not daemon.records("internal_error")
    assert "Traceback" not in daemon.text()

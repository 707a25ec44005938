"""The wire down to the simulated pins and chips, in one process: what only the real actors below the gateway can show."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.core.mailbox import Letter
from actors.messages import News
from tests.actors.gateway.peer import aq, aq_pin, error, is_number, multi, pi
from tests.actors.gateway.whole import Whole
from tests.fakes import eventually

FAN, HEATER = 18, 23
ALL_SENSORS = ["0x38", "0x48", "0x49", "0x4A", "0x4B", "0x4C"]


@pytest.fixture(scope="module")
def shared() -> Iterator[Whole]:
    with capture_logs(), Whole() as whole:
        yield whole.running()


@pytest.fixture
def whole(shared: Whole) -> Iterator[Whole]:
    """A bench for tests that break nothing; the outputs are off again afterwards."""
    yield shared
    shared.peer().value({"type": "off"})
    shared.leave()


@pytest.fixture
def fragile() -> Iterator[Whole]:
    """A bench of its own for a test that breaks something."""
    with capture_logs(), Whole() as whole:
        yield whole.running()


def test_the_default_bench_reads_six_sensors_and_drives_two_outputs(whole: Whole) -> None:
    peer = whole.peer()
    values = peer.value(multi("AQ-MULTI", *(aq(address) for address in ALL_SENSORS)))
    assert all(is_number(value) for value in values), values
    assert peer.value(pi(FAN, 128)) == 128
    assert peer.value(pi(HEATER, 64)) == 64
    assert whole.duty(FAN) == pytest.approx(128 / 255, abs=1e-4)
    assert whole.duty(HEATER) == pytest.approx(64 / 255, abs=1e-3)
    assert peer.value({"type": "off"}) == {"ventilateur": 0, "resistance": 0}
    assert (whole.duty(FAN), whole.duty(HEATER)) == (0, 0)


def test_whole_set_points_come_back_exactly_and_fractions_within_a_hundredth(whole: Whole) -> None:
    peer = whole.peer()
    for pin in (FAN, HEATER):
        for value in range(0, 256, 15):
            assert peer.value(pi(pin, value)) == value
        for asked in (25.5 * step for step in range(11)):
            assert peer.value(pi(pin, asked)) == pytest.approx(asked, abs=0.0101)
            assert peer.value(aq_pin(pin)) == pytest.approx(asked, abs=0.0101)


def test_many_who_want_new_conversions_of_a_free_running_chip_all_get_one(whole: Whole) -> None:
    peers = [whole.peer() for _ in range(4)]
    end = time.monotonic() + 0.9
    got = dict.fromkeys(range(4), 0)
    for peer in peers:
        peer.send(aq("0x48", max_age=0))
    while time.monotonic() < end:
        for number, peer in enumerate(peers):
            if not peer.silent(0.005):
                assert is_number(peer.reply()["value"])
                got[number] += 1
                peer.send(aq("0x48", max_age=0))
    assert min(got.values()) >= 1, "a stream of wishes must not put off the conversion for ever"


class TestFaults:
    def test_an_unplugged_sensor_is_an_error_in_its_place_and_comes_back(self, fragile: Whole) -> None:
        peer = fragile.peer()
        assert peer.value({"type": "fault", "target": "t_resistance", "kind": "unplug"}) == {"target": "t_resistance", "kind": "unplug"}
        parts = peer.value(multi("AQ-MULTI", aq("0x49", max_age=0), aq("0x48", max_age=0)))
        assert is_number(parts[0])
        assert error(parts[1]) == "no_ack"
        assert "0x48" in parts[1]["value"]
        peer.value({"type": "fault", "target": "t_resistance", "kind": "clear"})
        reply = peer.value({"type": "retry", "child": "t_resistance"})
        assert reply["child"] == "t_resistance"
        eventually(lambda: peer.ask(aq("0x48"))["state"] == "ACK", "the sensor comes back")

    def test_a_hung_sensor_is_an_error_within_the_deadline_and_the_others_keep_their_values(self, fragile: Whole) -> None:
        peer = fragile.peer()
        peer.value({"type": "fault", "target": "t_resistance", "kind": "hang"})
        begun = time.monotonic()
        parts = peer.value(multi("AQ-MULTI", aq("0x49"), aq("0x48", max_age=0), aq_pin(FAN)))
        assert time.monotonic() - begun < 1.9
        assert is_number(parts[0])
        assert error(parts[1])
        assert parts[2] == 0
        other = fragile.peer()
        begun = time.monotonic()
        assert other.value(pi(FAN, 50)) == 50
        assert is_number(other.value(aq("0x49", max_age=60)))
        assert time.monotonic() - begun < 1.0

    def test_a_fault_that_nobody_knows_is_an_error_that_says_what_there_is(self, fragile: Whole) -> None:
        peer = fragile.peer()
        for target, kind in (("t_resistanse", "unplug"), ("t_resistance", "unplugg"), ("bus", "nonsense")):
            reply = peer.ask({"type": "fault", "target": target, "kind": kind})
            assert error(reply).startswith("unknown_")
            assert "did you mean" in reply["value"] or "there are" in reply["value"]

    def test_pigpiod_gone_is_an_error_within_the_deadline(self, fragile: Whole) -> None:
        peer = fragile.peer()
        peer.value(pi(HEATER, 50))
        peer.value({"type": "fault", "target": "pigpiod", "kind": "gone", "level": 0})
        assert peer.ask(pi(HEATER, 60))["state"] == "ERROR"
        assert peer.ask(aq_pin(HEATER))["state"] == "ERROR"
        assert is_number(peer.value(aq("0x48")))


class TestGatewayCrash:
    def crash(self, fragile: Whole) -> None:
        """Send the gateway a message on which it dies."""
        fragile.supervisor.state.gateway.running.ref.actor_inbox.put(Letter(News([])))  # type: ignore[arg-type] # what no child sends

    def test_clients_are_served_again_on_the_same_port(self, fragile: Whole) -> None:
        peer, port = fragile.peer(identity=b"me"), fragile.progress.port
        peer.value(pi(FAN, 70))
        self.crash(fragile)
        eventually(lambda: fragile.supervisor.state.gateway.life.generation == 2, "a second gateway")
        assert _answer(peer, {"type": "scan"})["state"] == "ACK"
        assert fragile.progress.port == port
        assert fragile.peer().value(aq_pin(FAN)) == 70, "outputs keep their set-points"


def test_status_is_the_supervision_tree(whole: Whole) -> None:
    peer = whole.peer()
    peer.value(pi(FAN, 100))
    peer.value(aq("0x48"))
    document = peer.value({"type": "status"})
    assert {"version", "simulated", "uptime_s", "clock_synchronised", "children", "outputs", "interlocks", "clients"} <= set(document)
    assert document["simulated"] is True
    assert document["healthy"] is True
    children = document["children"]
    assert {"gateway", *(output.id for output in whole.bench.outputs), *(sensor.id for sensor in whole.bench.sensors)} <= set(children)
    sensor = children["t_resistance"]
    assert (sensor["state"], sensor["generation"], sensor["restarts"], sensor["error"]) == ("running", 1, 0, None)
    assert is_number(sensor["last"]["values"]["temp"])
    assert sensor["last"]["age_s"] >= 0
    fan = document["outputs"]["ventilateur"]
    assert (fan["asked"], fan["read_back"]) == (100, 100)
    assert [client["requests"] for client in document["clients"]][-1] == 4, "the scan for the mark is one of them"


def test_status_says_why_a_reading_failed(fragile: Whole) -> None:
    peer = fragile.peer()
    peer.value({"type": "fault", "target": "t_sortie", "kind": "unplug"})
    eventually(lambda: peer.ask(aq("0x4B", max_age=0)) and _child(peer, "t_sortie")["state"] == "absent", "it is noticed to be absent")
    child = _child(peer, "t_sortie")
    assert child["error"]["code"] == "no_ack"
    assert "0x4B" in child["error"]["message"]
    assert child["last_error_at"].endswith("Z")
    assert peer.value({"type": "status"})["healthy"] is False


def test_retry_of_an_unknown_child_names_the_known_ones(whole: Whole) -> None:
    reply = whole.peer().ask({"type": "retry", "child": "t_resistanse"})
    assert error(reply) == "unknown_child"
    assert "t_resistance" in reply["value"]


def test_reset_of_an_unknown_interlock_is_an_error_naming_it(whole: Whole) -> None:
    reply = whole.peer().ask({"type": "reset", "interlock": "overheat"})
    assert error(reply) == "unknown_interlock"
    assert "overheat" in reply["value"]


def _child(peer: Any, name: str) -> Any:
    return peer.value({"type": "status"})["children"][name]


def _answer(peer: Any, request: dict[str, Any]) -> Any:
    """Ask until there is an answer: a request that met the old gateway's end is lost, and the client reconnects by itself."""
    for _ in range(20):
        peer.send(request)
        if not peer.silent(0.5):
            return peer.reply()
    raise AssertionError("not served again")

"""Both generations of the PyMoDAQ plugin, byte for byte as they speak: the daemon must do for both without a change of theirs."""

import json
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zmq

from actors.hardware.sim.thermal import FULL_RISE, TIME_CONSTANT
from supervisor.configuration import load
from tests.actors.gateway.peer import Peer, strict
from tests.actors.gateway.whole import Whole
from tests.e2e.daemon import ROOT, Daemon
from tests.e2e.test_life import free_port
from tests.fakes import PATIENCE, eventually

SENSORS = {"rh_sortie": "0x38", "t_resistance": "0x48", "t_dissipateur": "0x49", "t_entree": "0x4a", "t_sortie": "0x4b", "T_emc": "0x4c"}
TWO_SECONDS = 2000


class Plugin:
    """What both have in common: a socket with a UUID for identity, kept for life."""

    def __init__(self, port: int, kind: int) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt_string(zmq.IDENTITY, str(uuid.uuid4()))
        self.socket.connect(f"tcp://127.0.0.1:{port}")

    def close(self) -> None:
        self.context.destroy(linger=0)

    def press(self, press: Callable[[], Any]) -> Any:
        """Do what a person does who has just started the program: press again, if what was pressed first came too early."""
        end = time.monotonic() + PATIENCE
        while (reply := press()).get("code") == "expired":
            assert time.monotonic() < end, "it never drives"
        return reply


class OlderPlugin(Plugin):
    """A DEALER that sends `[body]` and waits in `recv` for ever; all values of its component file are strings."""

    def __init__(self, port: int) -> None:
        super().__init__(port, zmq.DEALER)

    def exchange(self, request: dict[str, Any]) -> Any:
        """Return the reply's value; what is no number is shown as -1."""
        return self.reply(request)["value"]

    def reply(self, request: dict[str, Any]) -> Any:
        self.socket.send(json.dumps(request).encode("utf-8"))
        assert self.socket.poll(10_000), "the older plugin would wait for ever"
        return json.loads(self.socket.recv().decode("utf-8"))

    def grab(self, components: list[dict[str, Any]]) -> list[float]:
        """Return the values; -1 is put into the list itself, so a text in its place is a TypeError, and no frame is asked for any more."""
        values: list[float] = self.exchange({"type": "AQ-MULTI", "components": components})
        for number, value in enumerate(values):
            if type(value) not in {int, float}:
                values[number] = -1
        return values

    def move(self, pin: str, value: float) -> float:
        value = self.press(lambda: self.reply({"type": "PI", "register": "pin", "pin": pin, "value": value}))["value"]
        return value if type(value) in {int, float} else -1


class NewerPlugin(Plugin):
    """Opens its link with a `scan`, waits 2 s at most, and takes anything but an int or a float for a failed reading."""

    def __init__(self, port: int, kind: int = zmq.DEALER) -> None:
        super().__init__(port, kind)
        self.scan = self.exchange({"type": "scan"})
        if self.scan["state"] != "ACK":
            raise ConnectionError(self.scan)

    def exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        self.socket.send(json.dumps(request).encode())
        if not self.socket.poll(TWO_SECONDS):
            raise TimeoutError
        return strict(self.socket.recv_multipart()[-1])

    def read(self, component: dict[str, Any]) -> float:
        reply = self.exchange({"type": "AQ", **component})
        if reply["state"] != "ACK" or type(reply["value"]) not in {int, float}:
            raise ValueError(reply)
        return float(reply["value"])

    def move(self, pin: Any, value: float) -> None:
        """Set, then ask until the read-back is within 0.1, as the axis does."""
        self.press(lambda: self.exchange({"type": "PI", "register": "pin", "pin": pin, "value": value}))
        end = time.monotonic() + 5
        while abs(self.read({"register": "pin", "pin": pin}) - value) > 0.1:
            assert time.monotonic() < end, "the move never ends"


def served(folder: Path, port: int) -> Daemon:
    """A daemon of its own, at a port that stays the same over a restart."""
    config = str(ROOT / "config.py")
    return Daemon(folder, "--simulate", "--config", config, "--bind", "127.0.0.1", "--port", str(port), own_port=True)


@pytest.fixture
def older(daemon: Daemon, peer: Peer) -> Iterator[OlderPlugin]:
    plugin = OlderPlugin(daemon.port)
    yield plugin
    plugin.close()


@pytest.fixture(params=[zmq.DEALER, zmq.REQ], ids=["DEALER", "REQ"])
def newer(daemon: Daemon, peer: Peer, request: pytest.FixtureRequest) -> Iterator[NewerPlugin]:
    plugin = NewerPlugin(daemon.port, request.param)
    yield plugin
    plugin.close()


def test_the_older_plugin_reads_six_sensors_in_one_frame(older: OlderPlugin) -> None:
    values = older.grab([{"register": "add", "add": address, "channel": "", "pin": "None"} for address in SENSORS.values()])
    assert len(values) == 6
    humidity, *temperatures = values
    assert 5 < humidity < 95
    assert all(10 < temperature < 90 for temperature in temperatures), values


def test_the_older_plugin_sees_minus_one_for_what_cannot_be_read_and_the_others_all_the_same(older: OlderPlugin) -> None:
    values = older.grab([{"register": "add", "add": "0x48"}, {"register": "add", "add": "0x77"}, {"register": "pin", "pin": "18"}])
    assert values[0] > 0
    assert values[1:] == [-1, 0]


def test_the_older_plugin_drives_an_output_by_a_pin_that_is_text(older: OlderPlugin) -> None:
    assert older.move("18", 128.0) == 128
    assert older.grab([{"register": "pin", "pin": "18"}, {"register": "pin", "pin": "23"}]) == [128, 0]
    assert older.move("18", 0.0) == 0


def test_the_older_plugin_is_never_left_waiting(older: OlderPlugin) -> None:
    for request in ({}, {"type": "x"}, {"type": "AQ"}, {"type": "AQ-MULTI"}, {"type": "PI", "register": "pin", "pin": "18", "value": None}):
        assert isinstance(older.exchange(request), str)
    older.socket.send_multipart([b"a", b"b", b"c"])
    assert older.socket.poll(10_000)


def test_the_older_plugins_live_grab_shows_minus_one_at_a_stop_and_goes_on_after_the_restart(tmp_path: Path) -> None:
    port, sensors = free_port(), [{"register": "add", "add": address} for address in SENSORS.values()]
    plugin = OlderPlugin(port)
    try:
        with served(tmp_path, port) as daemon:
            daemon.ready().running()
            assert -1 not in plugin.grab(sensors)
            daemon.process.send_signal(signal.SIGTERM)
            frame = plugin.grab(sensors)
            while frame != [-1] * len(sensors):
                frame = plugin.grab(sensors)
            assert daemon.exit_code() == 0
        # It asks for the next frame at once, with nobody there; its ZeroMQ keeps the question.
        plugin.socket.send(json.dumps({"type": "AQ-MULTI", "components": sensors}).encode())
        with served(tmp_path, port):
            assert plugin.socket.poll(10_000)
            assert all(type(value) is float for value in json.loads(plugin.socket.recv())["value"])
            assert -1 not in plugin.grab(sensors)
    finally:
        plugin.close()


def test_the_newer_plugin_finds_its_bench_by_scan(newer: NewerPlugin) -> None:
    for lists in (newer.scan, newer.scan["value"]):
        assert [(entry["name"], entry["pin"], entry["address"]) for entry in lists["actuator"]] == [
            ("ventilateur", 18, None),
            ("resistance", 23, None),
            ("chauffe", 1000, None),
        ]
        assert {entry["name"]: entry["address"] for entry in lists["detector"]} == SENSORS
    fan, heater, loop = newer.scan["actuator"]
    assert (loop["driver"], loop["units"], loop["minVal"], loop["maxVal"]) == ("LOOP", "°C", 0, 80)
    assert (fan["frequency"], fan["minVal"], fan["maxVal"], fan["units"], fan["driver"]) == (25000, 0, 255, "%", "PWM")
    assert heater["frequency"] == 100


def test_the_newer_plugin_reads_everything_it_found(newer: NewerPlugin) -> None:
    for entry in newer.scan["detector"]:
        assert newer.read({"register": "add", "add": entry["address"]}) > 0
    for entry in newer.scan["actuator"]:
        assert newer.read({"register": "pin", "pin": entry["pin"]}) == 0


@pytest.mark.parametrize("value", [0, 25.5, 255])
def test_the_newer_plugins_axis_arrives_at_every_step_of_a_scan(newer: NewerPlugin, value: float) -> None:
    newer.move(23, value)
    newer.move("18", value)


@pytest.fixture
def tuned() -> Iterator[Whole]:
    """The default bench with the constants of the simulation in its loop, and a first reading."""
    bench = load(ROOT / "config.py")
    loop = replace(bench.loops[0], k=FULL_RISE / TIME_CONSTANT, gain=FULL_RISE, dead_time=0.0)
    with Whole(replace(bench, loops=(loop,))) as whole, Peer(whole.endpoint) as peer:
        eventually(lambda: peer.ask({"type": "loop", "name": "chauffe"})["value"]["value"] is not None, "a first reading")
        yield whole


def test_both_plugins_set_a_loop_as_an_axis_which_is_there_at_once(tuned: Whole) -> None:
    older, newer = OlderPlugin(tuned.progress.port), NewerPlugin(tuned.progress.port)
    set_point, working, state = ({"register": "pin", "pin": str(pin)} for pin in (1000, 1001, 1002))
    try:
        assert older.move("1000", 45.0) == 45.0
        newer.move("1000", 40.0)
        assert older.grab([set_point, state]) == [40.0, 3.0]
        assert 15 < newer.read(working) < 40

        for step in (30.0, 32.5, 35.0):  # a scan: each step is set, and the axis is there
            newer.move(1000, step)
            assert older.move("1000", step + 1.0) == step + 1.0

        for pin in ("1000", "1001"):  # what a relative move sends, and an axis that is none
            assert older.move(pin, 2.0) == -1
            assert newer.exchange({"type": "PI", "register": "pin", "pin": pin, "value": 2.0})["state"] == "ERROR"
        assert older.grab([set_point, state]) == [36.0, 3.0]

        for home in (lambda: older.move("1000", 0.0), lambda: newer.move(1000, 0)):
            newer.move(1000, 40.0)
            home()
            assert older.grab([set_point, state]) == [0.0, 0.0]
            eventually(lambda: tuned.duty(23) == 0.0, "home is off")
    finally:
        older.close()
        newer.close()


def test_two_plugins_beside_each_other_are_both_served(older: OlderPlugin, newer: NewerPlugin) -> None:
    for value in range(0, 250, 50):
        assert older.move("18", float(value)) == value
        assert newer.read({"register": "pin", "pin": 18}) == value


def test_a_plugin_that_comes_back_with_its_identity_is_served_at_once(daemon: Daemon, peer: Peer) -> None:
    identity = str(uuid.uuid4()).encode()
    with Peer(daemon.endpoint, identity=identity, RECONNECT_IVL=-1) as before:
        assert before.ask({"type": "scan"})["state"] == "ACK"
        with Peer(daemon.endpoint, identity=identity) as newcomer:  # the old connection is still open, as behind a pulled cable
            newcomer.send({"type": "scan"})
            assert newcomer.reply(2.0)["state"] == "ACK"

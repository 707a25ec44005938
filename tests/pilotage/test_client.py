"""The client on a real simulated daemon, and on peers that misbehave."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from pilotage import Client, ClientError, UnreachableError
from tests.e2e.daemon import ROOT, Daemon
from tests.fakes import Recorder, eventually


def code_of(call: Callable[[], object]) -> str:
    """Return the code of the ClientError that `call` raises."""
    with pytest.raises(ClientError) as refused:
        call()
    assert len(refused.value.message) > 10
    return refused.value.code


def test_a_detail_says_where_a_value_comes_from(bench: Client) -> None:
    detail = bench.read_detail("0x38.temp", max_age=30)
    assert detail["units"] == "°C"
    assert detail["channel"] == "temp"
    assert detail["quality"] == "simulated"
    assert isinstance(bench.read_details(["ventilateur"])["ventilateur"], dict)


def test_an_output_is_driven_by_name_and_by_pin_and_clamped(bench: Client) -> None:
    assert bench.set("ventilateur", 127.5) == 127.5
    assert bench.read("GPIO18") == 127.5
    assert bench.set("GPIO18", 300) == 255
    assert bench.set_many({"ventilateur": 10, "GPIO23": 20}) == {"ventilateur": 10, "GPIO23": 20}
    assert bench.off() == {"ventilateur": 0, "resistance": 0}


def test_one_bad_component_leaves_the_others_their_values(bench: Client) -> None:
    bench.fault("t_sortie", "nak")
    eventually(lambda: bench.status()["children"]["t_sortie"]["state"] == "absent", "t_sortie is absent")
    found = bench.read_many(["t_entree", "t_sortie", "nobody", "0x77", "t_entree"])
    assert list(found) == ["t_entree", "t_sortie", "nobody", "0x77"]
    assert isinstance(found["t_entree"], float)
    codes = {name: error.code for name, error in found.items() if isinstance(error, ClientError)}
    assert codes == {"t_sortie": "no_ack", "nobody": "unknown_name", "0x77": "unknown_address"}
    assert bench.set_many({"GPIO18": 5, "GPIO99": 5})["GPIO18"] == 5


def test_what_cannot_be_is_refused_before_anything_is_driven(bench: Client) -> None:
    assert code_of(lambda: bench.set_many({"ventilateur": 10, "nobody": 10})) == "unknown_name"
    assert code_of(lambda: bench.set_many({"ventilateur": 10, "resistance": float("nan")})) == "bad_value"
    assert code_of(lambda: bench.set("ventilateur", float("inf"))) == "bad_value"
    assert code_of(lambda: bench.set("ventilateur", True)) == "bad_value"
    assert code_of(lambda: bench.set("ventilateur", "12")) == "bad_value"  # type: ignore[arg-type]
    assert code_of(lambda: bench.set("ventilateur", 10**400)) == "bad_value"
    assert code_of(lambda: bench.read_many("t_sortie")) == "bad_value"
    assert code_of(lambda: bench.set("t_resistance", 10)) == "no_output"
    assert bench.read("ventilateur") == 0


def test_threads_share_a_client_and_each_gets_its_own_answer(bench: Client) -> None:
    found = Recorder[tuple[str, str | None]]()

    def reader(channel: str) -> None:
        for _ in range(5):
            found.add((channel, bench.read_detail("0x38", channel, max_age=60)["channel"]))

    threads = [threading.Thread(target=reader, args=(channel,)) for channel in ("hum", "temp", "hum", "temp")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found.items) == 20
    assert all(asked == got for asked, got in found.items)


def test_a_restarted_daemon_is_found_again_by_the_same_client(tmp_path: Path) -> None:
    arguments = ("--simulate", "--config", str(ROOT / "config.py"))
    with Daemon(tmp_path, *arguments) as first:
        port = first.ready().port
        with Client(f"127.0.0.1:{port}", timeout=10.0) as client:
            assert client.status()["healthy"] in {True, False}
            assert first.end() == 0
            again = ("--bind", "127.0.0.1", "--port", str(port))
            with Daemon(tmp_path, *arguments, *again, own_port=True) as second:
                second.ready()
                assert client.status()["uptime_s"] < 10


class Peer:
    """A ROUTER that answers as the test says: a list of bodies for each request, or none."""

    def __init__(self, *answers: list[Any], port: int | None = None) -> None:
        self._answers = answers
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._router = self._context.socket(zmq.ROUTER)
        self._router.setsockopt(zmq.LINGER, 0)
        at = self._router.bind_to_random_port("tcp://127.0.0.1") if port is None else port
        if port is not None:
            self._router.bind(f"tcp://127.0.0.1:{port}")
        self.endpoint = f"127.0.0.1:{at}"
        self.asked = Recorder[dict[str, Any]]()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        for answers in self._answers:
            if not self._router.poll(10_000):
                return
            identity, body = self._router.recv_multipart()
            request = json.loads(body)
            self.asked.add(request)
            for answer in answers:
                reply = answer if isinstance(answer, bytes) else json.dumps({"id": request["id"], **answer}).encode()
                self._router.send_multipart([identity, reply])

    def close(self) -> None:
        self._thread.join()
        self._context.destroy(linger=0)


@pytest.fixture
def peer() -> Iterator[Callable[..., Peer]]:
    """Make peers that are closed at the end."""
    peers: list[Peer] = []

    def make(*answers: list[Any], port: int | None = None) -> Peer:
        peers.append(Peer(*answers, port=port))
        return peers[-1]

    yield make
    for made in peers:
        made.close()


def ack(value: Any, **more: Any) -> dict[str, Any]:
    return {"state": "ACK", "value": value, **more}


def test_an_answer_to_another_question_is_passed_over(peer: Callable[..., Peer]) -> None:
    server = peer([ack(1.0, id=-5), ack(2.0)])
    with Client(server.endpoint) as client:
        assert client.read("0x48") == 2.0


def test_silence_is_unreachable_and_the_late_answer_is_never_taken_for_the_next(peer: Callable[..., Peer]) -> None:
    server = peer([], [ack(2.0)])
    with Client(server.endpoint, timeout=0.2) as client:
        with pytest.raises(UnreachableError, match=r"did not answer within 0\.2 s"):
            client.read("0x48")
        client.timeout = 10.0
        assert client.read("0x49") == 2.0
    assert [request["add"] for request in server.asked.items] == ["0x48", "0x49"]


def test_a_command_to_a_daemon_that_is_not_there_is_not_kept_for_it(peer: Callable[..., Peer]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Client(f"127.0.0.1:{port}", timeout=0.1) as client:
        with pytest.raises(UnreachableError, match="no daemon listens"):
            client.set("GPIO23", 255)
        server = peer([ack(0.0)], port=port)
        client.timeout = 10.0
        client.read("GPIO23")
    assert [request["type"] for request in server.asked.items] == ["AQ"]


@pytest.mark.parametrize("body", [b"HTTP/1.1 400", b"[1]", b"\xff\xfe"])
def test_something_else_on_that_port_is_named_as_such(body: bytes, peer: Callable[..., Peer]) -> None:
    server = peer([body])
    with Client(server.endpoint) as client, pytest.raises(UnreachableError, match="no pilotage daemon"):
        client.status()


def test_a_request_that_json_cannot_hold_leaves_the_client_usable(peer: Callable[..., Peer]) -> None:
    server = peer([ack(3.0)])
    with Client(server.endpoint) as client:
        with pytest.raises(ValueError, match="JSON"):
            client.request("AQ", max_age=float("nan"))
        assert client.read("0x48") == 3.0

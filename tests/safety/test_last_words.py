"""Nobody is left waiting by a stop: whatever a client has asked is answered, and after the restart it goes on by itself."""

import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import zmq

from tests.actors.gateway.peer import Peer, aq_pin, multi, pi, strict
from tests.e2e.daemon import ROOT, Daemon
from tests.e2e.test_life import free_port
from tests.fakes import eventually
from tests.pigpiod_emulator import Emulator
from tests.safety.bench import HEATER, hardware, is_off

BENCH = (ROOT / "config.py").read_text(encoding="utf-8")
GRABBED = aq_pin(18)
"""What does not change by itself, so that the request for its next frame waits until the stop."""


def daemon_at(folder: Path, port: int, **settings: str) -> Daemon:
    """A simulated bench with an interval between two frames that no stop comes after by itself."""
    path = folder / "config.py"
    path.write_text("\n".join([BENCH, *(f"{name} = {value}" for name, value in settings.items())]), encoding="utf-8")
    return Daemon(folder, "--simulate", "--config", str(path), "--bind", "127.0.0.1", "--port", str(port), own_port=True)


class Grabbing(Peer):
    """A client that reads one request after the other, REQ or DEALER."""

    def reply_of(self, request: dict[str, Any]) -> dict[str, Any]:
        self.socket.send_json(request)
        return self.answer()

    def answer(self) -> dict[str, Any]:
        return strict(self.frames(10.0)[-1])


def test_a_live_grab_is_answered_by_the_stop_and_goes_on_after_the_restart(tmp_path: Path) -> None:
    port = free_port()
    with ExitStack() as clients, daemon_at(tmp_path, port, FRAME_INTERVAL="10.0") as daemon:
        endpoint = daemon.ready().running().endpoint
        peers = [clients.enter_context(Grabbing(endpoint, kind)) for kind in (zmq.REQ, zmq.DEALER) * 3]
        for peer in peers:
            assert peer.reply_of(GRABBED)["state"] == "ACK"
            peer.socket.send_json(GRABBED)
        with Peer(daemon.endpoint) as watcher:
            eventually(lambda: sum(each["requests"] >= 2 for each in watcher.value({"type": "status"})["clients"]) >= 6, "all wait")
        assert daemon.end() == 0
        answers = [peer.answer() for peer in peers]
        assert [(answer["state"], answer["code"]) for answer in answers] == [("ERROR", "shutting_down")] * 6
        for peer in peers:  # as a client that asks again does, with nobody there
            peer.socket.send_json(GRABBED)
        with daemon_at(tmp_path, port) as again:
            again.ready()
            assert all(peer.answer()["state"] == "ACK" for peer in peers)


def test_every_kind_of_request_under_way_is_answered_in_its_order(tmp_path: Path, emulator: Emulator) -> None:
    with hardware(tmp_path, emulator) as daemon, Peer(daemon.ready().endpoint) as driver, Peer(daemon.endpoint) as asker:
        assert driver.value(pi(HEATER, 128)) == 128
        emulator.hang()  # what is asked of an output now stays under way
        driver.send(
            *({**request, "id": number} for number, request in enumerate([pi(HEATER, 200), multi("PI-MULTI", pi(18, 1), pi(23, 2))]))
        )
        driver.send({"type": "off", "id": 2}, {"type": "status", "id": 3}, aq_pin(HEATER, id=4))
        asker.send(aq_pin(18, id="a"), {"type": "status", "id": "b"}, b"no JSON")
        daemon.process.send_signal(signal.SIGTERM)
        assert [driver.reply()["id"] for _ in range(5)] == [0, 1, 2, 3, 4]
        assert [asker.reply().get("id") for _ in range(3)] == ["a", "b", None]
        assert daemon.exit_code(15.0) == 0
    emulator.resume()
    eventually(lambda: is_off(emulator), "the lease scripts switch them off")


def test_who_asks_without_pause_gets_an_answer_to_everything_up_to_the_closing_of_the_socket(tmp_path: Path) -> None:
    with daemon_at(tmp_path, free_port()) as daemon, Peer(daemon.ready().running().endpoint) as peer:
        assert peer.value(aq_pin(HEATER)) == 0  # a request without a connection waits in the client, for the next daemon
        daemon.process.send_signal(signal.SIGTERM)
        codes: list[str] = []
        while not codes or codes[-1] != "shutting_down":
            reply = peer.ask(aq_pin(HEATER))
            codes.append(reply.get("code", reply["state"]))
        assert set(codes) <= {"ACK", "shutting_down"}
        assert daemon.exit_code(15.0) == 0

"""A client that is slow to read loses nothing; one that does not read costs nobody else anything."""

import json
import threading

from structlog.testing import capture_logs

from actors.gateway.sessions import KEPT_FOR
from benchmarks import hostile
from tests.actors.gateway.peer import aq, multi
from tests.actors.gateway.stage import Stage
from tests.fakes import eventually

SCAN = {"type": "scan"}
LONG = multi("AQ-MULTI", *[aq("0x38", detail=True)] * 200)
COUNT = 120


def test_answers_that_become_due_all_at_once_arrive_all_and_in_order(stage: Stage) -> None:
    stage.sensors["rh"].publish(hum=50.0, temp=20.0)
    peer = stage.peer(identity=b"me")
    peer.send(aq("0x48", id=0), *({**LONG, "id": number} for number in range(1, COUNT)))
    stage.taken(b"me", COUNT)
    stage.sensors["t1"].publish(temp=48.0)
    assert [peer.reply()["id"] for _ in range(COUNT)] == list(range(COUNT))


def test_a_client_that_does_not_read_for_a_while_gets_everything_when_it_does(still: Stage) -> None:
    still.sensors["rh"].publish(hum=50.0, temp=20.0)
    slow, other = still.peer(identity=b"slow", RCVHWM=1, RCVBUF=4096), still.peer()
    slow.send(*({**LONG, "id": number} for number in range(COUNT)))
    client = still.taken(b"slow", COUNT)
    assert client.pending, "not all of it fits into the buffers, or this test shows nothing"
    still.advance(KEPT_FOR / 2)
    assert other.ask(SCAN)["state"] == "ACK"
    with capture_logs() as records:
        for number in range(COUNT):
            assert json.loads(slow.frames()[-1])["id"] == number
            still.advance(0.0)
    assert not [record for record in records if record["event"] == "reply_dropped"]
    eventually(lambda: not client.pending, "nothing is kept any more")
    assert slow.ask({**SCAN, "id": "x"})["id"] == "x"


def test_the_reading_of_a_connection_is_never_stopped_however_far_behind_the_gateway_is(stage: Stage) -> None:
    """Where it is stopped, libzmq ends the process when the connection breaks (docs/decisions/0012)."""
    busy, go_on = threading.Event(), threading.Event()

    def measure(_wish: object) -> None:
        busy.set()
        go_on.wait(10)

    stage.sensors["t1"].on_measure = measure
    stage.peer().send(aq("0x48"))
    assert busy.wait(10)
    with hostile.zmtp(stage.port, patience=4.0) as connection:
        try:
            for _ in range(500):
                connection.sendall(hostile.frame(b" " * 60_000))  # 30 MB, which no buffer of the system holds
        finally:
            go_on.set()
    assert stage.peer().ask(SCAN)["state"] == "ACK"

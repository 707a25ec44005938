"""Who a client is: its ZeroMQ identity, also when it comes back over another connection; and what becomes of those who left."""

from structlog.testing import capture_logs

from actors.gateway.sessions import KEPT_FOR
from tests.actors.gateway.peer import Peer, aq, multi, pi
from tests.actors.gateway.stage import Stage

SCAN = {"type": "scan"}


def test_clients_that_leave_without_their_answers_do_not_disturb_the_others(stage: Stage) -> None:
    peer = stage.peer()
    for number in range(10):
        with Peer(stage.endpoint, identity=b"gone %d" % number) as leaving:
            leaving.send(*[aq("0x48")] * 5, pi(18, number))
            stage.outputs["fan"].told.wait_for_count(number + 1)
    stage.sensors["t1"].publish(temp=20.0)
    assert peer.value(aq("0x48")) == 20.0


def test_a_client_that_never_reads_its_answers_disturbs_nobody_and_is_recorded_once(still: Stage) -> None:
    stage = still
    stage.sensors["rh"].publish(hum=50.0, temp=20.0)
    long_answer = multi("AQ-MULTI", *[aq("0x38", detail=True)] * 256)
    deaf, peer = stage.peer(identity=b"deaf", RCVHWM=1, RCVBUF=4096), stage.peer()
    with capture_logs() as records:
        for number in range(200):
            deaf.send({**long_answer, "x": number})
            if number % 20 == 0:
                assert peer.ask(SCAN)["state"] == "ACK"
        stage.taken(b"deaf", 200)
        stage.advance(KEPT_FOR)
        deaf.send(SCAN)
        stage.taken(b"deaf", 201)
    dropped = [record for record in records if record["event"] == "reply_dropped"]
    assert [record["log_level"] for record in dropped] == ["warning"]
    assert peer.ask(SCAN)["state"] == "ACK"

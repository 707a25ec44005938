"""Whatever comes late from whoever is gone is dropped: the gateway goes on."""

import dataclasses
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.errors import Fault
from actors.messages import Done, News, Rewire, Route
from tests.actors.gateway.peer import Peer, aq, aq_pin, pi
from tests.actors.gateway.stage import BENCH, Stage

LESS = dataclasses.replace(BENCH, sensors=BENCH.sensors[:1], outputs=BENCH.outputs[:1])


@pytest.mark.parametrize(
    "late",
    [
        News("t1"),
        News("heater"),
        News("nobody"),
        Route("t1", "running", None, 1, None, None),
        Route("heater", "failed", Fault("hung", "it is back"), 7, None, None),
        Done(1, 20.0),
        Done(12345, Fault("hung", "it is back")),
        Done(-1, None),
    ],
    ids=str,
)
def test_the_gateway_drops_the_word_of_a_child_that_config_py_no_longer_has(stage: Stage, peer: Peer, late: Any) -> None:
    stage.tell(Rewire(LESS))
    with capture_logs() as records:
        stage.tell(late)
        stage.settle()
    assert stage.ref.is_alive()
    assert not [record for record in records if record["event"] == "internal_error"]
    assert peer.value(pi(18, 5)) == 5


def test_a_sensor_and_an_output_that_were_waited_for_answer_after_they_were_removed(stage: Stage, peer: Peer) -> None:
    stage.outputs["heater"].obedient = False
    peer.introduce().send(aq("0x48", max_age=0), aq_pin(23), pi(23, 50))
    stage.sensors["t1"].asked.wait_for_count(1)
    told = stage.outputs["heater"].told.wait_for_count(2)
    stage.tell(Rewire(LESS))
    codes = [peer.reply()["code"] for _ in range(2)]
    assert codes == ["removed", "removed"]
    stage.sensors["t1"].publish(temp=48.0)
    for message in told:
        message.reply(Done(message.ticket, 50.0))
    stage.settle()
    assert peer.reply()["value"] == 50, "what was driven before is said"
    assert peer.value({"type": "scan"})["detector"]

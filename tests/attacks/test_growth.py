"""A gateway whose process has grown too much ends in good order; the size of the process is told by the test."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from actors.errors import OUTGROWN
from actors.gateway import sessions as desk
from actors.gateway.net.growth import ALONE, MOST, OFTEN, SELDOM, STEP, WARY_FOR, Growth, give_back, resident
from actors.messages import Died, Serve
from tests.actors.gateway.peer import aq, error
from tests.actors.gateway.stage import Stage
from tests.fakes import PATIENCE, eventually

SCAN = {"type": "scan"}


class Size:
    """The resident memory of the process, as a test would have it."""

    def __init__(self) -> None:
        self.bytes = 50_000_000
        self.looks = 0

    def __call__(self) -> int:
        self.looks += 1
        return self.bytes

    def looked_at(self, times: int = 3) -> None:
        """Wait until the gateway has looked so often again."""
        before = self.looks
        eventually(lambda: self.looks >= before + times, "the gateway looks at its memory")


@pytest.fixture
def size(monkeypatch: pytest.MonkeyPatch) -> Size:
    size = Size()
    monkeypatch.setattr("actors.gateway.actor.resident", size)
    return size


@pytest.fixture
def stage(size: Size) -> Iterator[Stage]:
    with Stage() as stage:
        size.looked_at()
        yield stage


def test_a_gateway_that_has_grown_too_much_answers_who_waits_and_ends(stage: Stage, size: Size) -> None:
    waiting, idle = stage.peer(), stage.peer(identity=b"idle")
    assert idle.ask(SCAN)["state"] == "ACK"
    waiting.send(aq("0x48"))
    stage.sensors["t1"].asked.wait_for_count(1)
    with capture_logs() as records:
        size.bytes += MOST + 1
        assert error(waiting.reply()) == "busy"
        assert stage.ref.actor_stopped.wait(PATIENCE)
    (died,) = [said for said in stage.said.items if isinstance(said, Died)]
    assert (died.fault.code, died.expected) == (OUTGROWN, True)
    assert [record["mib"] for record in records if record["event"] == "gateway_outgrown"] == [MOST // 1024 // 1024]
    with Stage(port=stage.port) as again:
        assert idle.ask(SCAN)["state"] == "ACK", "its ZeroMQ finds the next gateway by itself"
        assert again.port == stage.port


def test_a_gateway_that_has_grown_by_less_goes_on(stage: Stage, size: Size) -> None:
    size.bytes += MOST
    size.looked_at()
    assert stage.peer().ask(SCAN)["state"] == "ACK"


def test_what_the_daemon_took_before_it_served_is_its_usual_size(size: Size) -> None:
    with Stage(serve=False) as stage:
        size.looked_at()
        size.bytes += MOST
        stage.tell(Serve())
        size.looked_at()
        size.bytes += MOST
        size.looked_at()
        assert stage.peer().ask(SCAN)["state"] == "ACK"


def test_it_is_looked_more_often_while_it_grows_or_somebody_has_not_asked_anything() -> None:
    size = Size()
    growth = Growth(size)
    growth.look(0.0, strangers=False, alone=False)
    assert growth.look(10.0, strangers=False, alone=False) == SELDOM
    assert growth.look(10.0, strangers=False, alone=True) == ALONE
    assert growth.look(10.0, strangers=True, alone=False) == OFTEN
    size.bytes += STEP + 1
    assert growth.look(11.0, strangers=False, alone=False) == OFTEN
    assert growth.look(11.0 + WARY_FOR, strangers=False, alone=False) == SELDOM


def test_the_process_tells_its_size_and_gives_memory_back() -> None:
    before = resident()
    if before is None:
        pytest.skip("this system does not tell what a process takes")
    assert before > 1_000_000
    give_back()


def test_who_asks_on_and_on_without_waiting_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_BEHIND", 20)
    with Stage() as stage, capture_logs() as records:
        stage.peer(identity=b"greedy").send(*[aq("0x48", max_age=0)] * 30)
        eventually(lambda: any(record["event"] == "connection_cut" for record in records), "it is cut")
        assert stage.peer().ask(SCAN)["state"] == "ACK"

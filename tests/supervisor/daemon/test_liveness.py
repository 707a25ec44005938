"""The watchdog is fed only while gateway, supervisor and the children's heartbeats are well."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.bench.devices import Bench
from actors.core import events
from actors.core.clock import SystemClock
from actors.core.mailbox import Vitals, teller
from actors.messages import Alive, Probe, Shutdown
from supervisor.daemon.systemd.liveness import SILENCE, Liveness
from supervisor.rig.rig import SimulatedRig
from supervisor.tree.children.record import ChildSpec, Record, Running
from supervisor.tree.children.specs import SENSOR_POLICY
from supervisor.tree.progress import Progress
from supervisor.tree.supervisor import Supervisor
from supervisor.tree.watch.heartbeat import GRACE, RoundTrip
from tests.fakes import ManualClock, Recorder, wait

EVERY = 2.0


class Main:
    """The main thread's half, with the other side played by the test."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.asked: list[Probe] = []
        self.fed: list[float] = []
        self.silences = 0
        self.liveness = Liveness(
            self.asked.append, clock, feed=lambda: self.fed.append(clock.monotonic()), feed_every=EVERY, on_silence=self._silence
        )

    def _silence(self) -> None:
        self.silences += 1

    def live(self, seconds: float, *, answers: bool = True, step: float = 0.5) -> None:
        """Let time pass, looking every `step` seconds."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            self.liveness.look()
            if answers and self.asked:
                self.answer()
            self.clock.advance(step)

    def answer(self, probe: Probe | None = None) -> None:
        asked = probe or self.asked[-1]
        asked.reply(Alive("supervisor", asked.number))


@pytest.fixture
def main(clock: ManualClock) -> Main:
    return Main(clock)


def test_it_is_fed_as_often_as_wanted_while_answers_come(main: Main) -> None:
    main.live(60)
    gaps = [later - earlier for earlier, later in zip(main.fed, main.fed[1:], strict=False)]
    assert len(main.fed) == 30
    assert set(gaps) == {EVERY}


def test_it_is_not_fed_any_more_when_answers_stop(main: Main) -> None:
    main.live(20)
    fed = len(main.fed)
    main.live(60, answers=False)
    assert len(main.fed) <= fed + 1


def test_silence_is_recorded_once_with_all_stacks_and_so_is_its_end(main: Main) -> None:
    main.live(10)
    with capture_logs() as records:
        main.live(20, answers=False)
        main.live(5)
    assert [record["event"] for record in records] == [events.LIVENESS_LOST, events.LIVENESS_BACK]
    assert (main.silences, records[0]["log_level"]) == (1, "critical")
    assert SILENCE < records[0]["gap_s"] < SILENCE + 2
    assert records[1]["gap_s"] >= 19


def test_a_process_that_stood_still_does_not_accuse_the_gateway(main: Main, clock: ManualClock) -> None:
    main.live(10)
    with capture_logs() as records:
        clock.advance(3600)
        main.live(10)
    assert records == []


def child(clock: ManualClock, *, busy_for: float | None, hang: float = 3.0) -> Record:
    """Return the record of a child that has been inside one message for `busy_for` seconds."""
    vitals = Vitals(None if busy_for is None else clock.monotonic() - busy_for)
    never: Any = None
    running = Running(never, lambda _message: None, vitals, None, lambda: None, lambda: None)
    return Record(ChildSpec("t", "sensor", never, SENSOR_POLICY, hang), running=running)


@pytest.mark.parametrize(
    ("busy_for", "answered"),
    [(None, True), (0.1, True), (3.0 + GRACE, True), (3.1 + GRACE, False)],
    ids=["idle", "busy", "fenced soon", "overdue"],
)
def test_the_supervisor_answers_for_its_children(clock: ManualClock, busy_for: float | None, answered: bool) -> None:
    to_gateway: list[Any] = []
    answers: list[Alive] = []
    trip = RoundTrip(lambda: [child(clock, busy_for=busy_for)], to_gateway.append, lambda _message: None, Progress(), clock)
    trip.follow(Probe(2, answers.append))
    assert ([probe.number for probe in to_gateway], answers) == ([2], [])
    trip.follow(Alive("gateway", 2))
    assert (answers == [Alive("supervisor", 2)]) is answered


class Daemon:
    """A supervisor and a gateway without a bench, and the way to hold either of them inside a message."""

    def __init__(self) -> None:
        self.progress = Progress()
        self.answers: Recorder[Alive] = Recorder()
        self._held: list[threading.Event] = []
        bench = Bench("test", 1, (), ())
        clock = SystemClock()
        self.ref = Supervisor.start(bench, SimulatedRig(bench, clock), clock, bind="127.0.0.1", port=0, progress=self.progress)
        self.tell = teller(self.ref)
        wait(self.progress.ready)

    def ask(self, number: int) -> None:
        self.tell(Probe(number, self.answers.add))

    def heard(self) -> list[int]:
        return [answer.number for answer in self.answers.items]

    def hold(self, who: str) -> threading.Event:
        """Keep the gateway or the supervisor busy until the event that is returned is set."""
        entered, free = threading.Event(), threading.Event()

        def stay(_message: Any) -> None:
            entered.set()
            wait(free)

        self._held.append(free)
        state = self.progress.state
        assert state is not None
        if who == "gateway":
            assert state.gateway.running is not None
            state.gateway.running.tell(Probe(0, stay))
        else:
            self.answers_of_supervisor(stay)
        wait(entered)
        return free

    def answers_of_supervisor(self, stay: Any) -> None:
        """Have the supervisor call `stay` as it answers a question."""
        from actors.messages import Query

        self.tell(Query(1, "nothing", {}, stay))

    def close(self) -> None:
        for free in self._held:
            free.set()
        self.tell(Shutdown("the test ends"))
        wait(self.progress.finished)
        assert self.ref.actor_stopped.wait(10)


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    daemon = Daemon()
    yield daemon
    daemon.close()


@pytest.mark.parametrize("who", ["gateway", "supervisor"])
def test_nobody_answers_while_the_gateway_or_the_supervisor_hangs(daemon: Daemon, who: str) -> None:
    daemon.ask(2)
    daemon.answers.wait_for_count(1)
    free = daemon.hold(who)
    daemon.ask(3)
    with pytest.raises(AssertionError, match="not within"):
        daemon.answers.wait_for_count(2, timeout=0.2)
    free.set()
    daemon.answers.wait_for_count(2)
    assert daemon.heard() == [2, 3]

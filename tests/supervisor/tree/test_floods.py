"""A client that asks the supervisor without end delays neither the end nor anything that keeps the bench safe."""

import threading
from typing import Any

import pytest

from actors.messages import Query
from tests.fakes import Recorder, wait
from tests.supervisor.tree.daemon import Daemon

MANY = 1000


class Held:
    """A supervisor in the middle of an answer, so that a test can fill its mailbox."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.gate, entered = threading.Event(), threading.Event()

        def answer(_done: Any) -> None:
            entered.set()
            wait(self.gate)

        daemon.supervisor.tell(Query(1, "retry", {"child": "nobody"}, answer))
        wait(entered)

    def ask(self, kind: str, answers: Recorder[Any], expires: float, **arguments: Any) -> None:
        """Ask `MANY` times; each answer is kept with whether the daemon was ending by then."""
        for number in range(MANY):
            query = Query(number, kind, arguments, lambda _done: answers.add(self.daemon.progress.ending.is_set()), expires)
            self.daemon.supervisor.tell(query)


@pytest.mark.parametrize(("kind", "arguments"), [("status", {}), ("retry", {"child": "hot"}), ("reset", {"interlock": "heater"})])
def test_the_end_comes_before_everything_that_clients_have_asked(daemon: Daemon, kind: str, arguments: dict[str, str]) -> None:
    daemon.up()
    held, answers = Held(daemon), Recorder[bool]()
    held.ask(kind, answers, float("inf"), **arguments)
    daemon.shut_down()
    held.gate.set()
    daemon.until(daemon.progress.finished.is_set, "the daemon has ended", 10)

    assert False not in answers.items


def test_a_question_whose_asker_has_been_answered_is_dropped(daemon: Daemon) -> None:
    daemon.up()
    held, answers = Held(daemon), Recorder[bool]()
    held.ask("status", answers, daemon.clock.monotonic() + 1.5)
    daemon.clock.advance(2.0)
    held.gate.set()
    daemon.rest()

    assert answers.items == []

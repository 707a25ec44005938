"""The loop of the recorder: it follows a daemon through its absences, goes on where it was, and never ends by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pilotage.errors import ClientError, UnreachableError
from pilotage.history.documents import History
from recorder import recording
from recorder.recording import Recorder
from recorder.store import Store
from tests.fakes import wait
from tests.recorder.parts import WALL, Parts

Answer = History | ClientError


class PlayedClient:
    """A daemon's answers one after the other; after the last one the recorder is told to stop."""

    def __init__(self, *answers: Answer) -> None:
        self.stop = threading.Event()
        self.asked: list[int | None] = []
        self.described = 0
        self._answers = list(answers)

    def describe(self) -> Any:
        self.described += 1
        return {"sensors": [{"child": "t", "channels": [{"name": "temp", "units": "°C", "default": True}]}], "outputs": []}

    def history_since(self, cursor: int | None, _wait: float, *, news: str) -> History:
        assert news == "events"
        self.asked.append(cursor)
        answer = self._answers.pop(0)
        if not self._answers:
            self.stop.set()
        if isinstance(answer, ClientError):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "AGAIN", 0.001)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def make(tmp_path: Path, told: list[str]) -> Callable[[], Store]:
    return lambda: Store(tmp_path, say=lambda _level, event, _text: told.append(event))


def fails(_part: History) -> None:
    raise ZeroDivisionError("a follower's bug")


def run(store: Store, client: PlayedClient) -> Recorder:
    recorder = Recorder(store, client)  # type: ignore[arg-type]
    recorder.run(client.stop)
    return recorder


def test_each_part_is_asked_for_with_the_cursor_of_the_one_before_also_after_a_restart(make: Callable[[], Store]) -> None:
    parts = Parts()
    first, second, third = (parts.part(at, {"t": [(at, at)]}) for at in (1.0, 2.0, 3.0))
    client, again = PlayedClient(first, second), PlayedClient(third)
    run(make(), client)
    run(make(), again)
    assert client.asked == [None, first["cursor"]]
    assert again.asked == [second["cursor"]]
    store = make()
    assert store.read(["t"], WALL, WALL + 100).series["t"].value == [1.0, 2.0, 3.0]
    assert store.names() == {"t": "°C"}
    store.close()


def test_a_daemon_that_does_not_answer_is_told_once_and_asked_again(make: Callable[[], Store], told: list[str]) -> None:
    away, parts = UnreachableError("unreachable", "no daemon listens there"), Parts()
    client = PlayedClient(parts.part(1.0), away, away, ClientError("busy", "too much"), parts.part(2.0), away)
    run(make(), client)
    assert told == ["history_waits", "history_waits"]
    assert client.described == 4


def test_what_the_same_daemon_does_not_know_any_more_is_said_to_be_lost(make: Callable[[], Store], told: list[str]) -> None:
    parts, other = Parts(), Parts("second")
    run(make(), PlayedClient(parts.part(1.0), parts.part(2.0, missed=True)))
    assert told == ["history_missed"]
    run(make(), PlayedClient(other.part(1.0, missed=True)))
    assert told == ["history_missed"]


def test_units_are_asked_for_again_when_the_bench_is_another_one(make: Callable[[], Store]) -> None:
    parts = Parts()
    client = PlayedClient(parts.part(1.0), parts.part(2.0, events=[(2.0, "config_reloaded")]), parts.part(3.0))
    run(make(), client)
    assert client.described == 2


def test_a_follower_gets_every_part_and_one_that_fails_is_let_go(make: Callable[[], Store], told: list[str]) -> None:
    parts = Parts()
    given = [parts.part(1.0), parts.part(2.0)]
    client = PlayedClient(*given)
    seen: list[History] = []
    recorder = Recorder(make(), client)  # type: ignore[arg-type]
    recorder.followers += [fails, seen.append]
    recorder.run(client.stop)
    assert seen == given
    assert told == ["internal_error"]


def test_it_follows_a_real_daemon_and_a_restart_of_its_own_leaves_no_gap(make: Callable[[], Store]) -> None:
    from pilotage import Client
    from tests.actors.gateway.whole import Whole

    with Whole() as whole:
        whole.running()
        store = make()
        for _ in range(2):
            with Client(whole.endpoint) as client:
                stop, counted = threading.Event(), threading.Event()
                recorder = Recorder(store, client)
                recorder.followers.append(lambda part, counted=counted: part["readings"] and counted.set())  # type: ignore[misc]
                thread = threading.Thread(target=recorder.run, args=(stop,))
                thread.start()
                wait(counted)
                stop.set()
                thread.join()
            store = make()
        with Client(whole.endpoint) as client:
            measured = client.history_since(None)["readings"]["t_resistance"]["value"]
        kept = store.read(["t_resistance"], 0, 1e11).series["t_resistance"].value
        assert len(kept) > 1
        assert kept == measured[: len(kept)]
        assert set(store.read(["resistance"], 0, 1e11).series["resistance"].value) <= {0.0}
        store.close()

"""The words of an earlier life change nothing."""

from typing import Any

import pytest

from actors.errors import Fault
from actors.messages import Alive, Condition, Died, Done, Started
from tests.supervisor.tree.daemon import Daemon

GONE = Fault("no_ack", "nobody there")


@pytest.fixture
def second_life(daemon: Daemon) -> Daemon:
    """A daemon whose sensor runs in its second generation."""
    daemon.up()
    daemon.sim.fault("hot", "unplug")
    daemon.until(lambda: daemon.state("hot") == "absent", "the sensor is absent", 5)
    daemon.sim.clear("hot")
    daemon.until(lambda: daemon.state("hot") == "running", "the sensor runs", 5)
    daemon.rest()
    return daemon


@pytest.mark.parametrize("generation", [1, 3])
@pytest.mark.parametrize("kind", [Started, Condition, Died])
def test_a_word_of_another_generation_is_not_heard(second_life: Daemon, kind: Any, generation: int) -> None:
    daemon = second_life
    details: dict[Any, Any] = {Started: ({"channels": []},), Condition: (GONE,), Died: (GONE, False)}
    before = daemon.record("hot").life, dict(daemon.record("hot").detail), daemon.record("hot").running, len(daemon.log.items)
    daemon.supervisor.tell(kind("hot", generation, *details[kind]))
    daemon.rest()

    assert (daemon.record("hot").life, dict(daemon.record("hot").detail), daemon.record("hot").running, len(daemon.log.items)) == before


@pytest.mark.parametrize(
    "word", [Started("hot", 1, {}), Condition("hot", 1, GONE), Condition("hot", 1, None)], ids=["started", "bad", "good"]
)
def test_a_word_of_the_dead_is_not_heard(daemon: Daemon, word: Any) -> None:
    daemon.up()
    daemon.sim.fault("hot", "hang")
    daemon.until(lambda: daemon.record("hot").life.blocked, "the hang is noticed", 5)
    before = daemon.record("hot").life
    daemon.supervisor.tell(word)
    daemon.rest()

    assert daemon.record("hot").life == before


def test_a_child_dies_once(daemon: Daemon) -> None:
    daemon.up()
    daemon.sim.fault("hot", "unplug")
    daemon.until(lambda: daemon.state("hot") == "absent", "the sensor is absent", 5)
    life = daemon.record("hot").life
    daemon.supervisor.tell(Died("hot", life.generation, GONE, expected=True))
    daemon.rest()

    assert daemon.record("hot").life == life


def test_words_of_children_that_there_are_not_and_answers_nobody_waits_for_harm_nothing(daemon: Daemon) -> None:
    daemon.up()
    for word in (Started("nobody", 1, {}), Died("nobody", 1, GONE, expected=False), Done(77, 1.0), Alive("gateway", 99), "what is this?"):
        daemon.supervisor.tell(word)
    daemon.run(2)

    assert (daemon.serves(), daemon._ref.actor_stopped.is_set()) == (True, False)


def test_every_generation_publishes_in_a_place_of_its_own(second_life: Daemon) -> None:
    first = second_life.record("hot").running
    assert first is not None
    second_life.sim.fault("hot", "unplug")
    second_life.until(lambda: second_life.state("hot") == "absent", "the sensor is absent", 5)
    second_life.sim.clear("hot")
    second_life.until(lambda: second_life.state("hot") == "running", "the sensor runs", 5)
    second = second_life.record("hot").running

    assert second is not None
    assert second.cell is not first.cell
    assert second.ref.actor_urn != first.ref.actor_urn

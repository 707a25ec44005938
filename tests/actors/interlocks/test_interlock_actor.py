"""The interlock actor by itself: what it hears, whom it tells, what it notes."""

import math
from typing import Any

import pytest

from actors.bench.interlocks import Drive
from actors.core import events
from actors.core.cells import Clientele, OutputCell
from actors.errors import Fault, PermanentError
from actors.interlocks.actor import PERMIT, RENEW_EVERY, InterlockActor
from actors.interlocks.cell import InterlockCell
from actors.messages import Observed, Permit, Reading, Route, Tick
from tests.actors.interlocks.rules_of import FAN, HEATER, IDLE, LIMIT, OFF, PROGRESS, STALE, STUCK_ON, change
from tests.actors.outputs.remote import Logbook
from tests.fakes import ManualClock

BOTH = change(LIMIT, drives=(*OFF, Drive(FAN, 255.0)))


class Told:
    """An output that only listens."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        self.cell = OutputCell(name, lambda _news: None)
        self.cell.publish(0.0, clock.monotonic())
        self.permits: list[Permit] = []
        self.tell = self.permits.append


class Alone:
    """One generation after the other, on one cell, with a heater and a fan."""

    def __init__(self, clock: ManualClock, *specs: Any) -> None:
        self.clock = clock
        self.specs = specs
        self.cell = InterlockCell()
        self.outputs = {name: Told(name, clock) for name in (HEATER.id, FAN.id)}
        self.generation = 0
        self.start()

    def start(self) -> None:
        self.generation += 1
        shared: dict[str, Any] = {"cell": self.cell, "clientele": Clientele(), "reach": self.outputs.get}
        self.actor: Any = InterlockActor(
            self.specs,
            self.generation,
            needs_permit=lambda output: output == HEATER.id,
            parent=lambda _message: None,
            clock=self.clock,
            **shared,
        )
        self.actor.begin()

    def read(self, value: float | Fault, sensor: str = "hot") -> None:
        now = self.clock.monotonic()
        self.actor.handle(Observed(sensor, Reading({"temp": value}, {"temp": value}, now, now, 0.0)))

    def told(self, output: str) -> list[Permit]:
        """Return what an output was told since the last look."""
        permits = self.outputs[output].permits
        told = [*permits]
        permits.clear()
        return told


def test_a_heater_is_given_permits_again_and_again_and_a_fan_orders_only(clock: ManualClock) -> None:
    alone = Alone(clock, BOTH)
    alone.told("heater")
    alone.read(20.0)
    [first] = alone.told("heater")
    assert first == Permit(1, clock.monotonic() + PERMIT, ())
    alone.told("fan")
    for _ in range(10):
        clock.advance(RENEW_EVERY)
        alone.actor.handle(Tick())
    assert len(alone.told("heater")) == 10
    assert alone.told("fan") == []


def test_a_trip_tells_both_at_once(clock: ManualClock, log: Logbook) -> None:
    alone = Alone(clock, BOTH)
    alone.told("heater"), alone.told("fan")
    alone.read(95.0)
    [[heater]], [[fan]] = ([permit.holds for permit in alone.told(output)] for output in ("heater", "fan"))
    assert (heater.value, fan.value, heater.interlock, heater.latched) == (0.0, 255.0, "too_hot", True)
    assert len(log.of(events.INTERLOCK_TRIPPED)) == 1
    alone.read(99.0)
    assert len(log.of(events.INTERLOCK_TRIPPED)) == 1


def test_a_new_generation_of_an_output_is_told_at_once(clock: ManualClock) -> None:
    alone = Alone(clock, BOTH)
    alone.read(95.0)
    alone.told("heater"), alone.told("fan")
    alone.actor.handle(Route("fan", "running", None, 2, None, None))
    assert [len(permit.holds) for permit in alone.told("fan")] == [1]
    assert alone.told("heater") == []


def test_the_end_takes_every_permit_back(clock: ManualClock) -> None:
    alone = Alone(clock, BOTH)
    alone.told("heater")
    alone.actor.end()
    assert [permit.until for permit in alone.told("heater")] == [clock.monotonic()]


def test_a_fenced_generation_says_and_notes_nothing_more(clock: ManualClock) -> None:
    alone = Alone(clock, BOTH)
    former = alone.actor
    alone.start()
    alone.told("heater")
    with pytest.raises(PermanentError) as refused:
        former.handle(Tick())
    assert refused.value.code == "replaced"
    assert alone.told("heater") == []
    alone.cell.fence()
    with pytest.raises(PermanentError):
        alone.actor.handle(Tick())


def test_state_and_readings_are_taken_over_by_the_next_generation(clock: ManualClock) -> None:
    alone = Alone(clock, STALE, BOTH)
    alone.read(95.0)
    states, channels = alone.cell.states, alone.cell.channels
    alone.start()
    assert alone.cell.states["too_hot"].trip == states["too_hot"].trip
    assert alone.cell.channels == channels


def test_an_interlock_that_the_file_has_changed_begins_anew_but_for_a_latched_trip(clock: ManualClock) -> None:
    for latched in (True, False):
        alone = Alone(clock, STALE, change(BOTH, latched=latched))
        alone.read(95.0)
        trip = alone.cell.states["too_hot"].trip
        alone.specs = (STALE, change(BOTH, above=100.0, latched=latched))
        alone.start()
        assert trip is not None
        assert alone.cell.states["too_hot"].trip == (trip if latched else None)


def test_a_reading_that_came_before_the_end_of_a_time_is_looked_at_when_that_ends(clock: ManualClock) -> None:
    alone = Alone(clock, STALE)
    alone.read(20.0)
    for _ in range(7):
        clock.advance(0.7)
        alone.actor.handle(Tick())
    assert alone.actor.actor_inbox.wake_at == pytest.approx(clock.monotonic() + 0.1)
    assert math.isfinite(alone.cell.looked_at)


@pytest.mark.parametrize("stood_still", [False, True], ids=["nobody was there", "it stood still"])
def test_what_was_seen_before_a_time_in_which_nobody_watched_trips_nothing(stood_still: bool, clock: ManualClock) -> None:
    alone = Alone(clock, STALE, PROGRESS, STUCK_ON, change(IDLE, seconds=30.0))
    alone.read(20.0)
    alone.outputs["heater"].cell.publish(128.0, clock.monotonic())
    alone.actor.handle(Tick())
    assert alone.cell.states["not_heating"].armed
    clock.advance(500.0)
    if not stood_still:
        alone.start()
    alone.actor.handle(Tick())
    alone.outputs["heater"].cell.publish(0.0, clock.monotonic())
    alone.read(20.0)
    assert [name for name, state in alone.cell.states.items() if state.trip is not None] == []

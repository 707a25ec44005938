"""How long it takes from a trip, and from the reading behind it, to a heater that is off: a whole daemon in real time."""

from actors.bench.devices import Bench
from actors.bench.interlocks import Interlock
from tests.actors.gateway.peer import pi
from tests.actors.gateway.whole import Whole
from tests.actors.interlocks.rules_of import LIMIT, MAX_ON, STALE, change
from tests.actors.outputs.driving import FAN, HEATER
from tests.fakes import eventually
from tests.supervisor.tree.daemon import COLD, HOT

WITHIN = 0.2
"""Seconds from a trip to a heater that is off."""
PIN = 23


def heated(interlock: Interlock) -> Whole:
    """A running daemon whose heater is watched by one interlock; its thermometer is read four times a second."""
    return Whole(Bench("bench.py", 1, (change(HOT, period=0.25), COLD), (FAN, HEATER), "127.0.0.1", interlocks=(interlock,)))


def off_after(whole: Whole, interlock: Interlock) -> tuple[float, float]:
    """Wait for the trip and the heater to be off; return the seconds from the trip, and from the last good reading, to that."""
    cell, heater = whole.supervisor.state.watch.cell, whole.supervisor.state.records["heater"].running.cell
    eventually(lambda: cell.states[interlock.name].trip is not None and heater.read_back == 0.0, "the heater is off")
    assert whole.duty(PIN) == 0.0
    return heater.at - cell.states[interlock.name].trip.since, heater.at - cell.channels.get(("hot", "temp"), heater).at


def test_too_hot_while_another_sensor_hangs() -> None:
    with heated(LIMIT) as whole:
        whole.running().rig.inject("cold", "hang", {})
        whole.peer().value(pi(PIN, 128))
        whole.rig.inject("hot", "shift", {"degrees": 100.0})
        from_trip, from_reading = off_after(whole, LIMIT)
        assert max(from_trip, from_reading) <= WITHIN


def test_on_too_long_while_the_bus_is_stuck() -> None:
    interlock = change(MAX_ON, seconds=0.4)
    with heated(interlock) as whole:
        whole.running().rig.inject("bus", "stuck", {})
        whole.peer().value(pi(PIN, 128))
        from_trip, _ = off_after(whole, interlock)
        assert from_trip <= WITHIN


def test_a_sensor_lost_to_a_stuck_bus() -> None:
    interlock = change(STALE, seconds=0.6)
    with heated(interlock) as whole:
        whole.running().peer().value(pi(PIN, 128))
        whole.rig.inject("bus", "stuck", {})
        from_trip, from_reading = off_after(whole, interlock)
        assert from_trip <= WITHIN
        assert from_reading <= 0.6 + WITHIN

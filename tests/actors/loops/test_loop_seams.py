"""A loop beside everybody else: what goes on around it while it holds, and what meets at one moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from actors.messages import Stop
from tests.actors.interlocks.rules_of import CLIENT_LOST, LIMIT, MAX_DUTY, STALE, change
from tests.actors.loops.bench import OVEN, Oven
from tests.actors.outputs.driving import FAN, HEATER
from tests.fakes import eventually
from tests.supervisor.tree.daemon import HOT


@pytest.mark.parametrize("child", ["gateway", "hot"])
def test_it_goes_on_while_the_gateway_or_its_sensor_begins_anew(oven: Oven, child: str) -> None:
    oven.heating()
    running = oven.record(child).running
    assert running is not None
    running.tell(Stop())
    oven.until(lambda: oven.generation(child) == 2, "it is another generation", 20.0)
    oven.run(5.0)
    assert oven.seen["state"] == "approach"
    assert oven.power > 0.0


def test_a_client_that_is_gone_switches_it_off_where_that_is_wanted(make_oven: Callable[..., Oven]) -> None:
    oven = make_oven(interlocks=(LIMIT, STALE, CLIENT_LOST)).heating()
    oven.leave()
    oven.run(CLIENT_LOST.seconds + 3.0)
    assert (oven.power, oven.seen["state"], oven.seen["why"]) == (0.0, "off", "interlock left")
    assert oven.hold(45.0)["set_point"] == 45.0


def test_a_client_that_is_gone_leaves_it_alone_otherwise(oven: Oven) -> None:
    oven.heating().leave()
    oven.run(20.0)
    assert (oven.seen["state"], oven.seen["set_point"]) == ("approach", 45.0)


def test_off_ends_a_set_point_that_is_not_done_yet(oven: Oven) -> None:
    mark = oven.ask(type="scan")["boot"]
    for _ in range(5):
        oven.send(type="loop", name="oven", set=45.0, boot=mark)
        oven.send(type="off")
    oven.run(20.0)
    assert (oven.power, oven.seen["state"]) == (0.0, "off")


def test_a_hand_and_the_loop_in_turns_leave_whoever_came_last(oven: Oven) -> None:
    for value in (45.0, 50.0, 55.0):
        oven.heating(value)
        oven.drive(23, value)
        oven.run(1.0)
        assert (oven.seen["state"], round(oven.power * 255)) == ("manual", value)
    oven.hold(0.0)
    eventually(lambda: oven.power == 0.0, "it is off")


def test_a_flood_of_questions_does_not_take_its_output_away(oven: Oven) -> None:
    oven.heating()
    for _ in range(300):
        oven.send(type="AQ", register="pin", pin=1000)
        oven.send(type="loop", name="oven")
    oven.run(20.0)
    assert oven.seen["state"] == "approach"
    assert oven.power > 0.0


def test_an_interlock_that_clamps_its_output_limits_its_power(make_oven: Callable[..., Oven]) -> None:
    half = make_oven(interlocks=(LIMIT, STALE, MAX_DUTY), outputs=(FAN, change(HEATER, ceiling=127.5)))
    half.hold(60.0)
    half.run(30.0)
    assert half.power == pytest.approx(0.5, abs=0.01)
    assert half.seen["state"] == "approach"
    assert half.seen["reachable"] == pytest.approx(42.0, abs=1.5)


def test_a_slow_sensor_keeps_its_output_for_three_of_its_periods(make_oven: Callable[..., Oven]) -> None:
    slow = make_oven(change(OVEN, period=4.0), sensors=(change(HOT, period=4.0),), interlocks=(LIMIT, change(STALE, seconds=30.0)))
    slow.heating()
    slow.sim.fault("hot", "unplug")
    slow.run(7.0)
    assert slow.power > 0.0
    slow.is_off_within(6.0)
    assert slow.seen["state"] == "lost"

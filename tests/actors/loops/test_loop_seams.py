"""A loop beside everybody else: what goes on around it while it holds, and what meets at one moment."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from actors.bench.interlocks import Drive, OutputRef
from actors.messages import Stop
from tests.actors.interlocks.rules_of import CLIENT_LOST, LIMIT, MAX_DUTY, STALE, change
from tests.actors.loops.bench import HEATER_PIN, OVEN, UNTUNED, Oven
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


SECOND = change(HEATER, id="second", name="second", title="Second", pin=24)
BOTH = (Drive(OutputRef("heater", 0.0, 255.0), 0.0), Drive(OutputRef("second", 0.0, 255.0), 0.0))


@pytest.mark.parametrize(
    "loop",
    [change(OVEN, output=OutputRef("second", 0.0, 255.0)), change(OVEN, id="other", name="other"), change(OVEN, pin=2000, max=50.0)],
)
def test_a_reload_that_gives_its_output_or_its_name_away_leaves_everything_off(make_oven: Callable[..., Oven], loop: Any) -> None:
    guards = (change(LIMIT, drives=BOTH), change(STALE, drives=BOTH))
    oven = make_oven(outputs=(FAN, HEATER, SECOND), interlocks=guards).heating()
    oven.reload(dataclasses.replace(oven.bench, loops=(loop,)))
    oven.is_off_within(4.0)
    assert (oven.sim.pigpio.duty_at(24), oven.query("status")["loops"][loop.name]["state"]) == (0.0, "off")
    answer = oven.ask(type="loop", name=loop.name, set=40.0)
    assert answer["state"] == "ACK", answer
    oven.until(lambda: oven.sim.pigpio.duty_at(24 if loop.output.id == "second" else HEATER_PIN) > 0.5, "it heats again", 10.0)


def test_time_that_jumps_leaves_it_off(oven: Oven) -> None:
    oven.heating()
    oven.clock.advance(30.0)
    oven.rest()
    oven.run(0.5)
    assert oven.power == 0.0
    oven.run(10.0)
    assert (oven.power, oven.seen["state"]) == (0.0, "lost")


def test_the_end_of_the_daemon_is_the_end_of_the_heat(oven: Oven) -> None:
    oven.heating()
    oven.shut_down()
    oven.until(lambda: oven.power == 0.0, "it is off", 2.0)


def test_the_last_of_two_set_points_counts_and_its_driver_is_named(oven: Oven) -> None:
    oven.heating()
    oven.loop(set=50.0)
    oven.loop(set=40.0)
    assert (oven.seen["set_point"], oven.seen["driven_by"]) == (40.0, "127.0.0.1")
    oven.settled()
    assert oven.heat == pytest.approx(40.0, abs=0.3)


def test_what_a_tuning_has_is_not_left_to_a_hand(make_oven: Callable[..., Oven]) -> None:
    oven = make_oven(UNTUNED)
    oven.loop(tune={})
    assert oven.loop(mode="manual")["code"] == "tuning"
    assert oven.loop(mode="off")["state"] == "off"


def test_an_order_to_a_loop_that_dies_just_then_is_answered_and_nothing_is_on(oven: Oven) -> None:
    mark = oven.ask(type="scan")["boot"]
    running = oven.record("oven").running
    assert running is not None
    oven.send(type="loop", name="oven", set=45.0, boot=mark)
    running.ref.stop(block=False)
    oven.until(lambda: oven.generation("oven") == 2, "it is another generation", 10.0)
    oven.run(10.0)
    assert (oven.seen["state"], oven.power) == ("off", 0.0) or oven.seen["set_point"] == 45.0

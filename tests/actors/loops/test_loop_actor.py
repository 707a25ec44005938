"""A loop in a whole daemon: it holds, it is asked, it is stopped, and it loses whatever can be lost."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import pytest

from actors.core import events
from actors.core.cells import LoopCell
from actors.outputs.regulated import LAPSED
from tests.actors.interlocks.rules_of import LIMIT, STALE, change
from tests.actors.loops.bench import LOST_AFTER, OVEN, UNTUNED, Oven
from tests.actors.outputs.driving import FAN, HEATER
from tests.actors.outputs.remote import Logbook
from tests.fakes import eventually
from tests.supervisor.tree.daemon import HOT

BY_ITSELF = LOST_AFTER + 0.5
"""Seconds within which the heater is off when its loop, or its sensor, says nothing any more."""


def test_it_is_off_until_it_is_asked(oven: Oven) -> None:
    oven.run(10.0)
    assert (oven.state(), oven.power, oven.loop()["set_point"]) == ("off", 0.0, 0.0)


def test_it_holds_and_settles_and_says_so(oven: Oven, log: Logbook) -> None:
    answer = oven.hold(45.0)
    assert (answer["state"], answer["set_point"]) == ("approach", 45.0)
    oven.settled()
    assert oven.heat == pytest.approx(45.0, abs=0.3)
    oven.run(60.0)

    status = oven.query("status")["loops"]["oven"]
    assert (status["state"], status["settled"], status["units"]) == ("settled", True, "°C")
    assert status["mean_10s"] == pytest.approx(45.0, abs=0.2)
    assert status["output_pct"] == pytest.approx(58.0, abs=8.0)
    [given] = log.of(events.LOOP_SET)
    assert (given["before"], given["value"], given["units"]) == (0.0, 45.0, "°C")
    assert log.of(events.LOOP_MODE, mode="auto")
    assert log.of(events.LOOP_SETTLED)
    assert log.of(events.SET_POINT) == []


def test_off_is_off_at_once_and_stays(oven: Oven, log: Logbook) -> None:
    oven.heating()
    assert oven.loop(mode="off")["state"] == "off"
    oven.is_off_within(0.1)
    assert oven.state() == "off"
    assert log.of(events.SET_POINT, value=0.0)


@pytest.mark.parametrize("value", [0.0, 0])
def test_zero_is_off_also_of_what_a_hand_drives(oven: Oven, value: float) -> None:
    oven.drive(23, 100)
    assert oven.hold(value)["state"] == "off"
    eventually(lambda: oven.power == 0.0, "it is off")


@pytest.mark.parametrize(("value", "code"), [(19.9, "out_of_range"), (80.1, "out_of_range"), (450.0, "out_of_range"), (-1, "out_of_range")])
def test_out_of_range_is_refused_and_changes_nothing(oven: Oven, value: float, code: str) -> None:
    oven.heating()
    answer = oven.hold(value)
    assert (answer["state"], answer["code"]) == ("ERROR", code)
    assert oven.loop()["set_point"] == 45.0


def test_one_that_was_never_tuned_refuses(make_oven: Callable[..., Oven]) -> None:
    oven = make_oven(UNTUNED)
    assert oven.hold(45.0)["code"] == "not_tuned"
    oven.run(5.0)
    assert oven.power == 0.0


def test_it_refuses_before_it_has_seen_anything(make_oven: Callable[..., Oven]) -> None:
    oven = make_oven()
    oven.sim.fault("hot", "unplug")
    oven.run(10.0)
    assert oven.hold(45.0)["code"] == "loop_lost"


def test_a_hand_on_the_output_takes_it_and_is_named(oven: Oven, log: Logbook) -> None:
    oven.heating()
    assert oven.drive(23, 60)["value"] == pytest.approx(60.0)
    assert oven.state() == "manual"
    assert "127.0.0.1 set heater" in oven.why()
    oven.run(10.0)
    assert oven.power == pytest.approx(60 / 255, abs=0.01)
    assert log.of(events.LOOP_MODE, mode="manual", client="127.0.0.1")


def test_a_hand_that_switches_the_output_off_switches_the_loop_off(oven: Oven) -> None:
    oven.heating()
    oven.drive(23, 0)
    assert oven.state() == "off"


def test_it_takes_the_output_back_without_a_jump(oven: Oven) -> None:
    oven.heating()
    oven.settled()
    before = oven.power
    oven.loop(mode="manual")
    assert oven.state() == "manual"
    oven.run(5.0)
    assert oven.power == before
    oven.hold(45.0)
    oven.run(1.5)
    assert abs(oven.power - before) < 0.08


def test_auto_alone_holds_what_there_is(oven: Oven) -> None:
    oven.drive(23, 128)
    oven.until(lambda: oven.heat > 30.0, "it is warm")
    assert oven.loop(mode="auto")["set_point"] == pytest.approx(oven.heat, abs=1.0)


def test_off_for_everything_switches_it_off_and_it_stays_off(oven: Oven) -> None:
    oven.heating()
    assert oven.ask(type="off")["value"]["heater"] == 0.0
    oven.is_off_within(0.1)
    assert oven.state() == "off"
    assert "off" in oven.why()


def test_an_interlock_switches_it_off_and_after_the_reset_it_stays_off(oven: Oven, log: Logbook) -> None:
    oven.heating()
    oven.sim.fault("hot", "shift", degrees=70.0)
    oven.is_off_within(2.0)
    assert (oven.state(), oven.why()) == ("off", "interlock too_hot")
    refusal = oven.hold(45.0)
    assert refusal["code"] == "interlock"
    assert "pilotage reset too_hot" in refusal["value"]
    oven.sim.clear("hot")
    oven.until(lambda: oven.ask(type="reset", interlock="too_hot")["state"] == "ACK", "it can be reset", 200.0)
    oven.run(10.0)
    assert (oven.power, oven.state()) == (0.0, "off")
    assert log.of(events.LOOP_MODE, level="warning", mode="off", reason="interlock too_hot")
    assert oven.hold(45.0)["set_point"] == 45.0


def test_a_loop_that_keeps_its_output_off_is_switched_off_by_an_interlock_too(oven: Oven) -> None:
    oven.drive(23, 255)
    oven.until(lambda: oven.heat > 40.0, "it is warm")
    oven.hold(25.0)
    oven.until(lambda: oven.power == 0.0, "it cools")
    oven.sim.fault("hot", "shift", degrees=70.0)
    oven.run(3.0)
    assert oven.state() == "off"


@pytest.mark.parametrize("kind", ["unplug", "hang", "garbage"])
def test_a_lost_sensor_switches_it_off_and_it_does_not_come_back(oven: Oven, log: Logbook, kind: str) -> None:
    oven.heating()
    oven.sim.fault("hot", kind)
    oven.is_off_within(BY_ITSELF + 1.0)
    assert oven.state() == "lost"
    assert oven.virtual(2)["code"] == "loop_lost"
    assert "hot.temp has given no good reading for 3 s" in log.of(events.LOOP_LOST)[0]["reason"]
    oven.sim.clear("hot")
    oven.run(30.0)
    assert oven.power == 0.0
    assert oven.loop(mode="off")["state"] == "off"


def test_it_is_off_in_time_though_its_actor_hangs(oven: Oven, monkeypatch: pytest.MonkeyPatch, log: Logbook) -> None:
    oven.heating()
    gate, entered = threading.Event(), threading.Event()
    oven.at_close.append(gate.set)
    oven.stuck.add("oven")
    publish = LoopCell.publish

    def hang(cell: LoopCell, reading: Any, state: Any) -> None:
        if not entered.is_set():
            entered.set()
            gate.wait()
        publish(cell, reading, state)

    monkeypatch.setattr(LoopCell, "publish", hang)
    oven.until(entered.is_set, "it hangs", 2.0)
    assert oven.until(lambda: oven.power == 0.0, "it is off", 10.0) <= BY_ITSELF
    assert log.of(events.OUTPUT_SAFE, reason=LAPSED)
    oven.until(lambda: oven.generation("oven") == 2, "it is given up", 30.0)
    gate.set()
    oven.run(10.0)
    assert (oven.power, oven.state()) == (0.0, "off")


def test_a_loop_that_dies_leaves_its_output_safe_and_begins_again_switched_off(oven: Oven) -> None:
    oven.heating()
    running = oven.record("oven").running
    assert running is not None
    running.ref.stop(block=False)
    oven.is_off_within(BY_ITSELF)
    assert (oven.generation("oven"), oven.state()) == (2, "off")
    assert oven.hold(40.0)["set_point"] == 40.0


def test_a_lost_output_switches_it_off_for_good(oven: Oven) -> None:
    oven.heating()
    oven.sim.fault("pigpiod", "gone", level=1)
    oven.until(lambda: oven.state("heater") != "running", "the output is lost", 10.0)
    oven.sim.clear("pigpiod")
    oven.until(lambda: oven.state("heater") == "running", "the output is back", 30.0)
    oven.run(10.0)
    assert oven.power == 0.0
    assert oven.state() in {"off", "lost"}


def test_a_restart_of_the_interlocks_switches_it_off(oven: Oven) -> None:
    oven.heating()
    running = oven.record("interlocks").running
    assert running is not None
    running.ref.stop(block=False)
    oven.run(5.0)
    assert oven.power == 0.0
    assert oven.state() == "off"


def test_another_set_point_goes_on_from_where_it_is(oven: Oven, log: Logbook) -> None:
    oven.heating()
    oven.settled()
    before = oven.power
    assert oven.hold(46.0)["set_point"] == 46.0
    assert oven.power == before
    oven.settled()
    assert len(log.of(events.LOOP_SET)) == 2
    oven.hold(46.0)
    assert len(log.of(events.LOOP_SET)) == 2


def test_a_new_set_point_has_not_settled_because_the_one_before_had(oven: Oven, log: Logbook) -> None:
    oven.heating()
    oven.settled()
    answer = oven.hold(50.0)
    assert (answer["state"], answer["settled"], oven.virtual(2)["value"]) == ("approach", False, 3.0)
    oven.settled()
    assert oven.heat == pytest.approx(50.0, abs=0.3)
    assert log.of(events.LOOP_UNSETTLED) == []


def test_a_fan_is_answered_before_the_next_reading(oven: Oven) -> None:
    oven.heating()
    oven.settled()
    before = oven.power
    oven.drive(18, 64)
    assert oven.until(lambda: oven.power > before + 0.1, "the heater answers the fan") < 0.1
    oven.run(60.0)
    assert oven.heat == pytest.approx(45.0, abs=0.3)


def test_its_virtual_pins_read_what_the_table_says(oven: Oven) -> None:
    assert [oven.virtual(index)["value"] for index in range(3)] == [0.0, 0.0, 0.0]
    assert oven.drive(1000, 45.0) == {"state": "ACK", "value": 45.0}
    oven.run(5.0)
    target, working, state = (oven.virtual(index)["value"] for index in range(3))
    assert (target, state) == (45.0, 3.0)
    assert 22.0 < working < 45.0
    oven.settled()
    assert oven.virtual(2)["value"] == 4.0
    oven.drive(23, 50)
    eventually(lambda: [oven.virtual(index)["value"] for index in range(3)] == [0.0, 0.0, 1.0], "it is by hand")
    assert oven.drive(1000, 0)["value"] == 0.0
    assert oven.virtual(2)["value"] == 0.0


def test_what_its_pins_refuse(oven: Oven) -> None:
    assert [oven.drive(pin, 45)["code"] for pin in (1001, 1002, 1003)] == ["read_only_pin", "read_only_pin", "unknown_pin"]
    assert oven.drive(1000, 2.0)["code"] == "out_of_range"  # what `move_rel` of the plugins sends
    assert oven.ask(type="loop", name="ofen")["code"] == "unknown_loop"
    assert oven.loop(set=45, mode="off")["code"] == "bad_value"
    assert oven.loop(mode="warm")["code"] == "bad_value"


def test_a_ramp_is_followed(oven: Oven) -> None:
    oven.hold(30.0, ramp=6.0)
    oven.run(30.0)
    assert oven.loop()["working"] == pytest.approx(22.0 + 3.0, abs=0.8)


def test_a_program_ends_as_told(oven: Oven) -> None:
    oven.loop(program=[[26, 30, 5], [24, 0, 0]], end="off")
    oven.until(lambda: oven.seen["state"] == "off", "its program is over", 300.0)
    eventually(lambda: oven.power == 0.0, "it is off")
    assert oven.why() == "its program is over"


def test_a_reload_of_anything_else_leaves_it_alone(oven: Oven) -> None:
    oven.heating()
    oven.reload(dataclasses.replace(oven.bench, outputs=(change(FAN, title="Another"), HEATER)))
    oven.run(10.0)
    assert (oven.state(), oven.generation("oven")) == ("approach", 1)


def test_a_reload_of_its_own_constants_goes_on_without_a_jump(oven: Oven) -> None:
    oven.heating()
    oven.settled()
    before = oven.power
    oven.reload(dataclasses.replace(oven.bench, loops=(change(OVEN, aggressiveness="firm", title="Hot"),)))
    oven.run(1.5)
    assert abs(oven.power - before) < 0.1
    assert (oven.loop()["set_point"], oven.generation("oven")) == (45.0, 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"loops": (change(OVEN, max=50.0),)},
        {"sensors": (change(HOT, coupling=0.9),)},
        {"outputs": (FAN, change(HEATER, ramp=50.0))},
        {"interlocks": (change(LIMIT, above=89.0), STALE)},
        {"loops": ()},
    ],
)
def test_a_reload_of_what_it_is_about_switches_it_off(oven: Oven, changed: Any) -> None:
    oven.heating()
    oven.reload(dataclasses.replace(oven.bench, **changed))
    oven.is_off_within(BY_ITSELF)
    if changed != {"loops": ()}:
        assert oven.state() == "off"

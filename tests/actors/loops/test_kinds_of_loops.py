"""Loops that are not a heater with a tuned law: a switch, a fan that cools, and what the power tells of a sensor, in a whole daemon."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from statistics import fmean

import pytest

from actors.bench.devices import OutputSpec
from actors.bench.interlocks import Drive, OutputRef
from actors.core import events
from tests.actors.interlocks.rules_of import LIMIT, STALE, change
from tests.actors.loops.bench import HEATER_PIN, OVEN, UNTUNED, Oven
from tests.actors.outputs.driving import FAN
from tests.actors.outputs.remote import Logbook

SWITCHED = change(UNTUNED, output=OutputRef("heater", 0.0, 1.0), hysteresis=0.5, cycle=12.0)
SWITCH = OutputSpec("heater", "heater", "Heater", "DIGITAL", HEATER_PIN, None, "", 0.0, 1.0, None, 0.0, "heater")
OFF = (Drive(OutputRef("heater", 0.0, 1.0), 0.0),)
COOLED = change(UNTUNED, output=OutputRef("fan", 0.0, 255.0), fan=None, action="cool", min=25.0, max=60.0)


def test_a_sensor_that_lies_is_noticed_and_the_heater_is_off_for_good(make_oven: Callable[..., Oven], log: Logbook) -> None:
    oven = make_oven(change(UNTUNED, fan_losses=OVEN.fan_losses))
    oven.loop(tune={})
    oven.until(lambda: oven.seen["state"] != "tune", "it is tuned", 300.0)
    for kind, within, said in (("loose", 45.0, "more went in"), ("frozen", 150.0, "frozen")):
        oven.heating().settled()
        oven.sim.fault("hot", kind)
        oven.is_off_within(within)
        assert oven.state() == "lost"
        assert said in oven.why()
        assert log.of(events.LOOP_IMPLAUSIBLE, level="error")[-1]["reason"] == oven.why()
        oven.sim.clear("hot")
        oven.run(30.0)
        assert (oven.power, oven.virtual(2)["code"]) == (0.0, "loop_lost")
    assert len(log.of(events.LOOP_IMPLAUSIBLE)) == 2


def test_an_output_that_is_off_or_on_is_held_by_a_hysteresis_and_holds_still_in_between(make_oven: Callable[..., Oven]) -> None:
    oven = make_oven(SWITCHED, outputs=(FAN, SWITCH), interlocks=(change(LIMIT, drives=OFF), change(STALE, drives=OFF)))
    assert oven.loop(tune={})["code"] == "bad_value"
    assert oven.hold(40.0)["state"] == "approach"
    oven.until(lambda: oven.heat > 40.0, "it is warm")
    was, changes, seen = oven.power, [], []
    for _ in range(600):
        oven.run(0.5)
        seen.append(oven.heat)
        assert oven.power in {0.0, 1.0}
        if oven.power != was:
            was = oven.power
            changes.append(oven.clock.monotonic())
    gaps = [after - before for before, after in pairwise(changes)]
    assert len(gaps) > 10
    assert min(gaps) >= SWITCHED.cycle - 0.5
    assert fmean(seen) == pytest.approx(40.0, abs=1.5)
    assert 35.0 < min(seen) < max(seen) < 48.0  # full power or none, for at least 12 s
    assert oven.loop(mode="off")["state"] == "off"
    oven.is_off_within(0.1)


def test_a_fan_that_cools_is_tuned_and_holds_like_a_heater(make_oven: Callable[..., Oven]) -> None:
    oven = make_oven(COOLED)
    oven.drive(HEATER_PIN, 200)
    oven.run(400.0)
    hot = oven.heat
    assert oven.loop(tune={})["state"] == "tune"
    oven.until(lambda: oven.seen["state"] != "tune", "it is tuned", 1000.0)
    assert oven.seen["tune"]["accepted"], oven.seen["tune"]
    oven.hold(40.0)
    oven.settled(400.0)
    assert oven.heat == pytest.approx(40.0, abs=0.3)
    assert oven.sim.pigpio.duty_at(18) > 0.05
    oven.loop(mode="off")
    oven.run(300.0)
    assert oven.sim.pigpio.duty_at(18) == 0.0
    assert oven.heat == pytest.approx(hot, abs=1.5)


def test_it_is_tuned_around_a_working_point_that_it_comes_to_from_below(make_oven: Callable[..., Oven]) -> None:
    oven = make_oven(UNTUNED)
    assert oven.loop(tune={"around": 45.0})["state"] == "tune"
    hottest = 0.0
    while oven.seen["state"] == "tune":
        oven.run(1.0)
        hottest = max(hottest, oven.heat)
    assert oven.seen["tune"]["accepted"], oven.seen["tune"]
    assert hottest < 48.0
    assert oven.seen["model"]["k"] == pytest.approx(40 / 60, rel=0.06)
    assert oven.seen["model"]["gain"] == pytest.approx(40.0, rel=0.12)
    assert oven.power == 0.0
    oven.heating().settled()


def test_a_loop_with_a_fan_of_which_nothing_is_known_only_warns(make_oven: Callable[..., Oven], log: Logbook) -> None:
    oven = make_oven(change(OVEN, fan_losses=())).heating().settled()
    oven.sim.fault("hot", "loose")
    oven.until(lambda: log.of(events.LOOP_IMPLAUSIBLE, level="warning"), "it warns", 60.0)
    assert oven.seen["state"] in {"approach", "saturated"}

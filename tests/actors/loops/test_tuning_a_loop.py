"""A tuning in a whole daemon: what it finds, where that is kept, and what breaks it off."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actors.core import events
from tests.actors.interlocks.rules_of import change
from tests.actors.loops.bench import LOST_AFTER, OVEN, UNTUNED, Oven
from tests.actors.outputs.driving import FAN, HEATER
from tests.actors.outputs.remote import Logbook

LONG = 300.0
"""Seconds that a tuning may take here."""


@pytest.fixture
def untuned(make_oven: Callable[..., Oven]) -> Oven:
    return make_oven(UNTUNED)


def pulsing(oven: Oven) -> Oven:
    """Begin a tuning, and wait until there is heat."""
    assert oven.loop(tune={})["state"] == "tune"
    oven.until(lambda: oven.power > 0.7, "the pulse", LONG)
    return oven


def finished(oven: Oven) -> Any:
    oven.until(lambda: oven.seen["state"] != "tune", "the tuning is over", LONG * 4)
    return oven.seen["tune"]


def test_it_finds_the_constants_of_the_bench_and_then_the_loop_holds(untuned: Oven, log: Logbook, tmp_path: Path) -> None:
    took = pulsing(untuned).seen["tune"]
    assert took["phase"] == "pulse"
    assert took["left_s"] > 0
    assert untuned.virtual(2)["value"] == 2.0
    found = finished(untuned)
    assert found["accepted"], found
    assert untuned.power == 0.0
    assert 60.0 < found["elapsed_s"] < 180.0
    assert '"k": 0.6' in found["line"]
    assert found["record"]

    model = untuned.seen["model"]
    assert model["k"] == pytest.approx(40 / 60, rel=0.06)
    assert model["gain"] == pytest.approx(40.0, rel=0.12)
    assert model["tuned_at"] is not None
    assert log.of(events.TUNE_STARTED)
    assert log.of(events.TUNE_DONE)
    untuned.heating().settled()
    assert "record" not in untuned.query("status")["loops"]["oven"]["tune"]
    kept = next(tmp_path.glob("loops*.json"))
    assert json.loads(kept.read_text(encoding="utf-8"))["oven"]["model"]["k"] == model["k"]


def test_what_was_tuned_outlives_a_restart_and_is_ignored_for_another_sensor(
    untuned: Oven, make_oven: Callable[..., Oven], log: Logbook
) -> None:
    pulsing(untuned)
    finished(untuned)
    untuned.close()
    assert make_oven(UNTUNED).hold(40.0)["set_point"] == 40.0
    other = make_oven(UNTUNED, outputs=(FAN, change(HEATER, pwm_frequency=200.0)))
    assert other.hold(40.0)["code"] == "not_tuned"
    assert other.seen["model"] is None


def test_constants_of_the_file_win_and_leave_what_the_file_does_not_tell(untuned: Oven, make_oven: Callable[..., Oven]) -> None:
    pulsing(untuned)
    finished(untuned)
    untuned.close()
    model = make_oven(change(OVEN, k=0.7)).seen["model"]
    assert (model["k"], model["tuned_at"]) == (0.7, None)
    assert model["frozen_after"] >= 45
    assert model["noise"] > 0.0


def test_a_refused_tuning_leaves_the_constants_that_were_there(make_oven: Callable[..., Oven], log: Logbook) -> None:
    oven = make_oven()
    oven.sim.fault("heater", "disconnected")
    pulsing(oven)
    found = finished(oven)
    assert not found["accepted"]
    assert "is the output connected?" in found["verdict"]
    assert log.of(events.TUNE_REFUSED)
    assert oven.seen["model"]["k"] == pytest.approx(40 / 60)


def _off(oven: Oven) -> None:
    oven.ask(type="off")


def _hold_off(oven: Oven) -> None:
    oven.loop(mode="off")


def _zero(oven: Oven) -> None:
    oven.drive(1000, 0)


def _interlock(oven: Oven) -> None:
    oven.sim.fault("hot", "shift", degrees=80.0)


def _sensor(oven: Oven) -> None:
    oven.sim.fault("hot", "unplug")


def _reload(oven: Oven) -> None:
    oven.reload(dataclasses.replace(oven.bench, outputs=(change(FAN, title="Another"), HEATER)))


def _crash(oven: Oven) -> None:
    running = oven.record("oven").running
    assert running is not None
    running.ref.stop(block=False)


@pytest.mark.parametrize("breaks", [_off, _hold_off, _zero, _interlock, _sensor, _reload, _crash])
def test_whatever_is_in_the_way_breaks_it_off_and_leaves_the_output_safe(
    untuned: Oven, breaks: Callable[[Oven], None], log: Logbook
) -> None:
    pulsing(untuned)
    breaks(untuned)
    untuned.is_off_within(LOST_AFTER + 1.5)
    assert untuned.state() == "off"
    assert untuned.hold(40.0)["code"] in {"not_tuned", "loop_lost", "interlock"}
    if breaks is not _crash:
        assert "broken off" in log.of(events.TUNE_REFUSED)[0]["reason"]


def test_a_hand_on_the_output_breaks_it_off_and_keeps_the_output(untuned: Oven) -> None:
    pulsing(untuned)
    untuned.drive(23, 50)
    untuned.run(5.0)
    assert untuned.state() == "off"
    assert untuned.power == pytest.approx(50 / 255, abs=0.01)


def test_meanwhile_it_takes_no_set_point(untuned: Oven) -> None:
    untuned.loop(tune={})
    assert untuned.hold(40.0)["code"] == "tuning"
    assert untuned.drive(1000, 40.0)["code"] == "tuning"
    assert untuned.loop(tune={})["code"] == "tuning"
    assert untuned.state() == "tune"


def test_an_interlock_that_holds_refuses_it_with_its_own_sentence(untuned: Oven) -> None:
    untuned.sim.fault("hot", "shift", degrees=80.0)
    untuned.run(3.0)
    answer = untuned.loop(tune={})
    assert (answer["state"], answer["code"]) == ("ERROR", "interlock")
    assert untuned.state() == "off"
    assert untuned.seen["tune"] is None


def test_with_its_fan_it_finds_what_that_carries_away_and_leaves_the_fan_as_it_was(untuned: Oven) -> None:
    untuned.drive(18, 0)
    assert untuned.loop(tune={"fan": True})["state"] == "tune"
    found = finished(untuned)
    assert found["accepted"], found
    losses = untuned.seen["model"]["fan_losses"]
    assert losses == pytest.approx([1.0, 2.15, 3.3], rel=0.15)
    untuned.run(5.0)
    assert (untuned.sim.pigpio.duty_at(18), untuned.power) == (0.0, 0.0)


@pytest.mark.parametrize("wanted", [{"around": "hot"}, {"sideways": 1}, [], {"fan": 1}])
def test_what_cannot_be_meant_is_refused(untuned: Oven, wanted: Any) -> None:
    assert untuned.loop(tune=wanted)["code"] == "bad_value"
    assert untuned.loop(tune={"around": 450})["code"] == "out_of_range"

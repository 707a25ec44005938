"""Ramp, restore and linger."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core import events
from actors.core.ramp import Ramp
from actors.messages import Safe
from actors.outputs.setpoint_store import SetPoints
from supervisor.tree.children.interlock import state_directory
from tests.actors.interlocks.rules_of import change
from tests.actors.outputs.alone import FAN, HEATER, Output, hold
from tests.actors.outputs.remote import Logbook
from tests.fakes import PATIENCE, ManualClock, wait

SLEWED = change(HEATER, ramp=50.0)
KEPT = change(FAN, restore=True)
LINGERING = change(FAN, linger=60.0)


@given(start=st.floats(0, 255), target=st.floats(0, 255), rate=st.floats(0.1, 1000), after=st.lists(st.floats(0, 5), max_size=20))
def test_a_ramp_never_goes_faster_than_its_rate_nor_beyond_its_target(start: float, target: float, rate: float, after: list[float]) -> None:
    ramp = Ramp(start, target, rate, 100.0)
    now, before = 100.0, ramp.at(100.0)
    for step in after:
        now += step
        value = ramp.at(now)
        assert min(start, target) <= value <= max(start, target)
        assert abs(value - before) <= rate * step + 1e-6
        before = value
    assert ramp.at(100.0 + 255 / rate + 1) == target
    assert ramp.done(100.0 + 255 / rate + 1)


def test_a_ramp_is_seen_in_the_read_back_and_ends_at_the_set_point() -> None:
    heater = Output(SLEWED)
    assert heater.set(100.0) == 0.0
    assert heater.cell.asked == 100.0
    heater.run(1.0)
    assert heater.cell.read_back is not None
    assert 44.0 <= heater.cell.read_back <= 50.0
    heater.run(1.2)
    assert heater.cell.read_back == 100.0
    assert len(heater.pin.told) >= 20


def test_another_set_point_continues_from_where_the_output_is() -> None:
    heater = Output(SLEWED)
    heater.set(200.0)
    heater.run(1.0)
    heater.set(20.0)
    assert heater.pin.value == pytest.approx(45.0, abs=6.0)
    heater.run(1.0)
    assert heater.pin.value == 20.0


@pytest.mark.parametrize("way", ["set", "off", "interlock", "permit"])
def test_the_safe_value_is_never_ramped(way: str) -> None:
    heater = Output(SLEWED, needs_permit=True)
    heater.permit()
    heater.set(100.0)
    heater.run(1.0)
    match way:
        case "set":
            heater.set(0.0)
        case "off":
            heater.tell(Safe("off"))
        case "interlock":
            heater.permit(hold())
        case _:
            heater.permit(seconds=0.0)
    assert heater.pin.value == 0.0
    heater.run(1.0)
    assert heater.pin.value == 0.0


def test_the_last_set_point_is_applied_again_after_a_restart_of_the_daemon(tmp_path: Path, log: Logbook) -> None:
    path = tmp_path / "state" / "set_points.json"
    before = Output(KEPT, store=SetPoints(path))
    before.set(100.0)
    before.set(120.0)
    before.tell(Safe("stop"))
    before.actor.end()

    after = Output(KEPT, store=SetPoints(path))
    assert after.pin.told == [0.0, 120.0]
    assert after.cell.asked == 120.0
    [record] = log.of(events.OUTPUT_RESTORED)
    assert (record["value"], record["reason"]) == (120.0, "the daemon was restarted")


@pytest.mark.parametrize("reason", ["off", "interlock too_hot"])
def test_what_was_switched_off_stays_off(tmp_path: Path, reason: str) -> None:
    path = tmp_path / "set_points.json"
    before = Output(KEPT, store=SetPoints(path))
    before.set(120.0)
    before.tell(Safe(reason))
    before.actor.end()
    assert Output(KEPT, store=SetPoints(path)).pin.value == 0.0


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"fan": "x"}', '{"fan": true}', '{"fan": NaN}', "\x00\xff"])
def test_a_file_that_makes_no_sense_is_nothing_remembered(tmp_path: Path, text: str) -> None:
    path = tmp_path / "set_points.json"
    path.write_text(text, encoding="latin-1")
    store = SetPoints(path)
    assert store.recall("fan") is None
    store.remember("fan", 5.0)
    assert store.flush(PATIENCE)
    assert json.loads(path.read_text(encoding="utf-8")) == {"fan": 5.0}


def test_a_file_that_cannot_be_written_is_recorded_once_and_stops_nobody(tmp_path: Path, log: Logbook) -> None:
    path = tmp_path / "file" / "set_points.json"
    (tmp_path / "file").write_text("no directory", encoding="utf-8")
    store = SetPoints(path)
    fan = Output(KEPT, store=store)
    for value in (100.0, 120.0):
        assert fan.set(value) == value
        fan.run(1.0)
        assert store.flush(PATIENCE)
    assert len(log.of(events.SET_POINTS_UNKEPT)) == 1


def test_a_card_that_stalls_keeps_no_output_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor the reading of another one's set-point, nor, for long, the end; what was said last is written when the card is back."""
    path, stalls, again = tmp_path / "set_points.json", threading.Event(), threading.Event()
    write_text = Path.write_text

    def stall(file: Path, *text: Any, **options: Any) -> int:
        stalls.set()
        wait(again)
        return write_text(file, *text, **options)

    store = SetPoints(path)
    fan = Output(KEPT, store=store)
    monkeypatch.setattr(Path, "write_text", stall)
    for value in (50.0, 100.0, 120.0, 140.0):
        assert fan.set(value) == value
        fan.run(1.0)
    wait(stalls)
    assert store.recall("fan@GPIO23") == 140.0
    fan.tell(Safe("stop"))
    fan.actor.end()
    assert not store.flush(0.0)
    again.set()
    assert store.flush(PATIENCE)
    assert SetPoints(path).recall("fan@GPIO23") == 140.0


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"STATE_DIRECTORY": "/var/lib/pilotage", "XDG_STATE_HOME": "/x"}, "/var/lib/pilotage"),
        ({"STATE_DIRECTORY": "/a:/b"}, "/a"),
        ({"XDG_STATE_HOME": "/home/u/state"}, "/home/u/state/pilotage"),
        ({"LOCALAPPDATA": "/users/u"}, "/users/u/pilotage"),
    ],
)
def test_state_is_kept_where_the_system_wants_it(environ: dict[str, str], expected: str) -> None:
    assert state_directory(environ) == Path(expected)


def lingering(heated_ago: float) -> Output:
    """A fan at 200 beside a heater that was last on so many seconds ago."""
    clock = ManualClock()
    hot = clock.monotonic() - heated_ago
    fan = Output(LINGERING, heat=lambda: hot, clock=clock)
    fan.set(200.0)
    return fan


def test_a_fan_runs_on_at_its_set_point_when_it_is_switched_off_with_a_heater(log: Logbook) -> None:
    fan = lingering(0.0)
    assert fan.make_safe("off") == 200.0
    fan.run(59.0)
    assert fan.pin.value == 200.0
    fan.run(1.1)
    assert fan.pin.value == 0.0
    assert [record["reason"] for record in log.of(events.OUTPUT_LINGERS)] == ["off"]
    assert [record["reason"] for record in log.of(events.OUTPUT_SAFE)] == ["lingered"]


def test_a_second_off_stops_it() -> None:
    fan = lingering(0.0)
    fan.make_safe("off")
    assert fan.make_safe("off") == 0.0


def test_an_interlock_that_holds_the_fan_at_0_does_not_wait_but_one_that_yields_does() -> None:
    fan = lingering(0.0)
    fan.permit(hold(0.0))
    assert fan.pin.value == 0.0

    fan = lingering(0.0)
    fan.permit(hold(0.0, latched=False, yields=True))
    assert fan.pin.value == 200.0
    fan.run(60.1)
    assert fan.pin.value == 0.0

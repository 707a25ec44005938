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


def test_a_ramp_goes_down_as_it_goes_up() -> None:
    heater = Output(SLEWED)
    heater.set(100.0)
    heater.run(3.0)
    heater.set(50.0)
    heater.run(0.5)
    assert 70.0 <= heater.pin.value <= 85.0
    heater.run(1.0)
    assert heater.pin.value == 50.0


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


def test_a_ramp_is_recorded_once_with_where_it_goes(log: Logbook) -> None:
    heater = Output(SLEWED)
    heater.set(100.0)
    heater.run(3.0)
    assert [(record["before"], record["value"]) for record in log.of(events.SET_POINT)] == [(0.0, 100.0)]


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


def test_after_a_crash_it_is_there_too_if_it_was_set_a_second_ago(tmp_path: Path) -> None:
    path = tmp_path / "set_points.json"
    store = SetPoints(path)
    before = Output(KEPT, store=store)
    before.set(120.0)
    before.run(1.0)
    assert store.flush(PATIENCE)
    assert Output(KEPT, store=SetPoints(path)).pin.value == 120.0


@pytest.mark.parametrize("reason", ["off", "interlock too_hot"])
def test_what_was_switched_off_stays_off(tmp_path: Path, reason: str) -> None:
    path = tmp_path / "set_points.json"
    before = Output(KEPT, store=SetPoints(path))
    before.set(120.0)
    before.tell(Safe(reason))
    before.actor.end()
    assert Output(KEPT, store=SetPoints(path)).pin.value == 0.0


def test_a_set_point_beyond_new_limits_comes_back_within_them(tmp_path: Path) -> None:
    path = tmp_path / "set_points.json"
    store = SetPoints(path)
    store.remember("fan@GPIO23", 200.0)
    assert store.flush(PATIENCE)
    assert Output(change(KEPT, max=100.0), store=SetPoints(path)).pin.value == 100.0


def test_an_output_at_another_pin_is_another_output(tmp_path: Path) -> None:
    store = SetPoints(tmp_path / "set_points.json")
    store.remember("fan@GPIO12", 200.0)
    assert Output(KEPT, store=store).pin.value == 0.0


def test_outputs_share_the_file(tmp_path: Path) -> None:
    path = tmp_path / "set_points.json"
    store = SetPoints(path)
    store.remember("a", 1.0)
    store.remember("b", 2.0)
    store.remember("a", None)
    assert store.flush(PATIENCE)
    again = SetPoints(path)
    assert (again.recall("a"), again.recall("b")) == (None, 2.0)
    assert [entry.name for entry in tmp_path.iterdir()] == ["set_points.json"]


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


def test_else_it_is_kept_in_the_users_home_if_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert state_directory({}) == tmp_path / ".local" / "state" / "pilotage"

    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    assert state_directory({}) == Path.cwd()


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


def test_it_runs_on_only_for_what_is_left_of_its_time() -> None:
    fan = lingering(40.0)
    fan.make_safe("off")
    fan.run(19.0)
    assert fan.pin.value == 200.0
    fan.run(1.1)
    assert fan.pin.value == 0.0


def test_beside_a_heater_that_has_been_off_for_long_it_stops_at_once() -> None:
    fan = lingering(61.0)
    assert fan.make_safe("off") == 0.0


def test_a_second_off_stops_it() -> None:
    fan = lingering(0.0)
    fan.make_safe("off")
    assert fan.make_safe("off") == 0.0


def test_the_end_of_the_daemon_stops_it() -> None:
    assert lingering(0.0).make_safe("stop") == 0.0


def test_a_person_who_sets_0_stops_it_and_who_sets_another_value_keeps_it() -> None:
    assert lingering(0.0).set(0.0) == 0.0
    fan = lingering(0.0)
    fan.make_safe("off")
    fan.set(150.0)
    fan.run(100.0)
    assert fan.pin.value == 150.0


def test_an_interlock_that_holds_the_fan_at_0_does_not_wait_but_one_that_yields_does() -> None:
    fan = lingering(0.0)
    fan.permit(hold(0.0))
    assert fan.pin.value == 0.0

    fan = lingering(0.0)
    fan.permit(hold(0.0, latched=False, yields=True))
    assert fan.pin.value == 200.0
    fan.run(60.1)
    assert fan.pin.value == 0.0


def test_a_fan_restarted_while_it_lingers_stays_off() -> None:
    fan = lingering(0.0)
    fan.make_safe("off")
    fan.actor.end()
    fan.start()
    fan.run(1.0)
    assert fan.pin.value == 0.0

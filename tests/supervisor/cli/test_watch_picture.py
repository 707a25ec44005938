"""What `pilotage watch` would draw: histories, events, and lines that fit the terminal. No terminal here."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.documents import Status
from supervisor.cli.report import scales_of
from supervisor.cli.watch.board import Board
from supervisor.cli.watch.changes import changes, first_sight
from supervisor.cli.watch.frame import frame
from supervisor.cli.watch.history import PLAIN, History
from tests.supervisor.cli.documents import child, description, interlock, lease, output, sensor, status, trouble

UNITS = description(("t", "temp", "°C", 0.0625), ("rh", "hum", "%RH", 0.024), ("rh", "temp", "°C", 0.01))


def board(*documents: Status) -> Board:
    """Return a board that has seen these documents at the same time."""
    made = Board("tcp://pi:5555", 300.0)
    for number, document in enumerate(documents):
        made.see(document, UNITS, 1000.0, 1_800_000_000.0 + number)
    return made


def texts(made: Board, width: int = 80, height: int = 24, now: float = 1000.0) -> list[str]:
    return ["".join(text for text, _ in line) for line in frame(made, width, height, now)]


def said(before: Status, after: Status) -> list[str]:
    return [change.text for change in changes(before, after, scales_of(UNITS))]


def test_a_rising_value_rises_from_left_to_right_and_the_newest_is_at_the_right() -> None:
    history = History(80.0)
    for second in range(80):
        history.add(float(second), second * 1.0, str(second))
    assert history.sparkline(8, 79.9, 0.01) == "▁▂▃▄▅▆▇█"
    assert history.sparkline(8, 79.9, 0.01, PLAIN) == PLAIN
    assert history.sparkline(8, 109.9, 0.01) == "▁▃▅▆█   "


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(-1e9, 1e9)), max_size=50), st.integers(1, 100), st.none() | st.floats(0, 10))
def test_a_sparkline_is_as_wide_as_it_is_asked_to_be(samples: list[tuple[float, float]], width: int, resolution: float | None) -> None:
    history = History(300.0)
    for number, (when, value) in enumerate(sorted(samples)):
        history.add(when, value, str(number))
    assert len(history.sparkline(width, 1e4, resolution)) == width


def test_every_change_of_the_bench_is_an_event() -> None:
    well = status({"t": sensor({"temp": 20.0})})
    lost = status({"t": sensor(None, state="absent", error=trouble())})
    assert said(well, well) == []
    assert said(well, lost) == ["t: running -> absent: no acknowledge at 0x48: not powered, not plugged in, or wrong address"]
    assert said(lost, well) == ["t: absent -> running"]
    assert said(well, status({"t": sensor({"temp": 20.0}, restarts=1, last_error=trouble("hung", "hung"))})) == [
        "t was lost and is back: hung"
    ]
    assert said(lost, status({"t": sensor(None, state="absent", error=trouble("bus stuck", "bus_stuck"))})) == ["t: bus stuck"]
    assert said(well, status()) == ["t was taken out of the bench"]
    assert said(status(), well) == ["t was added to the bench"]


def test_outputs_buses_and_interlocks_have_their_events() -> None:
    def with_output(**more: Any) -> Status:
        return status({"fan": child()}, outputs={"fan": output(**more)})

    assert said(with_output(), with_output(asked=128.0)) == ["fan was set to 128 of 255 (50 %)"]
    assert said(with_output(), with_output(asked=128.0, regulated=True)) == [], "a step of a loop is no event"
    assert said(with_output(asked=128.0), with_output(asked=None, safe="off")) == ["fan went to its safe value: off"]
    down = status(buses={"I2C bus 1": {"state": "down", "since_s": 1.0, "error": trouble("bus stuck")}})
    assert said(status(), down) == ["I2C bus 1 is down: bus stuck"]
    assert said(down, status()) == ["I2C bus 1 is up"]
    armed, tripped = status(interlocks={"hot": interlock()}), status(interlocks={"hot": interlock("tripped", "t above 90 °C")})
    assert said(armed, tripped) == ["hot: armed -> tripped: t above 90 °C"]
    assert said(tripped, armed) == ["hot: tripped -> armed"]
    assert said(armed, status(interlocks={"hot": interlock("not armed")})) == [], "the ordinary coming and going of a rule"
    held, expired = with_output(lease=lease()), with_output(lease=lease("expired"))
    assert said(held, expired) == ["the lease of fan is expired"]
    assert said(expired, held) == ["the lease of fan is held"]


@pytest.mark.parametrize("uptime", [0.5, 99.5, 150.0])
def test_a_daemon_started_anew_is_one_event_and_what_is_wrong_with_it(uptime: float) -> None:
    made = board(status({"t": sensor({"temp": 20.0})}, uptime_s=100.0))
    lost = status({"t": sensor(None, state="absent", error=trouble("gone"))}, uptime_s=uptime)
    assert made.needs_description(lost, 1000.0 + uptime)
    made.see(lost, UNITS, 1000.0 + uptime, 1.0)
    assert [change.text for _, change in made.events] == ["the daemon was started anew", "t is absent: gone"]
    assert first_sight(status({"t": sensor(None, state="starting")})) == []


def test_the_picture_shows_values_outputs_interlocks_and_events() -> None:
    children = {"rh": sensor({"hum": 44.97, "temp": 22.0}), "t": sensor({"temp": 21.94}), "fan": child()}
    outputs = {"fan": output(128.0, 127.99, frequency_hz=25000.0)}
    seen = status(children, outputs=outputs, interlocks={"overheat": interlock(), "stuck_on": interlock("not armed")})
    lines = texts(
        board(status(children, outputs={"fan": output()}, interlocks={"overheat": interlock(), "stuck_on": interlock("not armed")}), seen)
    )
    assert lines[0] == "pilotage 1.2.3, hardware, up 100 s  all is well"
    assert lines[1].startswith("sensor")
    assert lines[2].split()[:5] == ["rh", "44.97", "%RH", "0.2", "s"]
    assert lines[3].startswith("rh.temp ")
    assert lines[2][-1] in "▄▅"
    assert lines[6].split() == ["fan", "128", "127.99", "of", "255", "(50", "%)", "running", "25000", "Hz"]
    assert lines[7].split("  ") == ["interlocks", "armed: overheat", "not armed: stuck_on", ""]
    assert lines[9].endswith("fan was set to 128 of 255 (50 %)")
    assert lines[-1].startswith("q quit")
    assert lines[-1].endswith("tcp://pi:5555")


def test_silence_is_said_and_old_values_grow_older() -> None:
    made = board(status({"t": sensor({"temp": 20.0})}))
    made.miss("no daemon listens at tcp://pi:5555", 1010.0, 1_800_000_010.0)
    made.miss("no daemon listens at tcp://pi:5555", 1020.0, 1_800_000_020.0)
    lines = texts(made, now=1030.0)
    assert lines[0].endswith("NO ANSWER for 30 s: what you see is old")
    assert "30 s running" in lines[2]
    assert sum("no daemon listens" in line for line in lines) == 1
    made.see(status({"t": sensor({"temp": 20.0})}, uptime_s=131.0), None, 1031.0, 1_800_000_031.0)
    assert "the daemon answers again" in texts(made, now=1031.0)[-2] + "".join(texts(made, now=1031.0))
    assert texts(made, now=1031.0)[0].endswith("all is well")


def test_before_the_first_answer_it_says_whom_it_asks() -> None:
    made = Board("tcp://pi:5555", 300.0)
    assert texts(made)[0] == "pilotage watch  asking tcp://pi:5555"
    made.miss("no daemon listens at tcp://pi:5555", 1000.0, 1.0)
    assert "no answer for 5.0 s" in texts(made, now=1005.0)[1]


def test_more_sensors_than_fit_are_scrolled_within_bounds() -> None:
    made = board(status({f"t{number:02}": sensor({"temp": 20.0}) for number in range(60)}))
    lines = texts(made)
    assert lines[1].startswith("sensor 1-17 of 60")
    assert sum(line.startswith("t") for line in lines) == 17
    made.scroll = 1000
    lines = texts(made)
    assert lines[1].startswith("sensor 44-60 of 60")
    made.scroll = -5
    assert texts(made)[2].startswith("t00")


@given(
    width=st.integers(20, 200),
    height=st.integers(3, 60),
    names=st.lists(st.text(min_size=1, max_size=30), max_size=12, unique=True),
    silent=st.booleans(),
)
def test_the_picture_fits_any_terminal(width: int, height: int, names: list[str], silent: bool) -> None:
    children = {name: sensor({"hum": 44.97, "temp": None}, faults={"temp": "x" * 90}) for name in names}
    made = board(status({**children, "fan": child(error=trouble("y" * 300))}, outputs={"fan": output()}))
    if silent:
        made.miss("z" * 300, 1001.0, 1.0)
    lines = frame(made, width, height, 1002.0)
    assert len(lines) == height
    assert max(sum(len(text) for text, _ in line) for line in lines) <= width


@pytest.mark.parametrize("state", ["backoff", "failed", "safe", "starting", "stopped"])
def test_a_state_of_any_name_has_its_column(state: str) -> None:
    assert state in texts(board(status({"t": sensor(None, state=state)})))[2]


REASON = "interlock nobody_asks holds it: no client has asked for anything since 10:00:00, and that is more than 3600 s ago"


def test_a_reason_that_does_not_fit_goes_on_below_and_comes_first() -> None:
    seen = status(
        {"fan": child(), "t": sensor({}, state="absent", error=trouble())},
        outputs={"fan": output(0.0, 0.0, frequency_hz=25000.0, safe=REASON)},
    )
    whole = " ".join(" ".join(texts(board(seen))).split())
    assert f"safe: {REASON}, 25000 Hz" in whole
    assert "absent no acknowledge at 0x48: not powered, not plugged in, or wrong address" in whole

"""`pilotage history` and `record`: what a person types, and what comes out; the tables are those of the reference."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path

import pytest

from pilotage import ClientError
from pilotage.history.columns import Columns, Series
from pilotage.history.moments import duration, moment
from pilotage.history.table import FRENCH, Style, lines
from recorder.asking import Question, parts, told
from recorder.store import Store
from tests.e2e.daemon import Daemon
from tests.recorder.parts import Parts
from tests.supervisor.cli.conftest import Run


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of the last 100 s: one reading a second, a sensor lost for ten of them, an output."""
    folder = tmp_path_factory.mktemp("kept")
    store, begin = Store(folder), time.time() // 10 * 10 - 100
    rows = [(float(at), "no_ack" if 40 <= at < 50 else 20 + at / 10) for at in range(100)]
    store.append(Parts(shift=begin).part(100.0, {"t": rows}, {"fan": [(0.0, 50.0, 0.0, "me"), (30.0, 50.0, 50.0, "me")]}))
    store.close()
    return folder


def test_means_are_a_column_per_name_and_a_lost_sensor_an_empty_field(kept: Path, run: Run) -> None:
    ended = run("history", "t", "fan", "fan.asked", "--every", "10s", "--from", "10min", "--store", str(kept))
    assert ended.code == 0, ended.err
    head, units, *rows = [line.split(",") for line in ended.out.splitlines()]
    assert head == ["time", "unix", "t", "fan", "fan.asked"]
    assert units[:2] == ["UTC", "s"]
    there = [row for row in rows if row[2]]
    assert len(there) == 9
    assert [row[3] for row in there[:4]] == ["0.0", "0.0", "0.0", "50.0"]
    (lost,) = [row for row in rows if there[0][1] < row[1] < there[-1][1] and not row[2]]
    assert lost[3:] == ["50.0", "50.0"]


def test_every_reading_is_a_row_with_its_fault(kept: Path, run: Run) -> None:
    ended = run("history", "t", "--store", str(kept))
    rows = [line.split(",") for line in ended.out.splitlines()]
    assert rows[0] == ["time", "unix", "name", "value", "units", "fault"]
    assert len(rows) == 101
    assert [row[3:] for row in rows if row[5] == "no_ack"] == [["", "", "no_ack"]] * 10


def test_json_carries_the_columns_and_a_file_is_written_where_it_is_wanted(kept: Path, run: Run, tmp_path: Path) -> None:
    ended = run("history", "t", "--every", "10s", "--format", "json", "--store", str(kept), "-o", str(tmp_path / "t.json"))
    assert (ended.code, ended.out) == (0, "")
    columns = Columns.of(json.loads((tmp_path / "t.json").read_text(encoding="utf-8")))
    assert columns.every == 10.0
    assert len(columns.series["t"].value) >= 360


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["t", "--from", "yesterday"], "no moment"),
        (["t", "--every", "0s"], "no duration"),
        (["t", "--from", "1h", "--to", "2h"], "no stretch of time"),
        (["t", "--from", "2000d", "--every", "1s"], "rows"),
        (["t", "--decimal", ","], "must differ"),
        (["t", "--format", "parquet"], "-o FILE"),
        (["nothing"], "there are: fan, fan.asked, t"),
    ],
)
def test_what_cannot_be_meant_is_said(kept: Path, run: Run, words: list[str], says: str) -> None:
    ended = run("history", *words, "--store", str(kept))
    assert ended.code == 64
    assert says in ended.err


def test_without_a_recorder_it_is_said_where_one_was_looked_for(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PILOTAGE_WEB", "1")
    monkeypatch.setenv("PILOTAGE_HISTORY", str(tmp_path))
    ended = run("history", "t")
    assert ended.code == 69
    assert "no recorder answers at http://127.0.0.1:1" in ended.err


def test_on_the_bench_itself_its_files_do(kept: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PILOTAGE_WEB", "1")
    monkeypatch.setenv("PILOTAGE_HISTORY", str(kept))
    assert len(run("history", "t").out.splitlines()) == 101


def test_a_run_is_written_down_as_it_happens(daemon: Daemon, run: Run) -> None:
    ended = run("record", "t_resistance", "resistance", "--every", "1", "--for", "3s", "--endpoint", daemon.endpoint)
    assert ended.code == 0, ended.err
    head, units, *rows = [line.split(",") for line in ended.out.splitlines()]
    assert head == ["time", "unix", "t_resistance", "resistance"]
    assert units == ["UTC", "s", "°C", "of 255"]
    assert len(rows) >= 2
    assert {row[3] for row in rows} == {"0.0"}
    assert run("record", "nothing", "--endpoint", daemon.endpoint).code == 64


def test_a_stream_gives_what_is_measured_and_knows_its_names(daemon: Daemon) -> None:
    from pilotage import Client

    with Client(daemon.endpoint) as client:
        stream = client.stream(["t_resistance"])
        found = [next(stream) for _ in range(2)]
        with pytest.raises(ClientError, match="there are: "):
            next(client.stream(["t_resistanc"]))
    assert {sample.name for sample in found} == {"t_resistance"}
    assert found[0].time < found[1].time <= time.time() + 1
    assert all(sample.fault is None and sample.value is not None for sample in found)


def test_a_french_excel_gets_semicolons_and_commas() -> None:
    columns = Columns(0, 1, None, {"t,entrée": Series("°C", [0.25], [21.5], [None])})
    assert list(lines([columns], FRENCH)) == ["time;unix;t,entrée\n", "UTC;s;°C\n", "1970-01-01T00:00:00.250Z;0,25;21,5\n"]
    assert next(iter(lines([columns], Style()))) == 'time,unix,"t,entrée"\n'


def test_a_long_stretch_is_asked_for_in_pieces_that_fit_each_other() -> None:
    question = Question.of(["t"], "30d", "now", "1min", now=30 * 86400.0 + 17)
    asked = [(columns.start, columns.end) for columns in parts(question, lambda _names, start, end, every: Columns(start, end, every))]
    assert asked[0][0] == 0.0
    assert asked[-1][1] == question.end
    assert all(before[1] == after[0] for before, after in itertools.pairwise(asked))
    assert all(begin % 60 == 0 for begin, _ in asked)


def test_times_that_may_be_wrong_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    import sys

    question = Question(["t"], 0.0, 10.0, None)
    list(told(iter([Columns(0, 10, None, {}, [(0.0, 10.0)])]), question, sys.stderr))
    assert "the clock of the bench was not set" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("10s", 10), ("5min", 300), ("2h", 7200), ("1.5d", 129600)])
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert duration(text) == seconds
    assert moment(text, 1e6) == 1e6 - seconds


def test_a_moment_is_a_date_in_the_time_of_this_computer_or_of_its_zone() -> None:
    assert moment("2026-11-23T12:00Z", 0) == 1795435200.0
    assert moment("now", 7.0) == 7.0
    assert moment(5, 7.0) == 5.0

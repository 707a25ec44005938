"""Power cuts, full cards, damaged files, clocks that are set: one event, no damaged answer, and it goes on."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.store import Store, schema, upkeep
from recorder.store.reader import Reader
from recorder.store.upkeep import Bounds
from tests.fakes import ManualClock
from tests.recorder.parts import MEMORY, WALL, Parts, first_cursor

Told = list[tuple[str, str, str]]


@contextmanager
def opened(folder: Path, bounds: Bounds | None = None, clock: ManualClock | None = None) -> Iterator[tuple[Store, Told]]:
    told: Told = []
    store = Store(folder, bounds, lambda *what: told.append(what), (clock or ManualClock()).monotonic)
    yield store, told
    store.close()


def fill(store: Store, parts: Parts, begin: int, end: int) -> None:
    """Commit one reading a second, each in a transaction of its own."""
    for at in range(begin, end):
        store.append(parts.part(at, {"t": [(float(at), float(at))]}, events=[(float(at), "tick")]))
        store.commit()


def numbers(store: Store) -> list[float | None]:
    return store.read(["t"], WALL, WALL + 1e6).series["t"].value


def events(told: Told) -> list[str]:
    return [event for _, event, _ in told]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.integers(0, 30), st.floats(0, 1))
def test_after_a_cut_at_any_byte_the_transactions_before_it_are_there_and_it_goes_on_behind_them(
    folded: int, commits: int, cut: float
) -> None:
    with TemporaryDirectory(dir=MEMORY) as here:
        folder, copy = Path(here) / "history", Path(here) / "copy"
        copy.mkdir()
        with opened(folder) as (store, _):
            parts = Parts()
            fill(store, parts, 0, folded)
            assert store._segment is not None
            store._segment.fold()
            store._segment._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            fill(store, parts, folded, folded + commits)
            for path in folder.glob("*.db"):
                shutil.copy(path, copy)
                wal = path.with_name(path.name + "-wal").read_bytes()
                (copy / f"{path.name}-wal").write_bytes(wal[: round(len(wal) * cut)])
        with opened(copy) as (again, told):
            kept = len(numbers(again))
            assert folded <= kept <= folded + commits
            assert numbers(again) == list(range(kept))
            assert len(again.events(WALL, WALL + 1e6)) == kept
            assert again.position == (kept - 1 + first_cursor("first"), "first")
            fill(again, parts, kept, kept + 3)
            assert numbers(again) == list(range(kept + 3))
            assert told == []


@pytest.fixture(scope="module")
def whole() -> Iterator[Path]:
    """A history of four hours, folded but for its end."""
    with TemporaryDirectory(dir=MEMORY) as here, opened(folder := Path(here)) as (store, _):
        chance, parts = random.Random(1), Parts()  # noqa: S311 - repeatable
        for hour in range(4):
            rows = [(hour * 3600.0 + at, chance.random()) for at in range(0, 3600, 4)]
            store.append(parts.part(hour * 3600 + 3600, dict.fromkeys("abc", rows), events=[(1.0, "tick")]))
            store.commit()
            assert store._segment is not None
            if hour < 3:
                store._segment.fold()
        store.close()
        yield folder


@settings(max_examples=25, deadline=None)
@given(where=st.floats(0, 0.999), half=st.booleans())
def test_whatever_page_is_lost_no_answer_is_wrong_and_the_next_readings_are_kept(whole: Path, where: float, half: bool) -> None:
    with TemporaryDirectory(dir=MEMORY) as here:
        folder, parts = Path(here), Parts()
        (path,) = (Path(shutil.copy(path, folder)) for path in whole.glob("*.db"))
        right = {round(at): value for at, value in rows_of(folder)}
        data = bytearray(path.read_bytes())
        page = round(where * len(data)) // 4096 * 4096
        if half:
            del data[page:]
        else:
            data[page : page + 4096] = bytes(4096)
        path.write_bytes(data)
        with opened(folder) as (again, told):
            assert events(told) in ([], ["history_damaged"])
            found = again.read(["a"], WALL, WALL + 1e6).series["a"]
            assert all(right[round(at * 10)] == value for at, value in zip(found.time, found.value, strict=True))
            again.append(parts.part(20_000, {"a": [(20_000.0, 7.0)]}))
            assert again.problem is None
            assert again.read(["a"], WALL + 20_000, WALL + 20_001).series["a"].value == [7.0]


def rows_of(folder: Path) -> list[tuple[float, float | None]]:
    """Return every reading of `a`; the times in tenths of a second."""
    with opened(folder) as (store, _):
        series = store.read(["a"], WALL, WALL + 1e6).series["a"]
        return [(at * 10, value) for at, value in zip(series.time, series.value, strict=True)]


def test_a_full_card_is_told_once_and_what_waited_is_kept_when_there_is_room(tmp_path: Path) -> None:
    with opened(tmp_path) as (store, told):
        parts = Parts()
        fill(store, parts, 0, 3)
        assert store._segment is not None
        database = store._segment._database
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages}")
        fill(store, parts, 3, 300)
        assert events(told) == ["history_stopped"]
        assert "full" in str(store.problem)
        database.execute("PRAGMA max_page_count = 100000")
        fill(store, parts, 300, 301)
        assert store.problem is None
        assert events(told) == ["history_stopped", "history_resumed"]
        assert numbers(store) == list(range(301))
        fill(store, parts, 301, 302)
        assert {one.event for one in store.events(0, 1e12) if one.actor == "recorder"} == {"history_stopped", "history_resumed"}


def test_too_little_room_for_others_stops_it_before_the_card_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = 500_000_000
    monkeypatch.setattr(upkeep.shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(8_000_000_000, 0, free))  # type: ignore[attr-defined]
    with opened(tmp_path) as (store, told):
        parts = Parts()
        fill(store, parts, 0, 3)
        free = 199_000_000
        fill(store, parts, 3, 6)
        assert events(told) == ["history_stopped"]
        free = 201_000_000
        fill(store, parts, 6, 7)
        assert events(told) == ["history_stopped"]
        free = 230_000_000
        fill(store, parts, 7, 8)
        assert events(told) == ["history_stopped", "history_resumed"]
        assert numbers(store) == list(range(8))


def test_a_folder_that_cannot_be_made_is_told_once_and_tried_again(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    with opened(taken / "history") as (store, told):
        parts = Parts()
        fill(store, parts, 0, 3)
        assert events(told) == ["history_stopped"]
        assert numbers(store) == [0, 1, 2]
        taken.unlink()
        fill(store, parts, 3, 4)
        assert store.problem is None
        assert numbers(store) == [0, 1, 2, 3]


def test_what_waits_while_nothing_can_be_written_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.store.store.MOST_PENDING", 50)
    taken = tmp_path / "taken"
    taken.touch()
    with opened(taken / "history") as (store, told):
        fill(store, Parts(), 0, 100)
        assert numbers(store)[-1] == 99
        assert len(numbers(store)) <= 50
        taken.unlink()
        store.commit()
        assert "lost in part" in told[-1][2]


@pytest.mark.parametrize("synchronised", [None, False, True])
def test_a_clock_that_is_set_back_by_a_day_loses_nothing_and_changes_no_order(tmp_path: Path, synchronised: bool | None) -> None:
    with opened(tmp_path) as (store, _):
        parts = Parts(synchronised=synchronised)
        fill(store, parts, 0, 10)
        parts.shift -= 86_400
        fill(store, parts, 10, 20)
        series = store.read(["t"], 0, 1e11).series["t"]
        assert series.value == list(range(20))
        assert series.time == sorted(series.time)
        assert series.time[-1] == pytest.approx(WALL - 86_400 + 19, abs=1e-3)


def test_once_the_clock_is_set_what_was_read_before_is_at_its_right_time(tmp_path: Path) -> None:
    with opened(tmp_path) as (store, _):
        parts = Parts(shift=1000.0, synchronised=False)
        fill(store, parts, 0, 5)
        assert store.read(["t"], 0, 2000).unsynchronised != []
        parts.shift, parts.synchronised = WALL, True
        fill(store, parts, 5, 6)
        found = store.read(["t"], WALL, WALL + 100)
        assert found.series["t"].value == list(range(6))
        assert found.unsynchronised == []


def test_a_machine_that_started_with_an_older_clock_overwrites_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as (store, _):
        fill(store, Parts("first"), 0, 10)
        fill(store, Parts("second", WALL - 5), 0, 10)
        series = store.read(["t"], 0, 1e11).series["t"]
        assert len(series.value) == 20
        assert series.time == sorted(series.time)


def test_segments_are_closed_when_they_are_large_and_the_oldest_go(tmp_path: Path) -> None:
    bounds, chance = Bounds(megabytes=0.4, free_megabytes=0), random.Random(2)  # noqa: S311 - repeatable
    with opened(tmp_path, bounds) as (store, told):
        parts = Parts()
        for at in range(0, 6_000, 100):
            rows = [(at + second / 10, chance.random()) for second in range(1000)]
            store.append(parts.part(at + 100, {"t": rows}))
            store.commit()
            assert store.size() <= 600_000
        paths = sorted(tmp_path.glob("history-*.db"))
        assert len(paths) > 4
        assert paths[0].name != "history-0001.db"
        assert not list(tmp_path.glob("*-wal"))[1:]
        kept = store.read(["t"], WALL, WALL + 1e6).series["t"]
        assert kept.time[-1] - kept.time[0] == pytest.approx(0.1 * (len(kept.time) - 1), abs=0.01)
        assert told == []


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path) as (store, _):
        fill(store, Parts(), 0, 3)
    path = tmp_path / "history-0001.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with opened(tmp_path) as (store, told):
        fill(store, Parts(), 3, 4)
        assert numbers(store) == [3]
        assert told == []
    assert path.exists()


def test_two_recorders_never_write_one_folder_and_the_second_waits(tmp_path: Path) -> None:
    with opened(tmp_path) as (first, _):
        fill(first, Parts(), 0, 3)
        second = Store(tmp_path)
        fill(second, Parts("second"), 0, 2)
        assert (second.problem or "") == "another recorder writes there"
        fill(first, Parts(), 3, 4)
    fill(second, Parts("second"), 2, 3)
    assert second.problem is None
    assert len(numbers(second)) == 7
    second.close()


def test_a_file_that_somebody_deletes_is_begun_anew(tmp_path: Path) -> None:
    with opened(tmp_path) as (store, _):
        fill(store, Parts(), 0, 3)
        (tmp_path / "history-0001.db").unlink()
        fill(store, Parts(), 3, 5)
        assert numbers(store) == [3, 4]


def test_more_rows_than_an_answer_may_have_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as (store, _), pytest.raises(ValueError, match="rows"):
        store.read(["t"], 0, 1e9, every=1.0)


def test_what_goes_to_the_card_during_a_question_is_in_the_answer_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as (store, _):
        store.append(Parts().part(1.0, {"t": [(1.0, 1.0)]}))
        ask, committed = Reader.read, iter([store.commit])

        def commits_before(reader: Reader, *question: Any) -> Any:
            next(committed, lambda: None)()
            return ask(reader, *question)

        monkeypatch.setattr(Reader, "read", commits_before)
        assert numbers(store) == [1.0]
        assert store.size() > 0


def test_a_segment_that_somebody_reads_is_closed_later_and_nothing_is_told(tmp_path: Path) -> None:
    with opened(tmp_path, Bounds(megabytes=4, free_megabytes=0)) as (store, told):
        parts, chance = Parts(), random.Random(3)  # noqa: S311 - repeatable

        def go_on(begin: int, end: int) -> None:
            for at in range(begin, end, 100):
                store.append(parts.part(at + 100, {"t": [(at + second / 10, chance.random()) for second in range(1000)]}))
                store.commit()

        go_on(0, 100)
        with closing(schema.look(tmp_path / "history-0001.db")) as reading:
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM event").fetchone()
            go_on(100, 6000)
            assert store.size() > 600_000
            assert len(list(tmp_path.glob("*.db"))) == 1
        go_on(6000, 6100)
        assert len(list(tmp_path.glob("*.db"))) == 2
        assert len(numbers(store)) == 61_000
        assert told == []


def test_a_file_that_is_begun_anew_tells_what_every_output_does(tmp_path: Path) -> None:
    with opened(tmp_path) as (store, _):
        parts = Parts()
        store.append(parts.part(1.0, outputs={"fan": [(1.0, 5.0, 5.0, "anna")]}))
        store.commit()
        (tmp_path / "history-0001.db").unlink()
        store.append(parts.part(2.0, {"t": [(2.0, 2.0)]}))
        store.append(parts.part(3.0, {"t": [(3.0, 3.0)]}))
        store.commit()
        assert store.read(["fan"], WALL, WALL + 9).series["fan"].value == [5.0]


def test_an_event_is_on_the_card_at_once_a_flood_of_them_within_ten_seconds_and_a_warning_always_at_once(tmp_path: Path) -> None:
    clock, card = ManualClock(), Reader(tmp_path)
    with opened(tmp_path, clock=clock) as (store, _):
        parts, most = Parts(), 0
        for at in range(400):
            clock.advance(1.0)
            store.append(parts.part(at, events=[(float(at), "set_point")]))
            most = max(most, at + 1 - len(card.events(0, 1e12)))
            if at < 100:
                assert most == 0
        assert most == 9
        told = parts.part(400, events=[(400.0, "tripped")])
        told["events"]["level"] = ["warning"]
        store.append(told)
        assert card.events(0, 1e12)[-1].event == "tripped"

"""What is appended is read back, whole or put together, folded or not, here or by another process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.store import Store
from recorder.store.reader import Reader as Looker
from recorder.store.samples import Samples, chunk, chunks_in, compressed
from recorder.store.store import COMMIT_EVERY
from tests.fakes import ManualClock
from tests.recorder.parts import WALL, Parts, Reading


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Store:
    return Store(tmp_path / "history", monotonic=clock.monotonic)


def test_readings_come_back_with_their_times_and_faults_as_faults(store: Store) -> None:
    store.append(Parts().part(12.0, {"t": [(10.0, 21.5), (11.0, "no_ack"), (12.0, 22.0)]}))
    for folded in (False, True):
        series = store.read(["t"], WALL, WALL + 100).series["t"]
        assert series.time == pytest.approx([WALL + 10, WALL + 11, WALL + 12], abs=1e-4)
        assert series.value == [21.5, None, 22.0]
        assert series.fault == [None, "no_ack", None]
        store.commit()
        if folded and store._segment is not None:
            store._segment.fold()
    store.close()


def test_the_end_of_a_stretch_is_not_in_it_and_its_beginning_is(store: Store) -> None:
    store.append(Parts().part(12.0, {"t": [(10.0, 1.0), (11.0, 2.0), (12.0, 3.0)]}))
    assert store.read(["t"], WALL + 10, WALL + 12).series["t"].value == [1.0, 2.0]
    store.close()


def test_another_process_reads_what_is_committed(store: Store) -> None:
    parts, reader = Parts(), Looker(store.folder)
    store.append(parts.part(11.0, {"t": [(10.0, 1.0)]}))
    assert reader.names() == {}
    store.append(parts.part(12.0, events=[(10.5, "interlock_tripped")]))
    assert reader.read(["t"], WALL, WALL + 100).series["t"].value == [1.0]
    assert [event.event for event in reader.events(WALL, WALL + 100)] == ["interlock_tripped"]
    store.close()


def test_readings_are_committed_each_ten_seconds_and_events_at_once(store: Store, clock: ManualClock) -> None:
    parts, reader = Parts(), Looker(store.folder)
    store.append(parts.part(1.0, {"t": [(1.0, 1.0)]}))
    clock.sleep(COMMIT_EVERY / 2)
    store.append(parts.part(2.0, {"t": [(2.0, 2.0)]}))
    assert reader.names() == {}
    store.append(parts.part(3.0, events=[(3.0, "interlock_tripped")]))
    assert reader.read(["t"], WALL, WALL + 100).series["t"].value == [1.0, 2.0]
    store.close()


def test_means_and_extremes_are_those_of_the_readings_and_a_gap_is_a_gap(store: Store) -> None:
    rows: list[Reading] = [(float(at), float(at % 7)) for at in range(100) if not 40 <= at < 60]
    rows[5] = (5.0, "no_ack")
    store.append(Parts().part(100.0, {"t": rows}))
    series = store.read(["t"], WALL, WALL + 100, every=10).series["t"]
    assert len(series.time) == 10
    assert series.value[4:6] == [None, None]
    numbers = [value for at, value in rows if at < 10 and not isinstance(value, str)]
    assert series.value[0] == pytest.approx(sum(numbers) / len(numbers))
    assert (series.low[0], series.high[0]) == (min(numbers), max(numbers))
    assert series.fault[0] is None
    store.close()


def test_a_bucket_with_faults_alone_says_which(store: Store) -> None:
    store.append(Parts().part(100.0, {"t": [(1.0, 1.0), (11.0, "no_ack"), (12.0, "bus_io")]}))
    series = store.read(["t"], WALL, WALL + 30, every=10).series["t"]
    assert (series.value, series.fault) == ([1.0, None, None], [None, "bus_io", None])
    store.close()


def test_an_output_keeps_its_value_until_the_next(store: Store) -> None:
    store.append(Parts().part(100.0, outputs={"fan": [(5.0, 100.0, 0.0, "me"), (25.0, 100.0, 100.0, "me")]}))
    assert store.read(["fan"], WALL, WALL + 50, every=10).series["fan"].value == [0.0, 0.0, 100.0, 100.0, 100.0]
    assert store.read(["fan"], WALL + 30, WALL + 50).series["fan"].value == [100.0]
    assert store.read(["fan.asked"], WALL, WALL + 50).series["fan.asked"].value == [100.0, 100.0]
    store.close()


def test_an_output_is_not_known_to_go_on_when_nobody_looked(store: Store) -> None:
    parts = Parts()
    store.append(parts.part(50.0, outputs={"fan": [(5.0, 100.0, 100.0, "me")]}))
    store.append(parts.part(950.0, {"t": [(945.0, 1.0)]}, missed=True))
    for _ in range(2):
        values = store.read(["fan"], WALL, WALL + 1500, every=100).series["fan"].value
        assert values[0] == 100.0
        assert set(values[1:]) == {None}
        store.commit()
    store.close()


def test_a_new_file_knows_what_outputs_did_before(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = Parts()
    store.append(parts.part(50.0, outputs={"fan": [(5.0, 100.0, 100.0, "me")]}))
    monkeypatch.setattr("recorder.store.store.SEGMENT_SECONDS", -1.0)
    store.commit()
    monkeypatch.undo()
    store.append(parts.part(80.0, {"t": [(70.0, 1.0)]}))
    store.commit()
    assert len(list(store.folder.glob("history-*.db"))) == 2
    assert store.read(["fan"], WALL + 60, WALL + 80, every=10).series["fan"].value == [100.0, 100.0]
    store.close()


def test_minutes_of_blocks_tell_the_same_as_their_readings(store: Store) -> None:
    parts = Parts()
    rows: list[Reading] = [(float(at), float((at * 37) % 101)) for at in range(7200)]
    rows[600:1300] = [(float(at), "no_ack") for at in range(600, 1300)]
    store.append(parts.part(7200.0, {"t": rows}))
    fine = store.read(["t"], WALL, WALL + 7200, every=600).series["t"]
    store.commit()
    assert store._segment is not None
    store._segment.fold()
    series = store.read(["t"], WALL, WALL + 7200, every=600).series["t"]
    assert series.value == pytest.approx(fine.value)
    assert (series.low, series.high, series.fault) == (fine.low, fine.high, fine.fault)
    store.close()


def test_a_restarted_recorder_goes_on_where_it_was(store: Store, clock: ManualClock) -> None:
    parts = Parts()
    last = parts.part(12.0, {"t": [(10.0, 1.0)]})
    store.append(last)
    store.close()
    again = Store(store.folder, monotonic=clock.monotonic)
    assert again.position == (last["cursor"], "first")
    again.append(parts.part(13.0, {"t": [(13.0, 2.0)]}))
    assert again.read(["t"], WALL, WALL + 100).series["t"].value == [1.0, 2.0]
    again.close()


def test_units_of_a_bench_are_those_of_its_channels(store: Store) -> None:
    channels = [{"name": "hum", "units": "%", "default": True}, {"name": "temp", "units": "°C", "default": False}]
    output = {"child": "fan", "units": "V", "driver": "PWM", "min": 0, "max": 5}
    description: Any = {"sensors": [{"child": "rh", "channels": channels}], "outputs": [output]}
    store.describe(description)
    store.append(Parts().part(1.0, {"rh": [(1.0, 50.0)], "rh.temp": [(1.0, 20.0)]}, {"fan": [(1.0, None, 3.0, "")]}))
    for _ in range(2):
        assert store.names() == {"rh": "%", "rh.temp": "°C", "fan": "V", "fan.asked": "V"}
        assert store.read(["rh.temp"], WALL, WALL + 10).series["rh.temp"].units == "°C"
        store.commit()
    store.close()


READINGS = st.lists(st.tuples(st.integers(0, 10_000_000), st.one_of(st.none(), st.floats(allow_nan=False))), max_size=60)


@settings(max_examples=50, deadline=None)
@given(READINGS, st.integers(0, 60), st.integers(0, 60))
def test_what_is_packed_is_unpacked(rows: list[tuple[int, float | None]], begin: int, end: int) -> None:
    samples, at = Samples(), 0
    for step, value in rows:
        at += step
        samples.add(at, value, "no_ack")
    if not rows:
        return
    ((channel, found),) = chunks_in(compressed([chunk(7, samples)], 6))
    assert (channel, found.times, found.values, found.faults) == (7, samples.times, samples.values, samples.faults)
    numbers = [value for _, value in rows[begin:end] if value is not None]
    assert list(found.numbers(begin, max(end, begin))) == numbers

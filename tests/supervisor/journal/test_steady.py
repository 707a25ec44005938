"""What repeats itself is summed up, and nothing of it is lost silently."""

import random
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from actors.core import events
from actors.errors import Fault
from supervisor.journal import LEVELS
from supervisor.journal.book import Book
from supervisor.journal.levels import Threshold
from supervisor.journal.steady import BURST, DRIVEN, DRIVEN_BURST, DRIVEN_QUIET, DRIVEN_REFILL, MANY, QUIET, REFILL, Steady
from supervisor.tree.children.record import ChildSpec, Record
from supervisor.tree.children.restart_policy import Happening, is_due, started
from supervisor.tree.children.specs import SENSOR_POLICY
from supervisor.tree.children.state_log import change as happened
from tests.fakes import ManualClock


def change(number: int = 0, **more: Any) -> dict[str, Any]:
    return {"event": events.CHILD_LOST, "level": "warning", "actor": "t", "number": number, **more}


def test_who_drives_a_thousand_times_a_second_fills_no_journal_and_the_last_set_point_is_in_it(clock: ManualClock) -> None:
    steady = Steady(clock)
    kept = []
    for number in range(10_000):
        kept.append(steady.admit(DRIVEN, {"actor": "heater", "client": f"10.0.0.{number % 9}", "level": "info", "number": number}))
        clock.advance(0.001)
    assert DRIVEN_BURST <= sum(record is not None for record in kept) <= DRIVEN_BURST + 10 / DRIVEN_REFILL + 1
    clock.advance(DRIVEN_QUIET)
    assert [record["number"] for record in steady.due()] == [9999]


def test_an_output_that_an_interlock_switches_off_meanwhile_is_on_record_and_nothing_older_comes_after_it(clock: ManualClock) -> None:
    steady = Steady(clock)
    for _ in range(2 * DRIVEN_BURST):
        steady.admit(DRIVEN, {"actor": "heater", "level": "info"})
    off = {"actor": "heater", "level": "warning"}
    assert steady.admit(DRIVEN, off) == off | {"repeated": DRIVEN_BURST}
    clock.advance(DRIVEN_QUIET)
    assert steady.due() == []


def worn(clock: ManualClock) -> Steady:
    """Return one that has seen its fill."""
    steady = Steady(clock)
    for number in range(BURST):
        steady.admit("state", change(number))
    return steady


def test_the_last_change_is_kept_once_it_is_quiet(clock: ManualClock) -> None:
    steady = worn(clock)
    steady.admit("state", change(10))
    steady.admit("state", change(11))
    clock.advance(QUIET - 1)
    assert steady.due() == []
    clock.advance(1)
    assert steady.due() == [change(11, repeated=1)]
    assert (steady.due(), steady.rest()) == ([], [])


def test_what_rests_is_forgotten_when_there_is_too_much(clock: ManualClock) -> None:
    steady = Steady(clock)
    for number in range(MANY):
        steady.admit("state", change(actor=number))
    clock.advance(REFILL)
    steady.admit("state", change())
    assert len(steady._sorts) == 1


@given(st.lists(st.floats(0, 300), min_size=1, max_size=200))
def test_every_change_is_recorded_or_counted_and_the_last_one_is_recorded(gaps: list[float]) -> None:
    clock = ManualClock()
    steady = Steady(clock)
    kept: list[dict[str, Any]] = []
    for number, gap in enumerate(gaps):
        clock.advance(gap)
        kept += steady.due()
        admitted = steady.admit("state", change(number))
        kept += [] if admitted is None else [admitted]
    clock.advance(QUIET + 1)
    kept += steady.due()
    assert sum(1 + record.get("repeated", 0) for record in kept) == len(gaps)
    assert kept[-1]["number"] == len(gaps) - 1
    assert [record["number"] for record in kept] == sorted(record["number"] for record in kept)


class Lines:
    """An output that keeps what is written."""

    name = "list"
    dropped = 0

    def __init__(self) -> None:
        self.records: list[tuple[dict[str, Any], str]] = []

    def write(self, record: Any, message: str) -> None:
        self.records.append((dict(record), message))

    def losses(self) -> int:
        return 0

    def close(self) -> None:
        pass

    def events(self) -> list[str]:
        return [record["event"] for record, _message in self.records]


class Hour:
    """A sensor's child through an hour, under the supervisor's own policy and reports; `probe` says how each start of it ends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = ManualClock()
        self.lines = Lines()
        self.book = Book(self.lines, self.clock, Threshold(structlog, "info"))
        noted = structlog.wrap_logger(
            None,
            processors=[structlog.processors.add_log_level, self._note],
            wrapper_class=structlog.make_filtering_bound_logger(LEVELS["info"]),
        )
        monkeypatch.setattr("supervisor.tree.children.state_log.log", noted)
        self.log = noted
        spec = ChildSpec("t_sortie", "sensor", lambda _generation: None, SENSOR_POLICY, 3.0, where="0x4B")  # type: ignore[arg-type,return-value]
        self.record = Record(spec)
        self.starts = 0
        self._random = random.Random(1)  # noqa: S311 - jitter that is the same every time

    def _note(self, _logger: Any, _method: str, record: Any) -> Any:
        self.book.take(dict(record))
        raise structlog.DropEvent

    def happen(self, event: Happening, fault: Fault | None = None, *, crashed: bool = False) -> None:
        now = self.clock.monotonic()
        jitter = self._random.uniform(-1, 1)
        happened(self.record, event, now, fault, jitter=jitter, crashed=crashed)

    def pass_by(self, probe: Any) -> list[str]:
        """Let an hour pass; return the events that were recorded."""
        end = self.clock.monotonic() + 3600
        while self.clock.monotonic() < end:
            self.book.tend()
            if is_due(self.record.life, self.clock.monotonic()):
                self.record.life = started(self.record.life)
                self.starts += 1
                probe(self)
            self.clock.advance(0.05)
        return self.lines.events()


def test_an_hour_of_a_sensor_that_begins_well_and_fails_again_is_a_handful_of_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    def begins_well_and_fails(hour: Hour) -> None:
        hour.happen(Happening.SERVED)
        hour.log.warning(events.SENSOR_DEGRADED, actor="t_sortie", reason="the checksum is wrong")
        hour.clock.advance(2.0)
        hour.happen(Happening.LOST, Fault("checksum", "the checksum is wrong"))

    hour = Hour(monkeypatch)
    recorded = hour.pass_by(begins_well_and_fails)
    assert hour.starts > 100
    assert len(recorded) < 20
    assert sum(1 + record.get("repeated", 0) for record, _message in hour.lines.records) > 2 * hour.starts

"""Native entries: what the journal gets, and what becomes of a record that it does not take."""

import io
import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core import events
from supervisor.journal.native import BACKLOG, FIELD_LIMIT, Journal, cut, field_name, fields, is_connected
from supervisor.journal.stream import LineWriter
from tests.supervisor.journal.receiver import Receiver

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="journald is Linux's")

RECORD = {
    "event": events.SENSOR_ABSENT,
    "level": "warning",
    "actor": "t_sortie",
    "child": "t_sortie",
    "generation": 3,
    "address": "0x4B",
    "error_code": "no_ack",
    "errno": 6,
    "reason": "no acknowledge at 0x4B",
}


class Stage:
    """A journal output with a receiver, and a text stream for what cannot be sent."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stderr = io.StringIO()
        self.journal = Journal(LineWriter(self.stderr), str(path))

    def write(self, message: str = "said", **changes: Any) -> None:
        self.journal.write(RECORD | changes, message)

    def fallen_back(self) -> list[str]:
        """Close the journal and return what went to stderr."""
        self.journal.close()
        return self.stderr.getvalue().splitlines()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path / "socket")
    yield stage
    stage.journal.close()


@pytest.fixture
def journald(stage: Stage) -> Iterator[Receiver]:
    with Receiver(stage.path) as receiver:
        yield receiver


def test_every_fact_is_a_field(stage: Stage, journald: Receiver) -> None:
    stage.write("t_sortie is absent")
    assert journald.entry() == {
        "MESSAGE": "t_sortie is absent",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "pilotage",
        "MESSAGE_ID": events.VOCABULARY[events.SENSOR_ABSENT].message_ids[""],
        "EVENT": "sensor_absent",
        "LEVEL": "warning",
        "ACTOR": "t_sortie",
        "CHILD": "t_sortie",
        "GENERATION": "3",
        "ADDRESS": "0x4B",
        "ERROR_CODE": "no_ack",
        "ERRNO": "6",
        "REASON": "no acknowledge at 0x4B",
    }


@pytest.mark.parametrize(("level", "priority"), [("critical", "2"), ("error", "3"), ("warning", "4"), ("info", "6"), ("debug", "7")])
def test_levels_are_priorities(stage: Stage, journald: Receiver, level: str, priority: str) -> None:
    stage.write(level=level)
    assert journald.entry()["PRIORITY"] == priority


def test_a_traceback_is_in_the_message_and_in_a_field_of_its_own(stage: Stage, journald: Receiver) -> None:
    trace = "".join(f"  frame {number:05}\n" for number in range(2000))
    stage.write("a bug", traceback=trace)
    entry = journald.entry()
    assert entry["TRACEBACK"] == trace
    assert entry["MESSAGE"].startswith("a bug\n...\n")
    assert entry["MESSAGE"].endswith("  frame 01999\n")
    assert len(entry["MESSAGE"].encode()) <= FIELD_LIMIT


def test_a_record_too_long_for_a_datagram_comes_in_a_sealed_memory_file(stage: Stage, journald: Receiver) -> None:
    stage.journal._transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    stage.write(traceback="x" * 50_000)
    assert journald.entry()["TRACEBACK"] == "x" * 50_000


def test_a_journald_that_comes_later_or_again_is_found(stage: Stage) -> None:
    stage.write("nobody there")
    with Receiver(stage.path) as first:
        stage.write("here")
        assert first.entry()["MESSAGE"] == "here"
    with Receiver(stage.path) as second:
        stage.write("here again")
        assert second.entry()["MESSAGE"] == "here again"
    assert stage.fallen_back() == ["<4>sensor_absent: nobody there"]


def fill(stage: Stage) -> int:
    """Write until the receiver's queue and the backlog are full; return how many records that took."""
    count = 0
    while len(stage.journal._backlog) < BACKLOG:
        stage.write(f"number {count}")
        count += 1
    return count


def test_a_journald_that_does_not_read_costs_no_waiting_and_the_backlog_keeps_the_order(stage: Stage, journald: Receiver) -> None:
    count = fill(stage)
    assert journald.entry()["MESSAGE"] == "number 0"
    seen = 1
    while not journald.is_empty() or stage.journal._backlog:
        while not journald.is_empty():
            assert journald.entry()["MESSAGE"] == f"number {seen}"
            seen += 1
        assert stage.journal.losses() == 0
    assert (seen, stage.journal.dropped) == (count, 0)


def test_what_does_not_fit_is_counted_and_told_once_there_is_room(stage: Stage, journald: Receiver) -> None:
    fill(stage)
    for _ in range(3):
        stage.write("too much")
    assert (stage.journal.dropped, stage.journal.losses()) == (3, 0)
    told = 0
    while not told:
        journald.receive()
        told = stage.journal.losses()
    assert (told, stage.journal.losses(), stage.journal.dropped) == (3, 0, 3)
    assert stage.fallen_back() == []


@given(st.text())
def test_every_name_is_one_that_the_journal_takes(name: str) -> None:
    assert re.fullmatch(r"[A-Z][A-Z0-9_]{0,63}", field_name(name))


class Awkward:
    """An object that cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError


VALUES = st.one_of(
    st.text(st.characters()),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.binary(),
    st.builds(Awkward),
    st.lists(st.one_of(st.text(), st.builds(Awkward))),
    st.dictionaries(st.text(), st.floats()),
    st.text("é€\n", min_size=3000, max_size=6000),
)


@given(
    st.text(st.characters(), min_size=1), st.dictionaries(st.text(min_size=1).filter(lambda name: name not in RECORD), VALUES, max_size=4)
)
def test_whatever_a_record_carries_makes_fields_within_the_limits(message: str, facts: dict[str, Any]) -> None:
    for name, value in fields({**facts, "event": "request", "level": "info"}, message):
        value.decode()
        assert len(name) + 1 + len(value) < 4096 or name == "TRACEBACK"


@given(st.text(), st.integers(40, 400), st.booleans())
def test_a_cut_text_is_within_its_limit_and_whole_characters(text: str, limit: int, keep_end: bool) -> None:
    short = cut(text, limit, keep_end=keep_end)
    raw = text.encode("utf-8", "backslashreplace")
    assert short == raw if len(raw) <= limit else len(short) <= limit
    short.decode()


def test_journal_stream_is_compared_with_the_stream_itself(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("w") as stream, (tmp_path / "other").open("w") as other:
        found = os.fstat(stream.fileno())
        variable = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        assert is_connected(stream, variable)
        assert not is_connected(other, variable)
        assert not is_connected(stream, {})
        assert not is_connected(stream, {"JOURNAL_STREAM": "nonsense"})
    assert not is_connected(stream, variable)
    assert not is_connected(None, variable)
    assert not is_connected(io.StringIO(), variable)

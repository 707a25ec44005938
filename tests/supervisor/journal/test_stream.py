"""Lines on stderr: for programs and for people, written by a thread of their own."""

import io
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from supervisor.journal.stream import QUEUE, Lines, LineWriter, console_lines, json_line
from tests.fakes import eventually, wait

RECORD = {"event": "sensor_absent", "level": "warning", "actor": "t", "child": "t", "errno": 6}


class Stuck(io.StringIO):
    """A stream that takes nothing while it is held, as a paused terminal does."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.released = threading.Event()

    def write(self, text: str) -> int:
        self.entered.set()
        wait(self.released)
        return super().write(text)


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    stream = Stuck()
    yield stream
    stream.released.set()


def test_a_record_is_one_json_object_on_one_line() -> None:
    line = json_line({**RECORD, "reason": "two\nlines", "odd": {1, 2}.__class__}, "t is absent")
    found = json.loads(line)
    assert "\n" not in line
    assert list(found)[:4] == ["timestamp", "level", "event", "message"]
    assert found.items() >= {**RECORD, "message": "t is absent", "reason": "two\nlines"}.items()


def test_a_person_reads_the_sentence_and_small_behind_it_the_event() -> None:
    line = console_lines(colours=True)({**RECORD, "traceback": "Traceback\n  line"}, "t is absent: not plugged in")
    assert re.sub(r"\x1b\[[0-9;]*m", "", line)[9:] == "warning t is absent: not plugged in  sensor_absent\nTraceback\n  line"
    assert "\x1b[2msensor_absent\x1b[0m" in line
    plain = console_lines(colours=False)({"event": "daemon_ready", "level": "info"}, "Ready on port 5555")
    assert plain[9:] == "Ready on port 5555  [daemon_ready]"


def test_a_person_is_told_what_a_program_is_not() -> None:
    for person, told in ((True, "ready: look\n"), (False, "")):
        stream = io.StringIO()
        lines = Lines(LineWriter(stream), json_line, person=person)
        lines.tell("ready: look")
        lines.close()
        assert stream.getvalue() == told


def test_lines_are_written_in_order_and_the_last_ones_before_the_end() -> None:
    stream = io.StringIO()
    writer = LineWriter(stream)
    for number in range(500):
        writer.put(str(number))
    writer.close()
    assert stream.getvalue().split() == [str(number) for number in range(500)]
    assert writer.dropped == 0


def test_a_terminal_that_is_paused_stops_nobody_and_what_is_lost_is_told(stuck: Stuck) -> None:
    writer = LineWriter(stuck)
    lines = Lines(writer, lambda record, _message: str(record))
    lines.write({"first": 1}, "")
    wait(stuck.entered)
    for number in range(QUEUE + 7):
        lines.write({"number": number}, "")
    assert (lines.dropped, lines.losses()) == (7, 0)
    stuck.released.set()
    eventually(writer.has_room, "the lines are written")
    assert (lines.losses(), lines.losses(), lines.dropped) == (7, 0, 7)
    lines.close()
    assert len(stuck.getvalue().splitlines()) == QUEUE + 1


def test_the_end_does_not_wait_for_a_paused_terminal(stuck: Stuck) -> None:
    writer = LineWriter(stuck)
    writer.put("held")
    wait(stuck.entered)
    writer.close(patience=0.01)
    assert not stuck.getvalue()


class Broken(io.StringIO):
    """A pipe that nobody reads any more."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("stream", [Broken(), None])
def test_a_stream_that_is_gone_costs_the_records_and_nothing_else(stream: Any) -> None:
    writer = LineWriter(stream)
    writer.put("one")
    writer.put("two")
    writer.close()
    writer.put("three")
    assert writer.dropped == 3

"""The log of a whole process: where it goes, what it costs, and how its level is changed."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from actors.core import events
from supervisor.journal.book import RECENT, Book
from supervisor.journal.levels import LEVELS, Threshold
from tests.fakes import ManualClock
from tests.project.sources import ROOT
from tests.supervisor.journal.receiver import Receiver

SAY = """
from supervisor import journal
journal.set_up("info")
import structlog
from actors.core import events
log = structlog.get_logger()
bound = log.bind(actor="t_sortie")
bound.warning(events.SENSOR_ABSENT, address="0x4B", reason="no acknowledge", errno=None)
log.debug(events.REQUEST, type="AQ", client="10.0.0.7")
"""


def said(program: str, **options: Any) -> list[dict[str, Any]]:
    """Run `program` in a process of its own, and return the JSON lines of its stderr."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr
    assert not done.stdout
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_pipe_gets_one_json_object_a_line() -> None:
    (record,) = said(SAY)
    record.pop("timestamp")
    assert record == {
        "level": "warning",
        "event": "sensor_absent",
        "message": "t_sortie is absent: no acknowledge",
        "actor": "t_sortie",
        "child": "t_sortie",
        "address": "0x4B",
        "reason": "no acknowledge",
    }


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no journald")
def test_under_systemd_records_go_to_the_journal_and_not_to_stderr(tmp_path: Path) -> None:
    address = tmp_path / "socket"
    program = f"import logging_journald as l; l.JournaldTransport.SOCKET_PATH = {str(address)!r}\n{SAY}"
    with Receiver(address) as journald, (tmp_path / "stderr").open("w+b") as stderr:
        found = os.fstat(stderr.fileno())
        environment = os.environ | {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, stderr=stderr, env=environment, check=True)
        entry = journald.entry()
        assert (entry["EVENT"], entry["ACTOR"], entry["ADDRESS"], entry["PRIORITY"]) == ("sensor_absent", "t_sortie", "0x4B", "4")
        assert journald.is_empty()
        assert stderr.tell() == 0


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_a_terminal_gets_colours_and_rich_is_never_loaded() -> None:
    import pty

    ours, theirs = pty.openpty()
    program = SAY + "import sys\nassert 'rich' not in sys.modules\n"
    try:
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, stderr=theirs, check=True)
        shown = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert "\x1b[" in shown
    assert "sensor_absent" in shown
    assert "{" not in shown


def test_the_level_is_changed_for_loggers_that_exist() -> None:
    program = SAY + "journal.set_level('debug')\nlog.debug(events.REQUEST, type='AQ', client='a')\njournal.set_level('error')\n"
    program += "bound.warning(events.SENSOR_ABSENT)\nbound.error(events.CHILD_HUNG, reason='r')\njournal.set_level('critical')\n"
    records = said(program)
    assert [(record["event"], record.get("threshold"), record.get("before")) for record in records[1:]] == [
        ("log_level_changed", "debug", "info"),
        ("request", None, None),
        ("log_level_changed", "error", "debug"),
        ("child_hung", None, None),
        ("log_level_changed", "critical", "error"),
    ]


class Kept:
    """An output that keeps what is written, and loses what the test says it loses."""

    name = "list"

    def __init__(self) -> None:
        self.records: list[Mapping[str, Any]] = []
        self.dropped = 0
        self.to_tell = 0

    def write(self, record: Mapping[str, Any], _message: str) -> None:
        self.records.append(record)

    def losses(self) -> int:
        lost, self.to_tell = self.to_tell, 0
        return lost

    def close(self) -> None:
        pass

    def events(self) -> list[str]:
        return [record["event"] for record in self.records]


class Log:
    """A book, and a logger that writes into it."""

    def __init__(self, level: str = "info") -> None:
        self.clock = ManualClock()
        self.kept = Kept()
        self.threshold = Threshold(structlog, level)
        self.book = Book(self.kept, self.clock, self.threshold)
        book = self.book

        class Pen:
            debug = info = warning = error = critical = staticmethod(book.take)

        as_it_is: Any = lambda _logger, _method, record: ((record,), {})  # noqa: E731 - a processor
        processors = [structlog.processors.add_log_level, as_it_is]
        self.log: Any = structlog.wrap_logger(Pen(), processors=processors, wrapper_class=self.threshold.wrapper).bind()


@pytest.fixture
def log() -> Log:
    return Log()


def test_losses_are_told_before_the_next_record_and_when_nothing_else_happens(log: Log) -> None:
    log.kept.to_tell = 3
    log.log.info("next")
    log.kept.to_tell = 2
    log.book.tend()
    assert [(record["event"], record.get("count")) for record in log.kept.records] == [
        ("records_dropped", 3),
        ("next", None),
        ("records_dropped", 2),
    ]


class Unreadable:
    """A value that breaks whatever looks at it."""

    def __bool__(self) -> bool:
        raise RuntimeError

    def __str__(self) -> str:
        raise RuntimeError


def test_no_value_of_a_record_breaks_the_actor_that_recorded_it(log: Log) -> None:
    log.log.info("one", value=Unreadable())
    log.log.info("two", exc_info=Unreadable())
    log.log.info(events.SENSOR_ABSENT, actor=["no", "name"], reason="r")
    log.log.info("three")
    assert log.kept.events() == ["one", "three"]
    assert log.book.state()["dropped"] == 2


def test_a_watcher_that_fails_keeps_no_record_out_of_the_log(log: Log) -> None:
    def fails(_record: object, _said: str) -> None:
        raise ZeroDivisionError

    log.book.watch({events.SENSOR_ABSENT: LEVELS["warning"]}, fails)
    log.log.warning(events.SENSOR_ABSENT, actor="t", reason="r")
    assert log.kept.events() == [events.SENSOR_ABSENT]


def test_whoever_watches_hears_also_what_the_level_hides_and_nothing_else_is_kept(log: Log) -> None:
    heard: list[tuple[str, str]] = []
    log.book.set_level("error")
    log.book.watch({events.SENSOR_ABSENT: LEVELS["warning"]}, lambda record, said: heard.append((record["event"], said)))
    log.log.warning(events.SENSOR_ABSENT, actor="t", reason="r")
    log.log.warning(events.CONFIG_WARNING, reason="r")
    log.log.info(events.SENSOR_ABSENT, actor="t", reason="r")
    assert heard == [("sensor_absent", "t is absent: r")]
    assert log.kept.events() == ["log_level_changed"]
    log.book.watch({}, lambda _record, _said: None)
    log.log.warning(events.SENSOR_ABSENT, actor="t", reason="r")
    assert len(heard) == 1


def test_whoever_follows_hears_every_record_from_info_on_also_what_was_before_and_what_the_level_hides(log: Log) -> None:
    heard: list[tuple[str, str, float]] = []
    log.log.warning(events.CONFIG_WARNING, reason="before")
    log.book.set_level("error")
    log.book.follow(lambda record, said, ago: heard.append((record["event"], said, ago)))
    log.log.info(events.CONFIG_WARNING, reason="after")
    log.log.debug(events.REQUEST, type="AQ", client="10.0.0.7")
    assert [(event, said) for event, said, _ in heard] == [
        ("config_warning", "before"),
        ("log_level_changed", heard[1][1]),
        ("config_warning", "after"),
    ]
    assert 0 <= heard[0][2] < 100
    assert heard[-1][2] == 0.0
    assert log.kept.events() == ["config_warning", "log_level_changed"]


def test_status_repeats_the_last_records_without_those_of_single_requests(log: Log) -> None:
    log.book.set_level("debug")
    for number in range(RECENT + 5):
        log.log.info(events.CONFIG_WARNING, reason=f"number {number}")
        log.log.debug(events.REQUEST, type="AQ", client="10.0.0.7")
    recent = log.book.state()["recent"]
    assert [entry["message"] for entry in recent] == [f"number {number}" for number in range(5, RECENT + 5)]
    assert set(recent[0]) == {"time", "event", "level", "actor", "message"}

"""ON_EVENT: commands that are run for events, within bounds."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.bench.devices import EventCommand
from actors.core import events
from actors.core.clock import SystemClock
from supervisor.daemon.outside.on_event import PERIOD, STARTS, WAITING, OnEvent
from tests.fakes import ManualClock, eventually

ABSENT = {"event": events.SENSOR_ABSENT, "level": "warning", "actor": "t_sortie", "address": "0x4B", "reason": "why; $(not) `a` 'shell'"}
SAID = "t_sortie is absent: why"

NOTE = """
import json, os, sys
facts = {name: value for name, value in os.environ.items() if name.startswith("PILOTAGE_") or name == "NOTIFY_SOCKET"}
with open(sys.argv[1], "a", encoding="utf-8") as file:
    file.write(json.dumps({"arguments": sys.argv[2:], "input": sys.stdin.read(), "facts": facts}) + "\\n")
"""


class Bell:
    """A command that notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.notes = folder / "notes"

    def command(self, *arguments: str, of: tuple[str, ...] = (events.SENSOR_ABSENT,), timeout: float = 10.0) -> EventCommand:
        return EventCommand(of, (sys.executable, "-c", NOTE, str(self.notes), *arguments), timeout)

    def rung(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.notes.read_text(encoding="utf-8").splitlines()] if self.notes.exists() else []


@pytest.fixture
def bell(tmp_path: Path) -> Bell:
    return Bell(tmp_path)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., OnEvent]]:
    """Return a maker of OnEvent whose threads end with the test."""
    made: list[OnEvent] = []

    def make(*commands: EventCommand, clock: Any = None) -> OnEvent:
        made.append(OnEvent(commands, clock or SystemClock()))
        return made[-1]

    yield make
    for on_event in made:
        on_event.close()


def failures(on_event: OnEvent, *records: Mapping[str, Any]) -> list[str]:
    """Offer records, let all their commands end, and return the reasons of the failures that were recorded."""
    with capture_logs() as logs:
        for record in records:
            on_event.offer(record, SAID)
        on_event.close(patience=20)
    assert {log["event"] for log in logs} <= {events.COMMAND_FAILED}
    return [log["reason"] for log in logs]


def test_a_command_gets_the_event_as_arguments_input_and_environment(
    run: Callable[..., OnEvent], bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    monkeypatch.delenv("PILOTAGE_WEB", raising=False)
    assert failures(run(bell.command("{event}: {message}", "{actor}", "{other}")), ABSENT) == []
    assert bell.rung() == [
        {
            "arguments": [f"sensor_absent: {SAID}", "t_sortie", "{other}"],
            "input": f"{SAID}\n",
            "facts": {
                "PILOTAGE_EVENT": "sensor_absent",
                "PILOTAGE_LEVEL": "warning",
                "PILOTAGE_ACTOR": "t_sortie",
                "PILOTAGE_ADDRESS": "0x4B",
                "PILOTAGE_REASON": ABSENT["reason"],
                "PILOTAGE_MESSAGE": SAID,
            },
        }
    ]


def test_a_log_call_does_not_wait_for_a_command_and_one_that_takes_too_long_is_ended(run: Callable[..., OnEvent], tmp_path: Path) -> None:
    slow = EventCommand((events.SENSOR_ABSENT,), (sys.executable, "-c", "import time; time.sleep(600)"), 0.3)
    on_event = run(slow)
    began = time.monotonic()
    on_event.offer(ABSENT, SAID)
    assert time.monotonic() - began < 0.2
    assert failures(on_event) == ["not done within 0.3 s, so it was ended"]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("/nonexistent/program", "password"), "it cannot be started: No such file or directory"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "exit code 3"),
        ((sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"), "ended by signal 9"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="other words there")
def test_a_failure_is_one_record_without_the_arguments(run: Callable[..., OnEvent], command: tuple[str, ...], reason: str) -> None:
    on_event = run(EventCommand((events.SENSOR_ABSENT,), command))
    with capture_logs() as logs:
        for _ in range(3):
            on_event.offer(ABSENT, SAID)
        on_event.close(patience=20)
    assert logs == [
        {"event": events.COMMAND_FAILED, "log_level": "warning", "program": command[0], "event_of": "sensor_absent", "reason": reason}
    ]


def test_too_many_in_a_minute_are_not_started(run: Callable[..., OnEvent], bell: Bell, clock: ManualClock) -> None:
    on_event = run(bell.command(), clock=clock)
    reason = f"not started: {STARTS} commands were started within {PERIOD:g} s"
    with capture_logs() as logs:
        for _ in range(STARTS + 3):
            on_event.offer(ABSENT, SAID)
        eventually(lambda: logs and on_event._left_out == 3, "the last ones are refused")
        clock.advance(PERIOD)
        on_event.offer(ABSENT, SAID)
        on_event.close(patience=20)
    assert ([log["reason"] for log in logs], len(bell.rung())) == ([reason], STARTS + 1)


def test_what_does_not_fit_into_the_queue_is_left_out_and_said(run: Callable[..., OnEvent], tmp_path: Path) -> None:
    gate, runs = tmp_path / "gate", tmp_path / "runs"
    held = f"import os, time\nopen({str(runs)!r}, 'w')\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)"
    on_event = run(EventCommand((events.SENSOR_ABSENT,), (sys.executable, "-c", held)))
    on_event.offer(ABSENT, SAID)
    eventually(runs.exists, "the first command runs")
    for _ in range(WAITING + 5):
        on_event.offer(ABSENT, SAID)
    gate.touch()
    with capture_logs() as logs:
        eventually(lambda: logs, "the gap is recorded")
    assert logs[0]["reason"] == "5 commands before it were left out, too many events came at once"


def test_the_end_waits_for_a_command_that_is_quick_and_ends_one_that_is_not(
    run: Callable[..., OnEvent], bell: Bell, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    lasting = (sys.executable, "-c", f"import time; open({str(runs)!r}, 'w'); time.sleep(600)")
    quick, slow = run(bell.command()), run(EventCommand((events.SENSOR_ABSENT,), lasting, 60))
    quick.offer(ABSENT, SAID)
    quick.close(patience=20)
    assert len(bell.rung()) == 1
    slow.offer(ABSENT, SAID)
    eventually(runs.exists, "the slow command runs")
    slow.close(patience=0.1)
    assert "on-event" not in {thread.name for thread in threading.enumerate()}


def test_a_bug_while_one_command_is_run_is_recorded_and_those_of_later_events_are_run(
    bell: Bell, run: Callable[..., OnEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    popen, calls = subprocess.Popen, []

    def once(*arguments: Any, **options: Any) -> Any:
        calls.append(0)
        if len(calls) == 1:
            raise RuntimeError("can't start new thread")
        return popen(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", once)
    (reason,) = failures(run(bell.command()), ABSENT, ABSENT)
    assert reason.startswith("a fault of this program: RuntimeError")
    assert len(bell.rung()) == 1

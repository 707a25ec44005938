"""`ON_EVENT` in `config.py`."""

from typing import Any

import pytest

from actors.bench.devices import EventCommand
from supervisor.configuration.problems import Report
from supervisor.configuration.sections.on_event import read_commands


def read(section: Any) -> tuple[tuple[EventCommand, ...], Report]:
    report = Report("config.py")
    return read_commands({"ON_EVENT": section}, report), report


def problem(section: Any) -> str:
    commands, report = read(section)
    assert commands == ()
    (found,) = report.problems
    return str(found)


def entry(**changes: Any) -> dict[str, Any]:
    return {"events": ["sensor_absent"], "command": ["/usr/bin/mail", "lab@example.org"], **changes}


def test_a_command_names_its_events_its_words_and_its_time() -> None:
    commands, report = read([entry(), entry(events=("bus_stuck", "bus_recovered"), command=("true",), timeout=3)])
    assert commands == (
        EventCommand(("sensor_absent",), ("/usr/bin/mail", "lab@example.org"), 10.0),
        EventCommand(("bus_stuck", "bus_recovered"), ("true",), 3.0),
    )
    assert (report.problems, report.warnings) == ([], [])


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("mail", "ON_EVENT: found a text; allowed: a list of dicts"),
        (["mail"], "ON_EVENT[0]: found a text; allowed: a dict"),
        ([entry(events=["sensor_abs"])], "did you mean `sensor_absent`?"),
        ([entry(events=[3])], "found 3; allowed: an event of docs/reference/events.md"),
        ([entry(events="sensor_absent")], "allowed: a list of one event or more"),
        ([entry(events=[])], "allowed: a list of one event or more"),
        ([entry(command="mail lab")], "there is no shell: write each argument as a text of its own"),
        ([entry(command=[])], "command: found an empty list; allowed: ['program', 'argument', ...]"),
        ([entry(command=None)], "command: found None; allowed: ['program', 'argument', ...]"),
        ([entry(command=["mail", 3])], "allowed: ['program', 'argument', ...]"),
        ([entry(command=[""])], "allowed: ['program', 'argument', ...]"),
        ([entry(command=["a\0b"])], "allowed: ['program', 'argument', ...]"),
        ([entry(timeout=0)], "allowed: seconds, more than 0, up to 60"),
        ([entry(timeout=61)], "allowed: seconds, more than 0, up to 60"),
        ([{"command": ["true"]}], "events: found nothing; allowed: ['event', ...] of docs/reference/events.md"),
        ([{"events": ["sensor_absent"]}], "command: found nothing; allowed: ['program', 'argument', ...]"),
    ],
)
def test_what_is_wrong_is_said(section: Any, said: str) -> None:
    assert said in problem(section)


@pytest.mark.parametrize("command", ["curl -u user:hunter2", ["curl", b"hunter2"], {"hunter2": 1}])
def test_an_error_never_repeats_a_command_that_may_hold_a_password(command: Any) -> None:
    assert "hunter2" not in problem([entry(command=command)])

"""`ON_EVENT`: commands to run when something happens. What they are is never repeated in an error: an argument may be a password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.bench.devices import EventCommand
from actors.core.events import VOCABULARY
from supervisor.configuration.entries import Entry, read, warn_unknown
from supervisor.configuration.model import Section, key
from supervisor.configuration.problems import Report, did_you_mean, shown

SECTION: Final = "ON_EVENT"
LONGEST: Final = 60.0
"""Seconds a command may take: the next one waits for it."""
_KINDS: Final = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "a dict", bool: "True or False"}


class Command(Section):
    """One entry of `ON_EVENT`."""

    events: Any = key(..., "['event', ...] of docs/reference/events.md", "the events for which the command is run")
    command: Any = key(
        ..., "['program', 'argument', ...]", "what is run, without a shell; `{event}`, `{actor}` and `{message}` are filled in"
    )
    timeout: float = key(10.0, f"seconds, more than 0, up to {LONGEST:g}", "how long it may take before it is ended", gt=0, le=LONGEST)


def read_commands(names: Mapping[str, Any], report: Report) -> tuple[EventCommand, ...]:
    """Validate `ON_EVENT`; every error is reported, and an entry with one is left out."""
    section = names.get(SECTION, [])
    if not isinstance(section, list):
        report.error("", SECTION, _what(section), "a list of dicts: [{'events': [...], 'command': [...]}, ...]")
        return ()
    found = []
    for index, raw in enumerate(section):
        label = f"{SECTION}[{index}]"
        if not isinstance(raw, dict):
            report.error(label, "", _what(raw), "a dict: {'events': [...], 'command': [...]}")
            continue
        entry = read(Command, raw, label, report)
        warn_unknown(label, raw, Command.model_fields, report)
        _check_events(entry, report)
        _check_command(entry, report)
        if entry.sound:
            good = entry.good
            found.append(EventCommand(tuple(good["events"]), tuple(good["command"]), good["timeout"]))
    return tuple(found)


def _check_events(entry: Entry, report: Report) -> None:
    events = entry.good.get("events", ["-"])
    if not isinstance(events, list | tuple) or not events:
        entry.error(report, "events", shown(events), "a list of one event or more, as ['sensor_absent', 'child_restarted']")
        return
    for event in events if "events" in entry.good else ():
        if not isinstance(event, str) or event not in VOCABULARY:
            entry.error(report, "events", shown(event), "an event of docs/reference/events.md", did_you_mean(event, VOCABULARY))


def _check_command(entry: Entry, report: Report) -> None:
    command = entry.good.get("command", ["-"])
    is_list = isinstance(command, list | tuple) and len(command) > 0
    if not is_list or not all(isinstance(word, str) and "\0" not in word for word in command) or not command[0]:
        hint = "there is no shell: write each argument as a text of its own" if isinstance(command, str) else ""
        entry.error(report, "command", _what(command), "['program', 'argument', ...], texts all of them", hint)


def _what(value: Any) -> str:
    """Say what kind of thing stands there, and nothing of what is in it."""
    if value == []:
        return "an empty list"
    return "None" if value is None else _KINDS.get(type(value), f"a {type(value).__name__}")

"""What an event of the log is, and what its fields mean. The events themselves: `actors.core.events`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

FIELDS: Final[Mapping[str, str]] = {
    "actor": "the sensor, the output, the loop or other part that the record is about: its `name` in `config.py`, or `gateway`",
    "child": "the same, as the supervisor's tree calls it",
    "generation": "how many times the child has been started, this time included",
    "address": "I2C address, as `0x48`",
    "bus": "the I2C bus",
    "pin": "pin of an output, as `GPIO18`",
    "error_code": "what went wrong: the stable code that a client gets, too",
    "errno": "number of the kernel's error, where there was one",
    "client": "address of the client that asked",
    "value": "a value in the units of `units`; of an output what it reads back",
    "units": "the units of `value`",
    "reason": "what went wrong, or why this was done, in a sentence",
    "added": "names of the sensors and outputs that are new in `config.py`",
    "asked": "the set-point that the client asked for",
    "back_off_s": "seconds until the next try",
    "before": "the value before",
    "changed": "names of those whose entry is another one",
    "channel": "channel of a sensor, as `temp`",
    "chip": "type of the chip",
    "component": "full name of a component in a LECO network: of this bench, its own",
    "config": "the file that describes the bench",
    "count": "how many",
    "endpoint": "ZeroMQ address where clients are served",
    "event_of": "the event that the command was started for",
    "exit_code": "exit code of the daemon",
    "former": "address and port of the connection before",
    "gap_s": "seconds of the standstill",
    "gpio": "the way to the outputs",
    "i2c_timeout_s": "seconds after which the I2C adapter gives up a transfer, for every program on this computer",
    "interlock": "the interlock, by its `name` in `config.py`",
    "kind": "kind of the injected fault, or of the interlock",
    "mib": "memory in MiB",
    "mode": "`simulated` or `hardware`; of a loop `off`, `manual`, `auto` or `tune`",
    "namespace": "the name of a coordinator in a LECO network",
    "next_probe_s": "seconds until the next probe",
    "outputs": "the outputs that are driven, with their values",
    "part": "number of this part of a text in several records",
    "parts": "number of the parts",
    "port": "TCP port",
    "problem": "what was wrong in the daemon's own work",
    "program": "the command's program, without its arguments",
    "registers": "what was written to which register",
    "removed": "names of those that are no longer in `config.py`",
    "repeated": "how many changes of the same kind were not recorded one by one before this record",
    "restarts": "how often the child has been restarted",
    "security": "`CURVE` where a client needs a key, else `none`",
    "setting": "name of a setting in `config.py`",
    "target": "what the injected fault breaks",
    "text": "a piece of a longer text",
    "thread": "name of the thread",
    "thread_id": "the kernel's number of the thread, as `top -H` shows it",
    "threshold": "level from which on records are kept",
    "type": "type of the request",
    "version": "version of pilotage",
}
"""Every field, with its meaning. In the journal the names are in capitals."""

CHILD: Final = "actor child generation address pin error_code errno reason"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. The first of `sentences` whose fields a record has becomes its text.

    `levels`: the usual one first. `fields`: what its records may carry. `message_ids`: for the journal's catalog, by `error_code`; that
    under "" holds for any other. `steady`: when the same actor has events of this sort again and again, they are summed up.
    """

    name: str
    levels: tuple[str, ...]
    meaning: str
    sentences: tuple[str, ...]
    fields: tuple[str, ...]
    message_ids: Mapping[str, str] = field(default_factory=dict)
    steady: str = ""


ENTRIES: Final[dict[str, Entry]] = {}
"""Every event by its name, once `actors.core.events` is imported."""


def event(
    name: str, levels: str, meaning: str, *sentences: str, fields: str = "", ids: Mapping[str, str] | str = "", steady: str = ""
) -> str:
    """Enter an event and return its name. `levels` and `fields` are words with blanks between them."""
    by_code = ids if isinstance(ids, Mapping) else {"": ids} if ids else {}
    ENTRIES[name] = Entry(name, tuple(levels.split()), meaning, sentences, tuple(fields.split()), by_code, steady)
    return name

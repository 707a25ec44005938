"""The vocabulary of the log: every event once, with its level, its meaning, its sentence and its fields.

The journal, the tests and `docs/events.md` use these words. A new event is one entry here and its use; the tests say what else is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

FIELDS: Final[Mapping[str, str]] = {
    "actor": "the sensor, the output or other part that the record is about: its `name` in `config.py`, or `gateway`",
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
    "config": "the file that describes the bench",
    "count": "how many",
    "endpoint": "ZeroMQ address where clients are served",
    "event_of": "the event that the command was started for",
    "exit_code": "exit code of the daemon",
    "gap_s": "seconds of the standstill",
    "gpio": "the way to the outputs",
    "kind": "kind of the injected fault",
    "mode": "`simulated` or `hardware`",
    "next_probe_s": "seconds until the next probe",
    "part": "number of this part of a text in several records",
    "parts": "number of the parts",
    "port": "TCP port",
    "problem": "what was wrong in the daemon's own work",
    "program": "the command's program, without its arguments",
    "registers": "what was written to which register",
    "removed": "names of those that are no longer in `config.py`",
    "repeated": "how many changes of the same kind were not recorded one by one before this record",
    "restarts": "how often the child has been restarted",
    "setting": "name of a setting in `config.py`",
    "target": "what the injected fault breaks",
    "text": "a piece of a longer text",
    "thread": "name of the thread",
    "threshold": "level from which on records are kept",
    "type": "type of the request",
    "version": "version of pilotage",
}
"""Every field, with its meaning. In the journal the names are in capitals."""

_CHILD: Final = "actor child generation address pin error_code errno reason"


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


VOCABULARY: Final[dict[str, Entry]] = {}
"""Every event by its name."""


def _event(
    name: str, levels: str, meaning: str, *sentences: str, fields: str = "", ids: Mapping[str, str] | str = "", steady: str = ""
) -> str:
    """Enter an event and return its name. `levels` and `fields` are words with blanks between them."""
    by_code = ids if isinstance(ids, Mapping) else {"": ids} if ids else {}
    VOCABULARY[name] = Entry(name, tuple(levels.split()), meaning, sentences, tuple(fields.split()), by_code, steady)
    return name


# A few lines for each event, whatever the formatter would make of them.
# fmt: off
DAEMON_STARTED: Final = _event(
    "daemon_started", "info", "The daemon has its hardware and starts the supervision tree.",
    "pilotage {version} starts, {mode}, with the bench of {config}", fields="version mode config bus gpio",
)
DAEMON_READY: Final = _event(
    "daemon_ready", "info", "The gateway has answered a request: clients are served.", "Ready on port {port}", fields="port"
)
DAEMON_STOPPING: Final = _event(
    "daemon_stopping", "info", "The end begins; outputs go to their safe values first.",
    "Stopping ({reason}): the outputs go to their safe values first", fields="reason",
)
DAEMON_STOPPED: Final = _event("daemon_stopped", "info", "The last record of a run.", "Stopped, exit code {exit_code}", fields="exit_code")
DAEMON_FAILED: Final = _event(
    "daemon_failed", "critical", "The daemon cannot start, or cannot go on.",
    "The daemon cannot go on: {reason}", fields="error_code reason", ids="7e616492855d484bb706213f6f1b6f93",
)
CONFIG_WARNING: Final = _event(
    "config_warning", "warning", "Something in `config.py` works but is probably not meant.", "config.py: {reason}", fields="reason"
)
CONFIG_RELOADED: Final = _event(
    "config_reloaded", "info", "Another `config.py` was taken over while the daemon served; what it does not mention went on.",
    "{config} is in force: added {added}; changed {changed}; removed {removed}", fields="config added changed removed",
)
CONFIG_REFUSED: Final = _event(
    "config_refused", "error", "A changed `config.py` has errors, one record each; the bench goes on as it was.",
    "The bench goes on as it was: {reason}", fields="reason",
)
CONFIG_POSTPONED: Final = _event(
    "config_postponed", "warning", "A setting was changed that only a restart of the daemon can take over.",
    "{setting} has changed in config.py, which takes effect with the next restart", fields="setting",
)
CHILD_STARTED: Final = _event("child_started", "info", "A sensor, an output or the gateway serves.", "{actor} is running", fields=_CHILD)
CHILD_RESTARTED: Final = _event(
    "child_restarted", "info", "A child that was lost serves again.", "{actor} was restarted and is running again",
    fields=f"{_CHILD} restarts", ids="56156768c236480c8d6b2c843460e60b", steady="state",
)
CHILD_LOST: Final = _event(
    "child_lost", "warning", "A child gave its device up; it is started again after a back-off.",
    "{actor} is lost: {reason}", fields=f"{_CHILD} back_off_s", steady="state",
)
CHILD_CRASHED: Final = _event(
    "child_crashed", "error", "A bug ended a child; it is started again.",
    "{actor} crashed: {reason}", fields=_CHILD, ids="11cbe22611c740b89a07be6bdf41a86b", steady="state",
)
CHILD_HUNG: Final = _event(
    "child_hung", "error", "A child does not come back from its hardware and was fenced off.",
    "{actor} hangs: {reason}", fields=_CHILD, ids="796bab73533d47d8ae8e88610b524e73", steady="state",
)
CHILD_RETURNED: Final = _event(
    "child_returned", "info", "The thread of a child that hung came back and ended.",
    "The thread of {actor} that hung has come back", fields="actor child generation", steady="state",
)
CHILD_FAILED: Final = _event(
    "child_failed", "error", "A child was lost too often in a short time; it is probed slowly from now on.",
    "{actor} failed too often and is tried slowly from now on: {reason}",
    fields=f"{_CHILD} next_probe_s", ids="569b055b98264b2998b864aac261c96e", steady="state",
)
BUS_STUCK: Final = _event(
    "bus_stuck", "error", "No chip can finish a transfer: a line of the bus is held, or its supply is gone.",
    "{reason}", fields="bus error_code reason", ids="6e4bebcb09e94a079704f8e228341326", steady="state",
)
BUS_LOST: Final = _event(
    "bus_lost", "error", "The I2C adapter is not there or may not be opened.",
    "{reason}", fields="bus error_code reason", ids="73ad580f85d943a9b2611f059ba74e37", steady="state",
)
BUS_RECOVERED: Final = _event(
    "bus_recovered", "info", "The bus works again; its children are started at once.", "{bus} works again", fields="bus", steady="state"
)
SENSOR_ABSENT: Final = _event(
    "sensor_absent", "warning", "No chip answers at the address; it is looked for again and again.",
    "{actor} is absent: {reason}", fields=_CHILD, ids="550fe9e5394a43528552b688da335261", steady="state",
)
SENSOR_DEGRADED: Final = _event(
    "sensor_degraded", "warning", "A measurement failed; the sensor is tried further before it counts as lost.",
    "{actor} did not measure: {reason}", fields=_CHILD, steady="state",
)
SENSOR_RECOVERED: Final = _event(
    "sensor_recovered", "info", "Measurements succeed again.", "{actor} measures again", fields=_CHILD, steady="state"
)
CHANNEL_FAULT: Final = _event(
    "channel_fault", "warning", "One channel of a sensor has no value; the others keep theirs.",
    "{actor}.{channel} has no value: {reason}", fields=f"{_CHILD} channel", steady="channel",
)
CHANNEL_RECOVERED: Final = _event(
    "channel_recovered", "info", "The channel has a value again.",
    "{actor}.{channel} has a value again", fields=f"{_CHILD} channel", steady="channel",
)
CHIP_SETTINGS_WRITTEN: Final = _event(
    "chip_settings_written", "info", "A driver changed registers of a chip, which another user of that chip may notice.",
    "{chip} at {address}: settings written", fields="chip address registers",
)
SET_POINT: Final = _event(
    "set_point", "info", "A client drove an output to another value.",
    "{client} set {actor} to {value} (before: {before})", "{client} set {actor} to {value}",
    fields=f"{_CHILD} value before units client",
)
SET_POINT_CLAMPED: Final = _event(
    "set_point_clamped", "warning", "A set-point outside the limits was brought to the nearest one.",
    "{client} asked {actor} for {asked}, beyond its limits: {value} was set",
    fields=f"{_CHILD} asked value units client", steady="clamped",
)
SET_POINT_REFUSED: Final = _event(
    "set_point_refused", "warning", "A set-point came too late and was not applied.",
    "The set-point {value} of {client} for {actor} was refused ({error_code})", fields=f"{_CHILD} value client", steady="refused",
)
OUTPUT_SAFE: Final = _event(
    "output_safe", "info warning", "An output went to its safe value.",
    "{actor} is at its safe value, {value} ({reason})", "{actor} is at its safe value ({reason})",
    fields=f"{_CHILD} value units", ids="ac1b05113bea445e8c8bfef6ba9f2a28",
)
OUTPUT_FAULT: Final = _event(
    "output_fault", "error critical", "An output does not do what it was told, or cannot be reached.",
    "{actor}: {reason}", fields=_CHILD,
    ids={"": "5f80cbcecf7f45f59d416c1b196e4e7f", "pwm_untrue": "a4805d6cba884ec98f4f2ec943289df1"}, steady="state",
)
OUTPUT_CHANGED: Final = _event(
    "output_changed", "error", "An output moved without a command: somebody else drives it.",
    "{reason}", fields=_CHILD, ids="48071409967d4391ab314e9915856eeb", steady="state",
)
OUTPUT_RESTORED: Final = _event(
    "output_restored", "info", "An output that is no heater went back to its set-point after a restart.",
    "{actor} is back at {value}", fields=f"{_CHILD} value units", steady="state",
)
OUTPUT_RECOVERED: Final = _event(
    "output_recovered", "info", "An output does what it is told again.", "{actor} obeys again", fields=_CHILD, steady="state"
)
LEASE_EXPIRED: Final = _event(
    "lease_expired", "critical warning", "A lease ran out: what survives the daemon switched the output off. Critical if it was on.",
    "The lease of {actor} ran out: {reason}", fields=f"{_CHILD} value units", ids="008bb6bb63234ddc88d2c3a88d75ec55",
)
LEASE_RESET: Final = _event(
    "lease_reset", "info", "A lease that had run out was reset; the output is still at its safe value.",
    "The lease of {actor} was reset ({reason})", fields=_CHILD,
)
LEASE_REMOVED: Final = _event(
    "lease_removed", "info", "A guard that an earlier daemon or connection left in pigpiod was removed, its pin made safe.",
    "A guard of {pin} from before was removed", fields="pin count",
)
GATEWAY_BOUND: Final = _event("gateway_bound", "info", "The gateway has its port.", "Listening on {endpoint}", fields="endpoint port")
GATEWAY_STALLED: Final = _event(
    "gateway_stalled", "warning", "The gateway stood still, e.g. because the process was stopped; old commands are refused.",
    "The gateway stood still for {gap_s} s: commands from before are refused", fields="gap_s",
)
REQUEST: Final = _event("request", "debug", "A request that is not answered at once.", "{client} asks {type}", fields="type client")
REQUEST_REFUSED: Final = _event(
    "request_refused", "debug", "A request that cannot be understood.", "A request of {client} is refused: {reason}",
    fields="error_code reason client",
)
REPLY_DROPPED: Final = _event(
    "reply_dropped", "warning debug", "An answer could not be delivered.", "An answer to {client} was dropped: {reason}",
    fields="client reason", steady="reply",
)
INTERNAL_ERROR: Final = _event(
    "internal_error", "error", "A bug in the daemon; it was recorded and answered, and work goes on.",
    "A bug in {actor}: {problem}", fields=f"{_CHILD} problem", ids="8c73fe7feb884ad5b7ae5e567563397c", steady="bug",
)
FAULT_INJECTED: Final = _event(
    "fault_injected", "warning", "Somebody broke something on a simulated bench.",
    "Fault injected: {kind} at {target}", fields="target kind",
)
LOG_LEVEL_CHANGED: Final = _event(
    "log_level_changed", "info", "Records from another level on are kept now.",
    "Records are kept from {threshold} on (before: {before})", fields="threshold before",
)
RECORDS_DROPPED: Final = _event(
    "records_dropped", "warning", "Records were lost because the journal, or whoever reads the output, did not keep up.",
    "{count} records were lost here: they were not taken in time", fields="count", ids="0020f5e6f7464457bdfedd57d5f81298",
)
COMMAND_FAILED: Final = _event(
    "command_failed", "warning", "A command of `ON_EVENT` failed; it is not mentioned again until it has succeeded.",
    "{program}, started for {event_of}, failed: {reason}",
    fields="program event_of reason", ids="dd3c7cd6b085429290e19d5a7aaf2f1e",
)
LIVENESS_LOST: Final = _event(
    "liveness_lost", "critical", "Gateway and supervisor do not answer; systemd is not told any more that all is well.",
    "Gateway and supervisor have not answered for {gap_s} s", fields="gap_s", ids="741e0864e5ec4dd4a0f60bd4e7f3e08c",
)
LIVENESS_BACK: Final = _event(
    "liveness_back", "info", "Gateway and supervisor answer again.", "Gateway and supervisor answer again, after {gap_s} s", fields="gap_s"
)
THREAD_STACK: Final = _event(
    "thread_stack", "info error", "Where a thread stands: asked for by SIGUSR1, or before an end that is not in good order.",
    "Thread {thread}:\n{text}", fields="thread text",
)
SUPERVISION_TREE: Final = _event(
    "supervision_tree", "info error", "The state of every child, asked for by SIGUSR1.",
    "Supervision tree, {part} of {parts}:\n{text}", fields="part parts text",
)
# fmt: on

"""What a file says too little of: a heater that nothing watches, a temperature that nobody misses. Warnings, never errors."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from actors.bench.interlocks import Interlock
from actors.interlocks.kinds import KINDS
from actors.interlocks.kinds.base import Thermometer
from actors.interlocks.kinds.stale import Stale
from supervisor.configuration.entries import Entry
from supervisor.configuration.rules import ends, names
from supervisor.configuration.sections.interlocks import SECTION, Parts

HOT = 90
"""°C: where the suggested limit trips, as in the default bench."""
MARGIN = 10
"""°C that a thermometer must be able to tell beyond it."""
GUARDS = "MCP9601, MAX31856, MAX31865, PT-100, TMP117, MCP9808 or W1"
"""What to buy instead: each has an identity that is looked at, or says that its probe is broken."""
COOLEST = 40
"""°C below which a limit would trip on a warm day."""


def advise(interlocks: Sequence[Interlock], parts: Parts, *, section: bool) -> None:
    """Warn of every heater without any interlock, with the lines to add, and of a sensor whose loss nobody would notice."""
    held = {drive.output.id for interlock in interlocks for drive in interlock.drives}
    for output in parts.outputs.all():
        if output.heats and parts.outputs.id(output) not in held:
            entries = ", ".join(_suggested(parts.outputs.id(output), parts.sensors.all(), parts))
            lines = f"add to {SECTION}: {entries}" if section else f"add to the file: {SECTION} = [{entries}]"
            parts.report.warn(output.label, f"no interlock switches this heater off (heater: {output.why}); {lines}")
    _warn_of_weak_guards(interlocks, parts)
    missed = {ref.sensor for interlock in interlocks if isinstance(interlock, Stale) for ref in interlock.watched}
    for interlock in interlocks:
        for ref in interlock.watched if KINDS[interlock.kind].trusts_readings else ():
            if ref.sensor not in missed:
                missed.add(ref.sensor)
                where = Thermometer({"sensor": ref.sensor}, HOT, _lost_after(parts.sensors.entries[ref.sensor]))
                entry = _line(Stale.kind, Stale.propose("", where) or {})
                text = f"nothing notices when {ref.sensor} is lost; add to {SECTION}: {entry}"
                parts.report.warn(f"{SECTION} ({interlock.name})", text)


def _warn_of_weak_guards(interlocks: Sequence[Interlock], parts: Parts) -> None:
    """Warn where a heater's interlock rests on a sensor that cannot say that it measures nothing, and name what would do."""
    heaters = {parts.outputs.id(output) for output in parts.outputs.all() if output.heats}
    said: set[str] = set()
    for interlock in interlocks:
        if not heaters.intersection(drive.output.id for drive in interlock.drives) or not KINDS[interlock.kind].trusts_readings:
            continue
        for ref in interlock.watched:
            entry = parts.sensors.entries.get(ref.sensor)
            if entry is None or entry.driver is None or entry.driver.guards or ref.sensor in said:
                continue
            said.add(ref.sensor)
            text = f"a heater rests on {ref.sensor}: nothing says when its {entry.good['driver']} is another chip, or its probe broken"
            parts.report.warn(f"{SECTION} ({interlock.name})", f"{text}; {GUARDS} would")


def _suggested(output: str, sensors: Iterable[Entry], parts: Parts) -> list[str]:
    """Return entries that would watch `output`, as each kind proposes them for the best thermometer there is."""
    best = max(filter(None, map(_thermometer, sensors)), key=lambda candidate: candidate.rank, default=None)
    thermometer = None
    if best is not None:
        where = {"sensor": parts.sensors.id(best.sensor)} | ({"channel": best.channel} if best.channel else {})
        thermometer = Thermometer(where, best.hottest, _lost_after(best.sensor))
    proposals = {name: kind.propose(output, thermometer) for name, kind in KINDS.items()}
    return [_line(name, proposal) for name, proposal in proposals.items() if proposal is not None]


def _lost_after(sensor: Entry) -> int:
    """Return the seconds without a reading after which a sensor is lost: two measurements may fail."""
    return max(5, round(2.5 * ends.period(sensor)))


class _Candidate(NamedTuple):
    """A channel in °C: `channel` is None for the first of its chip, `hottest` is the highest limit that makes sense there."""

    sensor: Entry
    channel: str | None
    hottest: int
    rank: tuple[bool, bool, bool, bool, float]


def _thermometer(sensor: Entry) -> _Candidate | None:
    """Return what of a sensor could watch a heater; None where it measures no temperature, that of the inlet air, or nothing hot.

    The best is one whose name says that it is at a heater, then one that can tell when it is hot, then one that says when it
    measures nothing, then one that is nothing but a thermometer, then the one that can tell the most.
    """
    name, title = sensor.good["name"], sensor.good.get("title") or ""
    channels = sensor.channels
    channel = next((channel for channel in channels if channel.units == "°C"), None)
    if channel is None or names.coupling(name, title) == 0:
        return None
    highest = ends.ends(sensor, channel)[1]
    hottest = HOT if highest >= HOT + MARGIN else math.floor((highest - MARGIN) / 10) * 10
    if hottest < COOLEST:
        return None
    own = channel is channels[0] and not any(other.units in {"%RH", "rpm"} for other in channels)
    rank = (names.sounds_hot(name, title), hottest == HOT, sensor.driver.guards, own, highest)
    return _Candidate(sensor, None if channel is channels[0] else channel.name, hottest, rank)


def _line(kind: str, proposal: Mapping[str, Any]) -> str:
    """Return an entry as the file writes it."""
    name, *keys = proposal.items()
    return json.dumps(dict([name, ("kind", kind), *keys]), ensure_ascii=False)

"""What a file says too little of: a heater that nothing watches, a temperature that nobody misses. Warnings, never errors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from actors.interlocks.spec import Interlock, Limit, Progress, Stale
from supervisor.configuration import kinds
from supervisor.configuration.entries import Entry
from supervisor.configuration.interlocks import SECTION, Bench

HOT = 90
"""°C: where the suggested limit trips, as in the default bench."""


def advise(interlocks: Sequence[Interlock], bench: Bench, *, section: bool) -> None:
    """Warn of every heater without any interlock, with the lines to add, and of a sensor whose loss nobody would notice."""
    held = {drive.output.id for interlock in interlocks for drive in interlock.drives}
    for output in bench.outputs.all():
        if output.kind == "heater" and bench.outputs.id(output) not in held:
            entries = ", ".join(_suggested(bench.outputs.id(output), bench.sensors.all(), bench))
            lines = f"add to {SECTION}: {entries}" if section else f"add to the file: {SECTION} = [{entries}]"
            bench.report.warn(output.label, f"no interlock switches this heater off (heater: {output.why}); {lines}")
    missed = {interlock.channel.sensor for interlock in interlocks if isinstance(interlock, Stale)}
    for interlock in interlocks:
        if isinstance(interlock, Limit | Progress) and interlock.channel.sensor not in missed:
            missed.add(interlock.channel.sensor)
            entry = _line("sensor_lost", "stale", sensor=interlock.channel.sensor, seconds=5)
            text = f"nothing notices when {interlock.channel.sensor} is lost; add to {SECTION}: {entry}"
            bench.report.warn(f"{SECTION} ({interlock.name})", text)


def _suggested(output: str, sensors: Iterable[Entry], bench: Bench) -> list[str]:
    """Return entries that would watch `output`: with a thermometer, the four of the default bench."""
    thermometer = _thermometer(sensors)
    if thermometer is None:
        return [_line("on_too_long", "max_on", output=output, seconds=3600)]
    sensor, channel = thermometer
    where: dict[str, Any] = {"sensor": bench.sensors.id(sensor)} | ({"channel": channel} if channel else {})
    period = sensor.good.get("period") or max(1.0, sensor.driver.min_period)
    return [
        _line("too_hot", "limit", **where, above=HOT, outputs=[output]),
        _line("sensor_lost", "stale", **where, seconds=max(5, round(2.5 * period)), outputs=[output]),
        _line("not_heating", "progress", **where, output=output),
        _line("stuck_on", "stuck_on", **where, output=output),
    ]


def _thermometer(sensors: Iterable[Entry]) -> tuple[Entry, str | None] | None:
    """Return the sensor that is nearest to a heater, as far as names tell, and the channel to name (None: its first one)."""
    found: list[tuple[Entry, str | None]] = []
    for sensor in sensors:
        channels = [] if sensor.driver is None else sensor.driver.channels
        celsius = [channel.name for channel in channels if channel.units == "°C"]
        if celsius:
            found.append((sensor, None if celsius[0] == channels[0].name else celsius[0]))
    near = [item for item in found if kinds.sounds_hot(item[0].good["name"], item[0].good.get("title") or "")]
    return next(iter([*near, *found]), None)


def _line(name: str, kind: str, **keys: Any) -> str:
    """Return an entry as the file writes it."""
    return json.dumps({"name": name, "kind": kind, **keys}, ensure_ascii=False)

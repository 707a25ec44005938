"""The file from which the PyMoDAQ plugin for Raspberry benches learns what there is: `config_raspberry.toml`. Pure.

What that plugin (pymodaq_plugins_raspberry 5.4) makes of it decides the form:

- every key but title, name, units, min and max is a way to reach a component, in the order of the first entry: `address`, then `pin`;
- it sends no channel, so a sensor is one component, its default channel, and each channel with a wire number of its own is another;
- titles tell axes apart and names become XML elements in PyMoDAQ's presets;
- PyMoDAQ writes the file again when it ends, in the computer's own encoding, and reads it as UTF-8, so there is nothing but ASCII in it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from pilotage.places import Detector, Lists, Output
from supervisor.cli.pymodaq.units import pint_units

NONE: Final = "None"
"""How that file says that a component has no address, or no pin."""
TIMEOUT_MS: Final = 2000
"""The plugin's own default."""
HEADER: Final = """\
# Made by `pilotage pymodaq-config`. PyMoDAQ writes this file again when it ends, so close it before you replace the file.
# Its place: .pymodaq/config/config_raspberry.toml in your home folder (up to PyMoDAQ 5.1: .pymodaq/config_raspberry.toml).
"""
_SPELLED_OUT: Final = str.maketrans(
    {"°": "deg", "µ": "u", "μ": "u", "Ω": "Ohm", "\u2126": "Ohm", "ß": "ss", "æ": "ae", "ø": "o", "œ": "oe"}
)


@dataclass(frozen=True, slots=True)
class Link:
    """How PyMoDAQ reaches the daemon: host name or IP address, port, and the longest wait for an answer in ms."""

    host: str
    port: int
    timeout_ms: int = TIMEOUT_MS


def document(lists: Lists, link: Link, warn: Callable[[str], None]) -> str:
    """Return the file for a bench as `scan` lists it; what could not be said in it goes to `warn`."""
    outputs, sensors = lists["actuator"], lists["detector"]
    sensed = {sensor["address"] for sensor in sensors}
    for output in outputs:
        if output["pin"] is None and output["address"] in sensed:
            warn(f"{output['child']} and a sensor share the address {output['address']}: a viewer shows the sensor for both")
    titles, names = _Unique(), _Unique()
    wired = {(sensor.get("sensor"), sensor.get("channel")) for sensor in sensors}
    lines = [HEADER, "[Raspberry]"]
    lines += _table({"address_Rasp": link.host, "port": str(link.port), "timeout_ms": str(link.timeout_ms)})
    lines += ["", "[Raspberry.ACTUATOR]"] if not outputs else []
    for number, output in enumerate(outputs, 1):
        lines += ["", f"[Raspberry.ACTUATOR.COMPONENT{number}]", *_table(_actuator(output, titles, names, warn))]
    lines += ["", "[Raspberry.DETECTOR]"] if not sensors and not any(output["driver"] == "LOOP" for output in outputs) else []
    for number, sensor in enumerate(sensors, 1):
        lines += ["", *_channels(sensor, wired), f"[Raspberry.DETECTOR.COMPONENT{number}]", *_table(_detector(sensor, titles, names, warn))]
    read = [table for output in outputs if output["driver"] == "LOOP" for table in _loop_detectors(output, titles, names, warn)]
    for number, table in enumerate(read, len(sensors) + 1):
        lines += ["", f"[Raspberry.DETECTOR.COMPONENT{number}]", *_table(table)]
    return "\n".join(lines) + "\n"


class _Unique:
    """Makes texts differ from all it was given before."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def __call__(self, text: str, joint: str) -> str:
        number, unique = 1, text
        while unique in self._taken:
            number += 1
            unique = f"{text}{joint}{number}"
        self._taken.add(unique)
        return unique


def _actuator(output: Output, titles: _Unique, names: _Unique, warn: Callable[[str], None]) -> dict[str, str]:
    units = _units(output, warn)
    if units == "percent" and output["maxVal"] != 100:  # noqa: PLR2004 - a hundred per cent
        units = ""  # 0..255 is a number of steps: as per cent, PyMoDAQ would take 255 for 2.55 times the whole
    return {
        **_called(output, titles, names),
        "units": units,
        "min": f"{output['minVal']:.12g}",
        "max": f"{output['maxVal']:.12g}",
        "address": NONE if output["pin"] is not None else _address(output["address"]),
        "pin": NONE if output["pin"] is None else str(output["pin"]),
    }


def _detector(sensor: Detector, titles: _Unique, names: _Unique, warn: Callable[[str], None]) -> dict[str, str]:
    return {**_called(sensor, titles, names), "units": _units(sensor, warn), "address": _address(sensor["address"]), "pin": NONE}


def _loop_detectors(loop: Output, titles: _Unique, names: _Unique, warn: Callable[[str], None]) -> Iterator[dict[str, str]]:
    """Yield what can be read of a loop beside its set-point, each at a virtual pin of its own: where it is on its way, and its state."""
    for step, what in enumerate(("working", "state"), 1):
        entry: Output = {**loop, "child": f"{loop['child']}.{what}"}
        units = _units(loop, warn) if what == "working" else ""
        yield {**_called(entry, titles, names), "units": units, "address": NONE, "pin": str((loop["pin"] or 0) + step)}


def _called(thing: Output | Detector, titles: _Unique, names: _Unique) -> dict[str, str]:
    child = ascii_text(thing["child"])
    name = re.sub(r"[^A-Za-z0-9_]", "_", child)
    return {
        "title": titles(f"{child} [{ascii_text(thing['driver']).lower()}]", " "),
        "name": names(name if name[:1].isalpha() else f"_{name}", "_"),
    }


def _units(thing: Output | Detector, warn: Callable[[str], None]) -> str:
    units = pint_units(thing["units"])
    if units is None:
        warn(f"the units {thing['units']!r} of {thing['child']} mean nothing to PyMoDAQ; it gets a plain number")
    return units or ""


def _address(address: str | None) -> str:
    return NONE if address is None else f"0x{int(address, 16):02X}"


def ascii_text(text: str) -> str:
    """Return `text` in printable ASCII: without its accents, the rest as `_`."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLED_OUT))
    return "".join(c if " " <= c <= "~" else "_" for c in plain if not unicodedata.combining(c)) or "_"


def _channels(sensor: Detector, wired: set[tuple[str | None, str | None]]) -> Iterator[str]:
    default, *others = sensor["channels"] or [""]
    mute = [channel for channel in others if (sensor.get("sensor"), channel) not in wired]
    if mute:
        yield f"# Channel `{default}`; the plugin cannot ask for {', '.join(f'`{channel}`' for channel in mute)} without a 'wire' number."


def _table(entries: dict[str, str]) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in entries.items()]

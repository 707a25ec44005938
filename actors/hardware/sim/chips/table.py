"""Which chip a configured driver gets on the simulated bench, and what a chip of that kind needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from actors.core.clock import Clock
from actors.hardware.sim.chips.ads1115 import Ads1115, Bridge
from actors.hardware.sim.chips.aht import Aht10, Aht20
from actors.hardware.sim.chips.base import Chip
from actors.hardware.sim.chips.emc2101 import Emc2101
from actors.hardware.sim.chips.tmp102 import Tmp102
from actors.hardware.sim.thermal import Probe

# The bench was switched on before the daemon was started.
POWERED_FOR = 10.0


class Place(NamedTuple):
    """Where a chip sits: what it feels, its clock, and its other wires.

    `rpm` is what comes in at a TACH pin, `on_fan` hears of a fan drive's changes, `options` are those of the sensor in `config.py`.
    """

    probe: Probe
    clock: Clock
    rpm: Callable[[], float]
    on_fan: Callable[[], None]
    options: Any = None


def _bridge(options: Any) -> Bridge:
    """Return a bridge wired as the bench owner says; what the options do not say is as in the reference bridge."""
    plain = Bridge()
    return Bridge(
        series=getattr(options, "series_resistance", plain.series),
        rail=getattr(options, "rail_voltage", plain.rail),
        leads=getattr(options, "lead_resistance", plain.leads),
        nominal=getattr(options, "nominal_resistance", plain.nominal),
        probe_input=_input(getattr(options, "probe_input", None), plain.probe_input),
        rail_input=_input(getattr(options, "rail_input", None), plain.rail_input),
    )


def _input(name: str | None, default: int) -> int:
    return default if name is None else int(name.removeprefix("AIN"))


MODELS: Final[Mapping[str, Callable[[Place], Chip]]] = {
    "AHT10": lambda place: Aht10(place.probe.temperature, place.probe.humidity, place.clock, POWERED_FOR),
    "AHT20": lambda place: Aht20(place.probe.temperature, place.probe.humidity, place.clock, POWERED_FOR),
    "TMP102": lambda place: Tmp102(place.probe.temperature, place.clock, POWERED_FOR),
    "EMC2101": lambda place: Emc2101(place.probe.temperature, place.clock, POWERED_FOR, tachometer=place.rpm, on_fan=place.on_fan),
    "ADS1115": lambda place: Ads1115(place.probe.temperature, place.clock, POWERED_FOR, _bridge(place.options)),
}
"""How to make each chip."""

DRIVEN_BY: Final[Mapping[str, str]] = {
    "AHT10": "AHT10",
    "AHT20": "AHT20",
    "TMP102": "TMP102",
    "EMC2101": "EMC2101",
    "EMC2101_FAN": "EMC2101",
    "PT-100": "ADS1115",
}
"""The chip behind each driver of `config.py`; a driver without an entry has none, and its address stays empty."""

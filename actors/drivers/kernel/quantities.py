"""The kernel's quantities: beginning of a name -> unit here, and the factor of its number; what of them is believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.drivers.base import Value
from actors.drivers.ends import within

HWMON: Final[Mapping[str, tuple[str, float]]] = {
    "temp": ("°C", 1e-3),
    "humidity": ("%RH", 1e-3),
    "in": ("V", 1e-3),
    "curr": ("A", 1e-3),
    "power": ("W", 1e-6),
    "energy": ("J", 1e-6),
    "fan": ("rpm", 1.0),
    "freq": ("Hz", 1.0),
}
"""Documentation/hwmon/sysfs-interface.rst."""
IIO: Final[Mapping[str, tuple[str, float]]] = {
    "temp": ("°C", 1e-3),
    "humidityrelative": ("%RH", 1e-3),
    "pressure": ("hPa", 10.0),
    "voltage": ("V", 1e-3),
    "current": ("A", 1e-3),
    "power": ("W", 1e-3),
    "illuminance": ("lx", 1.0),
    "concentration": ("ppm", 1e4),
    "distance": ("m", 1.0),
    "proximity": ("m", 1.0),
    "resistance": ("Ω", 1.0),
}
"""Documentation/ABI/testing/sysfs-bus-iio: kPa and percent among them."""
NOT_BELIEVED: Final[Mapping[str, str]] = {
    "max31865": "the kernel's driver of a MAX31865 shows 256 °C too much and drops its fault bit; unbind it, and say 'driver': 'MAX31865'"
}
"""Devices whose driver in the kernel is known to tell something else than their chip measures (6.1 and 6.12: a scale, and no offset)."""


def limited(value: float, line: Mapping[str, Any], where: str) -> Value:
    """Return a value, or on which side of what `config.py` allows it is."""
    lowest, highest = (value if end is None else end for end in (line["min"], line["max"]))
    return within(value, lowest, highest, where, 0.0, line["units"])

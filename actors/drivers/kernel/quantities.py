"""Beginning of the kernel's name of a quantity -> unit here, and what the kernel's number is multiplied with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

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

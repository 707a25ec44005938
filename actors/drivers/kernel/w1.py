"""DS18B20, DS18S20, DS1822, DS1825, DS28EA00 and MAX31850 on the kernel's 1-wire bus, through `w1_slave`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from actors.drivers.base import Channel, Value
from actors.drivers.kernel.files import FileSensor
from actors.drivers.kernel.w1_frame import RATED, decode
from actors.errors import TransientError

FAMILIES: Final = ("28", "10", "22", "3b", "42")
SERIAL: Final = re.compile(rf"({'|'.join(FAMILIES)})-[0-9a-f]{{12}}")


@dataclass(frozen=True, kw_only=True)
class W1Options:
    """Which one of those on the wire. ValueError for bad values."""

    serial: str
    """What `ls /sys/bus/w1/devices` shows, e.g. `28-0123456789ab`."""

    def __post_init__(self) -> None:
        """Refuse what is no serial number of a thermometer."""
        if not SERIAL.fullmatch(self.serial):
            raise ValueError(f"serial is {self.serial!r}, allowed: {', '.join(FAMILIES)}, -, and twelve of 0-9 a-f, as 28-0123456789ab")


class W1(FileSensor):
    """Each reading is a conversion. Raises `no_device`, `not_converted`, `checksum`, `bad_frame`; Faults of a MAX31850's probe."""

    chip = "W1"
    channels = (Channel("temp", "°C", 0.0625, 0.5, *RATED),)
    max_age = min_period = 1.0  # 750 ms for 12 bits (DS18B20, AC characteristics)
    patience = 10.0  # of thirteen on one wire without a supply of their own each waits for the twelve others
    Options = W1Options

    @classmethod
    def place(cls, options: Any) -> str:
        """Return its serial number."""
        return str(options.serial)

    def connect(self) -> None:
        """Look whether it is there: TransientError `no_device`; the first measurement says whether it is well."""
        if not self.found(self._file):
            raise TransientError("no_device", f"{self.options.serial} is not on the 1-wire bus; the kernel looks for it every 10 s")

    def measure(self) -> Mapping[str, Value]:
        """Return `temp` of a new conversion: 0.1 to 0.8 s."""
        return {"temp": decode(self.read(self._file), int(self.options.serial[:2], 16), self.options.serial)}

    @property
    def _file(self) -> str:
        return f"bus/w1/devices/{self.options.serial}/w1_slave"

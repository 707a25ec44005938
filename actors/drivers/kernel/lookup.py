"""A device of the kernel: found by what never changes, and read as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from actors.drivers.base import Channel, Value
from actors.drivers.ends import within
from actors.drivers.kernel.files import FileSensor
from actors.errors import PermanentError, TransientError


class DeviceSensor(FileSensor):
    """A device of the kernel, looked for at each connection. Raises `no_device`, `ambiguous`, and as `FileSensor`."""

    max_age = min_period = 1.0
    guards = False
    channels: ClassVar[tuple[Channel, ...]] = ()
    pattern: ClassVar[str]
    """What its folder is called, e.g. `hwmon/hwmon*`."""
    everywhere: ClassVar[str]
    """Where all devices of this kind are, below /sys."""

    @classmethod
    def channels_of(cls, options: Any) -> tuple[Channel, ...]:
        """Return the channels that `config.py` names."""
        return tuple(Channel(name, line["units"], lowest=line["min"], highest=line["max"]) for name, line in options.lines.items())

    @classmethod
    def place(cls, options: Any) -> str:
        """Return which device it is."""
        return str(options.device)

    def folder(self) -> str:
        """Return where its files are now: the kernel numbers them anew at each start. Raises TransientError, PermanentError `ambiguous`."""
        kind, _, name = self.options.device.partition(":")
        if kind == "name":
            here = [path.removesuffix("/name") for path in self.found(f"{self.everywhere}/name") if self.read(path) == name]
        else:
            here = self.found(f"bus/{kind}/devices/{name}/{self.pattern}")
        if len(here) > 1:
            text = f"{len(here)} devices are {self.options.device}: say which by 'i2c:BUS-ADDRESS' or 'spi:spiBUS.SELECT'"
            raise PermanentError("ambiguous", text)
        if not here:
            raise TransientError("no_device", f"{self.options.device} is not there: no driver of the kernel has it; it is looked for again")
        return here[0]

    def number(self, path: str) -> float:
        """Return what a file holds as a number. Raises TransientError `bad_frame`, and as `read`."""
        text = self.read(path)
        try:
            return float(text)
        except ValueError as error:
            raise TransientError("bad_frame", f"{self.options.device} gave {text[:20]!r} as {path.rpartition('/')[2]}") from error

    def limited(self, value: float, line: Mapping[str, Any]) -> Value:
        """Return a value, or on which side of what `config.py` allows it is."""
        lowest, highest = (value if end is None else end for end in (line["min"], line["max"]))
        return within(value, lowest, highest, self.options.device, 0.0, line["units"])

"""A device of the kernel: found by what never changes, and read as numbers."""

from __future__ import annotations

from typing import Any, ClassVar

from actors.bench.buses import BusPath
from actors.drivers.base import Channel
from actors.drivers.kernel.address import NAME, chip_of, folder, words
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
    def below(cls, options: Any) -> tuple[BusPath, int] | None:
        """Return where the chip behind is on I2C, if `device` tells."""
        return chip_of(options.device)

    @classmethod
    def place(cls, options: Any) -> str:
        """Return which device it is."""
        return words(options.device)

    def folder(self) -> str:
        """Return where its files are now: the kernel numbers them anew at each start. Raises TransientError, PermanentError `ambiguous`."""
        place, device = self.place(self.options), self.options.device
        if place.startswith(NAME):
            names = self.found(f"{self.everywhere}/name")
            here = [path.removesuffix("/name") for path in names if NAME + self.read(path, asks=False) == place]
        else:
            here = self.found(f"bus/{folder(device)}/{self.pattern}")
        if len(here) > 1:
            raise PermanentError("ambiguous", f"{len(here)} devices are {place}: say which by 'i2c:BUS-ADDRESS' or 'spi:spiBUS.SELECT'")
        if not here:
            raise TransientError("no_device", f"{place} is not there: no driver of the kernel has it; it is looked for again")
        return here[0]

    def number(self, path: str, *, asks: bool = True) -> float:
        """Return what a file holds as a number. Raises TransientError `bad_frame`, and as `read`."""
        text = self.read(path, asks=asks)
        try:
            return float(text)
        except ValueError as error:
            raise TransientError("bad_frame", f"{self.place(self.options)} gave {text[:20]!r} as {path.rpartition('/')[2]}") from error

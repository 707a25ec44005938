"""The sensors of a simulated bench that are on no I2C bus of this program: files of a kernel that is not there, and chips on SPI."""

from __future__ import annotations

import errno
import fnmatch
from collections.abc import Callable, Mapping
from typing import Any, Final

from actors.bench.devices import SensorSpec
from actors.core.clock import Clock
from actors.drivers.kernel.address import folder as folder_of
from actors.drivers.kernel.w1_frame import crc8
from actors.hardware.sim.chips.base import os_error
from actors.hardware.sim.chips.spi import Max31855, Max31856, Max31865, SpiChip
from actors.hardware.sim.faults import FaultBoard, Injected, once
from actors.hardware.sim.thermal import Probe

SPI_CHIPS: Final[Mapping[str, type[SpiChip]]] = {"MAX31855": Max31855, "MAX31856": Max31856, "MAX31865": Max31865}
PLAIN: Final[Mapping[str, float]] = {
    "humidity": 45.0,
    "pressure": 1013.25,
    "in": 12.0,
    "voltage": 3.3,
    "curr": 0.5,
    "power": 6.0,
    "fan": 3000.0,
}
"""What quantities but temperatures are, in the units of `config.py`; all others are 1."""
POWER_UP, POWER_UP_COUNT, CONVERTED = 85.0, 0x0C, 0x04
"""°C that a DS18B20 shows before any conversion, and byte 6 then and later (DS18B20, memory map; genuine parts)."""
_HERE: Final = "here"
_ERRNO: Final = {"unplug": errno.ENOENT, "eio": errno.EIO, "timeout": errno.ETIMEDOUT}


class Device:
    """One sensor on no I2C bus, and what is wrong with it; satisfies `actors.drivers.base.Bus`."""

    def __init__(self, probe: Probe, clock: Clock) -> None:
        self.broken: tuple[str, ...] = ()
        """What can be wrong with its probe."""
        self.probe, self._clock = probe, clock
        self.faults = FaultBoard(clock)

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Do as `Bus.transfer`; raises OSError as the kernel does."""
        del address
        spoilt = self.faults.suffer(_HERE, _ERRNO, self.dip) if self.faults.active else None
        answer = self.answer(data, length)
        return self.faults.garbage(spoilt.options["variant"], length) if spoilt else answer

    def answer(self, data: bytes | None, length: int) -> bytes:
        """Return what comes while nothing is wrong."""
        raise NotImplementedError

    def dip(self) -> None:
        """Let its supply dip."""

    def damage(self, kind: str | None) -> None:
        """Damage its probe, or repair it."""

    def break_it(self, kind: str, options: Mapping[str, Any]) -> None:
        """Put a fault with checked options on it, in place of the one before."""
        self.mend()
        if once(kind, options):
            self.dip()
            return
        self.faults.inject(_HERE, Injected(kind, options))
        self.damage(kind if kind in self.broken else None)
        self.probe.mislead(kind, options.get("degrees", 0.0), self._clock.monotonic())

    def mend(self) -> None:
        """Repair it."""
        self.damage(None)
        self.probe.mislead("", 0.0, self._clock.monotonic())
        if self.faults.on(_HERE) == "unplug":
            self.dip()
        self.faults.clear(_HERE)


class SimulatedFiles(Device):
    """Files by path below /sys, asked when they are read, as `actors.hardware.files.FileBus` has them.

    `ask` is called before each that the kernel asks a chip on I2C for.
    """

    def __init__(
        self, files: Mapping[str, Callable[[], str]], probe: Probe, clock: Clock, ask: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__(probe, clock)
        self.files = dict(files)
        self._ask = ask
        self._dipped = False

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Read a file, or find what fits a pattern; of a device that has gone nothing does."""
        try:
            return super().transfer(address, data, length)
        except FileNotFoundError:
            if not length:
                return b""
            raise

    def answer(self, data: bytes | None, length: int) -> bytes:
        """Return what a file holds, or the paths that fit."""
        path = (data or b"").decode()
        if not length:
            return "\n".join(sorted({found for each in self.files for found in _fitting(each, path)})).encode()
        if path not in self.files:
            raise os_error(errno.ENOENT)
        if not path.endswith("/name"):
            self._ask()
        dipped, self._dipped = self._dipped and path.endswith("w1_slave"), False
        return (w1_slave(POWER_UP, POWER_UP_COUNT) if dipped else self.files[path]()).encode()[:length]

    def dip(self) -> None:
        """Let its supply dip: a DS18B20 then says 85 °C once; what else the kernel reads shows nothing of it."""
        self._dipped = True


def _fitting(path: str, pattern: str) -> list[str]:
    """Return the part of a path that fits, as long as the pattern is: folders are found by what is in them."""
    part = "/".join(path.split("/")[: pattern.count("/") + 1])
    return [part] if fnmatch.fnmatch(part, pattern) else []


class SimulatedSpi(Device):
    """One chip on SPI. Where nobody is the line is pulled up: only ones come."""

    def __init__(self, chip: SpiChip, probe: Probe, clock: Clock) -> None:
        super().__init__(probe, clock)
        self.chip = chip
        self.broken = chip.broken

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Send `data`, and return what comes behind it."""
        try:
            return super().transfer(address, data, length)
        except FileNotFoundError:
            return b"\xff" * length

    def answer(self, data: bytes | None, length: int) -> bytes:
        """Return what the chip says."""
        return self.chip.transfer(data, length)

    def dip(self) -> None:
        """Lose every setting."""
        self.chip.power_cycle()

    def damage(self, kind: str | None) -> None:
        """Break the wires of its probe."""
        self.chip.damage = kind


def device(sensor: SensorSpec, probe: Probe, clock: Clock, ask: Callable[[], object]) -> Device | None:
    """Return what is simulated of a sensor on no I2C bus; None for one that this bench knows nothing of."""
    options = sensor.options
    if sensor.driver in SPI_CHIPS:
        return SimulatedSpi(SPI_CHIPS[sensor.driver](probe.temperature, clock, 10.0, options), probe, clock)
    if sensor.driver == "W1":
        folder = f"bus/w1/devices/{options.serial}"
        frame = lambda: w1_slave(probe.temperature(clock.monotonic()))  # noqa: E731 - one of two files
        return SimulatedFiles({f"{folder}/name": lambda: options.serial, f"{folder}/w1_slave": frame}, probe, clock)
    if sensor.driver in {"hwmon", "IIO"}:
        return SimulatedFiles(_files(sensor, probe, clock), probe, clock, ask)
    return None


def _files(sensor: SensorSpec, probe: Probe, clock: Clock) -> dict[str, Callable[[], str]]:
    """Return the files of a device of the kernel; `*` in its folder is a number that the kernel gave."""
    options, monitor = sensor.options, sensor.driver == "hwmon"
    inner = "hwmon/hwmon0" if monitor else "iio:device0"
    named = isinstance(options.device, str) and options.device.startswith("name:")
    name = options.device.removeprefix("name:") if named else sensor.driver.lower()
    folder = (
        f"{'class' if monitor else 'bus/iio/devices'}/{inner}" if named else f"bus/{folder_of(options.device)}/{inner}".replace("*", "11")
    )
    start = "" if monitor else "in_"
    files = {f"{folder}/{start}{line['read']}_input": _quantity(line, probe, clock, whole=monitor) for line in options.lines.values()}
    return files | {f"{folder}/name": lambda: name}


def _quantity(line: Mapping[str, object], probe: Probe, clock: Clock, *, whole: bool) -> Callable[[], str]:
    read, factor = str(line["read"]), float(str(line["factor"]))
    plain = next((value for start, value in PLAIN.items() if read.startswith(start)), 1.0)

    def text() -> str:
        value = (probe.temperature(clock.monotonic()) if read.startswith("temp") else plain) / factor
        return str(round(value)) if whole else f"{value:.6f}"

    return text


def w1_slave(celsius: float, count: int = CONVERTED) -> str:
    """Return the two lines of a DS18B20 at `celsius`, 12 bits."""
    frame = (round(celsius * 16) & 0xFFFF).to_bytes(2, "little") + bytes((0x4B, 0x46, 0x7F, 0xFF, count, 0x10))
    frame += bytes((crc8(frame),))
    shown = frame.hex(" ")
    return f"{shown} : crc={frame[8]:02x} YES\n{shown} t={round(celsius * 1000)}\n"

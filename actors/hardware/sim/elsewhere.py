"""The sensors of a simulated bench that are on no I2C bus: files of a kernel that is not there, and chips on SPI."""

from __future__ import annotations

import errno
import fnmatch
from collections.abc import Callable, Mapping
from typing import Final

from actors.bench.devices import Bench, SensorSpec
from actors.core.clock import Clock
from actors.drivers.base import Bus
from actors.drivers.kernel.w1_frame import crc8
from actors.hardware.sim.chips.base import os_error
from actors.hardware.sim.chips.spi import Max31855, Max31856, Max31865, SpiChip
from actors.hardware.sim.thermal import Probe, ThermalModel

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


class SimulatedFiles:
    """Files by path below /sys, asked when they are read; satisfies `Bus` as `actors.hardware.files.FileBus` does."""

    def __init__(self, files: Mapping[str, Callable[[], str]]) -> None:
        self.files = dict(files)

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Read a file, or find what fits a pattern."""
        del address
        path = (data or b"").decode()
        if not length:
            return "\n".join(sorted({found for each in self.files for found in _fitting(each, path)})).encode()
        if path not in self.files:
            raise os_error(errno.ENOENT)
        return self.files[path]().encode()[:length]


def _fitting(path: str, pattern: str) -> list[str]:
    """Return the part of a path that fits, as long as the pattern is: folders are found by what is in them."""
    part = "/".join(path.split("/")[: pattern.count("/") + 1])
    return [part] if fnmatch.fnmatch(part, pattern) else []


class SimulatedSpi:
    """One chip on SPI; satisfies `Bus`."""

    def __init__(self, chip: SpiChip) -> None:
        self.chip = chip

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Send `data`, and return what comes behind it."""
        del address
        return self.chip.transfer(data, length)


def elsewhere(bench: Bench, thermal: ThermalModel, clock: Clock) -> dict[str, Bus]:
    """Return child id -> its bus, for every sensor of `bench` that is on none of I2C."""
    return {
        sensor.id: bus for sensor in bench.sensors if (bus := _bus(sensor, thermal.probe(sensor.coupling, sensor.id), clock)) is not None
    }


def _bus(sensor: SensorSpec, probe: Probe, clock: Clock) -> Bus | None:
    options = sensor.options
    if sensor.driver in SPI_CHIPS:
        return SimulatedSpi(SPI_CHIPS[sensor.driver](probe.temperature, clock, 10.0, options))
    if sensor.driver == "W1":
        folder = f"bus/w1/devices/{options.serial}"
        frame = lambda: w1_slave(probe.temperature(clock.monotonic()))  # noqa: E731 - one of two files
        return SimulatedFiles({f"{folder}/name": lambda: options.serial, f"{folder}/w1_slave": frame})
    if sensor.driver in {"hwmon", "IIO"}:
        kind, _, name = options.device.partition(":")
        monitor = sensor.driver == "hwmon"
        inner = "hwmon/hwmon0" if monitor else "iio:device0"
        folder = f"bus/{kind}/devices/{name}/{inner}" if kind != "name" else f"{'class' if monitor else 'bus/iio/devices'}/{inner}"
        start = "" if monitor else "in_"
        lines = options.lines.values()
        files = {f"{folder}/{start}{line['read']}_input": _quantity(line, probe, clock, whole=monitor) for line in lines}
        return SimulatedFiles(files | {f"{folder}/name": lambda: name})
    return None


def _quantity(line: Mapping[str, object], probe: Probe, clock: Clock, *, whole: bool) -> Callable[[], str]:
    read, factor = str(line["read"]), float(str(line["factor"]))
    plain = next((value for start, value in PLAIN.items() if read.startswith(start)), 1.0)

    def text() -> str:
        value = (probe.temperature(clock.monotonic()) if read.startswith("temp") else plain) / factor
        return str(round(value)) if whole else f"{value:.6f}"

    return text


def w1_slave(celsius: float) -> str:
    """Return the two lines of a DS18B20 at `celsius`, 12 bits."""
    frame = (round(celsius * 16) & 0xFFFF).to_bytes(2, "little") + b"\x4b\x46\x7f\xff\x04\x10"
    frame += bytes((crc8(frame),))
    shown = frame.hex(" ")
    return f"{shown} : crc={frame[8]:02x} YES\n{shown} t={round(celsius * 1000)}\n"

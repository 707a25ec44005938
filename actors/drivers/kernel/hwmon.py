"""`hwmon`: what a driver of the kernel measures for hardware monitoring (Documentation/hwmon/sysfs-interface.rst)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from actors.drivers.base import Value
from actors.drivers.kernel.device import DeviceOptions
from actors.drivers.kernel.lookup import DeviceSensor
from actors.drivers.kernel.quantities import HWMON, limited
from actors.errors import Fault


@dataclass(frozen=True, kw_only=True)
class HwmonOptions(DeviceOptions):
    """The device and its channels: `temp1`, `humidity1`, `in0`, `curr1`, `power1`, `energy1`, `fan1`, `freq1`."""

    quantities: ClassVar[Mapping[str, tuple[str, float]]] = HWMON


class Hwmon(DeviceSensor):
    """Faults: `probe_fault` where the kernel says so. Raises as `DeviceSensor`."""

    chip = "hwmon"
    Options = HwmonOptions
    pattern = "hwmon/hwmon*"
    everywhere = "class/hwmon/hwmon*"
    _folder = ""
    _faulty: tuple[str, ...] = ()

    def connect(self) -> None:
        """Find the device, and which of its channels can say that their probe is broken."""
        self._folder = self.folder()
        self._faulty = tuple(self.found(f"{self._folder}/*_fault"))

    def measure(self) -> Mapping[str, Value]:
        """Return every channel, each from its own file."""
        return {name: self._value(line["read"], line) for name, line in self.options.lines.items()}

    def _value(self, read: str, line: Mapping[str, Any]) -> Value:
        fault = f"{self._folder}/{read}_fault"
        if fault in self._faulty and self.read(fault) != "0":
            return Fault("probe_fault", f"the kernel says that the probe of {self.place(self.options)} {read} is broken")
        return limited(self.number(f"{self._folder}/{read}_input") * line["factor"], line, self.place(self.options))

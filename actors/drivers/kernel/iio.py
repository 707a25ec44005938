"""`IIO`: what a driver of the kernel measures as an industrial sensor (Documentation/ABI/testing/sysfs-bus-iio)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from actors.drivers.base import Value
from actors.drivers.kernel.device import DeviceOptions
from actors.drivers.kernel.lookup import DeviceSensor
from actors.drivers.kernel.quantities import IIO, NOT_BELIEVED, limited
from actors.errors import PermanentError


@dataclass(frozen=True, kw_only=True)
class IioOptions(DeviceOptions):
    """The device and its channels, as in `in_NAME_input` or `in_NAME_raw`: `temp`, `pressure`, `humidityrelative`, `voltage0`."""

    quantities: ClassVar[Mapping[str, tuple[str, float]]] = IIO


class Iio(DeviceSensor):
    """Raises as `DeviceSensor`, `not_believed`, and `no_channel` for a quantity that the device does not have."""

    chip = "IIO"
    Options = IioOptions
    pattern = "iio:device*"
    everywhere = "bus/iio/devices/iio:device*"
    _laws: Mapping[str, tuple[str, float, float]] = {}

    def connect(self) -> None:
        """Find the device, and how each of its quantities is read."""
        folder = self.folder()
        for name in (self.read(path, asks=False) for path in self.found(f"{folder}/name")):
            if name in NOT_BELIEVED:
                raise PermanentError("not_believed", f"{self.place(self.options)}: {NOT_BELIEVED[name]}")
        files = set(self.found(f"{folder}/in_*"))
        self._laws = {name: self._law(f"{folder}/in_{line['read']}", files) for name, line in self.options.lines.items()}

    def measure(self) -> Mapping[str, Value]:
        """Return every channel, each from its own file."""
        return {name: self._value(name, line) for name, line in self.options.lines.items()}

    def _law(self, start: str, files: set[str]) -> tuple[str, float, float]:
        """Return the file, its offset and its scale."""
        if f"{start}_input" in files:
            return f"{start}_input", 0.0, 1.0
        if f"{start}_raw" not in files:
            known = ", ".join(sorted({path.rpartition("/in_")[2].rpartition("_")[0] for path in files}))
            raise PermanentError("no_channel", f"{self.place(self.options)} has no {start.rpartition('/in_')[2]}; it has: {known}")
        offset = self.number(f"{start}_offset", asks=False) if f"{start}_offset" in files else 0.0
        return f"{start}_raw", offset, self.number(f"{start}_scale", asks=False) if f"{start}_scale" in files else 1.0

    def _value(self, name: str, line: Mapping[str, Any]) -> Value:
        path, offset, scale = self._laws[name]
        return limited((self.number(path) + offset) * scale * line["factor"], line, self.place(self.options))

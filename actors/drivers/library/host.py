"""A sensor made of a record of the catalogue: the library does the work, and nothing it says is believed unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.library.chip import Opened, read_pointer
from actors.drivers.library.guard import Guard
from actors.drivers.library.record import Record
from actors.drivers.library.values import values_of
from actors.errors import DeviceError, PermanentError, TransientError


class LibrarySensor(SensorDriver):
    """Raises `library_missing`, `library_stuck`, `library_error`, `wrong_chip`, `settings_lost`, `not_converted`, `bad_frame`."""

    guards = False
    record: ClassVar[Record]
    _opened: Opened | None = None

    def connect(self) -> None:
        """Refuse another chip (PermanentError), construct the library's object in a world of its own, and note what it has set."""
        record = self.record_of()
        guard = Guard(self.bus, self.address, self.clock)
        guard.begin(*record.start)
        self._identify(guard, PermanentError)
        self._opened = Opened(record, guard)
        guard.begin(*record.start)
        guard.sleep(record.settle)
        self._opened.settings = tuple(read_pointer(guard, self.address, *each) for each in record.settings)

    def measure(self) -> Mapping[str, Value]:
        """Return every channel of one measurement; a chip that lost its settings is constructed anew: TransientError `settings_lost`."""
        record, opened = self.record_of(), self._opened
        if opened is None:
            raise TransientError("not_converted", f"the {record.chip} at 0x{self.address:02X} was not opened")
        opened.guard.begin(*record.budget)
        self._identify(opened.guard, TransientError)
        if opened.settings != tuple(read_pointer(opened.guard, self.address, *each) for each in record.settings):
            self.connect()
            raise TransientError("settings_lost", f"the {record.chip} at 0x{self.address:02X} lost its settings (a power dip?)")
        opened.guard.seen.clear()
        return values_of(opened, self.address)

    def record_of(self) -> Record:
        """Return the record of this sensor."""
        return self.record

    def _identify(self, guard: Guard, error: type[DeviceError]) -> None:
        for pointer, (length, mask, value) in self.record_of().ids.items():
            found = read_pointer(guard, self.address, pointer, length)
            if found & mask != value:
                text = f"config.py says {self.record_of().chip}, found another chip, or none, at 0x{self.address:02X}"
                raise error("wrong_chip", f"{text} (0x{found:0{2 * length}X} in register 0x{pointer.hex().upper()})")


def sensor_of(record: Record) -> type[SensorDriver]:
    """Return the driver that a record makes."""
    attributes: dict[str, Any] = {each: getattr(record, each) for each in ("chip", "addresses", "max_age", "min_period", "lag")}
    channels: tuple[Channel, ...] = tuple(part.channel for part in record.parts)
    ids = {pointer[0]: each for pointer, each in record.ids.items() if len(pointer) == 1}  # a longer one is a command
    make: Callable[..., type[SensorDriver]] = type
    return make(record.chip, (LibrarySensor,), {**attributes, "channels": channels, "ids": ids, "record": record, "__module__": __name__})

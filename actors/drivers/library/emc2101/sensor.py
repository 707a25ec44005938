"""EMC2101 (Microchip): its own temperature, an external diode and a fan's tachometer, set up by adafruit-circuitpython-emc2101."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from actors.drivers.base import SensorDriver, Value
from actors.drivers.library.emc2101.codes import CHANNELS, CONVERSION, NO_TACHOMETER, external, fan, internal
from actors.drivers.library.emc2101.library import ADDRESS, open_library, require_emc2101
from actors.drivers.library.emc2101.options import EMC2101Options
from actors.drivers.registers import read_register, repeated
from actors.errors import TransientError

CONFIG, RATE = 0x03, 0x04
TACHOMETER, STANDBY, RATE_16_HZ = 0x04, 0x40, 0x08  # bits of CONFIG, bits of CONFIG, RATE after power-up


class EMC2101(SensorDriver):
    """Raises `wrong_chip`, `library_missing`, `asleep`, `settings_lost`, `bad_frame`; Faults of single channels: `emc2101_codes`."""

    chip = "EMC2101"
    channels = CHANNELS
    addresses = (ADDRESS,)
    ids: ClassVar = {0xFE: (1, 0xFF, 0x5D)}  # the maker, SMSC
    max_age, min_period, lag = 0.1, 0.0625, CONVERSION
    Options = EMC2101Options
    _inside: Callable[[], int]

    def connect(self) -> None:
        """Refuse another chip (PermanentError), let the library set this one up, wake it, and wait until it has measured."""
        self._inside = open_library(self.bus, self.address, self.clock)
        wanted = self._read(CONFIG) & ~(STANDBY | (TACHOMETER if self.options.alert_pin else 0))
        for register, value in ((CONFIG, wanted), (RATE, max(self._read(RATE), RATE_16_HZ))):
            if value != self._read(register):
                repeated(self.bus, self.address, bytes((register, value)))
        self.clock.sleep(CONVERSION)

    def measure(self) -> Mapping[str, Value]:
        """Return `internal`, `external` and `fan`; 7 ms. A chip that lost its settings is set up again: TransientError `settings_lost`."""
        require_emc2101(self.bus, self.address, TransientError)
        inside, outside = self._temperatures()
        if inside == 0 or outside == 0:  # 0 degC, or power came back just now: both start at 0
            self.clock.sleep(CONVERSION)
            inside, outside = self._temperatures()
        diode = external(outside, there=self.options.external_diode, forced=bool(self._read(0x4A) & 0x40))
        count = 0 if self.options.alert_pin else self._read(0x46) | self._read(0x47) << 8  # 0x46 holds 0x47 still
        config = self._read(CONFIG)  # last, so that it vouches for the others
        if config & STANDBY:
            raise TransientError("asleep", "the EMC2101 was put into standby: its temperatures are old ones")
        if not (config & TACHOMETER or self.options.alert_pin):
            self.connect()
            raise TransientError("settings_lost", "the EMC2101 lost its settings (a power dip?) and was set up again")
        return {"internal": internal(inside), "external": diode, "fan": NO_TACHOMETER if self.options.alert_pin else fan(count)}

    def _temperatures(self) -> tuple[int, int]:
        return self._inside(), self._read(0x01) << 8 | self._read(0x10)  # 0x01 holds 0x10 still (6.1)

    def _read(self, register: int) -> int:
        return read_register(self.bus, self.address, register)

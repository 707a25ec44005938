"""AHT10 and AHT15 (Aosong AHT10 Technical Manual): relative humidity and temperature from one measurement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from actors.drivers.air.aht.frame import BUSY, CALIBRATED, RATED, decode, plain_read
from actors.drivers.air.aht.start import INITIALISE_AHT10, after_initialising, after_reset, require_calibrated, start_measuring
from actors.drivers.base import Channel, SensorDriver, Value
from actors.errors import TransientError, from_os_error

POWER_UP: Final = 0.1  # s until the first command: 20 ms for the AHT10 (Technical Manual 5.1), 100 ms for its siblings (DHT20, 7.4)
MEASURING: Final = (0.08, 0.01, 0.01, 0.01)  # s before each look: 75 to 80 ms, then "continue to wait" (DHT20, 7.4)


class AHT10(SensorDriver):
    """Raises TransientError `busy`, `not_calibrated`, `bad_frame`. Plain reads only: a register pointer upsets the chip."""

    chip = "AHT10"
    channels = (Channel("hum", "%RH", 0.024, 2.0, 0.0, 100.0), Channel("temp", "°C", 0.01, 0.3, *RATED))
    addresses = (0x38, 0x39)
    guards: ClassVar[bool] = False  # neither a number of its own, nor a checksum, nor a fault bit
    max_age = min_period = 2.0  # measuring more often warms the chip (aht10.c, hwmon/aht10.rst)
    initialise: ClassVar[tuple[bytes, ...]] = (INITIALISE_AHT10, b"\xbe\x08\x00")  # the second for a sibling that refuses the first
    frame_length: ClassVar[int] = 6

    def connect(self) -> None:
        """Reset a chip that is stuck, initialise one without its calibration; at most 1.4 s. There is no identity to check."""
        self.clock.sleep(POWER_UP)
        status = plain_read(self.bus, self.address, 1)[0]
        if status & BUSY:  # for longer than any measurement takes
            status = after_reset(self.bus, self.address, self.clock)
        for command in () if status & CALIBRATED else self.initialise:
            try:
                self.bus.transfer(self.address, command)
                status = after_initialising(self.bus, self.address, self.clock)
            except OSError as error:  # some AHT20 acknowledge neither E1 nor the read after it
                if command == self.initialise[-1] or from_os_error(error, "").code != "no_ack":
                    raise
            if status & CALIBRATED:
                return
        require_calibrated(status, self.chip)

    def measure(self) -> Mapping[str, Value]:
        """Return `hum` and `temp` of one frame in 80 to 110 ms; a chip that lost its calibration is initialised again, once."""
        frame = self._frame()
        if not frame[0] & CALIBRATED:
            self.connect()
            frame = self._frame()
        return decode(frame, self.chip)

    def _frame(self) -> bytes:
        start_measuring(self.bus, self.address)
        for wait in MEASURING:
            self.clock.sleep(wait)
            frame = plain_read(self.bus, self.address, self.frame_length)
            if not frame[0] & BUSY:
                return frame
        raise TransientError("busy", f"the {self.chip} still measures after {sum(MEASURING) * 1000:.0f} ms")

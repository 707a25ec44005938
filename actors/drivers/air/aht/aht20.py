"""AHT20, AHT21 and DHT20 (Aosong DHT20 data sheet, 7.3 and 7.4): an AHT10 with another initialisation and a checksum."""

from __future__ import annotations

from actors.drivers.air.aht.aht10 import AHT10
from actors.drivers.air.aht.frame import CHECKED_LENGTH
from actors.drivers.air.aht.start import starts_as_aht10
from actors.errors import PermanentError, TransientError


class AHT20(AHT10):
    """Raises TransientError `checksum`, and PermanentError `wrong_chip` for an AHT10, beside those of the AHT10."""

    chip = "AHT20"
    initialise = (b"\xbe\x08\x00",)
    frame_length = CHECKED_LENGTH
    guards = True

    def connect(self) -> None:
        """Do as the AHT10; of a chip that does not start so, find out whether it is one."""
        try:
            super().connect()
        except TransientError as error:
            if error.code == "not_calibrated" and starts_as_aht10(self.bus, self.address, self.clock):
                text = f"config.py says AHT20, found an AHT10 at 0x{self.address:02X}: write 'driver': 'AHT10'"
                raise PermanentError("wrong_chip", text) from error
            raise

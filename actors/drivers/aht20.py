"""AHT20, AHT21 and DHT20 (Aosong DHT20 data sheet, 7.3 and 7.4): an AHT10 with another initialisation and a checksum."""

from __future__ import annotations

from actors.drivers.aht10 import AHT10
from actors.drivers.aht_frame import CHECKED_LENGTH


class AHT20(AHT10):
    """Raises TransientError `checksum` beside those of the AHT10."""

    chip = "AHT20"
    initialise = (b"\xbe\x08\x00",)
    frame_length = CHECKED_LENGTH

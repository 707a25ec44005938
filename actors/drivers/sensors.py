"""Which driver a `'driver'` of `config.py` means: one line per sensor chip."""

from __future__ import annotations

from typing import Final

from actors.drivers.aht10 import AHT10
from actors.drivers.aht20 import AHT20
from actors.drivers.base import SensorDriver
from actors.drivers.emc2101 import EMC2101
from actors.drivers.pt100 import PT100
from actors.drivers.simule import SIMULE
from actors.drivers.tmp102 import TMP102

SENSOR_DRIVER_REGISTRY: Final[dict[str, type[SensorDriver]]] = {
    "AHT10": AHT10,
    "AHT20": AHT20,
    "TMP102": TMP102,
    "EMC2101": EMC2101,
    "PT-100": PT100,
    "SIMULE": SIMULE,
}

"""INA260 (TI SBOS656): an INA226 with its shunt inside."""

from __future__ import annotations

from typing import Any, ClassVar

from actors.drivers.base import Channel, NoOptions, Value
from actors.drivers.electric.ina226 import INA226, TI
from actors.drivers.ends import within

AMPERES = (-15.0, 15.0)


class INA260(INA226):
    """Raises as the INA226."""

    chip = "INA260"
    channels = (INA226.channels[0], Channel("current", "A", 0.00125, 0.01, *AMPERES), Channel("power", "W", 0.01))
    Options: ClassVar[type[Any]] = NoOptions
    ids: ClassVar = {0xFE: TI, 0xFF: (2, 0xFFF0, 0x2270)}  # SBOS656, 7.6.6 and 7.6.7
    power_up: ClassVar[int] = 0x6127  # SBOS656, 7.6.1

    def _current(self, code: int) -> Value:
        return within(code * 0.00125, *AMPERES, self.chip, 0.0, "A")

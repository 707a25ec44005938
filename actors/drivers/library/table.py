"""The drivers that the catalogue makes, by their names in `config.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.drivers.base import SensorDriver
from actors.drivers.library.catalogue import air, gas, heat, light
from actors.drivers.library.free import AnyLibrary
from actors.drivers.library.host import sensor_of
from actors.drivers.library.record import Record

RECORDS: Final[Mapping[str, Record]] = {
    record.chip: record for records in (air.RECORDS, gas.RECORDS, heat.RECORDS, light.RECORDS) for record in records
}
LIBRARY_DRIVERS: Final[Mapping[str, type[SensorDriver]]] = {
    **{name: sensor_of(record) for name, record in RECORDS.items()},
    AnyLibrary.chip: AnyLibrary,
}

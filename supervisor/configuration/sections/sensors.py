"""`SENSORS_CONFIG`: a sensor under its address on the bench's own bus, or under its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.bench.buses import BusPath, spot
from actors.bench.devices import Calibration, SensorSpec
from supervisor.configuration import checks, model
from supervisor.configuration.entries import Entry, find_driver, option_names, read, read_options, warn_unknown
from supervisor.configuration.problems import Report, address, did_you_mean, labelled, shown
from supervisor.configuration.rules.names import coupling
from supervisor.configuration.rules.near_misses import number_hint

TEMPLATE: Final = "default"
"""The key of `SENSORS_CONFIG` that is an example to copy, never a device."""
SENSORS: Final = "SENSORS_CONFIG"
_NAMED: Final = ("bus", "address")
"""What only a sensor under a text key says."""


def read_sensors(section: Any, report: Report, main: int | None = None) -> list[Entry]:
    """Validate `SENSORS_CONFIG`; `main` is the number of the bench's own bus, where it is known."""
    if not isinstance(section, dict):
        report.error("", SENSORS, shown(section), "a dict by address: {0x48: {'driver': ..., ...}, ...}")
        return []
    return [entry for key, raw in section.items() if key != TEMPLATE and (entry := _read(key, raw, report, main)) is not None]


def _read(key: Any, raw: Any, report: Report, main: int | None) -> Entry | None:
    from actors.drivers import SENSOR_DRIVER_REGISTRY

    named = isinstance(key, str) and _is_name(key, raw)
    where = None if named else _address(key, report)
    place = f"{SENSORS}[{shown(key) if named else address(key)}]"
    label = place if named else labelled(place, raw)
    if not isinstance(raw, dict):
        report.error(label, "", shown(raw), "a dict: {'driver': 'TMP102', 'name': ..., ...}")
        return None
    entry = read(model.Sensor, _under_its_key(key, raw, label, report, named=named), label, report)
    entry.warn_of_decomposed(key if named else raw.get("name"), report)
    find_driver(entry, SENSOR_DRIVER_REGISTRY, report)
    read_options(entry, raw, report)
    drivers = SENSOR_DRIVER_REGISTRY.values() if entry.driver is None else [entry.driver]
    warn_unknown(label, raw, [*model.Sensor.model_fields, *option_names(drivers)], report)
    _place(entry, where, report, main, named=named)
    checks.sensor(entry, where, report)
    return entry


def _is_name(key: str, raw: Any) -> bool:
    """Return whether a text key is a sensor's name, and neither an address in quotes nor the template misspelt."""
    if number_hint(key, "address") or not key.strip():
        return False
    return not did_you_mean(key, [TEMPLATE]) or (isinstance(raw, dict) and not {"address", "wire"}.isdisjoint(raw))


def _address(key: Any, report: Report) -> int | None:
    """Return a key of `SENSORS_CONFIG` as an address, or None after reporting it."""
    if isinstance(key, int) and model.ADDRESS_MIN <= key <= model.ADDRESS_MAX:
        return int(key)
    hint = number_hint(key, "address") or did_you_mean(key, [TEMPLATE])
    report.error(SENSORS, "", f"key {address(key)}", model.ADDRESSES, hint)
    return None


def _under_its_key(key: Any, raw: Mapping[Any, Any], label: str, report: Report, *, named: bool) -> dict[Any, Any]:
    """Return what an entry says, with what its key says; what contradicts the key is reported."""
    if named:
        if raw.get("name", key) != key:
            report.error(label, "name", shown(raw["name"]), f"{shown(key)}, as its key says, or nothing")
        return {**raw, "name": key}
    for word in [word for word in _NAMED if raw.get(word) is not None]:
        report.error(label, word, shown(raw[word]), f"nothing here: the key is an address on I2C_BUS_ID; a name as the key takes '{word}'")
    return {word: value for word, value in raw.items() if word not in _NAMED}


def _place(entry: Entry, where: int | None, report: Report, main: int | None, *, named: bool) -> None:
    """Settle where a sensor is; one that is a chip on a bus has an address, and another one has none."""
    good = entry.good
    if not named:
        good["address"], entry.sound = where, entry.sound and where is not None
    elif entry.driver is not None and entry.driver.on_i2c and good.get("address", 0) is None and not entry.driver.stands_in:
        entry.error(report, "address", "nothing", model.ADDRESSES, f"a {good['driver']} is an I2C chip")
    elif entry.driver is not None and not entry.driver.on_i2c:
        for word in [word for word in _NAMED if good.get(word) is not None]:
            entry.error(report, word, shown(good[word]), f"nothing: a {good['driver']} is no I2C chip")
    if good.get("bus") == BusPath(-1 if main is None else main):
        good["bus"] = None
    at = entry.driver.place(entry.options) if entry.driver is not None and entry.options is not None else ""
    known = good.get("address")
    entry.where = at or (
        str(good.get("driver")) if named and known is None else address(known) if known is None else spot(good.get("bus"), known)
    )


def sensor_spec(child: str, entry: Entry) -> SensorSpec:
    """Return the sensor of an entry without errors."""
    good, driver = entry.good, entry.driver
    channels, title = driver.channels_of(entry.options), good["title"] or good["name"]
    return SensorSpec(
        id=child,
        name=good["name"],
        title=title,
        driver=good["driver"],
        address=good["address"] or 0,
        units=channels[0].units if good["units"] is None else good["units"],
        period=max(1.0, driver.min_period) if good["period"] is None else good["period"],
        max_age=driver.max_age if good["max_age"] is None else good["max_age"],
        coupling=coupling(good["name"], title) if good["coupling"] is None else good["coupling"],
        options=entry.options,
        calibration={channel: Calibration(values.offset, values.scale) for channel, values in good["calibration"].items()},
        bus=good["bus"],
        wires={channel or channels[0].name: number for channel, number in (good["wire"] or {}).items()},
        at=driver.place(entry.options),
        below=driver.below(entry.options),
    )

"""Sensors asked on the bus itself, where no daemon does it; what is missing is looked for on the other buses too."""

from __future__ import annotations

from typing import Final

from actors.bench.buses import BusPath, spot
from actors.bench.devices import Bench, SensorSpec
from actors.drivers import SENSOR_DRIVER_REGISTRY
from actors.errors import DeviceError
from actors.hardware.i2c.muxed import linux_bus
from actors.hardware.i2c.scan import Found, scan
from actors.hardware.machine import bus_node, other_buses
from supervisor.setup.doctor.findings import Finding
from supervisor.setup.host import Host

LATER: Final = "the bus timed out before it was its turn"
_WORKS: Final = {"identified", "configured"}
_ELSEWHERE: Final = {"identified", "configured", "broken"}
"""What makes a chip on another bus the one that is missing."""


def check(host: Host, bench: Bench) -> list[Finding]:
    """Return a finding per sensor. Nothing is written but the pointers of registers."""
    found: dict[str, Found] = {}
    troubles: dict[BusPath | None, str] = {}
    asked = [sensor for sensor in bench.sensors if is_asked(sensor)]
    for path in dict.fromkeys(sensor.bus for sensor in asked):
        expected = {sensor.address: sensor.driver for sensor in asked if sensor.bus == path}
        try:
            answers = _on(host, bench, BusPath(bench.bus) if path is None else path, expected)
        except (ImportError, DeviceError) as error:
            troubles[path] = str(error)
        else:
            found |= {spot(path, address): entry for address, entry in answers.items()}
    missing = {sensor.address: sensor.driver for sensor in asked if sensor.bus is None and _is_absent(found.get(sensor.where))}
    places = elsewhere(host, bench, missing)
    return [
        moved(_sensor(sensor, found.get(sensor.where), troubles.get(sensor.bus, LATER)), None if sensor.bus else places.get(sensor.address))
        for sensor in bench.sensors
    ]


def is_asked(sensor: SensorSpec) -> bool:
    """Return whether a sensor is a chip on a bus that can be asked there."""
    return SENSOR_DRIVER_REGISTRY[sensor.driver].on_i2c


def _is_absent(entry: Found | None) -> bool:
    return entry is not None and entry.state == "absent"


def _on(host: Host, bench: Bench, path: BusPath, expected: dict[int, str]) -> dict[int, Found]:
    bus = linux_bus(path, bench.i2c_timeout, host.path("/dev"), host.path("/sys/bus/i2c/devices"))
    try:
        return {entry.address: entry for entry in scan(bus, sorted(expected), expected)}
    finally:
        bus.close()


def elsewhere(host: Host, bench: Bench, missing: dict[int, str]) -> dict[int, int]:
    """Return, of what is `missing` (address -> driver), on which other bus of this machine it answers."""
    nodes = other_buses(str(host.path(bus_node(bench.bus)))) if missing else []
    places: dict[int, int] = {}
    for number in [int(node.rpartition("-")[2]) for node in nodes]:
        try:
            found = _on(host, bench, BusPath(number), missing)
        except (ImportError, DeviceError):
            continue
        for address, entry in found.items():
            if entry.state in _ELSEWHERE:
                places.setdefault(address, number)
    return places


def moved(finding: Finding, number: int | None) -> Finding:
    """Return `finding` of a sensor that is missing, with the bus on which it answers, if there is one."""
    if number is None:
        return finding
    node = bus_node(number)
    remedy = (f"# write I2C_BUS_ID = {number} in config.py if all sensors are on {node}, else connect it to the other bus",)
    return Finding("fix", finding.subject, f"{finding.sentence}; but it answers on {node}", remedy)


def _sensor(sensor: SensorSpec, entry: Found | None, trouble: str) -> Finding:
    where = sensor.where
    if not is_asked(sensor):
        return Finding("note", sensor.id, f"{where} is no I2C chip: only the daemon's own driver ({sensor.driver}) can ask it")
    if entry is None:
        return Finding("fix", sensor.id, f"{where} could not be asked: {trouble}")
    text = f"{where} ({sensor.driver}) {entry.state}: {entry.message}"
    works = entry.state in _WORKS or (entry.state == "broken" and not getattr(sensor.options, "external_diode", True))
    return Finding("ok" if works else "fix", sensor.id, text)

"""Sensors asked on the bus itself, where no daemon does it; what is missing is looked for on the other buses too."""

from __future__ import annotations

from typing import Final

from actors.bench.devices import Bench, SensorSpec
from actors.errors import DeviceError
from actors.hardware.i2c.bus import LinuxBus
from actors.hardware.i2c.scan import Found, scan
from actors.hardware.machine import bus_node, other_buses
from supervisor.setup.doctor.findings import Finding
from supervisor.setup.host import Host

_WORKS: Final = {"identified", "configured"}
_ELSEWHERE: Final = {"identified", "configured", "broken"}
"""What makes a chip on another bus the one that is missing."""


def check(host: Host, bench: Bench) -> list[Finding]:
    """Return a finding per sensor. Nothing is written but the pointers of registers."""
    expected = {sensor.address: sensor.driver for sensor in bench.sensors if sensor.driver != "SIMULE"}
    try:
        found, trouble = _on(host, bench, bench.bus, expected), "the bus timed out before it was its turn"
    except (ImportError, DeviceError) as error:
        found, trouble = {}, str(error)
    missing = {address: driver for address, driver in expected.items() if address in found and found[address].state == "absent"}
    places = elsewhere(host, bench, missing)
    return [moved(_sensor(sensor, found.get(sensor.address), trouble), places.get(sensor.address)) for sensor in bench.sensors]


def _on(host: Host, bench: Bench, number: int, expected: dict[int, str]) -> dict[int, Found]:
    bus = LinuxBus(number, bench.i2c_timeout, node=str(host.path(bus_node(number))))
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
            found = _on(host, bench, number, missing)
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
    where = f"0x{sensor.address:02X}"
    if sensor.driver == "SIMULE":
        return Finding("ok", sensor.id, f"{where} is simulated by its driver")
    if entry is None:
        return Finding("fix", sensor.id, f"{where} could not be asked: {trouble}")
    text = f"{where} ({sensor.driver}) {entry.state}: {entry.message}"
    works = entry.state in _WORKS or (entry.state == "broken" and not getattr(sensor.options, "external_diode", True))
    return Finding("ok" if works else "fix", sensor.id, text)

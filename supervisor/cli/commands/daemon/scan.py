"""Look at every I2C bus, also behind multiplexers, as i2cdetect does: what is configured, what identified itself, what is unknown.

Takes no lock and writes no data: it may be used beside a running daemon.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from supervisor.cli.options import add_config, add_json, complain, load_bench
from supervisor.exits import EX_OK, EX_UNAVAILABLE

if TYPE_CHECKING:
    from actors.bench.buses import BusPath
    from actors.bench.devices import Bench
    from actors.hardware.i2c.scan import Found

HELP = "look at the I2C buses"
EXAMPLES = """examples:
  pilotage scan
  pilotage scan --config bench2.py --json

It ends with lines for config.py, ready to be copied, for what showed which chip it is and is not configured.
Adapters of the computer itself and of its screens are left alone, unless config.py names them.
A simulated bench has no bus to look at: `pilotage status` shows it.
"""


HEAD: Final = ("at", "in config.py", "found", "")
_BLOCK: Final = 0x100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--config` and `--json`."""
    add_config(parser)
    add_json(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print what was found; return 0, 78 for a bad file, 69 when a bus of the bench cannot be asked."""
    from actors.errors import DeviceError

    bench, path, code = load_bench(arguments.config)
    if bench is None:
        return code
    found: list[tuple[BusPath, Found]] = []
    hidden: dict[int, set[int]] = {}
    stuck: set[int] = set()
    for bus in _buses(bench, configured=path is not None):
        if bus.root in stuck:  # each further look would hold it once more
            continue
        try:
            answers = _look(bench, bus, hidden.get(bus.root, set()) if bus.mux is not None else set(), configured=path is not None)
        except (ImportError, DeviceError) as error:
            if bus in _wanted(bench, configured=path is not None):
                code = complain("scan", str(error), EX_UNAVAILABLE)
            continue
        if answers and answers[-1].state == "bus_timeout":
            stuck.add(bus.root)
        if bus.mux is None:  # a channel sees what is on its adapter, too
            hidden[bus.root] = {entry.address for entry in answers if entry.state != "absent"}
        found += [(bus, entry) for entry in answers if entry.state != "absent" or entry.configured is not None]
    if found or code == EX_OK:
        _tell(bench, found, configured=path is not None, as_json=arguments.json)
    return code


def _wanted(bench: Bench, *, configured: bool) -> list[BusPath]:
    """Return the buses that the bench needs: its own in any case."""
    from actors.bench.buses import BusPath

    own = BusPath(bench.bus)
    used = bench.paths if configured else ()
    return [
        own,
        *(BusPath(root) for root in bench.roots if configured and root != bench.bus),
        *(path for path in used if path.mux is not None),
    ]


def _buses(bench: Bench, *, configured: bool) -> list[BusPath]:
    """Return every bus to look at: those that the bench needs, and whatever else there is; adapters before their channels."""
    from actors.hardware.i2c.adapters import buses

    every = dict.fromkeys([*_wanted(bench, configured=configured), *buses()])
    return sorted(every, key=lambda path: (path.root != bench.bus, path.root, path.mux or 0, path.channel or 0))


def _look(bench: Bench, bus: BusPath, hidden: set[int], *, configured: bool) -> list[Found]:
    from actors.hardware.i2c.muxed import linux_bus
    from actors.hardware.i2c.scan import FULL_RANGE, scan

    way = linux_bus(bus, bench.i2c_timeout)
    expected = {sensor.address: sensor.driver for sensor in _sensors(bench, bus)} if configured else {}
    try:
        return scan(way, [address for address in FULL_RANGE if address not in hidden or address in expected], expected)
    finally:
        way.close()


def _sensors(bench: Bench, bus: BusPath) -> Iterator[Any]:
    from actors.bench.buses import BusPath
    from actors.drivers import SENSOR_DRIVER_REGISTRY

    own = BusPath(bench.bus)
    yield from (each for each in bench.sensors if SENSOR_DRIVER_REGISTRY[each.driver].on_i2c and (each.bus or own) == bus)


def _tell(bench: Bench, found: list[tuple[BusPath, Found]], *, configured: bool, as_json: bool) -> None:
    from actors.bench.buses import BusPath, spot

    own = BusPath(bench.bus)
    things: list[Any] = [*bench.sensors, *(output for output in bench.outputs if output.address is not None)] if configured else []
    names = {(each.bus or own, each.address): each.name for each in reversed(things)}
    names |= {each.below: each.name for each in bench.sensors if each.below is not None and configured}
    lines = dict(_lines(bench, found, set(names)))
    if as_json:
        entries = [
            {**asdict(entry), "address": f"0x{entry.address:02x}", "bus": str(bus), "line": lines.get((bus, entry.address))}
            for bus, entry in found
        ]
        print(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    rows = [
        (spot(None if bus == own else bus, entry.address), names.get((bus, entry.address), "-"), entry.state, entry.message)
        for bus, entry in found
    ]
    if not rows:
        print("nothing on any I2C bus")
        return
    wide = max(len(where) for where, *_ in [HEAD, *rows])
    print("\n".join(f"{where:<{wide}}  {name:<16}  {state:<11}  {text}".rstrip() for where, name, state, text in [HEAD, *rows]))
    if lines:
        print("\nfor SENSORS_CONFIG in config.py:", *lines.values(), sep="\n")


def _lines(
    bench: Bench, found: Iterable[tuple[BusPath, Found]], known: set[tuple[BusPath, int]]
) -> Iterator[tuple[tuple[BusPath, int], str]]:
    """Yield a line for each chip that showed what it is and is not configured, with a number that nobody has."""
    taken = {number for sensor in bench.sensors for number in sensor.numbers} | {output.number for output in bench.outputs}
    for bus, entry in found:
        if entry.state != "identified" or entry.configured is not None or (bus, entry.address) in known:
            continue
        name = f"{entry.chip}_{bus.root}_{entry.address:02x}" + ("" if bus.mux is None else f"_{bus.mux:02x}_{bus.channel}")
        if bus.mux is None and bus.root == bench.bus:
            yield (bus, entry.address), f'    0x{entry.address:02X}: {{"driver": "{entry.chip}", "name": "{name.lower()}"}},'
            continue
        wire = next(number for number in range(_BLOCK + entry.address, 0xFFFF, _BLOCK) if number not in taken)
        taken.add(wire)
        place = str(bus.root) if bus.mux is None else f'{{"parent": {bus.root}, "mux": 0x{bus.mux:02X}, "channel": {bus.channel}}}'
        where = f'"bus": {place}, "address": 0x{entry.address:02X}, "wire": 0x{wire:X}'
        yield (bus, entry.address), f'    "{name.lower()}": {{"driver": "{entry.chip}", {where}}},'

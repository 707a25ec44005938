"""Probe the I2C bus as i2cdetect does, and say what is configured, what identified itself, and what is unknown.

Takes no lock and writes no data: it may be used beside a running daemon.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from supervisor.cli import EX_OK, EX_UNAVAILABLE
from supervisor.commands.common import add_config, load_bench

HELP = "probe the I2C bus"
EXAMPLES = "examples:\n  pilotage scan\n  pilotage scan --config bench2.py --json\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--config` and `--json`."""
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def main(arguments: argparse.Namespace) -> int:
    """Print what was found; return 0, 78 for a bad file, 69 without a bus."""
    from actors.errors import DeviceError
    from actors.hardware.i2c import LinuxBus
    from actors.hardware.scan import FULL_RANGE, scan

    bench, path, code = load_bench(arguments.config)
    if bench is None:
        return code
    expected = {sensor.address: sensor.driver for sensor in bench.sensors if sensor.driver != "SIMULE"} if path is not None else {}
    bus = LinuxBus(bench.bus)
    try:
        found = scan(bus, FULL_RANGE, expected)
    except (ImportError, DeviceError) as error:
        print(f"pilotage scan: {error}", file=sys.stderr)
        return EX_UNAVAILABLE
    finally:
        bus.close()
    shown = [entry for entry in found if entry.state != "absent" or entry.configured is not None]
    if arguments.json:
        print(json.dumps([{**asdict(entry), "address": f"0x{entry.address:02x}"} for entry in shown], indent=2))
    else:
        names = {sensor.address: sensor.name for sensor in bench.sensors} if path is not None else {}
        print("\n".join(_line(entry, names.get(entry.address, "-")) for entry in shown) or f"nothing on I2C bus {bench.bus}")
    return EX_OK


def _line(entry: Any, name: str) -> str:
    return f"0x{entry.address:02X}  {name:<16} {entry.state:<12} {entry.message}"

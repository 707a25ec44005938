"""Probe the I2C bus as i2cdetect does, and say what is configured, what identified itself, and what is unknown.

Takes no lock and writes no data: it may be used beside a running daemon.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Final

from supervisor.cli.options import add_config, add_json, complain, load_bench
from supervisor.exits import EX_OK, EX_UNAVAILABLE

HELP = "probe the I2C bus"
EXAMPLES = """examples:
  pilotage scan
  pilotage scan --config bench2.py --json

A simulated bench has no bus to probe: `pilotage status` shows it.
"""


HEAD: Final = ("address", "in config.py", "found", "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--config` and `--json`."""
    add_config(parser)
    add_json(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print what was found; return 0, 78 for a bad file, 69 without a bus."""
    from actors.errors import DeviceError
    from actors.hardware.i2c.bus import LinuxBus
    from actors.hardware.i2c.scan import FULL_RANGE, scan

    bench, path, code = load_bench(arguments.config)
    if bench is None:
        return code
    expected = {sensor.address: sensor.driver for sensor in bench.sensors if sensor.driver != "SIMULE"} if path is not None else {}
    bus = LinuxBus(bench.bus, bench.i2c_timeout)
    try:
        found = scan(bus, FULL_RANGE, expected)
    except (ImportError, DeviceError) as error:
        return complain("scan", str(error), EX_UNAVAILABLE)
    finally:
        bus.close()
    shown = [entry for entry in found if entry.state != "absent" or entry.configured is not None]
    if arguments.json:
        print(json.dumps([{**asdict(entry), "address": f"0x{entry.address:02x}"} for entry in shown], indent=2, ensure_ascii=False))
    elif shown:
        names = {sensor.address: sensor.name for sensor in bench.sensors} if path is not None else {}
        rows = [(f"0x{entry.address:02X}", names.get(entry.address, "-"), entry.state, entry.message) for entry in shown]
        print("\n".join(f"{where:<7}  {name:<16}  {state:<11}  {text}".rstrip() for where, name, state, text in [HEAD, *rows]))
    else:
        print(f"nothing on I2C bus {bench.bus}")
    return EX_OK

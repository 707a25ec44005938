"""Look at this machine and at every sensor and output, and say exactly what to type where something is missing. Changes nothing."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from pilotage.endpoints import endpoint_of
from supervisor.cli.options import add_config, add_json, address, complain, load_bench
from supervisor.exits import EX_OK, EX_UNAVAILABLE

HELP = "check this machine, the bus, the outputs and every sensor"
EXAMPLES = "examples:\n  pilotage doctor\n  pilotage doctor --config /etc/pilotage/config.py --json\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--config`, `--endpoint` and `--json`."""
    add_config(parser)
    text = "the daemon's address, such as raspberrypi or 127.0.0.1:5556 (default: where it says it is)"
    parser.add_argument("--endpoint", metavar="ADDRESS", type=address, help=text)
    add_json(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the findings; return 0, 1 when something is to be fixed, 69 on another system than Linux, 78 for a bad file."""
    if not sys.platform.startswith("linux"):
        text = "it looks at a Linux machine with hardware; elsewhere `pilotage run --simulate` needs nothing"
        return complain("doctor", text, EX_UNAVAILABLE)
    from supervisor.setup.data import endpoint
    from supervisor.setup.doctor.examination import examine, judge, summary
    from supervisor.setup.doctor.findings import show, to_fix
    from supervisor.setup.host import Host

    bench, path, code = load_bench(arguments.config)
    if bench is None:
        return code
    host = Host()
    machine = examine(host, bench)
    devices = judge(host, bench, endpoint_of(arguments.endpoint) if arguments.endpoint else endpoint(bench))
    verdict = summary(machine, devices, bench)
    if arguments.json:
        print(json.dumps({"findings": [asdict(finding) for finding in (*machine, *devices)], "verdict": verdict}, indent=2))
    else:
        print(f"the bench of {bench.source}" if path is not None else "no config.py was found: this is the packaged default bench")
        show(machine, print)
        print()
        show(devices, print)
        print(f"\n{verdict}")
    return EX_OK if not to_fix(machine) + to_fix(devices) else 1

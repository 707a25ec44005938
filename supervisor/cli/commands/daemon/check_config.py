"""Check a bench's file without touching anything: every error at once, exit code 78 if there is one."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supervisor.cli.options import add_config, add_json
from supervisor.exits import EX_CONFIG, EX_OK

if TYPE_CHECKING:
    from actors.bench.devices import Bench, OutputSpec

HELP = "check config.py without touching the hardware"
EXAMPLES = """examples:
  pilotage check-config
  pilotage check-config --config /etc/pilotage/config.py
  pilotage check-config --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--config` and `--json`."""
    add_config(parser)
    add_json(parser)


def main(arguments: argparse.Namespace) -> int:
    """Check; return 0 or 78."""
    from supervisor.configuration import ConfigurationError, check_whole, default_bench_path, find

    try:
        path = find(arguments.config, os.environ, Path.cwd())
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return EX_CONFIG
    bench, problems, warnings = check_whole(path or default_bench_path())
    if arguments.json:
        good: dict[str, Any] = (
            {} if bench is None else {"sensors": len(bench.sensors), "outputs": len(bench.outputs), "kinds": _kinds(bench)}
        )
        errors = [{**asdict(problem), "text": str(problem)} for problem in problems]
        result = {"file": str(path or default_bench_path()), "packaged": path is None, "errors": errors, "warnings": list(warnings), **good}
        print(json.dumps(result, indent=2, ensure_ascii=False))
        return EX_OK if bench is not None else EX_CONFIG
    if path is None:
        print("no config.py found; this is the packaged default bench, which is only ever simulated")
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if bench is None:
        print(ConfigurationError(problems), file=sys.stderr)
        return EX_CONFIG
    verdict = "no error, but see the warnings" if warnings else "nothing wrong"
    print(f"{bench.source}: {len(bench.sensors)} sensors, {len(bench.outputs)} outputs, {verdict}")
    for spec in bench.outputs:
        print(f"  {spec.id}: {_place(spec)}, {spec.kind}: {spec.kind_reason}")
    return EX_OK


def _place(spec: OutputSpec) -> str:
    """Return where an output is, in both ways of counting pins."""
    from pilotage.places import HEADER

    if spec.pin is None:
        return spec.where
    on_header = next((pin for pin, gpio in HEADER.items() if gpio == spec.pin), None)
    return f"GPIO{spec.pin} (pin {on_header} of the header)"


def _kinds(bench: Bench) -> dict[str, dict[str, str]]:
    """Return what each output is taken for, and why."""
    return {spec.id: {"kind": spec.kind, "reason": spec.kind_reason} for spec in bench.outputs}

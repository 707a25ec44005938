"""Show the supervision tree of a running daemon. Exit code 0 healthy, 1 degraded, 2 unreachable."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, Final

from supervisor.commands.common import add_endpoint

HELP = "show every child and its state"
EXAMPLES = "examples:\n  pilotage status\n  pilotage status --json | jq .children.t_resistance\n"
UNREACHABLE: Final = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the daemon is."""
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the table; return 0, 1 or 2."""
    from supervisor.client import Client, ClientError

    try:
        with Client(arguments.endpoint) as client:
            document = client.status()
    except ClientError as error:
        print(f"pilotage: {error}", file=sys.stderr)
        return UNREACHABLE
    print(json.dumps(document, indent=2) if arguments.json else table(document))
    return 0 if document["healthy"] else 1


def table(document: dict[str, Any]) -> str:
    """Return the tree as a table a person reads at a glance."""
    mode = "SIMULATED" if document["simulated"] else "hardware"
    lines = [f"pilotage {document['version']}, {mode}, up {document['uptime_s']:g} s, {len(document['clients'])} clients"]
    rows = [("child", "where", "state", "for s", "restarts", "last")]
    for name, child in document["children"].items():
        rows.append((name, child["where"], child["state"], f"{child['since_s']:g}", str(child["restarts"]), _last(name, child, document)))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines += ["  ".join([*(cell.ljust(width) for cell, width in zip(row[:5], widths, strict=True)), row[5]]).rstrip() for row in rows]
    return "\n".join(lines)


def _last(name: str, child: dict[str, Any], document: dict[str, Any]) -> str:
    if child["error"] is not None:
        return str(child["error"]["message"])
    output = document["outputs"].get(name)
    if output is not None:
        asked = "nothing" if output["asked"] is None else f"{output['asked']:g}"
        return f"reads back {output['read_back']:g}, asked {asked}" if output["read_back"] is not None else "not known"
    last = child.get("last")
    if last is None:
        return ""
    values = [f"{channel} {value:.2f}" if value is not None else f"{channel} -" for channel, value in last["values"].items()]
    return ", ".join(values) + f" ({last['age_s']:.1f} s ago)"

"""Send every output of a running daemon to its safe value, ahead of anything queued, and print what each then reads back."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from supervisor.cli.options import add_endpoint, with_client

if TYPE_CHECKING:
    from pilotage import Client

HELP = "send every output to its safe value"
EXAMPLES = """example:
  pilotage off

A fan with "linger" runs on for a while; a second `pilotage off` stops it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where the daemon is."""
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print the read-backs."""
    said: list[str] = []
    return with_client(arguments, lambda client: _off(client, said), lambda _: "\n".join(said) or "no outputs are configured")


def _off(client: Client, said: list[str]) -> dict[str, float]:
    """Return what `--json` prints, and put what a person reads into `said`."""
    from pilotage import ClientError
    from supervisor.cli.outcome import after_off

    result = client.off()
    try:
        outputs, status = {output["child"]: output for output in client.scan()["actuator"]}, client.status()
    except ClientError:  # it is done, whatever can be said of it
        outputs, status = {}, None
    said += [f"{name} {after_off(outputs.get(name), value, status)}" for name, value in sorted(result.items())]
    return result

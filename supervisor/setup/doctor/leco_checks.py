"""Whether the bench is in the LECO network that it is to join, as whom, and if not, why."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any, Final

from actors.bench.devices import Bench
from actors.bench.leco import Leco
from supervisor.setup.doctor.findings import Finding

SUBJECT: Final = "LECO"
KNOCK: Final = 1.0
"""Seconds after which nobody is there, where nobody takes the connection."""


def from_daemon(bench: Bench, document: dict[str, Any]) -> list[Finding]:
    """Return what the daemon says of its network; nothing for a bench that is to join none."""
    network = document.get("leco")
    if bench.leco is None:
        return []
    if network is None:
        text = "the daemon joins no network: config.py was changed since it was read"
        return [Finding("fix", SUBJECT, text, ("sudo systemctl reload pilotage",))]
    if network["joined"]:
        who = f"in the network of {network['coordinator']} as {network['namespace']}.{network['name']}"
        may = "may be driven from there" if network["drive"] else "may be switched off from there" if network.get("off") else "only read"
        return [Finding("ok", SUBJECT, f"{who}, {may}")]
    error = network["error"]
    if error is None:
        return [Finding("note", SUBJECT, f"the network of {network['coordinator']} is being joined")]
    if error["code"] == "name_taken":
        return [Finding("fix", SUBJECT, error["message"], ("sudo nano /etc/pilotage/config.py", "sudo systemctl reload pilotage"))]
    return [Finding("fix", SUBJECT, error["message"], _coordinator(bench.leco))]


def directly(bench: Bench) -> list[Finding]:
    """Return whether anything listens where the coordinator is to be; without a daemon nobody is in the network."""
    if bench.leco is None:
        return []
    where = f"{bench.leco.host}:{bench.leco.port}"
    with suppress(OSError), socket.create_connection((bench.leco.host, bench.leco.port), KNOCK):
        return [Finding("note", SUBJECT, f"something listens at {where}; without the daemon the bench is not in the network")]
    return [Finding("fix", SUBJECT, f"no coordinator is reached at {where}", _coordinator(bench.leco))]


def _coordinator(network: Leco) -> tuple[str, ...]:
    if network.host in {"localhost", "127.0.0.1", "::1"}:
        return ("sudo systemctl status leco-coordinator", "sudo pilotage install-service --leco")
    return (f"pilotage lab --leco {f'[{network.host}]' if ':' in network.host else network.host}:{network.port}",)

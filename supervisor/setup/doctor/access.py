"""Whether the daemon's user may open a device."""

from __future__ import annotations

from typing import Final

from supervisor.setup.doctor.findings import Finding
from supervisor.setup.host import Host

USER: Final = "pilotage"
READ_AND_WRITE: Final = 6
"""Of the last octal digit of a mode."""


def access(host: Host, subject: str, node: str, group: str) -> list[Finding]:
    """Return a finding if the daemon's user exists and is in no group that owns `node`, which should belong to `group`."""
    groups = host.ask("id", "-nG", USER).split()
    owner, _, mode = host.ask("stat", "-c", "%G %a", str(host.path(node))).partition(" ")
    if not groups or not mode.isdecimal() or owner in groups or int(mode[-1]) & READ_AND_WRITE == READ_AND_WRITE:
        return []
    if owner == group:
        join = (f"sudo usermod -aG {group} {USER}", "sudo systemctl restart pilotage")
        return [Finding("fix", subject, f"user {USER} is not in group {group}, which owns {node}", join)]
    name = node.removeprefix("/dev/").rstrip("0123456789")
    rule = f'KERNEL=="{name}[0-9]*", GROUP="{group}", MODE="0660"'
    remedy = (
        f"echo '{rule}' | sudo tee /etc/udev/rules.d/60-pilotage-{group}.rules",
        "sudo udevadm control --reload",
        "sudo udevadm trigger",
    )
    return [Finding("fix", subject, f"{node} belongs to group {owner}, and not to group {group}", remedy)]

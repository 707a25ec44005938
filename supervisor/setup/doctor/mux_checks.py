"""Whether the kernel has the multiplexers of the bench, and lets go of a channel where two of them share a bus."""

from __future__ import annotations

from collections.abc import Iterator

from actors.bench.devices import Bench
from supervisor.setup.doctor import firmware
from supervisor.setup.doctor.findings import Finding
from supervisor.setup.host import Host

_DISCONNECT = "-2"
"""Of `idle_state`: no channel stays connected (linux/Documentation/ABI/testing/sysfs-bus-i2c-devices-pca954x)."""
_DEFAULT_BUS = 1
"""On which the overlay `i2c-mux` puts a multiplexer unless it is told otherwise (overlays/README)."""


def check(host: Host, bench: Bench) -> list[Finding]:
    """Return a finding for each multiplexer in use."""
    muxes: dict[tuple[int, int], set[int]] = {}
    for path in bench.paths:
        if path.mux is not None and path.channel is not None:
            muxes.setdefault((path.root, path.mux), set()).add(path.channel)
    return [finding for place, channels in muxes.items() for finding in _mux(host, *place, channels, muxes)]


def _mux(host: Host, root: int, mux: int, channels: set[int], muxes: dict[tuple[int, int], set[int]]) -> Iterator[Finding]:
    subject, folder = f"multiplexer 0x{mux:02X}", f"/sys/bus/i2c/devices/{root}-{mux:04x}"
    several = sum(other == root for other, _ in muxes) > 1
    missing = [channel for channel in sorted(channels) if not host.path(f"{folder}/channel-{channel}").is_symlink()]
    if missing:
        yield _missing(host, subject, root, mux, several=several)
        return
    yield Finding("ok", subject, f"the kernel has it on I2C bus {root}, with the channels {', '.join(map(str, sorted(channels)))}")
    if several and not _disconnects(host, folder):
        text = f"it leaves a channel connected, and I2C bus {root} has another multiplexer: chips of both may answer at once"
        yield Finding(
            "fix", subject, text, (f"echo {_DISCONNECT} | sudo tee {folder}/idle_state", f"# or for good: {_line(root, mux, several=True)}")
        )


def _missing(host: Host, subject: str, root: int, mux: int, *, several: bool) -> Finding:
    text = f"the kernel has none at 0x{mux:02X} on I2C bus {root}, or one with fewer channels"
    if not firmware.is_pi(host):
        return Finding("fix", subject, text, (f"echo pca9548 0x{mux:02x} | sudo tee /sys/bus/i2c/devices/i2c-{root}/new_device",))
    line = _line(root, mux, several=several)
    if firmware.has_line(host, line):
        return Finding("fix", subject, f"{text}, though {firmware.place(host)} has {line}: is it plugged in?", ("sudo reboot",))
    return Finding("fix", subject, f"{text}: {firmware.place(host)} lacks {line}", firmware.add(host, line))


def _line(root: int, mux: int, *, several: bool) -> str:
    """Return the line of `config.txt` for a multiplexer of eight channels, which also serves for one of fewer."""
    bus = "" if root == _DEFAULT_BUS else f",i2c{root}"
    return f"dtoverlay=i2c-mux,pca9548,addr=0x{mux:02x}{bus}{',disconnect_when_idle' if several else ''}"


def _disconnects(host: Host, folder: str) -> bool:
    try:
        return host.path(f"{folder}/idle_state").read_text(encoding="ascii").strip() == _DISCONNECT
    except (OSError, ValueError):
        return False

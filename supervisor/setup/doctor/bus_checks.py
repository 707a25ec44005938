"""Whether the I2C buses and their multiplexers are there, and the daemon may use them."""

from __future__ import annotations

from typing import Final

from actors.bench.devices import Bench
from actors.hardware.machine import bus_node
from supervisor.setup.doctor import firmware, mux_checks
from supervisor.setup.doctor.access import access
from supervisor.setup.doctor.findings import Finding
from supervisor.setup.host import Host

_SETTING: Final = {0: "dtparam=i2c_vc=on", 1: "dtparam=i2c_arm=on"}
"""What `config.txt` needs for the two buses that every Raspberry Pi has; the others of a Pi 4 and 5 are overlays (overlays/README)."""


def check(host: Host, bench: Bench) -> list[Finding]:
    """Return what there is to say of the bench's buses; nothing for a bench without one."""
    found = [finding for root in bench.roots for finding in _root(host, root)]
    return found + mux_checks.check(host, bench)


def _root(host: Host, bus: int) -> list[Finding]:
    node = bus_node(bus)
    if not host.path(node).exists():
        return [_missing(host, bus, node)]
    return [Finding("ok", f"I2C bus {bus}", f"{node} is there"), *access(host, f"I2C bus {bus}", node, "i2c")]


def _missing(host: Host, bus: int, node: str) -> Finding:
    subject = f"I2C bus {bus}"
    if not firmware.is_pi(host):
        return Finding("fix", subject, f"{node} is not there", ("sudo modprobe i2c-dev", "ls /dev/i2c-*"))
    setting = _SETTING.get(bus, f"dtoverlay=i2c{bus}{'-pi5' if firmware.is_five(host) else ''}")
    parameter = setting.removeprefix("dtparam=").partition("=")[0]
    if not setting.startswith("dtparam=") or not firmware.has_parameter(host, parameter):
        return Finding("fix", subject, f"{node} is not there: {firmware.place(host)} lacks {setting}", firmware.add(host, setting))
    if not host.path("/sys/bus/i2c/devices").is_dir() or not host.path("/sys/class/i2c-dev").is_dir():
        load = ("echo i2c-dev | sudo tee /etc/modules-load.d/i2c-dev.conf", "sudo modprobe i2c-dev")
        return Finding("fix", subject, f"{node} is not there: the module i2c-dev is not loaded", load)
    return Finding("fix", subject, f"{node} is not there, though {firmware.place(host)} has {setting}", ("sudo reboot",))

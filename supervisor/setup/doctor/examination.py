"""Every check in its order: what `pilotage doctor` prints, and what `install-service` ends with."""

from __future__ import annotations

import platform
from collections.abc import Callable

from actors.bench.devices import Bench
from supervisor.setup.doctor import bus_checks, firmware, gpio_checks, service_checks, verdicts
from supervisor.setup.doctor.findings import Finding, to_fix
from supervisor.setup.host import Host


def examine(host: Host, bench: Bench) -> list[Finding]:
    """Return what there is to say of the machine, before any sensor or output is looked at."""
    return [_machine(host), *bus_checks.check(host, bench), *gpio_checks.check(host, bench), *service_checks.check(host, bench)]


def judge(host: Host, bench: Bench, endpoint: str) -> list[Finding]:
    """Return a verdict per sensor and output."""
    return verdicts.check(host, bench, endpoint)


def summary(machine: list[Finding], devices: list[Finding], bench: Bench) -> str:
    """Return the one line at the end."""
    good = {finding.subject for finding in devices if finding.level == "ok"}
    sensors = sum(sensor.id in good for sensor in bench.sensors)
    outputs = sum(output.id in good for output in bench.outputs)
    counted = f"{sensors} of {len(bench.sensors)} sensors and {outputs} of {len(bench.outputs)} outputs are well"
    wrong = to_fix(machine) + to_fix(devices)
    return f"verdict: {counted}; " + ("nothing to fix" if not wrong else f"{wrong} to fix")


def _machine(host: Host) -> Finding:
    board = firmware.model(host) or f"{platform.system()} on {platform.machine()}, no Raspberry Pi"
    release = _release(host.path("/etc/os-release").read_text) if host.path("/etc/os-release").is_file() else "unknown OS"
    return Finding("ok", "machine", f"{board}; {release}; Python {platform.python_version()}")


def _release(read: Callable[[], str]) -> str:
    values = dict(line.split("=", 1) for line in read().splitlines() if "=" in line)
    return values.get("PRETTY_NAME", "unknown OS").strip('"')

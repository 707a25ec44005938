"""Is the service in place: unit, start at boot, configuration, and what else keeps a bench safe."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from actors.bench.access import is_loopback
from actors.bench.devices import Bench
from supervisor.exits import EX_UNAVAILABLE
from supervisor.setup import data, predecessor
from supervisor.setup.doctor import firmware
from supervisor.setup.doctor.findings import Finding
from supervisor.setup.host import Host

CONFIG: Final = "/etc/pilotage/config.py"
INSTALL: Final = "sudo {prefix}/bin/pilotage install-service"
WATCHDOG: Final = "/etc/systemd/system.conf.d/pilotage-watchdog.conf"


def check(host: Host, bench: Bench) -> list[Finding]:
    """Return what there is to say of the service."""
    return [*_unit(host), *_page(host, bench), *_owner(host), *_pigpiod(host, bench), *_watchdog(host, bench)]


def _unit(host: Host) -> list[Finding]:
    command = INSTALL.format(prefix=host.prefix)
    if predecessor.find(host) is not None:
        return [Finding("fix", "service", "the unit pilotage.service is the predecessor's", (command,))]
    unit = _installed(host)
    if unit is None:
        return [Finding("note", "service", "pilotage.service is not installed: nothing starts at boot", (command,))]
    if unit.read_text(encoding="utf-8") != data.text("pilotage.service", host.prefix):
        return [Finding("note", "service", "the unit is not that of this version", (command,))]
    if host.ask("systemctl", "is-enabled", "pilotage.service") != "enabled":
        return [Finding("fix", "service", "it does not start at boot", ("sudo systemctl enable pilotage",))]
    if host.ask("systemctl", "is-active", "pilotage.service") != "active":
        return [Finding("fix", "service", "it does not run", ("sudo systemctl start pilotage", "journalctl -u pilotage -n 50"))]
    return [Finding("ok", "service", "installed, started at boot, running")]


def _page(host: Host, bench: Bench) -> list[Finding]:
    """Return what there is to say of the history and the page, where the service itself is in place."""
    if _installed(host) is None:
        return []
    if host.ask("systemctl", "is-active", "pilotage-web.service") != "active":
        text, remedy = "pilotage-web does not run: no history is kept, and there is no page", "sudo systemctl enable --now pilotage-web"
        if host.ask("systemctl", "show", "--property=ExecMainStatus", "--value", "pilotage-web.service") == str(EX_UNAVAILABLE):
            text, remedy = f"{text}, for a library is missing", f"sudo {host.prefix}/bin/pip install 'pilotage[web]' && {remedy}"
        return [Finding("note", "history", text, (remedy, "journalctl -u pilotage-web -n 50"))]
    page = bench.page
    where = "no page: there is no WEB in config.py" if page is None else f"page at {page.address}"
    if page is not None and not is_loopback(page.bind) and bench.access.allow is None:
        return [Finding("note", "history", f"kept; {where}, which everybody in the network may read: there is no ALLOW", ())]
    return [Finding("ok", "history", f"kept; {where}")]


def _installed(host: Host) -> Path | None:
    """Return the unit that systemd uses."""
    paths = (host.path(name) for name in (predecessor.UNIT, predecessor.PACKAGED))
    return next((path for path in paths if path.is_file()), None)


def _owner(host: Host) -> list[Finding]:
    """Return a finding for each thing that root's service executes and somebody else may change."""
    found = []
    for path in (host.path(CONFIG), host.prefix):
        if path.exists() and _changeable(path):
            text = f"{path} can be changed by others than root, and the service executes it"
            found.append(Finding("note", "service", text, (f"sudo chown -R root: {path} && sudo chmod -R go-w {path}",)))
    return found


def _changeable(path: Path) -> bool:
    status = path.stat()
    return status.st_uid != 0 or bool(status.st_mode & 0o022)


def _pigpiod(host: Host, bench: Bench) -> list[Finding]:
    """Return a finding if pigpiod's end would leave a heater of this bench on, or switch other pins off."""
    from supervisor.rig.gpio import heater_levels

    path = host.path("/etc/systemd/system/pigpiod.service.d/pilotage.conf")
    heaters, there = heater_levels(bench), path.is_file()
    if not there and not (heaters and _is_ours(host) and host.ask("systemctl", "cat", "pigpiod.service")):
        return []
    if there and path.read_text(encoding="utf-8", errors="replace") == data.pigpiod_drop_in(host.prefix, heaters):
        return []
    text = "pigpiod's drop-in is not that of this version and of the heaters in config.py: they may stay on when pigpiod ends"
    if not there:
        text = "pigpiod has no drop-in: heaters may stay on when it ends"
    return [Finding("fix", "service", text, (INSTALL.format(prefix=host.prefix),))]


def _is_ours(host: Host) -> bool:
    """Return whether pilotage is installed as a service."""
    return _installed(host) is not None and predecessor.find(host) is None and not predecessor.is_foreign(host)


def _watchdog(host: Host, bench: Bench) -> list[Finding]:
    if not firmware.is_pi(host) or not any(output.heats for output in bench.outputs):
        return []
    if host.ask("systemctl", "show", "--property=RuntimeWatchdogUSec", "--value") not in {"0", ""}:
        return [Finding("ok", "watchdog", "the board resets itself when it hangs as a whole")]
    text = "the board's own watchdog is off: nothing ends a machine that hangs as a whole with the heater on"
    lines = (f"sudo install -D -m 644 {data.folder()}/system.conf.d/pilotage-watchdog.conf {WATCHDOG}", "sudo systemctl daemon-reexec")
    return [Finding("note", "watchdog", text, lines)]

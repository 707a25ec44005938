"""The installation as a service, step by step; each says what it did, and can be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from actors.bench.devices import Bench
from actors.errors import RefusedError
from supervisor.exits import EX_CONFIG, EX_NOPERM, EX_OK, EX_UNAVAILABLE
from supervisor.setup import bench_file, data, predecessor
from supervisor.setup.bench_file import CONFIG
from supervisor.setup.doctor import gpio_checks
from supervisor.setup.host import Host
from supervisor.setup.predecessor import UNIT, Predecessor

SYSUSERS: Final = "/etc/sysusers.d/pilotage.conf"
PAGE: Final = "pilotage-web.service"
PAGE_UNIT: Final = f"/etc/systemd/system/{PAGE}"
COORDINATOR: Final = "leco-coordinator.service"
COORDINATOR_UNIT: Final = f"/etc/systemd/system/{COORDINATOR}"
DROP_INS: Final = "/etc/systemd/system/pilotage.service.d"
PIGPIOD: Final = "/etc/systemd/system/pigpiod.service.d/pilotage.conf"
COMMAND: Final = "/usr/local/bin/pilotage"
MANUAL: Final = "/usr/local/share/man/man1/pilotage.1"
COMPLETION: Final = "/usr/local/share/bash-completion/completions/pilotage"
CATALOG: Final = "/usr/local/lib/systemd/catalog/pilotage.catalog"
RESTART_STEPS_SINCE: Final = 254
"""The version of systemd that knows RestartSteps=."""
_HIDDEN: Final = ("/home", "/root", "/run", "/tmp", "/var/tmp")  # noqa: S108 - where the service must not run from
"""What ProtectHome= and PrivateTmp= keep from the service."""


def refusal(host: Host) -> tuple[int, str] | None:
    """Return why nothing can be changed here, with an exit code, or None."""
    if not host.path("/run/systemd/system").is_dir():
        return EX_UNAVAILABLE, "this machine does not run systemd"
    if not host.dry and not host.is_root():
        return EX_NOPERM, f"this changes the system: sudo {host.prefix}/bin/pilotage install-service (or --dry-run)"
    return None


def misplaced(host: Host) -> tuple[int, str] | None:
    """Return why this program cannot become a service from where it is, with an exit code, or None."""
    hidden = next((place for place in _HIDDEN if host.prefix.is_relative_to(place)), None)
    if hidden is not None:
        steps = "sudo python3 -m venv /opt/pilotage && sudo /opt/pilotage/bin/pip install 'PLACE_OF_THE_SOURCE[tui,web]'"
        return EX_UNAVAILABLE, f"the program is in {host.prefix}, and a service is shut out of {hidden}; install it elsewhere: {steps}"
    if not (host.prefix / "bin/pilotage").exists():
        return EX_UNAVAILABLE, f"there is no {host.prefix}/bin/pilotage: install pilotage into a virtual environment first"
    if predecessor.is_foreign(host):
        return EX_UNAVAILABLE, f"{UNIT} is neither pilotage's nor its predecessor's; move it away first"
    return None


def install(host: Host, given: Path | None, texts: Mapping[str, str], *, start: bool) -> tuple[int, Bench | None]:
    """Install and start the service. Return an exit code, and the bench when there is a good one.

    `texts` is what explains the program to a person or a shell: the contents of MANUAL and of COMPLETION.
    """
    before = predecessor.find(host)
    file = bench_file.choose(host, given, before)
    host.say(file.origin)
    for warning in file.warnings:
        host.say(f"warning: {warning}")
    if file.bench is None:
        for problem in file.problems:
            host.say(str(problem))
        host.say("nothing was changed: correct that first, then try again")
        return EX_CONFIG, None
    if before is not None and before.config is None and file.source != host.path(CONFIG) and given is None:
        host.say(f"{before.main} has no config.py beside it: name the bench's file with --config")
        return EX_CONFIG, None
    if not host.packaged:
        host.write(SYSUSERS, data.text("pilotage.sysusers.conf", host.prefix))
    host.call("systemd-sysusers", Path(SYSUSERS).name if host.packaged else SYSUSERS)
    bench_file.put(host, file)
    if before is not None:
        _retire(host, before)
    if host.packaged:
        _clear(host)
    else:
        _put_files(host, texts)
    _put_drop_ins(host, file.bench)
    return _start(host, start=start), file.bench


def _put_files(host: Host, texts: Mapping[str, str]) -> None:
    """Put in place what a package for Debian has in places of its own."""
    host.write(UNIT, data.text("pilotage.service", host.prefix))
    host.write(PAGE_UNIT, data.text(PAGE, host.prefix))
    if host.prefix / "bin/pilotage" != Path(COMMAND):
        host.link(COMMAND, host.prefix / "bin/pilotage")
    for name, text in texts.items():
        host.write(name, text)
    if host.write(CATALOG, data.text("pilotage.catalog", host.prefix)):
        host.call("journalctl", "--update-catalog")


def _clear(host: Host) -> list[str]:
    """Remove what `_put_files` put in place, and return its names: it would stand before what a package brings."""
    removed = [name for name in (UNIT, PAGE_UNIT, COORDINATOR_UNIT, SYSUSERS, MANUAL, COMPLETION, CATALOG) if host.remove(name)]
    command = host.path(COMMAND)
    if command.is_symlink() and command.readlink() == host.prefix / "bin/pilotage":
        removed.append(COMMAND)
        host.remove(COMMAND)
    if CATALOG in removed:
        host.call("journalctl", "--update-catalog")
    return removed


def _retire(host: Host, before: Predecessor) -> None:
    """Stop the predecessor, switch the outputs off that it leaves as they were, and keep its unit beside ours."""
    host.say(f"found        {before.unit}, which runs {before.main}")
    host.call("systemctl", "stop", "pilotage.service")
    if not host.call(str(host.prefix / "bin/pilotage"), "safe", "--config", CONFIG, "--reason", "install-service"):
        host.say("WARNING      the outputs could not be switched off: look at the heater NOW")
    host.rename(before.unit, f"{before.unit}.bak")


def _put_drop_ins(host: Host, bench: Bench) -> None:
    wanted = {
        "kernel.conf": _backend(host, bench) == "kernel",
        "restart-steps.conf": host.systemd_version() >= RESTART_STEPS_SINCE,
    }
    for name, applies in wanted.items():
        if applies:
            host.write(f"{DROP_INS}/{name}", data.text(f"pilotage.service.d/{name}", host.prefix))
        else:
            host.remove(f"{DROP_INS}/{name}")
    host.keep_or_write(f"{DROP_INS}/ip-filter.conf", data.text("pilotage.service.d/ip-filter.conf", host.prefix))
    if host.ask("systemctl", "cat", "pigpiod.service"):
        from supervisor.rig.gpio import heater_levels

        host.write(PIGPIOD, data.pigpiod_drop_in(host.prefix, heater_levels(bench)))


def _backend(host: Host, bench: Bench) -> str:
    try:
        return gpio_checks.backend(host, bench)[0]
    except RefusedError:
        return ""


def coordinate(host: Host, *, start: bool) -> int:
    """Install the coordinator of a LECO network as well, reached from this machine alone; return an exit code."""
    if not host.packaged:
        host.write(COORDINATOR_UNIT, data.text(COORDINATOR, host.prefix))
    host.call("systemctl", "daemon-reload")
    if not host.call("systemctl", "enable", COORDINATOR):
        return EX_UNAVAILABLE
    if start and not host.call("systemctl", "restart", COORDINATOR):
        host.say("see why: journalctl -u leco-coordinator -n 50")
        return EX_UNAVAILABLE
    host.say("the network: LECO = {'host': '127.0.0.1', 'name': 'bench1'} in config.py; for other computers: docs/use/leco.md")
    return EX_OK


def _start(host: Host, *, start: bool) -> int:
    host.call("systemctl", "daemon-reload")
    if not host.call("systemctl", "enable", "pilotage.service"):
        return EX_UNAVAILABLE
    if not start:
        host.say("not started: sudo systemctl start pilotage")
        return EX_OK
    if host.call("systemctl", "restart", "pilotage.service"):
        if not (host.call("systemctl", "enable", PAGE) and host.call("systemctl", "restart", PAGE)):
            host.say(f"the bench runs without history and page; see why: journalctl -u {PAGE} -n 50")
        return EX_OK
    host.say("see why: journalctl -u pilotage -n 50")
    return EX_UNAVAILABLE


def uninstall(host: Host) -> int:
    """Stop the service, which makes the outputs safe, and remove what `install` put in place; the bench's file and the user stay."""
    if predecessor.find(host) is not None or predecessor.is_foreign(host):
        host.say(f"{UNIT} is not pilotage's: nothing was changed")
        return EX_UNAVAILABLE
    if host.path(COORDINATOR_UNIT).is_file() or host.packaged:
        host.call("systemctl", "disable", "--now", COORDINATOR)
    host.call("systemctl", "disable", "--now", PAGE)
    host.call("systemctl", "disable", "--now", "pilotage.service")
    drop_ins = [PIGPIOD, *(f"{DROP_INS}/{name}" for name in ("kernel.conf", "restart-steps.conf", "ip-filter.conf"))]
    removed = _clear(host) + [name for name in drop_ins if host.remove(name)]
    if not removed:
        host.say("nothing was installed")
    host.call("systemctl", "daemon-reload")
    host.say(f"kept         {CONFIG}, /var/lib/pilotage, /var/lib/pilotage-web and their users")
    if host.path(f"{UNIT}.bak").is_file():
        host.say(f"the predecessor's unit: sudo mv {UNIT}.bak {UNIT} && sudo systemctl daemon-reload")
    return EX_OK

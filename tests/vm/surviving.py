"""A power cut, a boot, the lines of the documents, and the removal."""

from __future__ import annotations

import re
import time

from tests.project.sources import ROOT
from tests.vm.machine import Vm, until
from tests.vm.report import Report
from tests.vm.running import heat, heater, serving, state

FOLLOWS = re.compile(r"\s(-f|--follow)\b")
ADDRESS = re.compile(r"(?<=CLIENT=)[0-9.]+")
CLIENT = "10.0.2.2"
"""What the guest sees of a client on its host."""


def journal_lines() -> list[str]:
    """Return every journalctl line of the documents that stands there to be typed."""
    found: dict[str, None] = {}
    for document in sorted((ROOT / "docs").rglob("*.md")):
        fenced = False
        for line in document.read_text(encoding="utf-8").splitlines():
            fenced ^= line.startswith("```")
            command = line.partition(" #")[0].strip().removeprefix("$ ").removeprefix("sudo ")
            if command.startswith("journalctl ") and (fenced or line.startswith("    ")):
                found[command] = None
    return list(found)


def documented(vm: Vm, report: Report) -> None:
    """Run every journalctl line of the documents, when what they look for has happened."""
    vm("unplug", "0x48")
    until(lambda: state(vm, "t_resistance") == "absent", 30)
    vm("plug", "0x48")
    until(lambda: serving(vm), 60)
    heat(vm, report)
    lines = journal_lines()
    report.check(f"the documents have journalctl lines ({len(lines)})", lines)
    for line in lines:
        command = FOLLOWS.sub("", ADDRESS.sub(CLIENT, line)).replace("journalctl", "journalctl --no-pager", 1)
        code, text = vm.attempt(f"{command} | tail -n 40")
        report.check(line, code == 0 and text and "-- No entries --" not in text, text)
    code, text = vm.attempt("journalctl -u pilotage --no-pager -x EVENT=sensor_absent | tail -n 30")
    report.check("journalctl -x explains an absent sensor", code == 0 and "\u2591\u2591" in text, text)


def power_cut(vm: Vm, report: Report) -> None:
    """Pull the plug with the heater on, and boot."""
    heat(vm, report)
    vm.shell("journalctl --sync; sync")
    vm("powercut")
    began = time.monotonic()
    vm("up", "--keep")
    report.note(f"up again after {time.monotonic() - began:.0f} s")
    report.check(
        "after a power cut the service starts by itself", until(lambda: vm.show("ActiveState") == "active", 120), vm.show("ActiveState")
    )
    report.check("with values", until(lambda: serving(vm), 90))
    report.check("and the heater off", heater(vm) == 0, heater(vm))
    before = vm.shell("journalctl -u pilotage -b -1 --no-pager -o cat | tail -n 3")
    report.check("the journal of before the cut is kept", before, before)
    code, text = vm.attempt("systemctl list-units --failed --no-legend")
    report.check("no unit failed", code == 0 and not text, text)


def uninstall(vm: Vm, report: Report) -> None:
    """Remove the service."""
    heat(vm, report)
    code, text = vm.attempt("/opt/pilotage/bin/pilotage install-service --uninstall")
    for line in text.splitlines():
        report.note(line)
    report.check("install-service --uninstall succeeds", code == 0)
    report.check("the heater is off", heater(vm) == 0, heater(vm))
    code, text = vm.attempt(
        "ls /etc/systemd/system/pilotage.service /etc/systemd/system/pilotage.service.d /usr/local/bin/pilotage; systemctl cat pilotage"
    )
    report.check("nothing of it is left", code != 0 and "[Unit]" not in text, text)
    report.check("but the bench's file", vm.attempt("test -f /etc/pilotage/config.py")[0] == 0)

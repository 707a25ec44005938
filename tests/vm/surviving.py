"""A power cut, a boot, the lines of the documents, and the removal."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.project.sources import ROOT
from tests.vm.machine import Vm, until
from tests.vm.report import Report
from tests.vm.running import heat, heater, serving

FOLLOWS = re.compile(r"\s(-f|--follow)\b")


def journal_lines() -> list[str]:
    """Return every journalctl line of the documents that a person can type as it stands."""
    found: dict[str, None] = {}
    for document in sorted((ROOT / "docs").rglob("*.md")):
        for block in re.findall(r"```sh\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL):
            for line in block.splitlines():
                command = line.partition(" #")[0].strip().removeprefix("sudo ")
                if command.startswith("journalctl"):
                    found[command] = None
    return list(found)


def documented(vm: Vm, report: Report) -> None:
    """Run every journalctl line of the documents."""
    lines = journal_lines()
    report.check(f"the documents have journalctl lines ({len(lines)})", lines)
    for line in lines:
        command = FOLLOWS.sub("", line).replace("journalctl", "journalctl --no-pager", 1)
        code, text = vm.attempt(command)
        report.check(line, code == 0 and text and "-- No entries --" not in text, text[-200:])
    catalog = vm.shell("journalctl -u pilotage -x --no-pager -p warning")
    report.check("journalctl -x explains what it shows", "-- " in catalog and "pilotage" in catalog, catalog[-300:])


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


def scratch(path: Path) -> str:
    """Return the last lines of a file, for a report of what went wrong."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-20:]) if path.exists() else ""

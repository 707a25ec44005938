"""A power cut, a boot, the lines of the documents, and the removal."""

import json
import re
import time

from actors.core.events import VOCABULARY
from tests.project.sources import ROOT
from tests.vm.machine import Vm, until
from tests.vm.report import Report
from tests.vm.running import heat, heater, serving, state

FOLLOWS = re.compile(r"\s(-f|--follow)\b")
ADDRESS = re.compile(r"(?<=CLIENT=)[0-9.]+")
WARNING = 4
EXPLAINED = {name for name, entry in VOCABULARY.items() if entry.message_ids}
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


def happened(vm: Vm, report: Report) -> None:
    """Have something happen to t_resistance, and a client drive the heater."""
    vm("unplug", "0x48")
    until(lambda: state(vm, "t_resistance") == "absent", 30)
    vm("plug", "0x48")
    until(lambda: serving(vm), 60)
    heat(vm, report)


def searched(vm: Vm, report: Report) -> None:
    """Search the journal by its fields, as an administrator does, and look at what is found."""
    happened(vm, report)
    journal = "journalctl --no-pager -u pilotage"
    rows = [json.loads(row) for row in vm.shell(f"{journal} ACTOR=t_resistance -o json").splitlines()]
    report.check("ACTOR= finds that sensor alone", rows and {row["ACTOR"] for row in rows} == {"t_resistance"}, len(rows))
    (row, *_) = reversed([json.loads(row) for row in vm.shell(f"{journal} EVENT=child_restarted -o json").splitlines()])
    wanted = {"ACTOR", "EVENT", "CHILD", "GENERATION", "ADDRESS", "MESSAGE", "MESSAGE_ID", "PRIORITY"}
    report.check("EVENT=child_restarted -o json has every fact in a field", wanted <= row.keys(), sorted(row))
    report.check("its message is a sentence", row["MESSAGE"] == f"{row['ACTOR']} was restarted and is running again", row["MESSAGE"])
    grave = [json.loads(row) for row in vm.shell(f"{journal} -p warning -o json").splitlines()]
    report.check("-p warning shows nothing less", grave and all(int(row["PRIORITY"]) <= WARNING for row in grave), len(grave))
    absent = [json.loads(row) for row in vm.shell(f"{journal} EVENT=sensor_absent -o json").splitlines()]
    report.check("an absent sensor has address, code and errno", {"ADDRESS", "ERROR_CODE", "ERRNO"} <= absent[-1].keys(), absent[-1])
    driven = [json.loads(row) for row in vm.shell(f"{journal} EVENT=set_point -o json").splitlines()]
    report.check("a set-point has pin, value, units, client", {"PIN", "VALUE", "UNITS", "CLIENT"} <= driven[-1].keys(), driven[-1])
    events = set(vm.shell("journalctl --no-pager -F EVENT").split())
    report.check(f"-F EVENT lists events of the vocabulary, {len(events)} so far", events and events <= set(VOCABULARY), events)
    explained = vm.shell(f"{journal} -x")
    for event in sorted(events & EXPLAINED):
        text = vm.shell(f"{journal} -x -n 1 EVENT={event}")
        report.check(f"-x explains {event}", "Defined-By: pilotage" in text and "Subject:" in text, text)
    report.check("without an unfilled place", "@ACTOR@" not in explained and "@REASON@" not in explained)


def documented(vm: Vm, report: Report) -> None:
    """Run every journalctl line of the documents, when what they look for has happened."""
    happened(vm, report)
    lines = journal_lines()
    report.check(f"the documents have journalctl lines ({len(lines)})", lines)
    for line in lines:
        command = FOLLOWS.sub("", ADDRESS.sub(CLIENT, line)).replace("journalctl", "journalctl --no-pager", 1)
        code, text = vm.attempt(f"{command} | tail -n 40")
        report.check(line, code == 0 and text and "-- No entries --" not in text, text)


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

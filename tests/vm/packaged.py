"""The package for Debian: over a predecessor, upgraded with the heater on, removed, purged."""

from __future__ import annotations

import subprocess
import sys

from tests.project.sources import ROOT
from tests.vm.installing import HEATER, OLD_UNIT, predecessor
from tests.vm.machine import Vm, until
from tests.vm.report import Report

UNIT = "/usr/lib/systemd/system/pilotage.service"


def install(vm: Vm, report: Report) -> None:
    """Install it where the predecessor heats, beside an environment that was made by hand."""
    vm.shell("rm -rf /etc/pilotage /var/lib/pilotage /etc/systemd/system/pilotage.service.bak")
    vm.emulator("restart")
    predecessor(vm, report)
    _push(vm, 1)
    code, text = vm.attempt("dpkg -i /root/pilotage_*u1_*.deb")
    for line in text.splitlines():
        report.note(line)
    report.check("the package installs", code == 0)
    report.check("the predecessor's unit is kept", vm.shell("cat /etc/systemd/system/pilotage.service.bak") == OLD_UNIT.strip())
    report.check("its bench is taken over", "(imported)" in vm.shell("cat /etc/pilotage/config.py"))
    report.check("the heater is off", until(lambda: vm.emulator(f"pin {HEATER}")["level"] == 0, 20))
    report.check("the package's unit is the one that runs", vm.show("FragmentPath") in {UNIT, UNIT.removeprefix("/usr")})
    report.check("it is enabled and active", (vm.shell("systemctl is-enabled pilotage"), vm.show("ActiveState")) == ("enabled", "active"))
    report.check(
        "pilotage is in the PATH, with its manual", vm.attempt("pilotage version && test -f /usr/share/man/man1/pilotage.1.gz")[0] == 0
    )
    report.check("all sensors are served", until(lambda: "6 of 6" in vm.show("StatusText"), 90), vm.show("StatusText"))
    code, text = vm.attempt("pilotage doctor")
    report.check("the doctor has nothing to mend", code == 0, text)


def upgrade(vm: Vm, report: Report) -> None:
    """Upgrade it while a client heats: the bench stays, the heater is safe before anything is replaced, the service is back."""
    vm.shell("sed -i 's/(imported)/(mine)/' /etc/pilotage/config.py && systemctl reload pilotage")
    with vm.client() as client:
        report.check("the heater is on", until(lambda: client.set(f"GPIO{HEATER}", 128) == 128, 30))
    _push(vm, 2)
    mark = vm.mark()
    code, text = vm.attempt("dpkg -i /root/pilotage_*u2_*.deb")
    report.check("the upgrade succeeds", code == 0, text)
    report.check("without a question or a copy of the bench's file", vm.shell("ls /etc/pilotage") == "config.py")
    report.check("the bench is that of before", "(mine)" in vm.shell("cat /etc/pilotage/config.py"))
    report.check("the daemon ended in good order", [record["EXIT_CODE"] for record in vm.journal(mark, "daemon_stopped")] == ["0"])
    report.check("the heater is off", vm.emulator(f"pin {HEATER}")["level"] == 0)
    report.check("the service is back", until(lambda: "6 of 6" in vm.show("StatusText"), 90), vm.show("StatusText"))
    vm.shell("systemctl disable --now pilotage")
    code, text = vm.attempt("dpkg -i /root/pilotage_*u2_*.deb")
    report.check("a service that was disabled stays so", (code, vm.show("ActiveState")) == (0, "inactive"), text)
    vm.shell("systemctl enable --now pilotage")


def remove(vm: Vm, report: Report) -> None:
    """Remove it with the heater on, then purge what is left."""
    with vm.client() as client:
        report.check("the heater is on", until(lambda: client.set(f"GPIO{HEATER}", 128) == 128, 60))
    code, text = vm.attempt("dpkg -r pilotage")
    report.check("it is removed", code == 0, text)
    report.check("the heater is off", vm.emulator(f"pin {HEATER}")["level"] == 0)
    report.check("nothing of the program is left", vm.attempt("ls /opt/pilotage /usr/bin/pilotage")[0] != 0, vm.attempt("find /opt")[1])
    report.check("the bench's file is", "(mine)" in vm.shell("cat /etc/pilotage/config.py"))
    code, text = vm.attempt("dpkg -P pilotage")
    report.check("it is purged, and says what it kept", code == 0 and "kept what you made" in text, text)
    report.check("the bench's file was made by a person, and stays", "(mine)" in vm.shell("cat /etc/pilotage/config.py"))
    report.check("its state does not", vm.attempt("ls /var/lib/pilotage")[0] != 0)


def _push(vm: Vm, revision: int) -> None:
    command = [sys.executable, str(ROOT / "debian" / "build.py"), "--release", "bookworm", "--arch", "amd64", "--revision", str(revision)]
    subprocess.run(command, check=True, capture_output=True)
    (package,) = (ROOT / "dist").glob(f"pilotage_*u{revision}_amd64.deb")
    vm("push", str(package), f"/root/{package.name}")

"""From a machine with the predecessor on it to a running service."""

from tests.project.sources import ROOT
from tests.vm.machine import Vm, until
from tests.vm.report import Report

HEATER, FAN = 23, 18
BENCH = "/home/admin/bench"
OLD_UNIT = f"""[Unit]
Description=Thermal control ZeroMQ Server
After=network.target pigpiod.service

[Service]
ExecStart=/usr/bin/python3 {BENCH}/main.py
WorkingDirectory={BENCH}
Restart=always

[Install]
WantedBy=multi-user.target
"""
OLD_MAIN = """import socket, struct, time
pigpiod = socket.create_connection(("127.0.0.1", 8888))
for command in (0, 23, 1), (4, 23, 1):
    pigpiod.sendall(struct.pack("<IIII", *command, 0))
    pigpiod.recv(16)
time.sleep(1e6)
"""
"""A predecessor that drives the heater full on and leaves it so, whatever becomes of it."""


def predecessor(vm: Vm, report: Report) -> None:
    """Have the predecessor run, with the heater on."""
    vm.put(f"{BENCH}/main.py", OLD_MAIN)
    vm.put(
        f"{BENCH}/config.py",
        (ROOT / "config.py").read_text(encoding="utf-8").replace("Température d'entrée", "Température d'entrée (imported)"),
    )
    vm.put("/etc/systemd/system/pilotage.service", OLD_UNIT)
    vm.shell("systemctl daemon-reload; systemctl enable --now pilotage")
    report.check(
        "the predecessor drives the heater", until(lambda: vm.emulator(f"pin {HEATER}")["level"] == 1, 20), vm.emulator(f"pin {HEATER}")
    )


def dry_run(vm: Vm, report: Report) -> None:
    """Say what would be done, and do nothing."""
    before = vm.shell("find /etc /usr/local -newer /etc/hostname -type f | sort | xargs md5sum")
    code, text = vm.attempt("/opt/pilotage/bin/pilotage install-service --dry-run")
    report.check("install-service --dry-run says what it would do", code == 0 and "would write  /etc/pilotage/config.py" in text, text)
    after = vm.shell("find /etc /usr/local -newer /etc/hostname -type f | sort | xargs md5sum")
    report.check("and changes nothing", before == after)
    report.check("the predecessor still runs", vm.show("ActiveState") == "active")


def install(vm: Vm, report: Report) -> None:
    """Install over the predecessor."""
    code, text = vm.attempt("/opt/pilotage/bin/pilotage install-service")
    for line in text.splitlines():
        report.note(line)
    report.check("install-service succeeds", code == 0)
    report.check("the predecessor's unit is kept", vm.shell("cat /etc/systemd/system/pilotage.service.bak") == OLD_UNIT.strip())
    report.check("its bench is taken over", "(imported)" in vm.shell("cat /etc/pilotage/config.py"))
    report.check("which is root's", vm.shell("stat -c '%U %a' /etc/pilotage/config.py") == "root 644")
    report.check("the heater is off", until(lambda: vm.emulator(f"pin {HEATER}")["level"] == 0, 20), vm.emulator(f"pin {HEATER}"))
    report.check("the service is enabled", vm.shell("systemctl is-enabled pilotage") == "enabled")
    report.check("and active (READY came)", vm.show("ActiveState") == "active", vm.show("ActiveState"))
    report.check("it runs as its own user", vm.shell(f"ps -o user= -p {vm.show('MainPID')}") == "pilotage")
    status = until(lambda: "6 of 6" in vm.show("StatusText") and vm.show("StatusText"), 60)
    report.check(f"systemctl status says: {status}", status, vm.show("StatusText"))
    code, text = vm.attempt("pilotage install-service")
    report.check("a second time changes nothing", code == 0 and "wrote" not in text, text)


def sandbox(vm: Vm, report: Report) -> None:
    """Ask systemd and the kernel what the service may do."""
    code, text = vm.attempt("systemd-analyze verify --man=no /etc/systemd/system/pilotage.service")
    report.check("systemd-analyze verify is silent", (code, text) == (0, ""), text)
    code, text = vm.attempt("systemd-analyze security --no-pager --threshold=20 pilotage.service")
    report.check(f"exposure: {text.splitlines()[-1].strip()}", code == 0, text[-300:])
    pid = vm.show("MainPID")
    report.check("no capability", "CapEff:\t0000000000000000" in vm.shell(f"cat /proc/{pid}/status"))
    limits = vm.shell(f"cat /proc/{pid}/limits")
    report.check("data and stack are limited", "268435456" in limits and "1048576" in limits, limits)
    line = f"nsenter -t {pid} -m sh -c 'touch /etc/x || touch /sys/x || touch /opt/pilotage/x || ls /home/admin'"
    code, text = vm.attempt(line)
    report.check("it sees a read-only system and no homes", code != 0, text)


def doctor(vm: Vm, report: Report) -> None:
    """Have every sensor and output examined."""
    code, text = vm.attempt("pilotage doctor")
    report.check(
        "the doctor finds six sensors and two outputs well", "6 of 6 sensors and 2 of 2 outputs are well; nothing to fix" in text, text
    )
    report.check("and nothing to mend", code == 0, text)

"""`make check-vm`: the whole on a test machine with a real systemd, journald and I2C bus. A quarter of an hour; no part of the daily check.

    python tests/vm/check_vm.py [NAME...]     NAME: only the groups whose titles contain it, after the installation

PILOTAGE_VM in the environment names the machine's command, VM_DIR its folder. Exit code 0: all well, or skipped where there is
no machine; 1: not well; 2: PILOTAGE_VM is no program.
"""

import signal
import sys
from collections.abc import Callable
from pathlib import Path

if __package__ in {None, ""}:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.vm import (
    command_line,
    faults,
    installing,
    kernel_gpio,
    kernel_sensors,
    kernel_service,
    packaged,
    running,
    service,
    surviving,
    told,
)
from tests.vm.machine import NoMachineError, Vm, tool
from tests.vm.report import Report

Step = Callable[[Vm, Report], None]
FIRST: dict[str, tuple[Step, ...]] = {
    "installation over the predecessor": (installing.predecessor, installing.dry_run, installing.install),
}
GROUPS: dict[str, tuple[Step, ...]] = {
    "unit and sandbox": (installing.sandbox,),
    "doctor": (installing.doctor,),
    "values from the kernel's bus": (running.values,),
    "command line": (command_line.commands,),
    "what systemd is told": (service.told, service.dumped),
    "reload": (running.reload_good, running.reload_bad),
    "sensor unplugged": (faults.sensor_unplugged,),
    "chip hangs": (faults.chip_hangs,),
    "chip sends garbage": (faults.chip_garbled,),
    "bus stuck": (faults.bus_stuck,),
    "adapter gone and back": (faults.adapter_unplugged, faults.kernel_takes_it),
    "kernel sensors": (kernel_sensors.bound_and_unbound,),
    "ON_EVENT": (told.told,),
    "kill -9": (running.killed,),
    "hung gateway": (service.gateway_hung, service.watchdog_ends_it),
    "frozen daemon": (service.frozen,),
    "stop": (service.stopped,),
    "pigpiod": (running.pigpiod_lost,),
    "kernel back end": (kernel_gpio.install, kernel_gpio.dying, kernel_gpio.both, kernel_gpio.pwm, kernel_gpio.refused),
    "service on the kernel back end": (
        kernel_service.change_over,
        kernel_service.disturbed,
        kernel_service.change_back,
    ),
    "journal": (surviving.searched, surviving.documented),
    "power cut": (surviving.power_cut,),
    "uninstallation": (surviving.uninstall,),
    "package for Debian": (packaged.install, packaged.upgrade, packaged.remove),
}
NO_MACHINE = 2
SKIPPED = "check-vm: skipped, nothing was checked: there is no test machine; PILOTAGE_VM=/path/to/vm names its command (CONTRIBUTING.md)\n"


def carry_out(vm: Vm, report: Report, title: str, steps: tuple[Step, ...]) -> None:
    """Run one group; what it raises is a failed check, and the next group is tried."""
    report.section(title)
    for step in steps:
        try:
            step(vm, report)
        except Exception as error:
            report.check(f"{step.__name__} goes through", False, f"{type(error).__name__}: {error}")


def main() -> int:
    """Run everything, or the groups whose titles contain one of the arguments."""
    report, wanted = Report(), sys.argv[1:]
    try:
        command = tool()
    except NoMachineError as error:
        sys.stderr.write(f"check-vm: {error}\n")
        return NO_MACHINE
    if command is None:
        sys.stdout.write(SKIPPED)
        return 0
    vm = Vm(command)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # then the machine is stopped, too
    report.section("test machine")
    vm.build()
    report.note(vm("up"))
    try:
        vm.install_program()
        vm.install_pigpiod()
        report.check("pilotage and an emulated pigpiod are on it", vm.show("ActiveState", "pigpiod") == "active")
        groups = {title: steps for title, steps in GROUPS.items() if not wanted or any(word in title for word in wanted)}
        for title, steps in FIRST.items():
            carry_out(vm, report, title, steps)
        if vm.show("ActiveState") != "active":
            report.note("the service does not run, so nothing else is tried")
            groups = {}
        for title, steps in groups.items():
            carry_out(vm, report, title, steps)
    finally:
        vm("down")
    return report.summary()


if __name__ == "__main__":
    sys.exit(main())

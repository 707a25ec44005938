"""`make check-vm`: the whole on a test machine with a real systemd, journald and I2C bus. Minutes; no part of the everyday check.

    python tests/vm/check_vm.py [NAME...]     NAME: only these groups of checks, after the installation

The machine's command is VM in the environment (else ../shared/vm/vm), its folder VM_DIR. Exit code 0: all well, or no machine here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

if __package__ in {None, ""}:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.vm import installing, kernel_gpio, kernel_service, running, surviving
from tests.vm.machine import Vm, tool
from tests.vm.report import Report

Step = Callable[[Vm, Report], None]
FIRST: dict[str, tuple[Step, ...]] = {
    "installation over the predecessor": (installing.predecessor, installing.dry_run, installing.install),
}
GROUPS: dict[str, tuple[Step, ...]] = {
    "values from the kernel's bus": (running.values,),
    "sandbox": (installing.sandbox,),
    "doctor": (installing.doctor,),
    "reload": (running.reload_good, running.reload_bad),
    "kill -9": (running.killed,),
    "watchdog": (running.frozen,),
    "sensor": (running.sensor_unplugged,),
    "adapter": (running.adapter_unplugged,),
    "pigpiod": (running.pigpiod_lost,),
    "dump": (running.dumped,),
    "kernel back end": (kernel_gpio.install, kernel_gpio.dying, kernel_gpio.both, kernel_gpio.pwm, kernel_gpio.refused),
    "service on the kernel back end": (
        kernel_service.change_over,
        kernel_service.disturbed,
        kernel_service.change_back,
    ),
    "journalctl lines of the documents": (surviving.documented,),
    "power cut": (surviving.power_cut,),
    "uninstallation": (surviving.uninstall,),
}


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
    report = Report()
    if not tool().is_file():
        report.note(f"SKIPPED: there is no test machine at {tool()}; name its command with VM=/path/to/vm")
        return 0
    wanted = sys.argv[1:]
    vm = Vm()
    report.section("test machine")
    vm.build()
    report.note(vm("up"))
    try:
        vm.install_program()
        vm.install_pigpiod()
        groups = {title: steps for title, steps in GROUPS.items() if not wanted or any(word in title for word in wanted)}
        for title, steps in (FIRST | groups).items():
            carry_out(vm, report, title, steps)
    finally:
        vm("down")
    return report.summary()


if __name__ == "__main__":
    sys.exit(main())

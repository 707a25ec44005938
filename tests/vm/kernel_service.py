"""The service with its outputs on the kernel's GPIO lines: the drop-in, the sandbox, and a heater that goes low with the daemon."""

import json
from functools import partial
from typing import Any

from tests.vm.kernel_gpio import CHIP, HOME, LINE, OFFSET
from tests.vm.machine import Vm, until
from tests.vm.report import Report
from tests.vm.running import CONFIG, serving

DROP_INS = "/etc/systemd/system/pilotage.service.d"
LIBRARIES = "lib/python3.11/site-packages"
CHANGES = f"""

ACTUATORS_CONFIG = [{{**ACTUATORS_CONFIG[1], "pin": {OFFSET}, "pwm_frequency": 10}}]
INTERLOCKS = []
GPIO_BACKEND = "kernel"
"""
"""The heater alone, on a line that this machine has; it has no hardware PWM for a fan."""


def level(vm: Vm) -> int:
    """Return the level of the heater's line, as the USB board sees it."""
    state: dict[str, Any] = json.loads(vm("state"))
    return int(state["gpio_outputs"].get(str(LINE), 0))


def change_over(vm: Vm, report: Report) -> None:
    """Give the service a bench on the kernel back end, and install again."""
    vm.shell(f"cp -r {HOME}/{LIBRARIES}/gpiod* /opt/pilotage/{LIBRARIES}/")
    vm.shell(f"chgrp gpio {CHIP}; chmod 660 {CHIP}; cp {CONFIG} /root/pigpio.py")
    vm.put("/root/changes", CHANGES)
    vm.shell(f"cat /root/changes >>{CONFIG}")
    vm.put(f"{DROP_INS}/chip.conf", f"[Service]\nEnvironment=PILOTAGE_GPIO_CHIP={CHIP}\n")
    code, text = vm.attempt("pilotage install-service")
    report.check("install-service brings the drop-in for the kernel", code == 0 and f"wrote        {DROP_INS}/kernel.conf" in text, text)
    report.check("the service runs on it", until(lambda: "the kernel" in hardware(vm) and serving(vm), 60), hardware(vm))
    code, text = vm.attempt("systemd-analyze security --no-pager --threshold=20 pilotage.service")
    report.check(f"exposure: {text.splitlines()[-1].strip()}", code == 0, text[-300:])
    code, text = vm.attempt("pilotage doctor")
    report.check("the doctor knows it", "GPIO: the kernel is used" in text and "1 of 1 outputs are well" in text, text[-600:])


def again(vm: Vm, before: str) -> bool:
    """Return whether another process than `before` serves all sensors."""
    return vm.show("MainPID") not in {before, "0"} and serving(vm)


def hardware(vm: Vm) -> str:
    """Return what the daemon says of its way to the outputs."""
    with vm.client() as client:
        return str(client.status()["hardware"]["gpio"])


def heat(vm: Vm, report: Report) -> None:
    """Drive the heater full on."""

    def drive() -> bool:
        with vm.client() as client:
            return client.set("resistance", 255) == 255

    report.check("a client drives the heater full on", until(drive, 60) and until(lambda: level(vm) == 1, 10), level(vm))


def disturbed(vm: Vm, report: Report) -> None:
    """Kill the daemon, freeze it, stop it: the line goes low each time."""
    for what, command in (("kill -9", "kill -9 {}"), ("SIGSTOP", "kill -STOP {}")):
        heat(vm, report)
        pid = vm.show("MainPID")
        vm.shell(command.format(pid))
        report.check(f"{what} of the daemon: the line is low", until(lambda: level(vm) == 0, 10, 0.1), level(vm))
        report.check("and it comes back", until(partial(again, vm, pid), 120))
    heat(vm, report)
    vm.shell("systemctl stop pilotage")
    report.check("systemctl stop: the line is low", level(vm) == 0, level(vm))
    report.check("and no process is left", vm.attempt("pgrep -u pilotage")[0] == 1)


def change_back(vm: Vm, report: Report) -> None:
    """Go back to pigpiod."""
    vm.shell(f"cp /root/pigpio.py {CONFIG}; rm {DROP_INS}/chip.conf")
    code, text = vm.attempt("pilotage install-service")
    report.check("back on pigpiod the drop-in is removed", code == 0 and f"removed      {DROP_INS}/kernel.conf" in text, text)
    report.check("with values", until(lambda: serving(vm), 60))

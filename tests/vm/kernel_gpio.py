"""The back end `kernel` on real GPIO chips with the real libgpiod: whoever dies, the line goes low."""

import itertools
import json
import time
from typing import Any

from tests.project.sources import ROOT
from tests.vm.machine import Vm, until
from tests.vm.report import Report

HOME = "/opt/kernel-gpio"
STATE = "/run/kernel-heater"
CHIP, OFFSET, LINE = "/dev/gpiochip1", 7, 23
"""Line 23 of the machine's USB board is line 7 of its second chip."""
BOUND = 2.5
"""Seconds from the death of the daemon, or its standstill, to a low line."""


class Trial:
    """One run of `kernel_heater.py` in the guest, and the line as the USB device sees it."""

    def __init__(self, vm: Vm, frequency: float = 100.0, duty: float = 1.0) -> None:
        self.vm = vm
        vm.shell(f"rm -f {STATE}")
        command = f"exec {HOME}/bin/python {HOME}/heater.py {CHIP} {OFFSET} {frequency} {duty} {STATE}"
        self.parent = int(vm.shell(f"nohup sh -c '{command}' </dev/null >{STATE}.log 2>&1 & echo $!"))
        until(self.state, 60, 0.2)

    def state(self) -> str:
        """Return what the guest's program says of itself."""
        return self.vm.shell(f"cat {STATE}")

    def tripped(self) -> bool:
        """Return whether the lease has tripped."""
        return "tripped=True" in self.state()

    def output(self) -> int:
        """Return the process id of the worker."""
        return int(self.state().split()[0])

    def events(self, since: float) -> list[tuple[float, int]]:
        """Return time and level of what the kernel did to the line since then, by this machine's clock."""
        rows = [json.loads(row) for row in self.vm("trace").splitlines()]
        return [(row["t"], row["value"]) for row in rows if row.get("gpio") == LINE and row["t"] >= since]

    def level(self) -> int:
        """Return the level of the line."""
        state: dict[str, Any] = json.loads(self.vm("state"))
        return int(state["gpio_outputs"].get(str(LINE), 0))

    def low_after(self, line: str) -> float | None:
        """Run a shell line and return after how many seconds the line was low for good; None: not within 10 s."""
        began = time.time()
        self.vm.shell(line)
        if not until(lambda: any(level == 0 for _, level in self.events(began)), 10, 0.2) or self.level():
            return None
        return next(when for when, level in self.events(began) if level == 0) - began

    def end(self) -> None:
        """End it and what it started; the line is low afterwards."""
        self.vm.attempt(f"kill -CONT {self.parent}; kill -9 {self.parent}")
        until(lambda: self.vm.attempt("pgrep -f actors.hardware.kernel.process.main")[0] != 0, 20, 0.2)


def install(vm: Vm, report: Report) -> None:
    """Put libgpiod, the `actors` package and the program into the guest."""
    vm("venv", HOME, "gpiod>=2.2.2,<3", timeout=600)
    vm("push", str(ROOT / "actors"), f"{HOME}/lib/python3.11/site-packages/actors")
    vm("push", str(ROOT / "tests/vm/kernel_heater.py"), f"{HOME}/heater.py")
    version = vm.shell(f"{HOME}/bin/python -c 'import gpiod; print(gpiod.__version__)'")
    report.check(f"gpiod {version} is in the guest", version.startswith("2."), version)


def dying(vm: Vm, report: Report) -> None:
    """Kill and stop the daemon's side and the output process, each with the line at 100 %."""
    cases = {
        "kill -9 of the daemon": "kill -9 {0.parent}",
        "SIGSTOP of the daemon": "kill -STOP {0.parent}",
        "SIGTERM of the worker": "kill -TERM {1}",
        "kill -9 of the worker": "kill -9 {1}",
        "SIGSTOP of the worker": "kill -STOP {1}",
        "kill -9 of the guardian": "kill -9 $(ps -o pgid= -p {1})",
        "kill -9 of worker and guardian": "kill -9 -- -$(ps -o pgid= -p {1} | tr -d ' ')",
        "kill -9 of daemon and worker": "kill -9 {0.parent} {1}",
    }
    for what, line in cases.items():
        trial = Trial(vm)
        report.check(f"before: {trial.state()}", trial.level() == 1, trial.level())
        after = trial.low_after(line.format(trial, trial.output()))
        report.check(f"{what}: low after {after and round(after, 2)} s", after is not None and after <= BOUND, after)
        if "SIGSTOP of the daemon" in what:
            vm.shell(f"kill -CONT {trial.parent}")
            report.check("the lease is tripped, latched", until(trial.tripped, 20), trial.state())
        trial.end()


def both(vm: Vm, report: Report) -> None:
    """Kill daemon, worker and guardian at once: what the kernel does with the line decides; the next start begins low."""
    trial = Trial(vm)
    vm.shell(f"kill -9 {trial.parent} -- -$(ps -o pgid= -p {trial.output()} | tr -d ' ')")
    time.sleep(1.0)
    report.note(f"kill -9 of all three: this kernel leaves the line at {trial.level()}")
    began = time.time()
    again = Trial(vm, duty=0.5, frequency=1.0)
    report.check("the next start drives it low first", [level for _, level in again.events(began)][:1] == [0], again.events(began)[:3])
    again.end()


def pwm(vm: Vm, report: Report) -> None:
    """Slow PWM: the mean duty cycle, although the machine is slow and late."""
    for frequency, duty in ((5.0, 0.5), (20.0, 0.25)):
        trial = Trial(vm, frequency, duty)
        time.sleep(8.0)
        events = trial.events(time.time() - 8.0)
        rises = [when for when, level in events if level]
        inside = [event for event in events if rises[0] <= event[0] <= rises[-1]]
        on = sum(after[0] - before[0] for before, after in itertools.pairwise(inside) if before[1])
        span = rises[-1] - rises[0]
        text = f"{frequency:g} Hz, {duty:.0%}: {on / span:.2%} at {(len(rises) - 1) / span:.2f} Hz over {span:.1f} s"
        report.check(text, abs(on / span - duty) < 0.03, events[:6])  # which end of the window cuts a period is up to chance
        trial.end()


def refused(vm: Vm, report: Report) -> None:
    """A line that another program holds is refused by name."""
    vm.shell(f"gpioset -m signal gpiochip1 {OFFSET}=0 </dev/null >/dev/null 2>&1 & echo $! >{STATE}.other; sleep 0.5")
    trial = Trial(vm)
    report.check(f"a line in use: {trial.state()}", "gpio_busy" in trial.state(), trial.state())
    trial.end()
    vm.shell(f"kill $(cat {STATE}.other)")

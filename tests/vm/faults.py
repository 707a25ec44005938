"""Faults on the kernel's bus while the daemon serves: unplugged, hanging, garbled, the bus stuck, the adapter gone. Nobody restarts it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pilotage.client import ClientError
from tests.vm.machine import Vm, until
from tests.vm.report import Report
from tests.vm.running import LATE, NAMES, heat, heater, serving, state

SLOW = 1.9
"""Seconds within which everything is answered: the daemon's deadline of 1.5 s, and a guest that is ten times slower than its host."""
TEMPERATURES = {"t_resistance": (0x48, 20.0), "t_dissipateur": (0x49, 24.0), "t_entree": (0x4A, 28.0), "t_sortie": (0x4B, 32.0)}
"""°C at each chip during the faults: any other number is another's or nobody's."""


class Slowest:
    """What clients got during a fault: the longest answers in seconds, the errors, and numbers that are no measurement."""

    def __init__(self, faulty: str) -> None:
        self.faulty = faulty
        self.read = self.set = self.off = 0.0
        self.rounds = self.whole = 0
        self.codes: list[str] = []
        self.others: list[str] = []
        self.wrong: list[str] = []
        self.refused: list[str] = []

    def ask(self, vm: Vm) -> None:
        """Read everything once, drive the fan, switch off."""
        with vm.client() as client:
            client.scan()
            began = time.monotonic()
            answers: dict[str, Any] = client.read_many(NAMES)
            self.read = max(self.read, time.monotonic() - began)
            began = time.monotonic()
            try:
                client.set("GPIO18", 100)
            except ClientError as error:  # a guest that stood still refuses what may have grown old meanwhile
                self.refused.append(error.code)
            self.set = max(self.set, time.monotonic() - began)
            began = time.monotonic()
            client.off()
            self.off = max(self.off, time.monotonic() - began)
        for name, answer in answers.items():
            if isinstance(answer, ClientError):
                (self.codes if name == self.faulty else self.others).append(
                    f"{answer.code}" if name == self.faulty else f"{name}: {answer}"
                )
            elif name in TEMPERATURES and answer != TEMPERATURES[name][1]:
                self.wrong.append(f"{name} {answer}")
        self.rounds += 1
        self.whole += sum(isinstance(answer, float) for name, answer in answers.items() if name != self.faulty) == len(NAMES) - 1

    def __str__(self) -> str:
        longest = f"longest answers in {self.rounds} rounds: all six {self.read:.2f} s, set {self.set:.2f} s, off {self.off:.2f} s"
        refused = f", set-points refused: {self.refused}" if self.refused else ""
        return f"{longest}; codes {sorted(set(self.codes))}, {len(self.others)} errors of other sensors{refused}"

    def in_time(self) -> bool:
        """Return whether everybody was answered in time, and next to no set-point refused."""
        return max(self.read, self.set, self.off) < SLOW and len(self.refused) * LATE <= max(self.rounds, LATE)


@contextmanager
def same_process(vm: Vm, report: Report) -> Iterator[None]:
    """Start the daemon anew, then check that it is the same one at the end, whatever happens in between."""
    vm.shell("systemctl restart pilotage")
    for address, degrees in TEMPERATURES.values():
        vm("set-temp", hex(address), str(degrees))
    until(lambda: serving(vm), 60)
    before = vm.show("MainPID"), vm.show("NRestarts")
    yield
    report.check("it is the same process throughout", (vm.show("MainPID"), vm.show("NRestarts")) == before, before)


def watched(vm: Vm, sensor: str, seconds: float) -> Slowest:
    """Ask again and again while a fault lasts."""
    seen, end = Slowest(sensor), time.monotonic() + seconds
    while time.monotonic() < end:
        seen.ask(vm)
    return seen


def judged(report: Report, seen: Slowest) -> None:
    """Check what holds during every fault of one chip."""
    report.note(str(seen))
    report.check("everybody is answered in time", seen.in_time(), seen)
    report.check("the faulty sensor is an ERROR in its place", seen.codes, seen)
    report.check("no number that was not measured", not seen.wrong, seen.wrong)


def sensor_unplugged(vm: Vm, report: Report) -> None:
    """Pull one sensor's cable, and plug it in again."""
    with same_process(vm, report):
        vm("unplug", "0x4b")
        report.check("an unplugged sensor is absent", until(lambda: state(vm, "t_sortie") == "absent", 30), state(vm, "t_sortie"))
        with vm.client() as client:
            found: dict[str, Any] = client.read_many(NAMES)
        report.check(
            "a client gets its reason in its place, the others keep their values",
            [name for name in NAMES if not isinstance(found[name], float)] == ["t_sortie"],
            found,
        )
        judged(report, watched(vm, "t_sortie", 4.0))
        line = until(lambda: "t_sortie" in vm.show("StatusText") and vm.show("StatusText"), 15)
        report.check(f"systemctl status says: {line}", line, vm.show("StatusText"))
        vm("plug", "0x4b")
        report.check("plugged in again it has values", until(lambda: serving(vm), 60))


def chip_hangs(vm: Vm, report: Report) -> None:
    """Let one chip hold its transfers for the two seconds that this kernel's driver allows."""
    with same_process(vm, report):
        heat(vm, report)
        mark = vm.mark()
        vm("fault", "0x4a", "hang")
        lost = until(lambda: state(vm, "t_entree") not in {"running", "degraded"} and state(vm, "t_entree"), 30)
        report.check(f"a chip that hangs is lost: {lost}", lost)
        seen = watched(vm, "t_entree", 30.0)
        judged(report, seen)
        report.check(f"the others have values meanwhile, in {seen.whole} of {seen.rounds} rounds", seen.whole, seen.others[-5:])
        vm("fault", "0x4a", "none")
        report.check("when it does not hang any more it has values", until(lambda: serving(vm), 90))
    records = vm.journal(mark, "child_hung", "child_lost", "sensor_absent")
    report.check("the journal says who hung", any(record["ACTOR"] == "t_entree" for record in records), records)


def chip_garbled(vm: Vm, report: Report) -> None:
    """Let one chip answer random bytes."""
    with same_process(vm, report):
        mark = vm.mark()
        vm("fault", "0x49", "garbage")
        lost = until(lambda: state(vm, "t_dissipateur") not in {"running", "degraded"} and state(vm, "t_dissipateur"), 60)
        report.check(f"a chip that sends garbage is lost: {lost}", lost)
        seen = watched(vm, "t_dissipateur", 8.0)
        judged(report, seen)
        report.check("the others keep their values", len(seen.others) * LATE <= seen.rounds * len(NAMES), seen.others[:3])
        vm("fault", "0x49", "none")
        report.check("when it talks sense again it has values", until(lambda: serving(vm), 90))
    records = vm.journal(mark, "child_lost", "sensor_degraded", "child_failed", "sensor_absent")
    report.check(f"the journal takes it in {len(records)} lines", 0 < len(records) < 30, len(records))


def bus_stuck(vm: Vm, report: Report) -> None:
    """Let every transfer of the bus hang."""
    with same_process(vm, report):
        heat(vm, report)
        mark = vm.mark()
        vm("fault", "bus", "hang")
        stuck = until(lambda: vm.journal(mark, "bus_stuck"), 60)
        report.check("a stuck bus is one record, not six", stuck and len(stuck) == 1, stuck)
        seen = watched(vm, "t_resistance", 8.0)
        report.note(str(seen))
        report.check("everybody is answered in time", seen.in_time(), seen)
        with vm.client() as client:
            found: dict[str, Any] = client.read_many(NAMES)
        report.check("every sensor is an ERROR", all(isinstance(found[name], ClientError) for name in NAMES), found)
        report.check("the heater can be switched off", heater(vm) == 0, heater(vm))
        vm("fault", "bus", "none")
        report.check("all six come back with it", until(lambda: serving(vm), 90))
    report.check("with one record", len(vm.journal(mark, "bus_recovered")) == 1, vm.journal(mark, "bus_recovered"))


def adapter_unplugged(vm: Vm, report: Report) -> None:
    """Take the whole adapter away, and bring it back."""
    with same_process(vm, report):
        mark = vm.mark()
        vm("bus", "unplug")
        report.check("an adapter that is gone is told", until(lambda: vm.journal(mark, "bus_lost"), 30))
        told = [record["ERROR_CODE"] for record in vm.journal(mark, "bus_lost", "bus_stuck")]
        report.check(f"once for each cause, not six times: {told}", len(set(told)) == len(told), told)
        with vm.client() as client:
            report.check("the outputs go on meanwhile", client.set("ventilateur", 100) == 100)
        vm("bus", "plug")
        report.check("all six come back with it", until(lambda: serving(vm), 90))


def kernel_takes_it(vm: Vm, report: Report) -> None:
    """Start the daemon while a driver of the kernel has a chip's address, then give it back."""
    devices = "/sys/bus/i2c/devices/i2c-1"
    vm.shell(f"systemctl stop pilotage; echo tmp102 0x4a >{devices}/new_device; systemctl start pilotage")
    refused = until(lambda: error(vm, "t_entree") == "kernel_owned", 60)
    report.check("an address that a kernel driver owns is refused by name", refused, error(vm, "t_entree"))
    vm.shell(f"echo 0x4a >{devices}/delete_device")
    with vm.client() as client:
        client.retry("t_entree")
    report.check("given back it has values", until(lambda: serving(vm), 90))


def error(vm: Vm, name: str) -> str:
    """Return the code that a client gets for a sensor; empty when it gets a value."""
    with vm.client() as client:
        answer = client.read_many([name])[name]
    return answer.code if isinstance(answer, ClientError) else ""

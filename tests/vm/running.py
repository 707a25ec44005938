"""The running service: values from the kernel's bus, outputs, reload, and every way to disturb it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from pilotage.client import ClientError
from tests.vm.installing import FAN, HEATER
from tests.vm.machine import Vm, until
from tests.vm.report import Report

CONFIG = "/etc/pilotage/config.py"
BOUND = 5.0
"""Seconds from the death of the daemon to a heater that is off: 2.5, in a guest that is ten times slower than its host."""
NAMES = ("rh_sortie", "t_resistance", "t_dissipateur", "t_entree", "t_sortie", "T_emc")


def heater(vm: Vm) -> float:
    """Return the duty cycle that the heater's pin really has."""
    return float(vm.emulator(f"pin {HEATER}")["duty"])


def serving(vm: Vm) -> bool:
    """Return whether all six sensors have values."""
    with vm.client() as client:
        return all(isinstance(value, float) for value in client.read_many(NAMES).values())


def state(vm: Vm, child: str) -> str:
    """Return the state of a child."""
    with vm.client() as client:
        return str(client.status()["children"][child]["state"])


def heat(vm: Vm, report: Report, value: float = 64.0) -> None:
    """Have a client drive the heater."""

    def drive() -> bool:
        with vm.client() as client:
            for name, interlock in client.status()["interlocks"].items():
                if interlock["state"] == "tripped":
                    client.reset(name)
            return client.set("resistance", value) == value

    driven = until(drive, 60)
    report.check(f"a client drives the heater to {value:g}", driven and abs(heater(vm) - value / 255) < 0.01, f"{driven}, {heater(vm)}")


LATE = 50
"""One answer in as many may miss its deadline: the guest is slow, and its host may be busy."""
PAUSE = 0.25
"""Seconds between a client's requests: one that asks without a pause takes the slow guest's time from the very bus it reads."""


class Reader:
    """A client that reads all sensors again and again; `errors` are what it got that is no value, `late` what came too late."""

    def __init__(self, vm: Vm) -> None:
        self.count = 0
        self.errors: list[str] = []
        self.late: list[str] = []
        self._vm = vm
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def _read(self) -> None:
        with self._vm.client() as client:
            while not self._over.is_set():
                try:
                    answers: dict[str, Any] = client.read_many(NAMES)
                except ClientError as error:
                    answers = {"all": error}
                self.count += 1
                self._over.wait(PAUSE)
                for name, answer in answers.items():
                    if isinstance(answer, ClientError):
                        (self.late if answer.code == "deadline" else self.errors).append(f"{name}: {answer}")

    def unharmed(self) -> bool:
        """Return whether nothing went wrong, and next to nothing came late."""
        return not self.errors and len(self.late) * LATE <= self.count * len(NAMES)

    @contextmanager
    def reading(self) -> Iterator["Reader"]:
        """Read for as long as the block lasts."""
        self._thread.start()
        try:
            until(lambda: self.count > 2, 30)
            yield self
            count = self.count
            until(lambda: self.count > count + 2, 30)
        finally:
            self._over.set()
            self._thread.join()


def reads(vm: Vm, degrees: float) -> bool:
    """Return whether a new conversion of t_resistance gives `degrees`."""
    with vm.client() as client:
        return client.read("t_resistance", max_age=0) == degrees


def values(vm: Vm, report: Report) -> None:
    """Read what the chips on the kernel's bus say."""
    report.check("all six sensors have values", until(lambda: serving(vm), 60))
    for degrees in (31.5, -10.25):
        vm("set-temp", "0x48", str(degrees))
        report.check(f"{degrees} °C at the chip are {degrees} °C for a client", until(partial(reads, vm, degrees), 30))
    vm("set-temp", "0x48", "25")
    with vm.client() as client:
        report.check("the daemon says that nothing is simulated", client.status()["simulated"] is False)
        report.check(
            "the fan is driven", client.set("ventilateur", 128) == 128 and abs(vm.emulator(f"pin {FAN}")["duty"] - 128 / 255) < 0.01
        )
    heat(vm, report)


def reload_good(vm: Vm, report: Report) -> None:
    """Change one entry, by an edit of the same size, while a client reads."""
    heat(vm, report)
    pid, mark = vm.show("MainPID"), vm.mark()
    with Reader(vm).reading() as reader:
        vm.shell(f'sed -i "s/entrée (.*)/entrée ($(date +%H%M%S%2N))/" {CONFIG}')
        code, text = vm.attempt("systemctl reload pilotage")
        report.check("systemctl reload succeeds", code == 0, text)
        done = until(lambda: vm.journal(mark, "config_reloaded"), 30)
        report.check("one sensor is started anew", done and "changed t_entree" in done[-1]["MESSAGE"], done)
    report.check(f"a client that read {reader.count} times noticed nothing", reader.unharmed(), (reader.errors + reader.late)[:3])
    report.check("it is the same process", vm.show("MainPID") == pid)
    report.check("the heater, whose entry did not change, goes on", abs(heater(vm) - 64 / 255) < 0.01, heater(vm))
    vm.shell(f'sed -i \'s/"pwm_frequency": 100,/"pwm_frequency": 160,/\' {CONFIG}')
    vm.attempt("systemctl reload pilotage")
    report.check("an output whose entry changed is off", until(lambda: heater(vm) == 0, 30), heater(vm))
    vm.shell(f'sed -i \'s/"pwm_frequency": 160,/"pwm_frequency": 100,/\' {CONFIG}')
    vm.attempt("systemctl reload pilotage")
    report.check("three edits, three records", until(lambda: len(vm.journal(mark, "config_reloaded")) == 3, 30))


def reload_bad(vm: Vm, report: Report) -> None:
    """Break the file."""
    heat(vm, report)
    mark = vm.mark()
    vm.shell(f'cp {CONFIG} /root/good.py; sed -i \'s/"PWM"/"PMW"/\' {CONFIG}')
    with Reader(vm).reading() as reader:
        code, text = vm.attempt("systemctl reload pilotage")
        report.check("systemctl reload of a bad file fails", code != 0, text)
        refused = until(lambda: vm.journal(mark, "config_refused"), 30)
        report.check("the journal lists both errors", refused and len(refused) == 2 and "did you mean" in refused[0]["MESSAGE"], refused)
    goes_on = reader.unharmed() and vm.show("ActiveState") == "active" and heater(vm) > 0
    report.check("the old bench goes on", goes_on, (reader.errors + reader.late)[:3])
    vm.shell(f"cp /root/good.py {CONFIG}")
    vm.attempt("systemctl reload pilotage")


def made_safe(vm: Vm, report: Report, mark: str, reason: str) -> None:
    """Look for what ExecStopPost printed."""
    wanted = (f"pilotage safe ({reason})", "resistance (GPIO23): safe", "ventilateur (GPIO18): safe")

    def printed() -> bool:
        text = vm.shell(f"journalctl --since='{mark}' -u pilotage -o cat --no-pager")
        return all(words in text for words in wanted)

    report.check(f"ExecStopPost made the outputs safe ({reason})", until(printed, 60))


def killed(vm: Vm, report: Report) -> None:
    """Kill -9: the safe state comes from ExecStopPost, and the service comes back."""
    heat(vm, report)
    restarts, pid = int(vm.show("NRestarts")), vm.show("MainPID")
    mark = vm.mark()
    seconds = vm.seconds_until_low(f"kill -9 {pid}", HEATER)
    report.check(f"kill -9: the heater is off after {seconds:.1f} s", seconds < BOUND and heater(vm) == 0, heater(vm))
    made_safe(vm, report, mark, "signal")
    report.check(
        "the service comes back by itself",
        until(lambda: int(vm.show("NRestarts")) == restarts + 1 and vm.show("ActiveState") == "active", 90),
    )
    report.check("with values", until(lambda: serving(vm), 60))
    report.check("and the heater off", heater(vm) == 0, heater(vm))


def pigpiod_lost(vm: Vm, report: Report) -> None:
    """Stop pigpiod in good order, crash it with the heater's pin frozen high, and bring it back."""
    heat(vm, report)
    mark = vm.mark()
    vm.shell("systemctl stop pigpiod")
    off = until(
        lambda: [record for record in vm.journal(mark, "set_point") if record["ACTOR"] == "resistance" and float(record["VALUE"]) == 0], 20
    )
    report.check("pigpiod is stopped with the heater off first", off, vm.journal(mark, "set_point"))
    text = vm.shell("journalctl -u pigpiod -b --no-pager -o cat | tail -n 20")
    report.check("and its pin held low afterwards", "pinctrl set 23 op dl" in text, text)
    report.check("the service stays up without pigpiod", vm.show("ActiveState") == "active" and serving(vm))
    vm.shell("systemctl start pigpiod")
    heat(vm, report)
    vm.emulator("restart 1")
    report.check("a restarted pigpiod whose pin froze high: the heater is off", until(lambda: heater(vm) == 0, 30), heater(vm))
    heat(vm, report)

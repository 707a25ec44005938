"""What systemd hears of the service and does about it: ready, well, reloading, hung, stopped."""

import json
from functools import partial
from typing import Any

from tests.project.sources import ROOT
from tests.vm.installing import FAN, HEATER
from tests.vm.machine import EMULATOR, Vm, until
from tests.vm.report import Report
from tests.vm.running import BOUND, heat, heater, made_safe, serving

DROP_IN = "/run/systemd/system/pilotage.service.d/watchdog.conf"
EX_SOFTWARE = 70


def told(vm: Vm, report: Report) -> None:
    """READY, STATUS, WATCHDOG and RELOADING."""
    report.check("the unit is of type notify, with a watchdog", vm.show("Type") == "notify" and vm.show("WatchdogUSec") == "20s")
    code, text = vm.attempt("systemctl restart pilotage && pilotage status --json")
    answered = code in {0, 1} and "children" in json.loads(text)
    report.check("READY: when systemctl returns, a request is answered at once", answered, (code, text[:200]))
    line = until(lambda: "6 of 6" in vm.show("StatusText") and vm.show("StatusText"), 60)
    report.check(f"STATUS: {line}", line == "6 of 6 sensors, heater off", vm.show("StatusText"))
    fed = vm.show("WatchdogTimestampMonotonic")
    report.check("WATCHDOG: it is fed", until(lambda: vm.show("WatchdogTimestampMonotonic") != fed, 20), fed)
    mark = vm.mark()
    changed = vm.show("StateChangeTimestampMonotonic")
    vm.shell("systemctl kill -s HUP --kill-whom=main pilotage")
    begun = until(lambda: vm.show("StateChangeTimestampMonotonic") != changed, 20)
    report.check("RELOADING: systemd sees the reload begin", begun, "its state has not changed")
    report.check("READY: and end", until(lambda: vm.show("ActiveState") == "active", 20), vm.show("ActiveState"))
    report.check("the journal has it", until(lambda: vm.journal(mark, "config_reloaded"), 20))


def dumped(vm: Vm, report: Report) -> None:
    """Ask for the stacks and the tree."""
    mark = vm.mark()
    vm.shell("systemctl kill -s USR1 --kill-whom=main pilotage")
    stacks = until(lambda: len(found := vm.journal(mark, "thread_stack")) > 5 and found, 30)
    report.check("SIGUSR1 puts the stacks into the journal", stacks)
    tree = until(lambda: vm.journal(mark, "supervision_tree"), 30)
    report.check(
        "and the tree, with every child", tree and all(name in tree[0]["MESSAGE"] for name in ("t_resistance", "GPIO23", "gateway"))
    )


def hold(vm: Vm, name: str) -> tuple[str, str]:
    """Hold the thread `name` of the daemon where it is; return the daemon's process id and the time before."""
    pid, mark = vm.show("MainPID"), vm.mark()
    vm("push", str(ROOT / "tests/vm/hold_thread.py"), f"{EMULATOR}/hold_thread.py")
    vm.shell(f"kill -USR1 {pid}")
    records = until(lambda: [record for record in vm.journal(mark, "thread_stack") if record["THREAD"].startswith(name)], 30)
    out = "/run/hold_thread"
    vm.shell(f"rm -f {out}; nohup python3 {EMULATOR}/hold_thread.py {pid} {records[0]['THREAD_ID']} </dev/null >{out} 2>&1 &")
    if not until(lambda: vm.shell(f"cat {out}") == "held", 30):
        raise RuntimeError(vm.shell(f"cat {out}"))
    return pid, mark


def back(vm: Vm, report: Report, pid: str, restarts: int) -> None:
    """Wait until the service is there again."""
    come = until(lambda: int(vm.show("NRestarts")) > restarts and vm.show("ActiveState") == "active" and vm.show("MainPID") != pid, 120)
    report.check("the service comes back by itself", come, vm.show("ActiveState"))
    report.check("with values, and the heater off", until(lambda: serving(vm), 60) and heater(vm) == 0, heater(vm))


def gateway_hung(vm: Vm, report: Report) -> None:
    """Hold the gateway's thread: the supervisor notices first, records every stack, and has the service started anew."""
    heat(vm, report)
    restarts = int(vm.show("NRestarts"))
    pid, mark = hold(vm, "gateway")
    lost = until(lambda: vm.journal(mark, "liveness_lost"), 30)
    report.check("a hung gateway is noticed", lost, lost)
    report.check("the heater is off", until(lambda: heater(vm) == 0, 30), heater(vm))
    ended = until(lambda: f"status={EX_SOFTWARE}" in vm.shell(f"journalctl --since='{mark}' -u pilotage -o cat --no-pager"), 60)
    report.check(f"the daemon ends with exit code {EX_SOFTWARE}, before the watchdog's 20 s are over", ended)
    back(vm, report, pid, restarts)
    stacks = vm.journal(mark, "thread_stack")
    report.check("the stack of the gateway is in the journal", any("gateway" in record["THREAD"] for record in stacks), len(stacks))


def watchdog_ends_it(vm: Vm, report: Report) -> None:
    """Hold the gateway's thread under a shorter watchdog, so that it is the watchdog that acts."""
    vm.put(DROP_IN, "[Service]\nWatchdogSec=4\n")
    vm.shell("systemctl daemon-reload; systemctl restart pilotage")
    until(lambda: serving(vm), 60)
    heat(vm, report)
    restarts = int(vm.show("NRestarts"))
    pid, mark = hold(vm, "gateway")
    killed = until(lambda: "Watchdog timeout" in vm.shell(f"journalctl --since='{mark}' -u pilotage -o cat --no-pager"), 60)
    report.check("a watchdog of 4 s ends a daemon whose gateway hangs", killed)
    report.check("the heater is off", until(lambda: heater(vm) == 0, 30), heater(vm))
    made_safe(vm, report, mark, "watchdog")
    text = vm.shell(f"journalctl --since='{mark}' -u pilotage _PID={pid} -o cat --no-pager")
    report.check("the stacks of all threads are in the journal", "Current thread" in text and text.count("Thread 0x") > 5, text[-400:])
    back(vm, report, pid, restarts)
    vm.shell(f"rm {DROP_IN}; systemctl daemon-reload")


def frozen(vm: Vm, report: Report) -> None:
    """SIGSTOP of the whole process: the lease acts, then the watchdog."""
    heat(vm, report)
    restarts, pid = int(vm.show("NRestarts")), vm.show("MainPID")
    mark = vm.mark()
    seconds = vm.seconds_until_low(f"kill -STOP {pid}", HEATER)
    report.check(f"frozen: the lease switches the heater off after {seconds:.1f} s", seconds < BOUND and heater(vm) == 0, heater(vm))
    report.check("the watchdog ends it", until(lambda: vm.show("MainPID") != pid, 90), vm.show("MainPID"))
    made_safe(vm, report, mark, "watchdog")
    back(vm, report, pid, restarts)
    text = vm.shell(f"journalctl -u pilotage _PID={pid} -o cat --no-pager | tail -n 400")
    report.check("its stacks are in the journal", "Current thread" in text and text.count("Thread 0x") > 5, text[-400:])


def stopped(vm: Vm, report: Report) -> None:
    """Stop it in good order with both outputs on."""
    heat(vm, report)
    with vm.client() as client:
        client.set("ventilateur", 128)
    mark = vm.mark()
    look = "for i in $(seq 40); do systemctl show -P StatusText pilotage; done | sort -u"
    seen = vm.shell(f"systemctl stop --no-block pilotage; {look}")
    report.check("STOPPING, with a status line", "stopping (SIGTERM)" in seen, seen)
    report.check("the service is stopped", until(lambda: vm.show("ActiveState") == "inactive", 30), vm.show("ActiveState"))
    report.check("with result success", vm.show("Result") == "success", vm.show("Result"))
    levels: dict[int, Any] = {pin: vm.emulator(f"pin {pin}") for pin in (HEATER, FAN)}
    report.check("both outputs are low", all(pin["level"] == 0 and pin["duty"] == 0 for pin in levels.values()), levels)
    made_safe(vm, report, mark, "success")
    vm.shell("systemctl start pilotage")
    report.check("started again it has values", until(partial(serving, vm), 60))

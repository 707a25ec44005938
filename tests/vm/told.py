"""ON_EVENT in the service's sandbox: commands that work, fail and hang."""

from tests.vm.machine import Vm, until
from tests.vm.report import Report
from tests.vm.running import CONFIG, heat, serving, state

TOLD = "/var/lib/pilotage/told"
COMMANDS = f"""
ON_EVENT = [
    {{"events": ["sensor_absent", "child_restarted"], "command": ["/usr/bin/tee", "--append", "{TOLD}"]}},
    {{"events": ["sensor_absent"], "command": ["/bin/false", "a secret"]}},
    {{"events": ["sensor_absent"], "command": ["/bin/sleep", "1000"], "timeout": 1}},
    {{"events": ["set_point"], "command": ["/usr/bin/touch", "/var/lib/pilotage/{{event}}-{{actor}}; touch x"]}},
]
"""


def told(vm: Vm, report: Report) -> None:
    """Have somebody told of a sensor that goes and comes."""
    vm.shell(f"cp {CONFIG} /root/untold.py")
    vm.put("/root/told.py", COMMANDS)
    vm.shell(f"cat /root/told.py >>{CONFIG}; systemctl reload pilotage")
    report.check("a reload brings ON_EVENT", until(lambda: "told" in vm.shell(f"cat {CONFIG}") and serving(vm), 30))
    mark = vm.mark()
    vm("unplug", "0x4b")
    report.check("a sensor that is gone is told", until(lambda: "t_sortie is absent" in vm.attempt(f"cat {TOLD}")[1], 30))
    report.check("while a command hangs, everybody is served", until(lambda: state(vm, "t_sortie") == "absent", 30))
    failed = until(lambda: len(found := vm.journal(mark, "command_failed")) == 2 and found, 30)
    report.check("a command that fails, and one that hangs, are one record each", failed, vm.journal(mark, "command_failed"))
    text = vm.shell(f"journalctl --since='{mark}' -u pilotage -o export --no-pager --all | tr -d '\\000'")
    report.check("their arguments are in no record", "a secret" not in text)
    report.check("the one that hung is ended", vm.attempt("pgrep -u pilotage sleep")[0] == 1)
    vm("plug", "0x4b")
    report.check("a sensor that is back is told", until(lambda: "t_sortie was restarted" in vm.attempt(f"cat {TOLD}")[1], 60))
    heat(vm, report)
    report.check(
        "no shell sees what is filled in",
        until(lambda: vm.attempt("test -e '/var/lib/pilotage/set_point-resistance; touch x'")[0] == 0, 30),
        vm.attempt("ls -l /var/lib/pilotage")[1],
    )
    vm.shell(f"cp /root/untold.py {CONFIG}; systemctl reload pilotage; rm /var/lib/pilotage/*touch* {TOLD}")

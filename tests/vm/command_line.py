"""The commands as an administrator types them on the machine, at a daemon with real hardware: what they print, and their exit codes."""

import json

from tests.vm.machine import Vm, until
from tests.vm.report import Report
from tests.vm.running import serving, state

WELL: dict[str, tuple[int, str]] = {
    "pilotage version": (0, "pilotage "),
    "pilotage check-config --config /etc/pilotage/config.py": (0, "6 sensors, 2 outputs"),
    "pilotage status": (0, "all is well"),
    "pilotage read t_resistance": (0, "°C"),
    "pilotage read rh_sortie.temp 0x4A --max-age 0": (0, "0x4A"),
    "pilotage set ventilateur 128": (0, "ventilateur reads back 128"),
    "pilotage set ventilateur 300": (0, "reads back 255 (asked 300)"),
    "pilotage off": (0, "resistance reads back 0"),
    "pilotage retry t_entree": (0, "t_entree"),
    "pilotage log-level debug": (0, "debug"),
    "pilotage log-level info": (0, "info"),
    "pilotage scan --config /etc/pilotage/config.py": (0, "0x4C"),
    "pilotage pymodaq-config": (0, "[Raspberry.DETECTOR.COMPONENT1]"),
    "pilotage completion bash": (0, "complete "),
    "man -P cat pilotage || pilotage man": (0, "pilotage"),
    "pilotage doctor": (0, "nothing to fix"),
    "pilotage read nothing": (64, "nothing is called nothing"),
    "pilotage frobnicate": (64, "frobnicate"),
    "pilotage reset nothing": (64, "nothing"),
    "pilotage fault t_sortie unplug": (77, "simulated"),
    "pilotage status --endpoint localhost:5999 --timeout 1": (2, "5999"),
    "pilotage read t_sortie --endpoint localhost:5999 --timeout 1": (69, "5999"),
    "echo 'PORT = 0' >/root/bad.py; pilotage check-config --config /root/bad.py": (78, "PORT"),
    "pilotage pymodaq-config --output /nowhere/x": (73, "/nowhere/x"),
    "pilotage safe --config /etc/pilotage/config.py": (75, "daemon"),
    "runuser -u nobody -- pilotage install-service": (77, "this changes the system"),
}
JSON = ("status", "read t_resistance", "set ventilateur 0", "off", "log-level info", "retry t_entree", "scan", "version", "doctor")
LOST: dict[str, tuple[int, str]] = {
    "pilotage status": (1, "t_sortie is absent"),
    "pilotage read t_sortie": (74, "no acknowledge at 0x4B"),
    "pilotage doctor": (1, "5 of 6 sensors"),
}


def typed(vm: Vm, report: Report, lines: dict[str, tuple[int, str]]) -> None:
    """Type each line; check its exit code and a word of what it prints."""
    for line, (wanted, words) in lines.items():
        code, text = vm.attempt(line)
        report.check(f"{line}: exit code {wanted}", code == wanted and words in text, f"{code}, {text}")


def commands(vm: Vm, report: Report) -> None:
    """Type every command, first with all well, then with a sensor unplugged."""
    until(lambda: serving(vm), 60)
    typed(vm, report, WELL)
    for line in JSON:
        code, text = vm.attempt(f"pilotage {line} --json 2>/dev/null")
        report.check(f"pilotage {line} --json", code == 0 and is_json(text), f"{code}, {text}")
    vm("unplug", "0x4b")
    until(lambda: state(vm, "t_sortie") == "absent", 30)
    typed(vm, report, LOST)
    vm("plug", "0x4b")
    report.check("plugged in again all is well", until(lambda: serving(vm), 60))


def is_json(text: str) -> bool:
    """Return whether it is JSON, and not an empty document."""
    try:
        return bool(json.loads(text))
    except ValueError:
        return False

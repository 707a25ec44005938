"""The test machine as a Python object: everything through its one command, which PILOTAGE_VM names and CONTRIBUTING.md describes."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pilotage.client import Client, ClientError
from tests.project.sources import ROOT

PATIENCE: Final = 300.0
"""Seconds for one command: Python in the guest is ten to seventeen times slower than on its host."""
EMULATOR: Final = "/opt/emulator"
CONTROL: Final = "/run/pigpiod-emulator"
PINS: Final = Path("actors/hardware/sim/pigpio/pwm.py")
"""What of the program the emulated pigpiod is made of."""
RUN: Final = f"""#!/bin/bash
rm -f {CONTROL}/in
mkfifo {CONTROL}/in
exec 3<>{CONTROL}/in
exec /usr/bin/python3 -u {EMULATOR}/tests/pigpiod_emulator.py --port 8888 <&3 >{CONTROL}/out
"""
WAIT_LOW: Final = f"""import json, sys, time
begun = float(sys.argv[2])
answers = open("{CONTROL}/out")
answers.seek(0, 2)
duty = 1.0
def elapsed():
    return time.clock_gettime(time.CLOCK_BOOTTIME) - begun
while duty and elapsed() < 30:
    with open("{CONTROL}/in", "w") as control:
        control.write("pin " + sys.argv[1] + chr(10))
    line = ""
    while not line.endswith(chr(10)):
        line += answers.readline()
    duty = json.loads(line)["duty"]
print(elapsed())
"""
PIGPIOD: Final = f"""[Unit]
Description=Emulated pigpiod

[Service]
RuntimeDirectory=pigpiod-emulator
RuntimeDirectoryPreserve=yes
ExecStart=/bin/bash {EMULATOR}/run

[Install]
WantedBy=multi-user.target
"""


VARIABLE: Final = "PILOTAGE_VM"


class NoMachineError(Exception):
    """There is no test machine to be used; the text says why, and what to do."""


def tool() -> Path | None:
    """Return the command that runs the machine: PILOTAGE_VM in the environment, else `vm/vm` of a folder beside this checkout.

    None where there is neither. Raises NoMachineError when PILOTAGE_VM names no program.
    """
    name = os.environ.get(VARIABLE, "")
    if not name:
        return next((found for found in sorted(ROOT.parent.glob("*/vm/vm")) if _runs(found)), None)
    if not _runs(Path(name)):
        text = f"no test machine: {VARIABLE} is {name!r}, which is no program that can be run; see CONTRIBUTING.md"
        raise NoMachineError(text)
    return Path(name).resolve()


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


class Vm:
    """One test machine. Its image and state are in VM_DIR, else in a temporary folder that is kept for the next time."""

    def __init__(self, command: Path) -> None:
        self._tool = str(command)
        self.folder = Path(os.environ.get("VM_DIR") or Path(tempfile.gettempdir()) / "vm-check")
        self._environment = {**os.environ, "VM_DIR": str(self.folder)}

    def __call__(self, *arguments: str, timeout: float = PATIENCE) -> str:
        """Run `vm ARGUMENTS` and return what it prints; raises RuntimeError with its error output when it fails."""
        with tempfile.TemporaryFile("w+") as errors:  # what it leaves running in the background would keep a pipe open
            done = subprocess.run(
                [self._tool, *arguments],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                timeout=timeout,
                check=False,
            )
            if done.returncode:
                errors.seek(0)
                text = f"vm {' '.join(arguments)[:200]}: exit code {done.returncode}\n{done.stdout}{errors.read()}"
                raise RuntimeError(text)
        return done.stdout.strip()

    def shell(self, line: str) -> str:
        """Run a shell line in the guest as root; raises RuntimeError when it fails."""
        return self("exec", line)

    def attempt(self, line: str) -> tuple[int, str]:
        """Run a shell line in the guest; return its exit code and everything it prints."""
        text = self.shell(f"( {line} ) 2>&1; code=$?; echo; echo rc=$code")
        output, _, code = text.rpartition("rc=")
        return int(code), output.strip()

    def put(self, name: str, text: str) -> None:
        """Write a file in the guest."""
        path = self.folder / "pushed"
        path.write_text(text, encoding="utf-8")
        self("push", str(path), name)

    def build(self) -> None:
        """Build the image, if there is none."""
        if not (self.folder / "ready.qcow2").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self("build", timeout=1200)

    def install_program(self) -> None:
        """Build the wheel of this checkout, and make a virtual environment of it in the guest, with all it depends on."""
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            (wheel,) = Path(folder).glob("*.whl")
            self("venv", "/opt/pilotage", f"{wheel}[tui,web]", timeout=900)

    def install_pigpiod(self) -> None:
        """Put the emulated pigpiod in place as a unit, and start it."""
        self.shell(f"mkdir -p {EMULATOR}/tests && touch {EMULATOR}/tests/__init__.py")
        for path in (ROOT / "tests").glob("pigpiod_*.py"):
            self("push", str(path), f"{EMULATOR}/tests/{path.name}")
        self.shell(f"mkdir -p {EMULATOR}/{PINS.parent}")
        self("push", str(ROOT / PINS), f"{EMULATOR}/{PINS}")
        self.put(f"{EMULATOR}/run", RUN)
        self.put(f"{EMULATOR}/wait_low.py", WAIT_LOW)
        self.put("/usr/bin/pinctrl", '#!/bin/sh\necho "pinctrl $*"\n')
        self.shell("chmod 755 /usr/bin/pinctrl")
        self.put("/etc/systemd/system/pigpiod.service", PIGPIOD)
        self.shell("systemctl daemon-reload; systemctl enable --now pigpiod")

    def emulator(self, command: str) -> Any:
        """Return the emulated pigpiod's answer to one line of control."""
        line = f"n=$(wc -l <{CONTROL}/out); echo '{command}' >{CONTROL}/in; i=0; until [ $(wc -l <{CONTROL}/out) -gt $n ]; do"
        return json.loads(self.shell(f"{line} i=$((i+1)); [ $i -lt 200 ] || exit 1; sleep 0.05; done; tail -n 1 {CONTROL}/out"))

    def seconds_until_low(self, command: str, pin: int) -> float:
        """Run a command in the guest; return the seconds from there until `pin` is low, by the guest's own clock, 30 at most."""
        return float(self.shell(f"read now _ </proc/uptime; {command}; python3 {EMULATOR}/wait_low.py {pin} $now"))

    def show(self, name: str, unit: str = "pilotage") -> str:
        """Return one property of a unit."""
        return self.shell(f"systemctl show -P {name} {unit}")

    def mark(self) -> str:
        """Return the time in the guest, for `journal`; a cursor would not do, journalctl 252 passes over an entry behind it."""
        return self.shell("date +@%s.%6N")

    def journal(self, mark: str, *events: str) -> list[dict[str, Any]]:
        """Return the records of these events that came after `mark`."""
        matches = " ".join(f"EVENT={event}" for event in events)
        text = self.shell(f"journalctl --since='{mark}' -u pilotage -o json -a --no-pager {matches}")
        return [json.loads(line) for line in text.splitlines()]

    def endpoint(self) -> str:
        """Return where the daemon in the guest is reached from here."""
        return f"tcp://127.0.0.1:{self('port')}"

    def client(self) -> Client:
        """Return a client of the daemon in the guest."""
        return Client(self.endpoint(), timeout=10.0)


def until(condition: Callable[[], Any], timeout: float = 60.0, pause: float = 0.5) -> Any:
    """Return what `condition` gives once that is true; what it gave last, when that takes too long. Errors of it count as False."""
    end, found = time.monotonic() + timeout, None
    while time.monotonic() < end:
        try:
            found = condition()
        except (ClientError, RuntimeError, KeyError, IndexError, TypeError, ValueError) as error:
            found = error
        if found and not isinstance(found, Exception):
            return found
        time.sleep(pause)
    return found

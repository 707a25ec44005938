"""The output process: `python -m actors.hardware.kernel.process.main SETTINGS`, its commands on standard input, a Unix socket.

It owns the output lines, makes the slow PWM and keeps the leases. It shares no interpreter with the daemon.
When the daemon dies, by whatever death, the other end of the socket closes: then it makes everything safe and ends.
It also makes everything safe when it is told to end.

It is two processes. The worker does all that; its guardian only waits, and makes everything safe when the worker has died.
That takes milliseconds; a new interpreter would take a second on a small board. SIGUSR1 has the guardian kill a worker that hangs.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from actors.errors import DeviceError
from actors.hardware.kernel.process.lines import Chip, Line, library
from actors.hardware.kernel.process.outputs import Outputs
from actors.hardware.kernel.process.worker import Worker

if TYPE_CHECKING:  # loaded where there is hardware PWM only
    from actors.hardware.kernel.process.sysfs_pwm import PwmChannel


class Source:
    """Pins of this machine, or of the files that the settings name in its place. Loads beforehand whatever it will need."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._chip = Chip(settings["chip"])
        with suppress(DeviceError):  # whoever wants a line is told
            library()
        if settings["hardware"]:
            from actors.hardware.kernel.process.sysfs_pwm import find_channel

            self._find_channel = find_channel

    def line(self, pin: int, level: int) -> Line:
        """Return a line of the GPIO chip."""
        return self._chip.open(pin, level)

    def channel(self, pin: int) -> PwmChannel:
        """Return a channel of the PWM chip."""
        return self._find_channel(pin, *(self._settings[name] for name in ("pwm", "tree")))


def outputs_of(settings: Mapping[str, Any]) -> Outputs:
    """Return the outputs, untouched."""
    made = Outputs(Source(settings), {int(pin): level for pin, level in settings["safe"].items()}, settings["hardware"])
    for pin, (seconds, safe, tripped) in settings["leases"].items():
        made.adopt(int(pin), seconds, safe, tripped)
    return made


def guard(worker: int, outputs: Outputs) -> int:
    """Wait for the worker's end, make everything safe, and return its exit status."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the socket is the worker's alone: its end must be seen at the other end
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGABRT):
        signal.signal(name, signal.SIG_IGN)  # the worker ends, then this
    signal.signal(signal.SIGUSR1, lambda *_: os.kill(worker, signal.SIGKILL))
    status = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    outputs.make_safe()
    return status if status >= 0 else 128 - status


def main() -> None:
    """Become guardian and worker, of the socket that is standard input."""
    outputs = outputs_of(json.loads(sys.argv[1]))
    guardian, lifeline = os.pipe()
    worker = os.fork()
    if worker:
        os.close(guardian)
        sys.exit(guard(worker, outputs))  # which ends with `lifeline` open, whatever kills it
    os.close(lifeline)
    Worker(outputs, socket.socket(fileno=0), guardian).run()


if __name__ == "__main__":
    main()

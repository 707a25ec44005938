"""The output process: `python -m actors.hardware.kernel.process SETTINGS`, its commands on standard input, a Unix socket.

It owns the output lines, makes the slow PWM and keeps the leases. It makes everything safe and ends when the other end of the socket
closes, by whatever death of the daemon, and makes everything safe when it is told to end. It shares no interpreter with the daemon.
"""

from __future__ import annotations

import json
import math
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from actors.errors import DeviceError
from actors.hardware.kernel.lines import Chip, Line
from actors.hardware.kernel.outputs import Lease, Outputs
from actors.hardware.kernel.sysfs_pwm import PwmChannel, find_channel
from actors.hardware.kernel.wire import READY, Lines, as_data, decoded, encoded

LINGER: Final = 5.0
"""Seconds for which a process told to end still answers: systemd tells the daemon at the same time, which then wants to read back."""
_PIECE: Final = 65_536


class Source:
    """Pins of this machine."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._chip = Chip(settings.get("chip"))
        self._roots = [Path(settings[name]) for name in ("pwm", "tree") if settings.get(name)]

    def line(self, pin: int, level: int) -> Line:
        """Return a line of the GPIO chip."""
        return self._chip.open(pin, level)

    def channel(self, pin: int) -> PwmChannel:
        """Return a channel of the PWM chip."""
        return find_channel(pin, *self._roots)


class Process:
    """One life. Single-threaded: nothing in it waits but `select`."""

    def __init__(self, settings: Mapping[str, Any], connection: socket.socket) -> None:
        self._connection = connection
        self._connection.settimeout(0)
        self._lines = Lines()
        self._ends = math.inf
        self._outputs = Outputs(Source(settings), _numbered(settings["safe"]), settings["hardware"])
        for pin, (seconds, safe, tripped) in _numbered(settings["leases"]).items():
            self._outputs.adopt(pin, Lease(seconds, safe, time.monotonic() + seconds, tripped))
        self._wake, self._signalled = socket.socketpair()

    def run(self) -> None:
        """Make everything safe, say so, serve, and make everything safe."""
        self._heed_signals()
        try:
            self._outputs.make_safe()
            self._send(READY)
            while self._turn():
                pass
        except ConnectionError:
            pass  # the daemon has gone, or does not take its answers
        finally:
            self._outputs.make_safe()

    def _heed_signals(self) -> None:
        for end in (self._wake, self._signalled):
            end.settimeout(0)
        signal.set_wakeup_fd(self._signalled.fileno())
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            if number := getattr(signal, name, None):
                signal.signal(number, lambda *_: None)

    def _turn(self) -> bool:
        """Do what is due, then wait for the next: an edge, a lease, a command, a signal. Return False at the end."""
        now = time.monotonic()
        if now >= self._ends:
            return False
        due = min(self._outputs.tick(now), self._ends)
        patience = None if due == math.inf else max(due - time.monotonic(), 0.0)
        ready = select.select([self._connection, self._wake], [], [], patience)[0]
        if self._wake in ready and self._wake.recv(_PIECE) and not self._outputs.ended:
            self._outputs.end()
            self._ends = time.monotonic() + LINGER
        return self._connection not in ready or self._read()

    def _read(self) -> bool:
        piece = self._connection.recv(_PIECE)
        for line in self._lines.add(piece):
            self._send(self._answer(decoded(line)))
        return bool(piece)

    def _answer(self, command: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {"seq": command["seq"]}
        now = time.monotonic()
        self._outputs.tick(now)  # what stood still during the wait must not have a lease renewed that ran out meanwhile
        try:
            answer["value"] = self._outputs.obey(command, now)
        except DeviceError as error:
            answer["error"] = as_data(error)
        return answer | {"tripped": self._outputs.tripped}

    def _send(self, message: Mapping[str, Any]) -> None:
        line = encoded(message)
        try:
            sent = self._connection.send(line)
        except BlockingIOError:
            sent = 0
        if sent != len(line):
            raise ConnectionAbortedError("answers are not taken")


def _numbered(table: Mapping[str, Any]) -> dict[int, Any]:
    """JSON knows no numbers as keys."""
    return {int(pin): value for pin, value in table.items()}


def main() -> None:
    """Serve the socket that is standard input."""
    Process(json.loads(sys.argv[1]), socket.socket(fileno=0)).run()


if __name__ == "__main__":
    main()

"""The half of the output process that works: commands, edges and leases, until the daemon hangs up."""

from __future__ import annotations

import math
import os
import select
import signal
import socket
import time
from collections.abc import Mapping
from typing import Any, Final

from actors.errors import DeviceError
from actors.hardware.kernel.process.outputs import Outputs
from actors.hardware.kernel.wire import Lines, as_data, decoded, encoded

LINGER: Final = 5.0
"""Seconds for which a process told to end still answers: systemd tells the daemon at the same time, which then wants to read back."""
_PIECE: Final = 65_536


class Worker:
    """Obeys what comes through `connection`; ends with it, or when `guardian`, a pipe's end, says that the other half has died.

    Single-threaded: nothing in it waits but `select`.
    """

    def __init__(self, outputs: Outputs, connection: socket.socket, guardian: int) -> None:
        self._outputs = outputs
        self._connection = connection
        self._connection.settimeout(0)
        self._guardian = guardian
        self._lines = Lines()
        self._ends = math.inf
        self._wake, self._signalled = socket.socketpair()

    def run(self) -> None:
        """Make everything safe, say so, serve, and make everything safe."""
        self._heed_signals()
        try:
            self._outputs.begin(time.monotonic())
            self._send({"seq": 0, "pid": os.getpid()})
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
        for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGABRT"):  # the last is the watchdog's, which systemd sends to all
            if number := getattr(signal, name, None):
                signal.signal(number, lambda *_: None)

    def _turn(self) -> bool:
        """Do what is due, then wait for the next: an edge, a lease, a command, a signal. Return False at the end."""
        now = time.monotonic()
        if now >= self._ends:
            return False
        due = min(self._outputs.tick(now), self._ends)
        patience = None if due == math.inf else max(due - time.monotonic(), 0.0)
        waited: list[Any] = [self._connection, self._wake, self._guardian]
        ready = select.select(waited, [], [], patience)[0]
        if self._wake in ready and self._wake.recv(_PIECE) and not self._outputs.ended:
            self._outputs.end()
            self._ends = time.monotonic() + LINGER
        if self._guardian in ready:
            return False
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

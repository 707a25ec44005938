"""A bench with everything around it: its hardware, its file, the daemon that systemd keeps running, and its clients."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import zmq
from structlog.testing import capture_logs

from supervisor.configuration import load
from tests.fakes import PATIENCE
from tests.life import benches
from tests.life.broken import BrokenPromiseError
from tests.life.clients import Asked, Client
from tests.life.hardware import Hardware
from tests.life.moments import Moments
from tests.life.process import Process, safe
from tests.life.promises import Promises

LOOK_EVERY: Final = 0.25
NAMES: Final = (b"first", b"second")
_PORTS: Final = itertools.count()
RESTART: Final = 1.0
"""Seconds that systemd waits."""


class World:
    """One life. `plan` is what the daemon has said that it goes by; everything here belongs to the owner of the time."""

    def __init__(self, folder: Path) -> None:
        self.stack = contextlib.ExitStack()
        self.log: list[Any] = self.stack.enter_context(capture_logs())
        self.environ = {"RUNTIME_DIRECTORY": str(folder), "STATE_DIRECTORY": str(folder)}
        self.stack.enter_context(patch.dict(os.environ, self.environ))
        self.config = folder / "config.py"
        self.list = folder / "safe.json"
        self.moments = Moments()
        self.begun = self.moments.monotonic()
        self.plan = benches.default()
        self.wanted: benches.Plan | None = None
        self._write(self.plan)
        self.hardware = Hardware(load(self.config), self.moments)
        self.stack.enter_context(patch.dict("actors.drivers.ACTUATOR_DRIVER_REGISTRY", self.hardware.drivers()))
        self.port = free_port()
        self.context: zmq.Context[Any] = zmq.Context()
        self.process: Process | None = None
        self.promises = Promises(self)
        self.moments.after_step = self.promises.look
        self.clients = [Client(self.context, f"tcp://127.0.0.1:{self.port}", name, self._answered) for name in NAMES]
        self.watcher = Client(self.context, f"tcp://127.0.0.1:{self.port}", b"watcher", self._answered)
        self._answers: dict[int, dict[str, Any]] = {}
        self.start()

    # The daemon and its file.

    @property
    def serving(self) -> bool:
        """Whether a daemon answers."""
        return self.process is not None and self.process.ready and not self.process.ended

    def start(self) -> None:
        """Start the daemon, and wait until it answers."""
        self.promises.started()
        self.process = Process(load(self.config), self.hardware, self.port)
        process = self.process
        if not self.moments.until(lambda: process.ready or process.ended, 30.0) or process.ended:
            raise BrokenPromiseError(f"the daemon does not start: {process.error or process.code} {self.log[-3:]}")
        for client in (*self.clients, self.watcher):
            if not client.connected and client is self.watcher:
                client.connect()
            if client.connected:
                self.ask(client, {"type": "scan"})

    def reload(self, plan: benches.Plan) -> None:
        """Write another file and send SIGHUP, unless one is under way; whether it is taken over shows later."""
        if self.process is not None and self.serving and self.wanted is None:
            self._write(plan)
            self.wanted = plan
            self.promises.reloading()
            self.process.signals.reload()

    def _write(self, plan: benches.Plan) -> None:
        self.config.write_text(plan.text(), encoding="utf-8")

    def reloaded(self) -> None:
        """Follow what the daemon has said of the file."""
        if self.wanted is not None:
            self.plan, self.wanted = self.wanted, None

    def refused(self) -> None:
        """Put the former file back."""
        self.wanted = None
        self._write(self.plan)

    def tend(self) -> None:
        """Do what systemd does with a process that has ended: `pilotage safe`, then start it again."""
        if self.process is not None and self.process.ended:
            process, self.process = self.process, None
            self.promises.ended(process)
            process.end()
            self._after_end()
            self.run(RESTART)
            self.start()

    def _after_end(self, *, orderly: bool = False) -> None:
        for client in (*self.clients, self.watcher):
            while client.awaits and client.hear(1000 if orderly else 0):
                pass
            if orderly and client.awaits:
                raise BrokenPromiseError(f"the daemon ended in good order without an answer to {client.pending[-1].request}")
            client.lost_the_daemon()
        self.refused()
        said = safe(self.hardware, self.environ)
        self.promises.made_safe(said)

    def kill(self) -> None:
        """Do what `kill -9` does."""
        process, self.process = self.process, None
        assert process is not None
        self.promises.killed()
        process.end()
        for client in (*self.clients, self.watcher):
            client.lost_the_daemon()
        self.refused()

    def terminate(self) -> None:
        """Do what `systemctl stop` does, with everything after it but the next start."""
        process = self.process
        assert process is not None
        self.promises.ending = True
        process.signals.terminate()
        self.moments.until(lambda: process.ended, 6.0)
        if not process.ended:
            raise BrokenPromiseError("the daemon does not end within 6 s of SIGTERM")
        self.process = None
        self.promises.ended(process)
        process.end()
        self._after_end(orderly=process.orderly)

    # Time.

    def run(self, seconds: float) -> None:
        """Let time pass, with systemd at work."""
        end = self.moments.monotonic() + seconds
        while (now := self.moments.monotonic()) < end:
            self.moments.run(min(LOOK_EVERY, end - now))
            self.tend()

    def until(self, condition: Callable[[], object], seconds: float) -> bool:
        """Let time pass until `condition`; return whether it came to that."""
        end = self.moments.monotonic() + seconds
        while not condition():
            if self.moments.monotonic() >= end:
                return False
            self.run(min(LOOK_EVERY, end - self.moments.monotonic()))
        return True

    # Clients.

    def send(self, client: Client, request: dict[str, Any]) -> Asked:
        """Send a request as a client."""
        asked = client.send(request, self.moments.monotonic(), served=self.serving and client.boot is not False)
        self.promises.decisions.asked(asked)
        return asked

    def ask(self, client: Client, request: dict[str, Any]) -> dict[str, Any] | None:
        """Send a request and return its answer; None where the daemon has gone meanwhile."""
        asked = self.send(client, request)
        while asked in client.pending and self.process is not None:
            if not client.hear(20):
                self.moments.run(0.05)
                if self.process.ended:
                    return None
                if asked.optional:
                    return self.ask(client, request)
        return self._answers.pop(asked.number, None)

    def lose(self, client: Client) -> None:
        """Close a client's connection, and wait until the daemon has noticed: the network has no part in this time."""
        before, end = self._connected(), time.monotonic() + PATIENCE
        if client.connected:
            client.leave()
            while self.serving and self._connected() >= before and time.monotonic() < end:
                time.sleep(0.001)

    def _connected(self) -> int:
        return sum(client["connected"] for client in (self.status() or {"clients": []})["clients"])

    def status(self) -> dict[str, Any] | None:
        """Return the status document, or None without a daemon."""
        if not self.serving:
            return None
        reply = self.ask(self.watcher, {"type": "status"})
        if reply is None or reply["state"] != "ACK":
            return None
        value: dict[str, Any] = reply["value"]
        return value

    def _answered(self, asked: Asked, reply: dict[str, Any]) -> None:
        self._answers[asked.number] = reply
        self.promises.answered(asked, reply)

    def close(self) -> None:
        """End everything, in whatever state it is."""
        self.moments.after_step = lambda: None
        self.hardware.repair()
        if self.process is not None:
            self.process.end()
        self.moments.bury()
        for client in (*self.clients, self.watcher):
            client.leave()
        self.context.term()
        self.stack.close()


def free_port() -> int:
    """Return a port that nobody uses, and that no connection is given while the daemon is away."""
    for number in _PORTS:
        with socket.socket() as found, contextlib.suppress(OSError):
            port = 20000 + (os.getpid() * 61 + number) % 12000
            found.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")

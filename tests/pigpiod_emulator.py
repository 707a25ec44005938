"""A pigpiod in Python that speaks the real protocol to the real client, and fails on demand.

    python tests/pigpiod_emulator.py --port 0

prints its port and then answers one JSON line to each line of standard input: `pin 23`, `scripts`, `calls`, `hang`, `resume`, `drop`,
`die`, `start`, `restart [0|1]`, `fault KIND [COMMAND]`, `quit`. It ends with its standard input.
"""

import argparse
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

if __package__ in {None, ""}:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.pigpiod_commands import Commands, name_of
from tests.pigpiod_pins import Board

LONGEST_EXTENSION = 65536
FAULTS = ("garble", "split", "cut", "mute", "error")
"""What a reply can suffer: another echo; two segments; half of it and the end; none at all; the code -1."""


@dataclass
class Fault:
    """One of `FAULTS` for the next `times` replies to `command` (None: any)."""

    kind: str
    command: str | None
    times: int


class Emulator:
    """A pigpiod on loopback, IPv4 and IPv6 where there is one. Use it with `with`; every method may be called from any thread."""

    def __init__(self, port: int = 0, hosts: tuple[str, ...] = ("127.0.0.1", "::1"), board: Board | None = None) -> None:
        self.board = board or Board()
        self.port = port
        self.hosts = hosts
        self.calls: list[tuple[str, int, int]] = []
        """Every command in the order of arrival: name, p1, p2."""
        self.connections_made = 0
        self._lock = threading.RLock()
        self._answering = threading.Event()
        self._answering.set()
        self._faults: list[Fault] = []
        self._listeners: list[socket.socket] = []
        self._connections: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._commands = Commands(self.board, self._lock)
        self.scripts = self._commands.scripts

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Listen, on the port it had before."""
        for host in self.hosts:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            try:
                listener = _listen(family, host, self.port)
            except OSError:
                if family == socket.AF_INET:
                    raise
                continue
            self.port = listener.getsockname()[1]
            self._listeners.append(listener)
            self._spawn(self._accept, listener)

    def close(self) -> None:
        """End it with every thread and socket; the pins stay to be looked at."""
        self.refuse()
        self.drop()
        self._answering.set()
        self.scripts.clear()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def refuse(self) -> None:
        """Listen no more; connections that exist go on."""
        while self._listeners:
            listener = self._listeners.pop()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def drop(self) -> None:
        """Close every connection."""
        with self._lock:
            while self._connections:
                with suppress(OSError):
                    self._connections.pop().shutdown(socket.SHUT_RDWR)

    def hang(self) -> None:
        """Answer nobody, as a stopped process: connecting still succeeds."""
        self._answering.clear()

    def resume(self) -> None:
        """Answer again, first what was asked meanwhile."""
        self._answering.set()

    def die(self, level: int | None = None, *, pulses_go_on: bool = False) -> None:
        """End as a daemon does: connections, scripts and books are gone, software PWM freezes at `level` (None: that of this instant)."""
        self.refuse()
        self.drop()
        self.scripts.clear()
        with self._lock:
            self.board.daemon_died(level, pulses_go_on=pulses_go_on)

    def restart(self, level: int | None = None) -> None:
        """Die and come back."""
        self.die(level)
        self.start()

    def fault(self, kind: str, command: str | None = None, times: int = 1) -> None:
        """Spoil the next `times` replies, to `command` alone if it is given."""
        if kind not in FAULTS:
            raise ValueError(f"no such fault: {kind}; there are {', '.join(FAULTS)}")
        with self._lock:
            self._faults.append(Fault(kind, command, times))

    def pin(self, gpio: int) -> dict[str, object]:
        """Return what a pin really does."""
        with self._lock:
            return self.board.state(gpio)

    def called(self, *names: str) -> list[tuple[str, int, int]]:
        """Return the calls so far, of these commands if any are given."""
        with self._lock:
            return [call for call in self.calls if not names or call[0] in names]

    def _spawn(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, name="pigpiod", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections_made += 1
                self._connections.add(connection)
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, EOFError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                while True:
                    self._exchange(connection)
            finally:
                with self._lock:
                    self._connections.discard(connection)
                    self._commands.forget(connection)

    def _exchange(self, connection: socket.socket) -> None:
        request = _receive(connection, 16)
        command, p1, p2, length = struct.unpack("<IIII", request)
        if length >= LONGEST_EXTENSION:
            raise EOFError
        extension = _receive(connection, length)
        self._answering.wait()
        name = name_of(command)
        with self._lock:
            if connection not in self._connections:
                raise EOFError
            self.calls.append((name, p1, p2))
            fault = self._fault_for(name)
        result, data = self._commands.execute(command, p1, p2, extension, connection)
        if fault == "error":
            result, data = -1, b""
        answer = request[:12] + struct.pack("<I", result & 0xFFFFFFFF) + data
        _send(connection, answer, fault)

    def _fault_for(self, name: str) -> str | None:
        for fault in self._faults:
            if fault.command in {None, name}:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
                return fault.kind
        return None


def _listen(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _receive(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _send(connection: socket.socket, answer: bytes, fault: str | None) -> None:
    match fault:
        case "garble":
            connection.sendall(bytes(byte ^ 0x5A for byte in answer[:12]) + answer[12:])
        case "split":
            connection.sendall(answer[:7])
            time.sleep(0.02)  # long enough that both segments arrive apart
            connection.sendall(answer[7:])
        case "cut":
            connection.sendall(answer[:8])
            raise EOFError
        case "mute":
            return
        case _:
            connection.sendall(answer)


def obey(emulator: Emulator, line: str) -> Any:
    """Return the answer to one line of control."""
    match line.split():
        case ["pin", gpio]:
            return emulator.pin(int(gpio))
        case ["scripts"]:
            return {number: emulator.scripts.status(number) for number in sorted(emulator.scripts.stored)}
        case ["calls"]:
            return emulator.called()
        case ["restart" | "die" as word, level]:
            getattr(emulator, word)(int(level))
        case ["restart" | "die" | "start" | "hang" | "resume" | "drop" | "refuse" as word]:
            getattr(emulator, word)()
        case ["fault", kind]:
            emulator.fault(kind)
        case ["fault", kind, command]:
            emulator.fault(kind, command)
        case _:
            raise ValueError(f"not understood: {line}")
    return "done"


def main() -> None:
    """Serve until standard input ends or says `quit`."""
    parser = argparse.ArgumentParser(description="An emulated pigpiod for tests.")
    parser.add_argument("--port", type=int, default=0)
    with Emulator(parser.parse_args().port) as emulator:
        sys.stdout.write(f"{emulator.port}\n")
        sys.stdout.flush()
        for line in sys.stdin:
            if line.strip() == "quit":
                break
            try:
                answer = obey(emulator, line.strip())
            except ValueError as error:
                answer = {"error": str(error)}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

"""A real coordinator, pyleco's own, in a process of its own that can be stopped, killed and started again at the same port."""

import signal
import socket
import subprocess
import sys
from typing import Self

_STARTER = """
import sys
from pyleco.coordinators.coordinator import Coordinator
from pyleco.utils.coordinator_utils import ZmqMultiSocket

class Loopback(ZmqMultiSocket):
    def bind(self, host="*", port=0):
        super().bind("127.0.0.1", port)

with Coordinator(namespace=sys.argv[1], host="127.0.0.1", port=int(sys.argv[2]), multi_socket=Loopback()) as coordinator:
    print("ready", flush=True)
    coordinator.routing()
"""
"""As its own command, but for the address: that binds every interface of the machine."""


class RealCoordinator:
    """The coordinator of namespace N1 on loopback; `python` is the interpreter whose pyleco it is."""

    def __init__(self, python: str = sys.executable) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self._command = [python, "-c", _STARTER, "N1", str(self.port)]
        self.start()

    def start(self) -> None:
        """Start one that knows nobody, and wait until it listens."""
        self.process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def kill(self) -> None:
        """End it without a word."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        if self.process.poll() is None:
            self._end(signal.SIGKILL)

    def _end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

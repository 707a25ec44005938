"""What stands at the other end of a Unix datagram socket: journald and systemd, as far as their sockets go."""

import mmap
import os
import socket
import struct
from pathlib import Path
from typing import Self

from tests.fakes import PATIENCE


class Receiver:
    """A datagram socket that keeps what it was sent until it is read; `address` as the sender names it."""

    def __init__(self, address: str | Path) -> None:
        self.address = str(address)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{self.address[1:]}" if self.address.startswith("@") else self.address)

    def receive(self, patience: float = PATIENCE) -> bytes:
        """Return the next datagram, or the content of the memory file that came instead of one."""
        self._socket.settimeout(patience)
        data, descriptors, _flags, _address = socket.recv_fds(self._socket, 1 << 20, 1)
        for descriptor in descriptors:
            with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as content:
                data += content[:]
            os.close(descriptor)
        return data

    def text(self) -> str:
        """Return the next datagram as text."""
        return self.receive().decode()

    def entry(self) -> dict[str, str]:
        """Return the next datagram as journald reads it: field -> value."""
        return dict(parsed(self.receive()))

    def entries(self, count: int) -> list[dict[str, str]]:
        """Return the next `count` entries."""
        return [self.entry() for _ in range(count)]

    def is_empty(self) -> bool:
        """Return whether nothing has come."""
        try:
            self._socket.settimeout(0)
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()
        Path(self.address).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def parsed(data: bytes) -> list[tuple[str, str]]:
    """Return the fields of an entry in the native protocol: NAME=value, or NAME, newline, 64-bit length, value; each with a newline."""
    found = []
    while data:
        line, _, rest = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack_from("<Q", rest)
            value, rest = rest[8 : 8 + length], rest[8 + length :]
            assert rest.startswith(b"\n")
            rest = rest[1:]
        found.append((name.decode(), value.decode()))
        data = rest
    return found

"""One daemon per hardware: a lock that vanishes with its process, whatever ended it. Linux only; docs/decisions/0003 has the reasons."""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from actors.errors import RefusedError

PREFIX: Final = "\0pilotage.hardware."
"""A name that begins with a zero byte is an abstract one: no file, no owner, gone with the last descriptor (man 7 unix)."""
_BACKLOG: Final = 128
"""Those who found the hardware busy wait here unaccepted; with the queue full, the next one is not told the holder's process id."""


class HardwareBusy(RefusedError):  # noqa: N818 - a state of the hardware, no error of anybody
    """Another process holds `resource`; `pid` is its process id where the kernel tells."""

    def __init__(self, resource: str, pid: int | None) -> None:
        holder = f"process {pid}" if pid else "another process"
        super().__init__("hardware_busy", f"{resource} is in use by {holder}: one daemon per bench, and nothing was touched")
        self.resource = resource
        self.pid = pid


class HardwareLock:
    """Holds all of `names`, or none: taken by `acquire` or by `with`, given back by `release` or by the end of the process.

    A child made by `fork` alone would inherit it; `subprocess` closes it in the child.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(sorted(set(names)))
        self._sockets: list[socket.socket] = []

    def acquire(self) -> None:
        """Take every name or none. Raises HardwareBusy when one is held, RefusedError `no_lock` where there is no such lock."""
        if self._sockets:
            return
        try:
            for name in self.names:
                self._sockets.append(_take(name))
        except BaseException:
            self.release()
            raise

    def add(self, names: Iterable[str]) -> None:
        """Take further names besides those that are held, or none of them; raises as `acquire` does."""
        more = HardwareLock(name for name in names if name not in self.names)
        more.acquire()
        self.names += more.names
        self._sockets += more._sockets

    def release(self) -> None:
        """Give everything back; harmless when nothing is held."""
        while self._sockets:
            self._sockets.pop().close()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


def bus_lock(bus_id: int) -> str:
    """Return the name of the lock on I2C bus `bus_id`."""
    return f"i2c-{bus_id}"


def spi_lock(chip: str) -> str:
    """Return the name of the lock on the SPI device of one chip, bus and chip select."""
    return f"spi-{chip}"


def pigpiod_lock(host: str, port: int) -> str:
    """Return the name of the lock on a pigpiod: one name for every way to say "this machine" that needs no resolver."""
    return f"pigpiod-{'localhost' if _is_this_machine(host.rstrip('.')) else host.lower()}-{port}"


def _is_this_machine(host: str) -> bool:
    if host.lower() in {"", "localhost", socket.gethostname().lower()}:
        return True
    address = _address_of(host)
    return address is not None and (address.is_loopback or address.is_unspecified or _is_own(address))


def _address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that `host` is as the C library reads it (`127.1`, `::ffff:127.0.0.1`); None for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_own(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether a network interface of this machine has `address`: nobody else can bind to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - the number of the protocol
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _take(name: str) -> socket.socket:
    taken = _socket()
    try:
        taken.bind(PREFIX + name)
        taken.listen(_BACKLOG)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise HardwareBusy(name, _holder(name)) from error
        raise RefusedError("no_lock", f"the lock on {name} cannot be taken here ({error.strerror}): real hardware needs Linux") from error
    return taken


def _socket() -> socket.socket:
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        raise RefusedError("no_lock", "this system has no Unix sockets to lock the hardware with: real hardware needs Linux")
    return socket.socket(family, socket.SOCK_STREAM)


def _holder(name: str) -> int | None:
    """Return the process id of the one that listens under `name`, or None."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    with _socket() as visitor:
        visitor.settimeout(0)
        try:
            visitor.connect(PREFIX + name)
            (pid,) = struct.unpack_from("i", visitor.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
        except OSError:
            return None
    return int(pid) or None

"""A channel of a kernel multiplexer: a bus whose number changes between boots, below a root adapter that does its transfers."""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from actors.bench.buses import BusPath
from actors.errors import BusError
from actors.hardware.i2c.bus import NO_ACK, LinuxBus, T, set_timeout
from actors.hardware.machine import bus_node

if TYPE_CHECKING:
    from collections.abc import Callable

    from smbus2 import SMBus

DEVICES: Final = Path("/dev")
SYSFS: Final = Path("/sys/bus/i2c/devices")


def linux_bus(path: BusPath, timeout: float = 0.1, devices: Path = DEVICES, sysfs: Path = SYSFS) -> LinuxBus:
    """Return the bus at `path`, made without touching anything."""
    if path.mux is None:
        return LinuxBus(path.root, timeout, node=bus_node(path.root, devices), sysfs=sysfs)
    return MuxedBus(path, timeout, devices, sysfs)


def channel_number(path: BusPath, sysfs: Path = SYSFS) -> int:
    """Return the number that the channel at `path` has now. Raises BusError `no_mux` where the kernel has no such multiplexer."""
    link = sysfs / f"{path.root}-{path.mux:04x}" / f"channel-{path.channel}"
    try:
        return int(link.readlink().name.removeprefix("i2c-"))
    except (OSError, ValueError) as error:
        text = f"the kernel has no {path.words}; `pilotage doctor` says what is missing"
        raise BusError("no_mux", text, getattr(error, "errno", None)) from error


class MuxedBus(LinuxBus):
    """Opened by the first transfer, and looked up by then; the kernel selects the channel and transfers under the root adapter's lock."""

    def __init__(self, path: BusPath, timeout: float = 0.1, devices: Path = DEVICES, sysfs: Path = SYSFS) -> None:
        super().__init__(path.root, timeout, node=bus_node(path.root, devices), sysfs=sysfs)
        self.path = path
        self._root = self.node
        self._devices = devices

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Do as `LinuxBus.transfer`; raises BusError `mux_absent` or `no_mux` for what the multiplexer does."""
        try:
            return super().transfer(address, data, length)
        except OSError as error:
            if error.errno in NO_ACK:
                self._ask_mux()
            raise

    def probe(self, address: int) -> bool:
        """Do as `LinuxBus.probe`; raises as `transfer`."""
        found = super().probe(address)
        if not found:
            self._ask_mux()
        return found

    def _open(self) -> SMBus:
        """Open the channel, whose number is looked up each time; the time-out is the root adapter's, whose the transfers are.

        A channel copies that time-out once, when the kernel makes it (i2c-mux.c), and it has no effect there.
        """
        from smbus2 import SMBus

        self.bus_id = channel_number(self.path, self._sysfs)
        self.node = bus_node(self.bus_id, self._devices)
        with suppress(OSError), SMBus(self._root) as root:
            set_timeout(root, self.timeout)
        return super()._open()

    def _guarded(self, act: Callable[[SMBus], T]) -> T:
        try:
            return super()._guarded(act)
        except BusError as error:
            if error.code == "no_adapter" and Path(self._root).exists():
                raise BusError("no_mux", f"{self.path.words} has gone, and its adapter has not", error.errno) from error
            raise

    def _ask_mux(self) -> None:
        """Tell a chip that does not answer from its multiplexer that does not: raises BusError `mux_absent`.

        One that has lost its supply selects nothing, which the kernel does not notice while it goes on with one channel (`last_chan`,
        i2c-mux-pca954x.c): a read through another channel makes it select anew. Reading a multiplexer changes nothing (SCPS207, 9.6).
        """
        from smbus2 import SMBus, i2c_msg

        mux = self.path.mux or 0
        selected = i2c_msg.read(mux, 1)
        try:
            with SMBus(self._root) as root:
                root.i2c_rdwr(selected)
        except OSError as error:
            if error.errno in NO_ACK:
                raise mux_absent(self.path, error.errno) from error
            return
        if bytes(selected) == b"\0":
            self._select_another(mux)

    def _select_another(self, mux: int) -> None:
        from smbus2 import SMBus, i2c_msg

        for link in sorted((self._sysfs / f"{self.path.root}-{mux:04x}").glob("channel-*")):
            if link.name != f"channel-{self.path.channel}":
                with suppress(OSError), SMBus(str(self._devices / link.readlink().name)) as other:
                    other.i2c_rdwr(i2c_msg.read(mux, 1))
                return


def mux_absent(path: BusPath, number: int | None = errno.ENXIO) -> BusError:
    """Return what is wrong with all channels of a multiplexer that does not answer."""
    return BusError("mux_absent", f"the multiplexer 0x{path.mux:02X} on {BusPath(path.root).words} does not answer", number)

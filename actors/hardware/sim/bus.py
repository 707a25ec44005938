"""A simulated I2C bus: a lock, the time of each byte, and chips by address, also behind multiplexers."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeGuard

from actors.bench.buses import BusPath
from actors.core.clock import Clock
from actors.errors import from_os_error
from actors.hardware.i2c.muxed import mux_absent
from actors.hardware.sim.chips.base import EREMOTEIO, Chip, os_error
from actors.hardware.sim.faults import FaultBoard, Injected, once

WHOLE_BUS: Final = "bus"
"""The target of a fault that is not one chip's."""
BYTE_TIME = 90e-6
"""Seconds per byte at 100 kHz: eight bits and the acknowledge."""
SPENT_AT_ONCE = 5e-3
"""Seconds of bus time that are slept together: a sleep for each short transfer would wake a bench at rest a hundred times a second."""

# i2cdetect reads a byte here, because a quick write may write-protect the EEPROMs that live at these addresses.
_READ_PROBED = (range(0x30, 0x38), range(0x50, 0x60))
_ERRNO = {
    "unplug": EREMOTEIO,
    "nak": EREMOTEIO,
    "eio": errno.EIO,
    "timeout": errno.ETIMEDOUT,
    "stuck": errno.ETIMEDOUT,
    "gone": errno.ENODEV,
    "kernel_owned": errno.EBUSY,
}
# What the Linux bus says in the words of this program, because no other try at the chip would help.
_TRANSLATED = {errno.ENODEV, errno.EBUSY}

Via = tuple[int, int]
"""A channel: the address of its multiplexer, and its number."""
Where = int | tuple[int, int, int]
"""A chip: its address, or its channel and its address there."""
Target = Where | Via | str
"""What can be broken: a chip, a channel, a multiplexer by its address in words, or `WHOLE_BUS`."""


def is_chip(target: Target) -> TypeGuard[Where]:
    """Return whether it is a chip that is meant."""
    return not isinstance(target, str) and (isinstance(target, int) or len(target) > len(("mux", "channel")))


class SimulatedBus:
    """An I2C bus in memory; satisfies `actors.drivers.base.Bus`. Thread-safe: transfers are serialised as the kernel does it.

    A fault that takes time (hang, timeout, slow) on one address blocks only the thread that talks to it; on the whole bus it holds the bus.
    A multiplexer leaves its last channel connected, as the kernel's driver does: one whose line is held low then holds the whole bus.
    """

    def __init__(self, clock: Clock, byte_time: float = BYTE_TIME, seed: int = 0, number: int = 1) -> None:
        self.clock = clock
        self.byte_time = byte_time
        self.number = number
        self._unspent = 0.0
        self.faults = FaultBoard(clock, seed)
        self._chips: dict[Where, Chip] = {}
        self._stand_ins: dict[Where, Chip] = {}
        self._selected: Via | None = None
        self._lock = threading.Lock()

    @property
    def chips(self) -> Mapping[Where, Chip]:
        """The chips wired to the bus, by where they are; a stand-in for the wrong chip is not among them."""
        return self._chips

    def attach(self, where: Where, chip: Chip) -> None:
        """Wire `chip` to an address of the bus, or of a channel."""
        self._chips[where] = chip

    def detach(self, where: Where) -> None:
        """Take the chip there away, with every fault that was on it."""
        self.faults.clear(where)
        self._chips.pop(where, None)

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Write `data` (None: no write message), then read `length` bytes; as on a real bus, an empty write asks for an acknowledge only.

        Raises OSError with the kernel's errno, PermanentError `kernel_owned`, BusError `no_adapter`.
        """
        return self.through(None, address, data, length)

    def through(self, via: Via | None, address: int, data: bytes | None, length: int) -> bytes:
        """Do as `transfer`, through a channel where `via` is one; raises also BusError `mux_absent`."""
        if data is None and not length:
            raise ValueError("a transfer writes or reads")
        where: Where = address if via is None else (*via, address)
        corrupted = self._suffer(where, address) if self.faults.active else None
        with self._lock:
            if self.faults.active:
                corrupted = self._suffer(WHOLE_BUS, address) or self._pass(via, address) or corrupted
            self._selected = via or self._selected
            chip = self._stand_ins.get(where) or self._chips.get(where) or self._chips.get(address)
            if chip is None:
                self._occupy(1)
                raise os_error(EREMOTEIO)
            self._occupy((0 if data is None else 1 + len(data)) + (1 + length if length else 0))
            answer = chip.transfer(data, length)
        return self.faults.garbage(corrupted.options["variant"], length) if corrupted else answer

    def _pass(self, via: Via | None, address: int) -> Injected | None:
        """Suffer what is wrong on the way to a channel, or with the one that is left connected; return what spoils the bytes read."""
        left = self._selected
        if left is not None and left != via and self.faults.on(left) == "stuck":
            self._suffer(left, address)
        if via is None:
            return None
        if self.faults.hit(f"0x{via[0]:02X}") is not None:
            self._selected = None
            raise mux_absent(BusPath(self.number, *via))
        self._selected = via
        return self._suffer(via, address)

    def probe(self, address: int) -> bool:
        """Return whether something acknowledges, asked as i2cdetect does: no data byte is written.

        Raises PermanentError `kernel_owned`, OSError ETIMEDOUT where the bus is stuck, and what else `transfer` raises.
        """
        return _answers(self.transfer, address)

    def break_chip(self, target: Target, kind: str, options: Mapping[str, Any], stand_in: Chip | None = None) -> None:
        """Put a fault with checked options on `target`, at once effective, also on transfers already blocked."""
        if once(kind, options):
            self._power_cycle(target)
            return
        self.faults.inject(target, Injected(kind, options, lambda: self._mend(target, kind)))
        if stand_in is not None and is_chip(target):
            self._stand_ins[target] = stand_in
        if kind == "unplug":
            self._power_cycle(target)
        if kind in {"open", "short"}:
            self._damage(target, kind)

    def _mend(self, target: Target, kind: str) -> None:
        if kind == "wrong_chip" and is_chip(target):
            self._stand_ins.pop(target, None)
        if kind in {"wrong_chip", "unplug"}:
            self._power_cycle(target)
        if kind in {"open", "short"}:
            self._damage(target, None)

    def _damage(self, target: Target, kind: str | None) -> None:
        for chip in self._at(target):
            chip.damage = kind

    def _power_cycle(self, target: Target) -> None:
        for chip in self._at(target):
            chip.power_cycle()

    def _at(self, target: Target) -> list[Chip]:
        if is_chip(target):
            chip = self._stand_ins.get(target) or self._chips.get(target)
            return [chip] if chip else []
        places = [*self._chips.items(), *self._stand_ins.items()]
        if isinstance(target, tuple):
            return [chip for where, chip in places if isinstance(where, tuple) and where[:2] == target]
        return [chip for _, chip in places] if target == WHOLE_BUS else []

    def _suffer(self, target: Target, address: int) -> Injected | None:
        """Wait or raise as the fault on `target` wants; return it if it spoils the bytes read."""
        try:
            return self.faults.suffer(target, _ERRNO, lambda: self._power_cycle(target))
        except OSError as error:
            if error.errno in _TRANSLATED:
                raise from_os_error(error, f"0x{address:02X}") from None
            raise

    def _occupy(self, count: int) -> None:
        self._unspent += count * self.byte_time
        if self._unspent >= SPENT_AT_ONCE:
            spent, self._unspent = self._unspent, 0.0
            self.clock.sleep(spent)


class SimulatedChannel:
    """A channel of a multiplexer on a simulated bus; satisfies `actors.drivers.base.Bus`."""

    def __init__(self, bus: SimulatedBus, via: Via) -> None:
        self._bus = bus
        self._via = via

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Do as `SimulatedBus.through`."""
        return self._bus.through(self._via, address, data, length)

    def probe(self, address: int) -> bool:
        """Do as `SimulatedBus.probe`."""
        return _answers(self.transfer, address)


def _answers(transfer: Callable[[int, bytes | None, int], bytes], address: int) -> bool:
    by_reading = any(address in addresses for addresses in _READ_PROBED)
    try:
        transfer(address, None if by_reading else b"", int(by_reading))
    except OSError as error:
        if error.errno in {EREMOTEIO, errno.ENXIO}:
            return False
        raise
    return True

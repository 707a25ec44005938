"""The simulated I2C bus: a lock, the time of each byte, and chips by address."""

from __future__ import annotations

import errno
import threading
from collections.abc import Mapping
from typing import Any, Final

from actors.core.clock import Clock
from actors.errors import from_os_error
from actors.hardware.sim.chips.base import EREMOTEIO, Chip, os_error
from actors.hardware.sim.faults import ADAPTER_TIMEOUT, FaultBoard, Injected

WHOLE_BUS: Final = "bus"
"""The target of a fault that is not one chip's."""
BYTE_TIME = 90e-6
"""Seconds per byte at 100 kHz: eight bits and the acknowledge."""
SPENT_AT_ONCE = 5e-3
"""Seconds of bus time that are slept together: a sleep for each short transfer would wake a bench at rest a hundred times a second."""

# i2cdetect reads a byte here, because a quick write may write-protect the EEPROMs that live at these addresses.
_READ_PROBED = (range(0x30, 0x38), range(0x50, 0x60))
_ERRNO = {"unplug": EREMOTEIO, "nak": EREMOTEIO, "eio": errno.EIO, "timeout": errno.ETIMEDOUT, "stuck": errno.ETIMEDOUT}
# What the Linux bus says in the words of this program, because no other try at the chip would help.
_TRANSLATED = {"gone": errno.ENODEV, "kernel_owned": errno.EBUSY}


class SimulatedBus:
    """An I2C bus in memory; satisfies `actors.drivers.base.Bus`. Thread-safe: transfers are serialised as the kernel does it.

    A fault that takes time (hang, timeout, slow) on one address blocks only the thread that talks to it; on the whole bus it holds the bus.
    """

    def __init__(self, clock: Clock, byte_time: float = BYTE_TIME, seed: int = 0) -> None:
        self.clock = clock
        self.byte_time = byte_time
        self._unspent = 0.0
        self.faults = FaultBoard(clock, seed)
        self._chips: dict[int, Chip] = {}
        self._stand_ins: dict[int, Chip] = {}
        self._lock = threading.Lock()

    @property
    def chips(self) -> Mapping[int, Chip]:
        """The chips wired to the bus, by address; a stand-in for the wrong chip is not among them."""
        return self._chips

    def attach(self, address: int, chip: Chip) -> None:
        """Wire `chip` to `address`."""
        self._chips[address] = chip

    def detach(self, address: int) -> None:
        """Take the chip at `address` away, with every fault that was on it."""
        self.faults.clear(address)
        self._chips.pop(address, None)

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Write `data` (None: no write message), then read `length` bytes; as on a real bus, an empty write asks for an acknowledge only.

        Raises OSError with the kernel's errno, PermanentError `kernel_owned`, BusError `no_adapter`.
        """
        if data is None and not length:
            raise ValueError("a transfer writes or reads")
        corrupted = self._suffer(address, address) if self.faults.active else None
        with self._lock:
            if self.faults.active:
                corrupted = self._suffer(WHOLE_BUS, address) or corrupted
            chip = self._stand_ins.get(address) or self._chips.get(address)
            if chip is None:
                self._occupy(1)
                raise os_error(EREMOTEIO)
            self._occupy((0 if data is None else 1 + len(data)) + (1 + length if length else 0))
            answer = chip.transfer(data, length)
        return self.faults.garbage(corrupted.options["variant"], length) if corrupted else answer

    def probe(self, address: int) -> bool:
        """Return whether something acknowledges, asked as i2cdetect does: no data byte is written.

        Raises PermanentError `kernel_owned`, OSError ETIMEDOUT where the bus is stuck, and what else `transfer` raises.
        """
        try:
            if any(address in addresses for addresses in _READ_PROBED):
                self.transfer(address, None, 1)
            else:
                self.transfer(address, b"")
        except OSError as error:
            if error.errno in {EREMOTEIO, errno.ENXIO}:
                return False
            raise
        return True

    def break_chip(self, target: int | str, kind: str, options: Mapping[str, Any], stand_in: Chip | None = None) -> None:
        """Put a fault with checked options on an address or on `WHOLE_BUS`, at once effective, also on transfers already blocked."""
        if kind == "brown_out" and options["rate"] >= 1.0 and options["times"] is None:
            self._power_cycle(target)
            return
        self.faults.inject(target, Injected(kind, options, lambda: self._mend(target, kind)))
        if stand_in is not None and isinstance(target, int):
            self._stand_ins[target] = stand_in
        if kind == "unplug":
            self._power_cycle(target)
        if kind in {"open", "short"}:
            self._damage(target, kind)

    def _mend(self, target: int | str, kind: str) -> None:
        if kind == "wrong_chip" and isinstance(target, int):
            self._stand_ins.pop(target, None)
        if kind in {"wrong_chip", "unplug"}:
            self._power_cycle(target)
        if kind in {"open", "short"}:
            self._damage(target, None)

    def _damage(self, target: int | str, kind: str | None) -> None:
        for chip in self._at(target):
            chip.damage = kind

    def _power_cycle(self, target: int | str) -> None:
        for chip in self._at(target):
            chip.power_cycle()

    def _at(self, target: int | str) -> list[Chip]:
        if isinstance(target, int):
            chip = self._stand_ins.get(target) or self._chips.get(target)
            return [chip] if chip else []
        return [*self._chips.values(), *self._stand_ins.values()]

    def _suffer(self, target: int | str, address: int) -> Injected | None:
        """Wait or raise as the fault on `target` wants; return it if it spoils the bytes read."""
        while (injected := self.faults.hit(target)) is not None:
            options = injected.options
            match injected.kind:
                case "garbage":
                    return injected
                case "hang":
                    self.faults.wait(injected)
                    continue
                case "slow":
                    self.faults.wait(injected, options["delay"])
                    return None
                case "timeout" | "stuck" as kind:
                    if self.faults.wait(injected, options["seconds"] if kind == "timeout" else ADAPTER_TIMEOUT):
                        continue
                case "brown_out":
                    self._power_cycle(target)
                    return None
                case "gone" | "kernel_owned" as kind:
                    raise from_os_error(os_error(_TRANSLATED[kind]), f"0x{address:02X}")
                case "wrong_chip" | "open" | "short" | "shift":
                    return None
            raise os_error(_ERRNO[injected.kind])
        return None

    def _occupy(self, count: int) -> None:
        self._unspent += count * self.byte_time
        if self._unspent >= SPENT_AT_ONCE:
            spent, self._unspent = self._unspent, 0.0
            self.clock.sleep(spent)

"""The kernel's i2c-dev at the level of its ioctls, so that the real smbus2 runs on chips made of registers."""

import errno
import os
from ctypes import memmove
from typing import Any

import pytest
import smbus2.smbus2

I2C_RETRIES, I2C_TIMEOUT, I2C_SLAVE, I2C_FUNCS, I2C_RDWR, I2C_SMBUS = 0x0701, 0x0702, 0x0703, 0x0705, 0x0707, 0x0720
ALL_FUNCS = 0x0EFF0009
"""What i2c-bcm2835 offers: I2C and the emulated SMBus commands, quick write among them."""


class Kernel:
    """Chips by address; each answers reads with its register at the pointer that was written last.

    `failures` are errnos given to the next transfers, first first; `calls` is every ioctl in order.
    """

    def __init__(self) -> None:
        self.chips: dict[int, dict[int, bytes]] = {}
        self.owned: set[int] = set()
        self.failures: list[int] = []
        self.calls: list[tuple[str, Any]] = []
        self.funcs = ALL_FUNCS
        self.refuses_timeout = False
        self.is_adapter = True
        self.no_ack = errno.EREMOTEIO
        self._pointer: dict[int, int] = {}
        self._slave: dict[int, int] = {}

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put this kernel under smbus2 and under `fcntl`."""
        monkeypatch.setattr(smbus2.smbus2, "ioctl", self.ioctl)
        monkeypatch.setattr("fcntl.ioctl", self.ioctl)

    def ioctl(self, fd: Any, request: int, argument: Any = 0) -> int:
        """Answer as linux/drivers/i2c/i2c-dev.c does."""
        if fd is None:
            raise TypeError("argument must be an int, or have a fileno() method.")
        os.fstat(fd)
        if not self.is_adapter:
            raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")
        match request:
            case 0x0702:
                self.calls.append(("timeout", argument))
                if self.refuses_timeout:
                    raise OSError(errno.EINVAL, "Invalid argument")
            case 0x0703:
                self.calls.append(("slave", argument))
                if argument in self.owned:
                    raise OSError(errno.EBUSY, "Device or resource busy")
                self._slave[fd] = argument
            case 0x0705:
                argument.value = self.funcs  # a c_ulong, or a c_uint32 in older versions
            case 0x0707:
                self._rdwr([argument.msgs[i] for i in range(argument.nmsgs)])
            case 0x0720:
                self._smbus(self._slave[fd], argument)
            case _:
                raise OSError(errno.ENOTTY, f"no such request 0x{request:04X}")
        return 0

    def _rdwr(self, messages: list[Any]) -> None:
        self.calls.append(("rdwr", [(m.addr, m.flags, bytes(m) if not m.flags else m.len) for m in messages]))
        for message in messages:
            registers = self._chip(message.addr)
            if message.flags:
                answer = registers[self._pointer.get(message.addr, 0)][: message.len]
                memmove(message.buf, answer, len(answer))
            elif message.len:
                self._pointer[message.addr] = bytes(message)[0]

    def _smbus(self, address: int, command: Any) -> None:
        self.calls.append(("smbus", (address, command.read_write, command.size)))
        self._chip(address)

    def _chip(self, address: int) -> dict[int, bytes]:
        if self.failures:
            number = self.failures.pop(0)
            raise OSError(number, os.strerror(number))
        if address not in self.chips:
            raise OSError(self.no_ack, os.strerror(self.no_ack))
        return self.chips[address]

    def named(self, kind: str) -> list[Any]:
        """Return what the calls of `kind` carried."""
        return [argument for name, argument in self.calls if name == kind]

"""A kernel adapter at the level of its ioctls, with the simulated chips behind it and whatever oddity a test wishes: real smbus2 on top."""

import errno
import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from ctypes import memmove
from pathlib import Path
from typing import Any

import pytest
import smbus2.smbus2

from actors.bench.buses import BusPath
from actors.bench.devices import SensorSpec
from actors.hardware.i2c.bus import LinuxBus
from actors.hardware.sim.chips.base import os_error
from supervisor.rig.rig import BusAccess
from tests.actors.hardware.i2c.i2c_dev import ALL_FUNCS, I2C_FUNCS
from tests.fakes import wait
from tests.faults.broken import AMBIENT, BANDS, WIDTH, BrokenBench

Oddity = Callable[[bytes | None, int], bytes | None]
"""Takes what is written and how much is to be read; raises, blocks, returns what is read instead, or None for what the chip says."""


class Adapter:
    """`/dev/i2c-N` as a file of its own; a descriptor that was open when the adapter went away answers EIO for ever."""

    def __init__(self, node: Path, transfer: Callable[[int, bytes | None, int], bytes]) -> None:
        self.node = node
        self.odd: dict[int | None, Oddity] = {}
        self.opening: Callable[[], None] = lambda: None
        self.timeouts: list[int] = []
        self.transfers: list[tuple[int, threading.Thread]] = []
        self.descriptors: dict[int, int] = {}
        self.serial = False
        self._transfer = transfer
        self._life = 0
        self._lock = threading.Lock()
        node.touch()

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put this adapter under smbus2 and under `fcntl`."""
        opened, closed = os.open, os.close

        def open_(path: Any, *arguments: Any, **options: Any) -> int:
            if path == str(self.node):
                self.opening()
            descriptor = opened(path, *arguments, **options)
            if path == str(self.node):
                self.descriptors[descriptor] = self._life
            return descriptor

        def close(descriptor: int) -> None:
            self.descriptors.pop(descriptor, None)
            closed(descriptor)

        monkeypatch.setattr("os.open", open_)
        monkeypatch.setattr("os.close", close)
        monkeypatch.setattr(smbus2.smbus2, "ioctl", self.ioctl)
        monkeypatch.setattr("fcntl.ioctl", self.ioctl)

    def vanish(self) -> None:
        """Take the adapter away, as when its cable is pulled."""
        self.node.unlink()
        self._life += 1

    def come_back(self) -> None:
        """Put it back: the kernel does that only when nobody holds the old one."""
        assert not [life for life in self.descriptors.values() if life != self._life], "somebody holds the adapter that has gone"
        self.node.touch()

    def ioctl(self, fd: Any, request: int, argument: Any = 0) -> int:
        """Answer as linux/drivers/i2c/i2c-dev.c does."""
        if fd is None:
            raise TypeError("argument must be an int, or have a fileno() method.")
        if self.descriptors[fd] != self._life and request != I2C_FUNCS:
            raise os_error(errno.EIO)
        match request:
            case 0x0702:
                self.timeouts.append(argument)
            case 0x0705:
                argument.value = ALL_FUNCS
            case 0x0707:
                self._exchange([argument.msgs[i] for i in range(argument.nmsgs)])
        return 0

    def _exchange(self, messages: list[Any]) -> None:
        data = None if messages[0].flags else bytes(messages[0])
        last = messages[-1]
        length, address = last.len if last.flags else 0, last.addr
        self.transfers.append((address, threading.current_thread()))
        with self._lock if self.serial else nullcontext():
            odd = self.odd.get(address) or self.odd.get(None)
            answer = odd(data, length) if odd is not None else None
            if answer is None:
                answer = self._transfer(address, data, length)
        if length:
            memmove(last.buf, answer, min(len(answer), length))


class AdapterBench(BrokenBench):
    """A daemon whose children reach the simulated chips through smbus2 and an adapter."""

    def behind(self, node: Path, monkeypatch: pytest.MonkeyPatch) -> "AdapterBench":
        """Put the bus behind an adapter; call it before the start."""
        self.adapter = Adapter(node, self.sim.bus.transfer)
        self.adapter.install(monkeypatch)

        def access(_path: BusPath | None = None) -> BusAccess:
            bus = LinuxBus(1, node=str(node))
            return BusAccess(bus, bus.claim, bus.close)

        monkeypatch.setattr(self.rig, "access", access)
        for spec in self.bench.sensors:
            self.sim.place(spec.address, BANDS.get(spec.id, 0.0))
        return self

    def warm(self, spec: SensorSpec) -> str:
        """Return how `spec` answers for its temperature: ACK with its own, or the code of an ERROR."""
        channel = {"EMC2101": "external"}.get(spec.driver, "temp")
        reply = self.ask(type="AQ", register="add", add=hex(spec.address), channel=channel)
        if reply["state"] == "ERROR":
            return str(reply["code"])
        assert abs(reply["value"] - AMBIENT - BANDS[spec.id]) <= WIDTH, reply
        return "ACK"

    def told(self, *about: str) -> list[str]:
        """Return the events of the log that are about these children or buses, in order."""
        return [record["event"] for record in self.log.items if {record.get("child"), record.get("actor"), record.get("bus")} & {*about}]


def says(number: int) -> Oddity:
    """Return an oddity: this errno."""

    def odd(_data: bytes | None, _length: int) -> bytes | None:
        raise os_error(number)

    return odd


def sends(byte: int) -> Oddity:
    """Return an oddity: nothing but this byte."""
    return lambda _data, length: bytes([byte]) * length


def blocks(gate: threading.Event) -> Oddity:
    """Return an oddity: nothing until `gate` is set, then what the chip says."""

    def odd(_data: bytes | None, _length: int) -> bytes | None:
        wait(gate, 60)
        return None

    return odd

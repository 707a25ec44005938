"""A channel of a multiplexer through the kernel's own nodes: found by its multiplexer, whatever its number."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from actors.bench.buses import BusPath
from actors.errors import BusError
from actors.hardware.i2c.muxed import linux_bus
from tests.actors.hardware.i2c.i2c_dev import I2C_TIMEOUT, Kernel

PATH = BusPath(1, 0x70, 3)


class Muxed:
    """A kernel with one adapter and a multiplexer on it, as `/dev` and sysfs show them: a `Kernel` per node."""

    def __init__(self, folder: Path) -> None:
        self.devices, self.sysfs = folder / "dev", folder / "sys"
        (self.sysfs / "1-0070").mkdir(parents=True)
        self.devices.mkdir()
        self.nodes: dict[str, Kernel] = {}
        self.timeouts: list[str] = []
        self.adapter("i2c-1").chips[0x70] = {0: b"\x08"}
        self.channel(3, 11).chips[0x48] = {0: b"\x19\x10"}
        self.channel(4, 12).chips[0x70] = {0: b"\x10"}
        self.bus = linux_bus(PATH, 0.1, self.devices, self.sysfs)

    def adapter(self, name: str) -> Kernel:
        (self.devices / name).touch()
        return self.nodes.setdefault(str(self.devices / name), Kernel())

    def channel(self, channel: int, number: int) -> Kernel:
        link = self.sysfs / "1-0070" / f"channel-{channel}"
        link.unlink(missing_ok=True)
        link.symlink_to(f"../../i2c-{number}")
        return self.adapter(f"i2c-{number}")

    def ioctl(self, fd: Any, request: int, argument: Any = 0) -> int:
        if fd is None:
            raise TypeError("argument must be an int, or have a fileno() method.")
        node = str(Path(f"/proc/self/fd/{fd}").readlink())
        if request == I2C_TIMEOUT:
            self.timeouts.append(Path(node).name)
        return self.nodes[node].ioctl(fd, request, argument)

    def read(self) -> bytes:
        return self.bus.transfer(0x48, b"\x00", 2)

    def refusal(self) -> BusError:
        with pytest.raises(BusError) as caught:
            self.read()
        return caught.value


@pytest.fixture
def muxed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muxed:
    muxed = Muxed(tmp_path)
    monkeypatch.setattr("smbus2.smbus2.ioctl", muxed.ioctl)
    monkeypatch.setattr("fcntl.ioctl", muxed.ioctl)
    return muxed


def test_a_channel_is_found_by_its_multiplexer_at_each_opening_and_the_time_out_is_the_roots(muxed: Muxed) -> None:
    assert muxed.read() == b"\x19\x10"
    assert "i2c-1" in muxed.timeouts

    muxed.bus.close()
    muxed.channel(3, 31).chips[0x48] = {0: b"\x20\x00"}
    assert muxed.read() == b"\x20\x00"
    muxed.bus.close()


def test_a_chip_that_does_not_answer_is_told_from_a_multiplexer_that_does_not(muxed: Muxed) -> None:
    del muxed.nodes[str(muxed.devices / "i2c-11")].chips[0x48]
    with pytest.raises(OSError, match=os.strerror(errno.EREMOTEIO)):
        muxed.read()
    assert muxed.bus.probe(0x48) is False

    del muxed.nodes[str(muxed.devices / "i2c-1")].chips[0x70]
    assert (muxed.refusal().code, muxed.refusal().message) == ("mux_absent", "the multiplexer 0x70 on I2C bus 1 does not answer")
    muxed.bus.close()


def test_a_multiplexer_that_has_lost_its_selection_is_made_to_select_anew_by_reads_alone(muxed: Muxed) -> None:
    root, other = muxed.nodes[str(muxed.devices / "i2c-1")], muxed.nodes[str(muxed.devices / "i2c-12")]
    del muxed.nodes[str(muxed.devices / "i2c-11")].chips[0x48]
    root.chips[0x70] = {0: b"\x00"}

    with pytest.raises(OSError, match=os.strerror(errno.EREMOTEIO)):
        muxed.read()

    assert other.named("rdwr") == [[(0x70, 1, 1)]]
    assert root.named("rdwr") == [[(0x70, 1, 1)]]
    muxed.bus.close()


def test_a_multiplexer_that_the_kernel_does_not_know_is_no_fault_of_its_adapter(muxed: Muxed) -> None:
    (muxed.sysfs / "1-0070" / "channel-3").unlink()

    assert muxed.refusal().code == "no_mux"
    assert "channel 3 of the multiplexer 0x70 on I2C bus 1" in muxed.refusal().message


def test_an_adapter_that_has_gone_with_its_channels_is_the_adapters_fault(muxed: Muxed) -> None:
    muxed.read()
    muxed.nodes[str(muxed.devices / "i2c-11")].failures = [errno.ENODEV]
    assert muxed.refusal().code == "no_mux"

    muxed.bus.close()
    for node in muxed.devices.iterdir():
        node.unlink()
    assert muxed.refusal().code == "no_adapter"

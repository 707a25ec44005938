import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.errors import BusError, PermanentError
from actors.hardware.i2c.bus import LinuxBus
from actors.hardware.i2c.scan import scan
from tests.actors.hardware.i2c.i2c_dev import Kernel
from tests.fakes import PATIENCE, wait

READ, WRITE = 1, 0


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    kernel.chips[0x48] = {0: b"\x19\x10", 1: b"\x60\xa0"}
    kernel.install(monkeypatch)
    return kernel


@pytest.fixture
def bus(kernel: Kernel) -> Iterator[LinuxBus]:
    bus = LinuxBus(1, node=os.devnull)
    yield bus
    bus.close()


def test_a_register_read_is_one_ioctl_with_write_then_read(bus: LinuxBus, kernel: Kernel) -> None:
    assert bus.transfer(0x48, b"\x01", 2) == b"\x60\xa0"
    assert kernel.named("rdwr") == [[(0x48, WRITE, b"\x01"), (0x48, READ, 2)]]


def test_no_data_means_no_write_message(bus: LinuxBus, kernel: Kernel) -> None:
    assert bus.transfer(0x48, length=2) == b"\x19\x10"
    assert kernel.named("rdwr") == [[(0x48, READ, 2)]]


def test_empty_data_is_an_empty_write_message(bus: LinuxBus, kernel: Kernel) -> None:
    assert bus.transfer(0x48, b"") == b""
    assert kernel.named("rdwr") == [[(0x48, WRITE, b"")]]


@pytest.mark.parametrize("number", [errno.EIO, errno.ETIMEDOUT])
def test_a_failure_on_a_bus_whose_node_has_gone_is_the_adapters_and_lets_go_of_it_at_once(
    kernel: Kernel, tmp_path: Path, number: int
) -> None:
    node = tmp_path / "i2c-7"
    node.touch()
    bus = LinuxBus(7, node=str(node))
    bus.transfer(0x48, b"\x01", 2)
    kernel.failures = [number]
    with pytest.raises(OSError, match=os.strerror(number)):
        bus.transfer(0x48, b"\x01", 2)
    node.unlink()
    kernel.failures = [number]
    with pytest.raises(BusError, match=f"{node} has gone") as caught:
        bus.transfer(0x48, b"\x01", 2)
    assert (caught.value.code, bus._smbus) == ("no_adapter", None)


@pytest.mark.parametrize("number", [errno.EREMOTEIO, errno.ENXIO, errno.EIO, errno.ETIMEDOUT, errno.EAGAIN, errno.EOPNOTSUPP])
def test_what_a_chip_does_keeps_the_errno_of_the_kernel(bus: LinuxBus, kernel: Kernel, number: int) -> None:
    kernel.failures = [number]
    with pytest.raises(OSError) as caught:
        bus.transfer(0x48, b"\x00", 2)
    assert caught.value.errno == number
    assert bus.transfer(0x48, b"\x00", 2) == b"\x19\x10"
    assert kernel.named("timeout") == [10]


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENODEV, "no_adapter"), (errno.ENOENT, "no_adapter"), (errno.EACCES, "no_permission"), (errno.EBADF, "bus_closed")],
)
def test_what_the_bus_does_is_a_bus_error_and_the_next_transfer_opens_again(bus: LinuxBus, kernel: Kernel, number: int, code: str) -> None:
    kernel.failures = [number]
    with pytest.raises(BusError) as caught:
        bus.transfer(0x48, b"\x00", 2)
    assert (caught.value.code, caught.value.errno) == (code, number)
    assert len(kernel.named("timeout")) == 1
    assert bus.transfer(0x48, b"\x00", 2) == b"\x19\x10"
    assert len(kernel.named("timeout")) == 2


def test_a_node_that_is_no_adapter_is_named_and_leaves_no_descriptor(bus: LinuxBus, kernel: Kernel) -> None:
    kernel.is_adapter = False
    with pytest.raises(BusError) as caught:
        bus.transfer(0x48, b"\x00", 2)
    assert (caught.value.code, caught.value.errno) == ("no_adapter", errno.ENOTTY)


@pytest.mark.parametrize(("seconds", "units"), [(0.1, 10), (0.035, 4), (0.0001, 1), (1.0, 100)])
def test_the_adapter_gets_the_time_out_in_units_of_10_ms_never_less(kernel: Kernel, seconds: float, units: int) -> None:
    bus = LinuxBus(1, seconds, node=os.devnull)
    bus.transfer(0x48, b"\x00", 2)
    bus.close()
    assert kernel.named("timeout") == [units]


def test_an_address_of_a_kernel_driver_is_refused_by_name_before_the_first_transfer(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "drivers" / "tmp102").mkdir(parents=True)
    (tmp_path / "1-0048").mkdir()
    (tmp_path / "1-0048" / "driver").symlink_to(tmp_path / "drivers" / "tmp102")
    kernel.owned.add(0x48)
    bus = LinuxBus(1, node=os.devnull, sysfs=tmp_path)
    with pytest.raises(PermanentError) as caught:
        bus.transfer(0x48, b"\x00", 2)
    bus.close()
    assert (caught.value.code, caught.value.errno) == ("kernel_owned", errno.EBUSY)
    assert "0x48 belongs to the kernel driver tmp102" in caught.value.message
    assert kernel.named("rdwr") == []


@pytest.mark.parametrize("number", [errno.EIO, errno.ETIMEDOUT])
def test_a_descriptor_that_fails_three_times_in_a_row_is_opened_anew(bus: LinuxBus, kernel: Kernel, number: int) -> None:
    kernel.failures = [number] * 3
    for _ in range(3):
        assert len(kernel.named("timeout")) <= 1
        with pytest.raises(OSError):
            bus.transfer(0x48, b"\x00", 2)
    bus.transfer(0x48, b"\x00", 2)
    assert len(kernel.named("timeout")) == 2


@pytest.mark.parametrize("life", [errno.EREMOTEIO, None])
def test_an_answer_in_between_shows_that_the_adapter_is_alive(bus: LinuxBus, kernel: Kernel, life: int | None) -> None:
    for failures in ([errno.EIO, errno.EIO], [life] if life else [], [errno.EIO, errno.EIO]):
        kernel.failures = list(failures)
        for _ in failures:
            with pytest.raises(OSError):
                bus.transfer(0x48, b"\x00", 2)
        if not failures:
            bus.transfer(0x48, b"\x00", 2)
    bus.transfer(0x48, b"\x00", 2)
    assert len(kernel.named("timeout")) == 1


def test_a_descriptor_closed_by_another_thread_during_a_transfer_is_a_closed_bus(
    bus: LinuxBus, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus.transfer(0x48, b"\x00", 2)
    assert bus._smbus is not None
    bus._smbus.close()
    with pytest.raises(BusError) as caught:
        bus.transfer(0x48, b"\x00", 2)
    assert caught.value.code == "bus_closed"
    assert bus.transfer(0x48, b"\x00", 2) == b"\x19\x10"


def test_a_chip_that_hangs_blocks_only_its_own_thread(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go_on, answers = threading.Event(), threading.Event(), []
    kernel.chips[0x38] = {0: b"\x1c"}
    chip = kernel._chip

    def slow(address: int) -> dict[int, bytes]:
        if address == 0x38:
            inside.set()
            wait(go_on)
        return chip(address)

    monkeypatch.setattr(kernel, "_chip", slow)
    stuck, healthy = LinuxBus(1, node=os.devnull), LinuxBus(1, node=os.devnull)
    thread = threading.Thread(target=lambda: answers.append(stuck.transfer(0x38, length=1)))
    thread.start()
    wait(inside)
    assert healthy.transfer(0x48, b"\x00", 2) == b"\x19\x10"
    go_on.set()
    thread.join(PATIENCE)
    stuck.close()
    healthy.close()
    assert answers == [b"\x1c"]


QUICK, BYTE = 0, 1


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        (0x38, (0x38, WRITE, QUICK)),
        (0x48, (0x48, WRITE, QUICK)),
        (0x30, (0x30, READ, BYTE)),
        (0x37, (0x37, READ, BYTE)),
        (0x50, (0x50, READ, BYTE)),
    ],
)
def test_a_probe_asks_as_i2cdetect_does_and_writes_no_data(
    bus: LinuxBus, kernel: Kernel, address: int, asked: tuple[int, int, int]
) -> None:
    kernel.chips[address] = {0: b"\x00\x00"}
    assert bus.probe(address) is True
    assert kernel.named("smbus") == [asked]
    assert kernel.named("rdwr") == []


@pytest.mark.parametrize("number", [errno.EREMOTEIO, errno.ENXIO])
def test_a_probe_finds_nothing_where_nothing_acknowledges(bus: LinuxBus, kernel: Kernel, number: int) -> None:
    kernel.no_ack = number
    assert bus.probe(0x49) is False


def test_a_probe_reports_a_kernel_driver_and_does_not_touch_its_chip(bus: LinuxBus, kernel: Kernel) -> None:
    kernel.owned.add(0x48)
    with pytest.raises(PermanentError) as caught:
        bus.probe(0x48)
    assert caught.value.code == "kernel_owned"
    assert kernel.named("smbus") == []


def test_a_scan_through_the_kernel_finds_identifies_and_names_what_is_there(bus: LinuxBus, kernel: Kernel) -> None:
    kernel.chips |= {0x38: {0: b"\x18"}, 0x4A: {1: b"\x85\x83"}}
    kernel.owned.add(0x4B)
    expected = {0x38: "AHT10", 0x48: "TMP102", 0x49: "TMP102", 0x4A: "TMP102", 0x4B: "TMP102"}
    states = {found.address: found.state for found in scan(bus, sorted(expected), expected)}
    assert states == {0x38: "configured", 0x48: "identified", 0x49: "absent", 0x4A: "wrong_chip", 0x4B: "kernel_owned"}

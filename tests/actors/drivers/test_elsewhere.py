"""Sensors on no I2C bus: chips on SPI, and what a kernel driver measures."""

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actors.bench.buses import BusPath
from actors.drivers.base import SensorDriver
from actors.drivers.registry import SENSOR_DRIVER_REGISTRY
from actors.errors import DeviceError, Fault, PermanentError, TransientError
from actors.hardware.files import FileBus
from actors.hardware.sim.chips.spi import Max31855, Max31856, Max31865, SpiChip
from actors.hardware.sim.elsewhere import w1_slave
from actors.hardware.spi.bus import SPI_IOC_MESSAGE_1, SPI_IOC_WR_MODE, SpiBus
from tests.fakes import ManualClock

CELSIUS = 24.875
SPI: dict[str, type[SpiChip]] = {"MAX31855": Max31855, "MAX31856": Max31856, "MAX31865": Max31865}
every_spi_chip = pytest.mark.parametrize("name", SPI)


class Plugged:
    """A chip alone on SPI."""

    def __init__(self, chip: SpiChip) -> None:
        self.chip = chip

    def transfer(self, _address: int, data: bytes | None = None, length: int = 0) -> bytes:
        return self.chip.transfer(data, length)


def wired(name: str, clock: ManualClock, celsius: float = CELSIUS, **options: Any) -> tuple[SensorDriver, SpiChip]:
    kind = SENSOR_DRIVER_REGISTRY[name]
    chosen = kind.Options(**options)
    chip = SPI[name](lambda _: celsius, clock, 1.0, chosen)
    return kind(Plugged(chip), 0, chosen, clock), chip


@every_spi_chip
@pytest.mark.parametrize("celsius", [-20.0, 0.25, CELSIUS, 100.0, 120.0])
def test_a_chip_on_spi_tells_the_truth(name: str, celsius: float, clock: ManualClock) -> None:
    sensor, _ = wired(name, clock, celsius)
    sensor.connect()
    assert sensor.measure()["temp"] == pytest.approx(celsius, abs=0.13)


@pytest.mark.parametrize(("nominal", "reference"), [(100.0, 430.0), (1000.0, 4300.0)])
@pytest.mark.parametrize("wires", [2, 3, 4])
def test_platinum_of_both_kinds_and_any_number_of_wires(nominal: float, reference: float, wires: int, clock: ManualClock) -> None:
    sensor, _ = wired("MAX31865", clock, 100.0, nominal=nominal, reference=reference, wires=wires)
    sensor.connect()
    values = sensor.measure()
    assert values["temp"] == pytest.approx(100.0, abs=0.05)
    assert values["resistance"] == pytest.approx(1.38506 * nominal, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "damage", "code"),
    [
        ("MAX31855", "open", "probe_open"),
        ("MAX31855", "short", "probe_short"),
        ("MAX31856", "open", "probe_open"),
        ("MAX31856", "short", "probe_short"),
        ("MAX31865", "open", "probe_open"),
        ("MAX31865", "short", "bridge_fault"),
    ],
)
def test_a_broken_probe_on_spi_is_a_fault(name: str, damage: str, code: str, clock: ManualClock) -> None:
    sensor, chip = wired(name, clock)
    sensor.connect()
    chip.damage = damage
    value = sensor.measure()["temp"]
    assert isinstance(value, Fault)
    assert value.code == code


@every_spi_chip
@pytest.mark.parametrize("sent", [0x00, 0xFF])
def test_a_line_that_says_nothing_is_nobody(name: str, sent: int, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    sensor, chip = wired(name, clock)
    sensor.connect()
    monkeypatch.setattr(chip, "transfer", lambda _, length: bytes((sent,)) * length)
    for act in (sensor.measure, sensor.connect):
        with pytest.raises(TransientError) as caught:
            act()
        assert caught.value.code == "no_answer"


@pytest.mark.parametrize("name", ["MAX31856", "MAX31865"])
def test_a_chip_on_spi_that_lost_its_power_is_noticed_and_set_up_again(name: str, clock: ManualClock) -> None:
    sensor, chip = wired(name, clock)
    sensor.connect()
    for _ in range(2):
        chip.power_cycle()
        with pytest.raises(TransientError) as caught:
            sensor.measure()
        assert caught.value.code in {"settings_lost", "no_answer"}
        assert sensor.measure()["temp"] == pytest.approx(CELSIUS, abs=0.13)


def test_the_kernel_gets_one_message_of_both_directions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes

    asked: list[tuple[int, bytes]] = []

    def ioctl(_fd: int, request: int, argument: bytes) -> int:
        asked.append((request, argument))
        if request == SPI_IOC_MESSAGE_1:
            out, back, length = struct.unpack_from("=QQI", argument)
            assert ctypes.string_at(out, length) == b"\x01\x00\x00"
            ctypes.memmove(back, b"\xee\x12\x34", length)
        return 0

    (tmp_path / "spidev0.1").touch()
    monkeypatch.setattr("fcntl.ioctl", ioctl)
    bus = SpiBus("0.1", tmp_path)
    assert bus.transfer(0, b"\x01", 2) == b"\x12\x34"
    assert [request for request, _ in asked] == [SPI_IOC_WR_MODE, SPI_IOC_MESSAGE_1]
    assert len(asked[1][1]) == 32
    bus.close()


def test_no_spi_device_is_said_so(tmp_path: Path, clock: ManualClock) -> None:
    kind = SENSOR_DRIVER_REGISTRY["MAX31855"]
    with pytest.raises(PermanentError, match="dtparam=spi=on") as caught:
        kind(SpiBus("0.0", tmp_path), 0, kind.Options(), clock).connect()
    assert caught.value.code == "no_spi"


SERIAL = "28-0123456789ab"


def kernel(root: Path, name: str, clock: ManualClock, **options: Any) -> tuple[SensorDriver, FileBus]:
    kind, bus = SENSOR_DRIVER_REGISTRY[name], FileBus(root)
    return kind(bus, 0, kind.Options(**options), clock), bus


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def w1(root: Path, text: str, clock: ManualClock, serial: str = SERIAL) -> Callable[[], Any]:
    folder = f"bus/w1/devices/{serial}"
    put(root, {f"{folder}/name": serial, f"{folder}/w1_slave": text})
    sensor, _ = kernel(root, "W1", clock, serial=serial)
    sensor.connect()
    return lambda: sensor.measure()["temp"]


def frame(*data: int, crc: str = "YES") -> str:
    from actors.drivers.kernel.w1_frame import crc8

    whole = bytes(data) if len(data) == 9 else bytes((*data, crc8(bytes(data))))
    return f"{whole.hex(' ')} : crc={whole[8]:02x} {crc}\n{whole.hex(' ')} t=85000\n"


@pytest.mark.parametrize("celsius", [-55.0, -10.125, -0.5, 0.0, 25.0625, 85.0, 125.0])
def test_a_ds18b20_by_the_data_sheets_table(celsius: float, tmp_path: Path, clock: ManualClock) -> None:
    assert w1(tmp_path, w1_slave(celsius), clock)() == celsius


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_converted"),
        (frame(0x50, 0x05, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10), "not_converted"),
        (frame(0xFF, 0x07, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10), "not_converted"),
        (frame(*[0] * 9), "bad_frame"),
        (frame(*[0xFF] * 9, crc="NO"), "checksum"),
        (frame(0x90, 0x01, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0x00), "checksum"),
        ("nonsense", "bad_frame"),
    ],
)
def test_the_lies_of_a_ds18b20_are_errors(text: str, code: str, tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(TransientError) as caught:
        w1(tmp_path, text, clock)()
    assert caught.value.code == code


def test_85_degrees_that_were_converted_are_a_value(tmp_path: Path, clock: ManualClock) -> None:
    assert w1(tmp_path, frame(0x50, 0x05, 0x4B, 0x46, 0x7F, 0xFF, 0x04, 0x10), clock)() == 85.0


def test_a_sensor_that_vanishes_and_comes_back(tmp_path: Path, clock: ManualClock) -> None:
    measure = w1(tmp_path, w1_slave(20.0), clock)
    folder = tmp_path / "bus/w1/devices" / SERIAL
    folder.rename(tmp_path / "away")
    with pytest.raises(TransientError) as caught:
        measure()
    assert caught.value.code == "no_device"
    (tmp_path / "away").rename(folder)
    assert measure() == 20.0


HWMON = {"device": "i2c:1-0040", "channels": {"v": "in1", "i": "curr1", "p": "power1", "t": "temp1"}}
MONITOR = "bus/i2c/devices/1-0040/hwmon/hwmon3"


def test_hwmon_converts_its_units_and_follows_the_kernels_numbers(tmp_path: Path, clock: ManualClock) -> None:
    files = {"name": "ina219\n", "in1_input": "12000\n", "curr1_input": "-500\n", "power1_input": "6000000\n", "temp1_input": "-1250\n"}
    put(tmp_path, {f"{MONITOR}/{name}": text for name, text in files.items()})
    sensor, bus = kernel(tmp_path, "hwmon", clock, **HWMON)
    sensor.connect()
    assert sensor.measure() == pytest.approx({"v": 12.0, "i": -0.5, "p": 6.0, "t": -1.25})
    assert [channel.units for channel in sensor.channels_of(sensor.options)] == ["V", "A", "W", "°C"]
    (tmp_path / MONITOR).rename(tmp_path / MONITOR.replace("hwmon3", "hwmon7"))
    sensor.connect()
    assert sensor.measure()["v"] == 12.0
    bus.close()


def test_a_device_behind_a_multiplexer_is_found_by_the_link_of_its_channel_whatever_its_number(tmp_path: Path, clock: ManualClock) -> None:
    link = tmp_path / "bus/i2c/devices/1-0070/channel-3"
    for number in (11, 23):
        put(tmp_path, {f"devices/i2c-{number}/{number}-0040/hwmon/hwmon3/temp1_input": f"{number}000"})
    put(tmp_path, {"bus/i2c/devices/1-0070/name": "pca9548"})
    link.symlink_to(tmp_path / "devices/i2c-11")
    device = {"parent": 1, "mux": 0x70, "channel": 3, "address": 0x40}
    sensor, bus = kernel(tmp_path, "hwmon", clock, device=device, channels={"t": "temp1"})
    sensor.connect()
    assert sensor.measure() == {"t": 11.0}
    link.unlink()
    link.symlink_to(tmp_path / "devices/i2c-23")
    sensor.connect()
    assert sensor.measure() == {"t": 23.0}
    assert type(sensor).below(sensor.options) == (BusPath(1, 0x70, 3), 0x40)
    assert sensor.place(sensor.options) == "i2c-1/0x70/3:0x40"
    bus.close()


def test_a_driver_of_the_kernel_that_is_known_to_lie_is_not_believed(tmp_path: Path, clock: ManualClock) -> None:
    put(tmp_path, {"bus/spi/devices/spi0.0/iio:device0/name": "max31865\n", "bus/spi/devices/spi0.0/iio:device0/in_temp_raw": "1"})
    sensor, bus = kernel(tmp_path, "IIO", clock, device="spi:spi0.0", channels={"t": "temp"})
    with pytest.raises(PermanentError, match="'driver': 'MAX31865'"):
        sensor.connect()
    bus.close()


def test_hwmon_says_that_a_probe_is_broken(tmp_path: Path, clock: ManualClock) -> None:
    put(tmp_path, {f"{MONITOR}/temp1_input": "25000", f"{MONITOR}/temp1_fault": "1"})
    sensor, bus = kernel(tmp_path, "hwmon", clock, device="i2c:1-0040", channels={"t": "temp1"})
    sensor.connect()
    value = sensor.measure()["t"]
    assert isinstance(value, Fault)
    assert value.code == "probe_fault"
    bus.close()


def test_a_name_must_fit_exactly_one(tmp_path: Path, clock: ManualClock) -> None:
    sensor, bus = kernel(tmp_path, "hwmon", clock, device="name:lm75", channels={"t": "temp1"})
    with pytest.raises(TransientError) as missing:
        sensor.connect()
    assert missing.value.code == "no_device"
    put(
        tmp_path,
        {"class/hwmon/hwmon0/name": "cpu_thermal\n", "class/hwmon/hwmon1/name": "lm75\n", "class/hwmon/hwmon1/temp1_input": "21500\n"},
    )
    sensor.connect()
    assert sensor.measure() == {"t": 21.5}
    put(tmp_path, {"class/hwmon/hwmon2/name": "lm75\n"})
    with pytest.raises(PermanentError) as caught:
        sensor.connect()
    assert caught.value.code == "ambiguous"
    bus.close()


def test_iio_takes_a_value_or_makes_one_of_raw_offset_and_scale(tmp_path: Path, clock: ManualClock) -> None:
    folder = "bus/i2c/devices/1-0076/iio:device2"
    files = {
        "in_temp_input": "24500",
        "in_pressure_input": "101.325000",
        "in_voltage0_raw": "1000",
        "in_voltage0_scale": "2",
        "in_voltage0_offset": "-100",
    }
    put(tmp_path, {f"{folder}/{name}": text for name, text in files.items()})
    channels = {"temp": "temp", "p": "pressure", "v": {"read": "voltage0", "max": 1.5}}
    sensor, bus = kernel(tmp_path, "IIO", clock, device="i2c:1-0076", channels=channels)
    sensor.connect()
    values = sensor.measure()
    assert values["temp"] == 24.5
    assert values["p"] == pytest.approx(1013.25)
    assert isinstance(values["v"], Fault)
    assert values["v"].side == 1
    bus.close()
    with pytest.raises(PermanentError, match="it has: pressure, temp, voltage0"):
        kernel(tmp_path, "IIO", clock, device="i2c:1-0076", channels={"x": "resistance"})[0].connect()


@pytest.mark.parametrize(
    ("number", "code"), [(5, "bus_io"), (11, "not_converted"), (22, "probe_fault"), (19, "no_device"), (13, "no_permission")]
)
def test_what_the_kernel_says_is_said_in_words(
    number: int, code: str, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, {f"{MONITOR}/temp1_input": "25000"})
    sensor, bus = kernel(tmp_path, "hwmon", clock, device="i2c:1-0040", channels={"t": "temp1"})
    sensor.connect()

    def pread(_fd: int, _length: int, _at: int) -> bytes:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "pread", pread)
    with pytest.raises(DeviceError) as caught:
        sensor.measure()
    assert caught.value.code == code
    bus.close()


def test_a_time_out_is_handed_on_for_the_breaker_of_its_bus(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {f"{MONITOR}/temp1_input": "25000"})
    sensor, bus = kernel(tmp_path, "hwmon", clock, device="i2c:1-0040", channels={"t": "temp1"})
    sensor.connect()

    def pread(_fd: int, _length: int, _at: int) -> bytes:
        raise OSError(110, "Connection timed out")

    monkeypatch.setattr(os, "pread", pread)
    with pytest.raises(OSError, match="timed out"):
        sensor.measure()
    assert type(sensor).below(sensor.options) == (BusPath(1), 0x40)
    bus.close()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("W1", {"serial": "28-xyz"}),
        ("W1", {"serial": "../../etc/passwd"}),
        ("hwmon", {"device": "hwmon0", "channels": {"t": "temp1"}}),
        ("hwmon", {"device": "i2c:1-0040", "channels": {"t": "../temp1"}}),
        ("hwmon", {"device": "i2c:1-0040", "channels": {"t": "pwm1"}}),
        ("IIO", {"device": "i2c:1-0040", "channels": {}}),
        ("MAX31855", {"spi": "/dev/sda"}),
        ("MAX31865", {"wires": 5}),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="allowed: "):
        SENSOR_DRIVER_REGISTRY[name].Options(**options)

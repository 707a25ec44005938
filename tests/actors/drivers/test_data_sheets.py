"""What the data sheets print as examples, digit by digit; and every chip on I2C under the real smbus2, whatever is on the line."""

import errno
import os
from collections.abc import Callable, Mapping
from ctypes import memmove
from pathlib import Path
from typing import Any

import pytest

from actors.drivers.base import SensorDriver, Value
from actors.drivers.registry import SENSOR_DRIVER_REGISTRY
from actors.errors import DeviceError, Fault
from actors.hardware.i2c.bus import LinuxBus
from tests.actors.drivers.fakebus import Script, each_twice
from tests.actors.drivers.test_on_simulated_chips import ADDRESSES, CHIPS, OPTIONS, check_truth
from tests.actors.hardware.i2c.i2c_dev import Kernel
from tests.fakes import ManualClock

Answer = Callable[[bytes | None, int], bytes]


class Adapter(Kernel):
    """The kernel's i2c-dev with one chip: each transfer is what `answer` makes of the bytes written, and how many are read."""

    def __init__(self, address: int, answer: Answer) -> None:
        super().__init__()
        self.chips = {address: {}}
        self.answer = answer

    def _rdwr(self, messages: list[Any]) -> None:
        for message in messages:
            self._chip(message.addr)
        writes = [bytes(message) for message in messages if not message.flags]
        reads = [message for message in messages if message.flags]
        found = self.answer(writes[0] if writes else None, reads[0].len if reads else 0)
        if reads:
            memmove(reads[0].buf, found, reads[0].len)


class Register:
    """Registers of one byte that move on; `sets` are words by their first register, of 2 bytes unless they are bytes themselves."""

    def __init__(self, sets: Mapping[int, int | bytes], width: int) -> None:
        self.width, self.bytes = width, dict[int, int]()
        for register, value in sets.items():
            self.put(register, value if isinstance(value, bytes) else value.to_bytes(width, "big"))

    def put(self, register: int, data: bytes) -> None:
        for place, value in enumerate(data):
            self.bytes[register * self.width + place] = value

    def __call__(self, data: bytes | None, length: int) -> bytes:
        if data and len(data) > 1:
            self.put(data[0], data[1:])
        start = (data or b"\0")[0] * self.width
        return bytes(self.bytes.get(place, 0) for place in range(start, start + length))


def on_smbus(monkeypatch: pytest.MonkeyPatch, folder: Path, address: int, answer: Answer) -> tuple[LinuxBus, Adapter]:
    kernel = Adapter(address, answer)
    kernel.install(monkeypatch)
    node = folder / "i2c-1"
    node.touch()
    return LinuxBus(1, node=str(node), sysfs=folder), kernel


def little(*words: int) -> bytes:
    return b"".join(word.to_bytes(2, "little", signed=word < 0) for word in words)


PRESSURES = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
BOSCH = {0x88: little(27504, 26435, -1000, *PRESSURES), 0xF7: bytes.fromhex("655ac07eed00")}
DAMP = (75, 362, 0, 323, 50, 30)
"""dig_H of a BME280 that somebody has; its raw humidity below is 0x6D3C."""


def humidity_by_the_data_sheets_whole_numbers(raw: int, fine: int) -> float:
    """Return %RH by BST-BME280-DS002, 4.2.3, which computes with 32-bit whole numbers."""
    h1, h2, h3, h4, h5, h6 = DAMP
    x = fine - 76800
    left = ((raw << 14) - (h4 << 20) - h5 * x + 16384) >> 15
    x = left * (((((((x * h6) >> 10) * (((x * h3) >> 11) + 32768)) >> 10) + 2097152) * h2 + 8192) >> 14)
    x -= ((((x >> 15) * (x >> 15)) >> 7) * h1) >> 4
    return (max(0, min(x, 419430400)) >> 12) / 1024


BME = BOSCH | {
    0xD0: b"\x60",
    0xA1: bytes((DAMP[0],)),
    0xE1: little(DAMP[1]) + bytes((DAMP[2], DAMP[3] >> 4, DAMP[3] & 0x0F | (DAMP[4] & 0x0F) << 4, DAMP[4] >> 4, DAMP[5])),
    0xFD: b"\x6d\x3c",
}
MCP98 = {0x06: 0x0054, 0x07: 0x0400}
TMP = {0x0F: 0x0117, 0x01: 0x0220}
TI = {0xFE: 0x5449}
FINE = TI | {0xFF: 0x2260, 0x00: 0x4127}
COUPLE = {0x20: b"\x40\x12", 0x02: b"\x01\x90", 0x04: b"\x40", 0x05: b"\x10"}
SHEETS: list[tuple[str, Any, int, dict[str, Any], dict[str, Any]]] = [
    ("BMP280", BOSCH | {0xD0: b"\x58"}, 1, {}, {"temp": 25.08, "pressure": 1006.53}),
    ("BME280", BME, 1, {}, {"temp": 25.08, "pressure": 1006.53, "hum": humidity_by_the_data_sheets_whole_numbers(0x6D3C, 128422)}),
    *(
        ("MCP9808", MCP98 | {0x05: word}, 2, {}, {"temp": celsius})
        for word, celsius in ((0x0194, 25.25), (0xC194, 25.25), (0x1E6C, -25.25), (0xFE6C, -25.25), (0x07D0, 125.0), (0x1FFF, -0.0625))
    ),
    *(
        ("TMP117", TMP | {0x00: word}, 2, {}, {"temp": celsius})
        for word, celsius in ((0x0C80, 25.0), (0x0001, 0.0078125), (0xFFFF, -0.0078125), (0xF380, -25.0), (0x8000, "not_converted")
        )
    ),
    *(
        ("MCP9600", COUPLE | {0x00: word}, 1, {"type": "J"}, {"temp": celsius, "cold_junction": 25.0})
        for word, celsius in ((b"\x01\x90", 25.0), (b"\xff\x60", -10.0), (b"\x4b\x00", 1200.0), (b"\x4b\x10", "over_range"))
    ),
    ("INA219", {0x00: 0x399F, 0x01: 0x07D0, 0x02: 0x5D98 | 2}, 2, {"shunt": 0.002}, {"voltage": 11.98, "current": 10.0, "power": 119.8}),
    ("INA219", {0x00: 0x399F, 0x01: 0x8300, 0x02: 0x5D9A}, 2, {"shunt": 0.1}, {"current": "under_range"}),
    ("INA219", {0x00: 0x399F, 0x01: 0xF830, 0x02: 0x5D9A}, 2, {"shunt": 0.1}, {"current": -0.2}),
    ("INA226", FINE | {0x01: 0x1F40, 0x02: 0x2570}, 2, {"shunt": 0.002}, {"voltage": 11.98, "current": 10.0, "power": 119.8}),
    ("INA226", FINE | {0x01: 0x8300, 0x02: 0x2570}, 2, {"shunt": 0.1}, {"current": -0.8}),
    ("INA260", TI | {0xFF: 0x2270, 0x00: 0x6127, 0x01: 0x2710, 0x02: 0x2570}, 2, {}, {"voltage": 11.98, "current": 12.5, "power": 149.75}),
    ("INA260", TI | {0xFF: 0x2270, 0x00: 0x6127, 0x01: 0xD8F0, 0x02: 0x2570}, 2, {}, {"current": -12.5}),
]  # fmt: skip


def sensor(name: str, bus: Any, address: int, clock: ManualClock, **options: Any) -> SensorDriver:
    kind = SENSOR_DRIVER_REGISTRY[name]
    return kind(bus, address, kind.Options(**options), clock)


def measured(made: SensorDriver) -> Mapping[str, Value]:
    made.connect()
    return made.measure()


def agrees(found: Mapping[str, Value], wanted: Mapping[str, float | str], digits: float = 0.005) -> None:
    for channel, value in wanted.items():
        if isinstance(value, str):
            fault = found[channel]
            assert isinstance(fault, Fault)
            assert fault.code == value
        else:
            assert found[channel] == pytest.approx(value, abs=digits, rel=2e-4), channel


@pytest.mark.parametrize(("name", "registers", "width", "options", "wanted"), SHEETS)
def test_an_example_of_a_data_sheet(
    name: str,
    registers: Mapping[int, int | bytes],
    width: int,
    options: Mapping[str, Any],
    wanted: Mapping[str, float | str],
    clock: ManualClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = ADDRESSES[name]
    bus, _ = on_smbus(monkeypatch, tmp_path, address, Register(registers, width))
    made = sensor(name, bus, address, clock, **options)
    if "not_converted" in wanted.values():
        with pytest.raises(DeviceError, match="measured nothing"):
            measured(made)
    else:
        agrees(measured(made), wanted)
    bus.close()


BEEF = b"\xbe\xef\x92"
"""A word and its checksum, as Sensirion prints it (SHT3x-DIS, 4.12)."""


@pytest.mark.parametrize(("name", "hum"), [("SHT3X", 100 * 0xBEEF / 65535), ("SHT4X", 125 * 0xBEEF / 65535 - 6)])
def test_the_checksum_that_sensirion_prints(
    name: str, hum: float, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, kernel = on_smbus(monkeypatch, tmp_path, 0x44, lambda _, length: (BEEF * 2)[:length])
    made = sensor(name, bus, 0x44, clock)
    agrees(measured(made), {"temp": 175 * 0xBEEF / 65535 - 45, "hum": hum}, 1e-9)
    for spoilt in (b"\xbe\xef\x93", b"\xbf\xef\x92"):
        kernel.answer = lambda _, length, word=spoilt: (BEEF + word)[:length]  # type: ignore[misc]
        with pytest.raises(DeviceError) as caught:
            made.measure()
        assert caught.value.code == "checksum"
    bus.close()


def test_a_heater_that_somebody_left_on_in_an_sht3x_is_switched_off(clock: ManualClock) -> None:
    sent: list[bytes] = []
    word = b"\x20\x00"
    status = word + bytes((crc(word),))
    chip = Script([status, BEEF * 2], sent.append)

    class Bus:
        def transfer(self, _address: int, data: bytes | None = None, length: int = 0) -> bytes:
            return chip(data, length)

    measured(sensor("SHT3X", Bus(), 0x44, clock))
    assert b"\x30\x66" in sent


def crc(data: bytes) -> int:
    found = 0xFF
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = (found << 1 ^ 0x31) & 0xFF if found & 0x80 else found << 1
    return found


class Spi:
    """A chip on SPI: what is sent, and prepared answers."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = Script(each_twice(*answers))

    def transfer(self, _address: int, data: bytes | None = None, length: int = 0) -> bytes:
        return self.answers(data, length)


@pytest.mark.parametrize(
    ("bits", "celsius"),
    [
        ("00111110100000", 1000.0), ("00000110010011", 100.75), ("00000001100100", 25.0), ("11111111111111", -0.25),
        ("11111111111100", -1.0), ("11110011100000", -200.0), ("01100100000000", "over_range"),
    ],
)  # fmt: skip
def test_the_table_of_the_max31855(bits: str, celsius: float | str, clock: ManualClock) -> None:
    cold = "011001001001"  # 100.5625
    word = int(f"{bits}00{cold}0000", 2).to_bytes(4, "big")
    agrees(sensor("MAX31855", Spi(word), 0, clock).measure(), {"temp": celsius, "cold_junction": 100.5625}, 1e-9)
    below = int(f"{bits}00{'111011000000'}0000", 2).to_bytes(4, "big")
    agrees(sensor("MAX31855", Spi(below), 0, clock).measure(), {"cold_junction": -20.0}, 1e-9)


@pytest.mark.parametrize(
    ("hot", "celsius"),
    [
        ("3e8000", 1000.0), ("064f00", 100.9375), ("019000", 25.0), ("000100", 0.0625), ("ffff00", -0.0625), ("fff000", -1.0),
        ("640000", "over_range"), ("f06000", "under_range"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("cold", "junction"), [("1900", 25.0), ("0004", 0.015625), ("fffc", -0.015625), ("c900", -55.0), ("7d00", 125.0)])
def test_the_tables_of_the_max31856(hot: str, celsius: float | str, cold: str, junction: float, clock: ManualClock) -> None:
    made = sensor("MAX31856", Spi(bytes.fromhex(cold + hot + "00"), b"\x91\x03"), 0, clock)
    agrees(made.measure(), {"temp": celsius, "cold_junction": junction}, 1e-9)


@pytest.mark.parametrize(("mains", "held"), [(50, 0x91), (60, 0x90)])
def test_a_max31856_is_told_the_mains_while_it_does_not_convert(mains: int, held: int, clock: ManualClock) -> None:
    sent: list[bytes] = []
    bus = Spi(bytes((held, 0x03)))
    bus.answers.on_write = sent.append
    sensor("MAX31856", bus, 0, clock, mains=mains).connect()
    assert sent == [bytes((0x80, held & 0x7F)), bytes((0x80, held, 0x03))]


@pytest.mark.parametrize(
    ("code", "celsius"), [(1517, -200.0), (3254, -150.0), (6579, -50.0), (8192, 0.0), (9781, 50.0), (11346, 100.0), (23018, 500.0)]
)
def test_the_table_of_the_max31865(code: int, celsius: float, clock: ManualClock) -> None:
    limits, settings = b"\xff\xff\x00\x00", b"\x01"
    data = (code << 1).to_bytes(2, "big") + limits + b"\0"
    answers = (settings, limits, data, b"\x81", limits)
    found = sensor("MAX31865", Spi(*answers), 0, clock, reference=400.0).measure()
    agrees(found, {"temp": celsius, "resistance": code * 400 / 32768}, 0.06)


@pytest.mark.parametrize("name", CHIPS)
def test_under_smbus2_there_is_the_truth_or_an_error(
    name: str, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, chip = ADDRESSES[name], CHIPS[name](clock)
    bus, kernel = on_smbus(monkeypatch, tmp_path, address, chip.transfer)
    made = sensor(name, bus, address, clock, **OPTIONS.get(name, {}))
    check_truth(measured(made))

    def fails(number: int) -> Answer:
        def raises(_data: bytes | None, _length: int) -> bytes:
            raise OSError(number, os.strerror(number))

        return raises

    lines: list[Answer] = [lambda _, length: b"\xff" * length, lambda _, length: bytes(length)]
    numbers = (errno.EREMOTEIO, errno.ENXIO, errno.EIO, errno.ETIMEDOUT, errno.EAGAIN)
    for answer in [*lines, *map(fails, numbers)]:
        kernel.answer = answer
        for act in (made.measure, made.connect):
            with pytest.raises((OSError, DeviceError)):
                act()
        kernel.answer = chip.transfer
        chip.power_cycle()
        clock.advance(1.0)
        check_truth(measured(made))
    bus.close()

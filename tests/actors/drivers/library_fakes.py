"""Chips of the catalogue at register level, written from their data sheets and from nothing of ours. Each measures what it is told."""

import errno
import struct
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from tests.actors.drivers.fakebus import no_ack
from tests.fakes import ManualClock

CELSIUS, PERCENT, HPA, PPM, LUX, MM = 24.875, 41.0, 1013.25, 650, 432.0, 321


def crc8(data: bytes, start: int = 0xFF) -> int:
    crc = start
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = ((crc << 1) ^ 0x31) & 0xFF if crc & 0x80 else crc << 1
    return crc


def with_crcs(*words: int) -> bytes:
    return b"".join(word.to_bytes(2, "big") + bytes((crc8(word.to_bytes(2, "big")),)) for word in words)


class Chip:
    """`on` is whether it acknowledges, `sends` what every byte read is instead of the truth (None: the truth)."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock, self.on = clock, True
        self.sends: int | None = None
        self.reset()

    def __call__(self, data: bytes | None, length: int) -> bytes:
        if not self.on:
            raise no_ack()
        if data:
            self.write(data)
        if not length:
            return b""
        answer = self.read(length)
        return answer if self.sends is None else bytes((self.sends,)) * length

    def reset(self) -> None:
        """Return to the state after power-up."""

    def write(self, data: bytes) -> None:
        raise NotImplementedError

    def read(self, length: int) -> bytes:
        raise NotImplementedError


class Pointed(Chip):
    """Registers of one byte behind a pointer of `pointer` bytes that moves on; `live` ones are asked, `on_write` is told."""

    power_up: ClassVar[Mapping[int, int]] = {}
    pointer = 1

    def reset(self) -> None:
        self.registers, self.at = dict(self.power_up), 0

    def live(self, register: int) -> int | None:
        return None

    def on_write(self, register: int, value: int) -> None:
        self.registers[register] = value

    def write(self, data: bytes) -> None:
        self.at = int.from_bytes(data[: self.pointer], "big")
        for value in data[self.pointer :]:
            self.on_write(self.at, value)
            self.at += 1

    def read(self, length: int) -> bytes:
        found = []
        for register in range(self.at, self.at + length):
            value = self.live(register)
            found.append(self.registers.get(register, 0) if value is None else value)
        return bytes(found)


def block(first: int, data: bytes) -> dict[int, int]:
    return dict(enumerate(data, first))


class Words(Chip):
    """Commands of two bytes, answers of words with checksums; an unknown command is not acknowledged."""

    answers: ClassVar[Mapping[int, Callable[[Any], tuple[int, ...]]]] = {}
    size = 2

    def reset(self) -> None:
        self.pending = b""

    def write(self, data: bytes) -> None:
        command = int.from_bytes(data[: self.size], "big")
        if command not in self.answers:
            raise no_ack()
        words = self.answers[command](self)
        self.pending = with_crcs(*words)

    def read(self, length: int) -> bytes:
        if not self.pending and self.sends is None:
            raise no_ack()
        answer, self.pending = self.pending, b""
        return answer[:length].ljust(length, b"\xff")


def trh(_: Any = None) -> tuple[int, int]:
    return round((CELSIUS + 45) / 175 * 65535), round(PERCENT / 100 * 65535)


class Scd4x(Words):
    def reset(self) -> None:
        super().reset()
        self.since: float | None = None

    def begin(self) -> tuple[int, ...]:
        self.since = self.clock.monotonic()
        return ()

    def stop(self) -> tuple[int, ...]:
        self.since = None
        return ()

    def fresh(self) -> tuple[int, ...]:
        ready = self.since is not None and self.clock.monotonic() - self.since >= 5
        return (0x8006 if ready else 0x8000,)

    def sample(self) -> tuple[int, ...]:
        if self.since is None or self.clock.monotonic() - self.since < 5:
            raise no_ack()
        self.since += (self.clock.monotonic() - self.since) // 5 * 5
        return (PPM, *trh())

    answers: ClassVar = {0x3F86: stop, 0x21B1: begin, 0xE4B8: fresh, 0xEC05: sample}


class Scd30(Words):
    def reset(self) -> None:
        super().reset()
        self.since: float | None = None

    def begin(self) -> tuple[int, ...]:
        self.since = self.clock.monotonic()
        return ()

    def fresh(self) -> tuple[int, ...]:
        return (int(self.since is not None and self.clock.monotonic() - self.since >= 2),)

    def sample(self) -> tuple[int, ...]:
        self.since = None if self.since is None else self.since + (self.clock.monotonic() - self.since) // 2 * 2
        return struct.unpack(">6H", struct.pack(">3f", PPM, CELSIUS, PERCENT))

    answers: ClassVar = {0x0010: begin, 0x0202: fresh, 0x0300: sample}


class Sgp30(Words):
    answers: ClassVar = {
        0x3682: lambda _: (0, 0x1234, 0x5678),
        0x202F: lambda _: (0x0022,),
        0x2003: lambda _: (),
        0x2008: lambda _: (PPM, 12),
    }


class Sgp40(Words):
    answers: ClassVar = {
        0x3682: lambda _: (0, 0x1234, 0x5678),
        0x202F: lambda _: (0x3220,),
        0x280E: lambda _: (0xD400,),
        0x260F: lambda _: (30000,),
    }


class Hdc302x(Words):
    answers: ClassVar = {0x2400: trh, 0x3781: lambda _: (0x3000,)}


class Si7021(Chip):
    def reset(self) -> None:
        self.pending = b""

    def write(self, data: bytes) -> None:
        codes = {0xF3: (CELSIUS + 46.85) / 175.72, 0xF5: (PERCENT + 6) / 125}
        if data[0] in codes:
            word = round(codes[data[0]] * 65536).to_bytes(2, "big")
            self.pending, self.ready = word + bytes((crc8(word, 0),)), self.clock.monotonic() + 0.0108
        elif data[0] in {0xE7, 0x11}:
            self.pending, self.ready = bytes((0x3A if data[0] == 0xE7 else 0,)), 0.0

    def read(self, length: int) -> bytes:
        if self.clock.monotonic() < self.ready or len(self.pending) < length:
            raise no_ack()
        return self.pending[:length]


class Bmp388(Pointed):
    number = 0x50

    @property
    def power_up(self) -> dict[int, int]:  # type: ignore[override]
        # T1 = 27000 * 2**8, T2 such that the slope is 1/10000 °C; P5 alone makes the pressure
        calibration = struct.pack("<HHbhhbbHHbbhbb", 27000, 0x6C00, 0, 16384, 16384, 0, 0, int(HPA * 100 / 8), 0, 0, 0, 0, 0, 0)
        return {0x00: self.number, **block(0x31, calibration)}

    def on_write(self, register: int, value: int) -> None:
        super().on_write(register, value)
        if register == 0x7E and value == 0xB6:
            self.reset()
        if register == 0x1B and value & 0x30:
            slope = 0x6C00 / 2**30
            raw = 27000 * 256 + round(CELSIUS / slope)
            self.registers |= {0x03: 0x70, **block(0x04, bytes(3)), **block(0x07, raw.to_bytes(3, "little"))}


class Bmp390(Bmp388):
    number = 0x60


class Dps310(Pointed):
    # c0 = 2 * offset, all else but c00 and c1 is 0: T = c0 / 2 + c1 * raw / scale, p = c00
    @property
    def power_up(self) -> dict[int, int]:  # type: ignore[override]
        c0, c1, c00 = 40, 400, round(HPA * 100)
        bits = (c0 & 0xFFF) << 12 | c1 & 0xFFF
        coefficients = bits.to_bytes(3, "big") + (c00 << 4 & 0xFFFFFF).to_bytes(3, "big") + bytes(12)
        return {0x0D: 0x10, 0x08: 0xC0, **block(0x10, coefficients)}

    def on_write(self, register: int, value: int) -> None:
        if register == 0x0C:
            self.reset()
        elif register == 0x08:
            self.registers[0x08] = 0xC0 | value & 0x07 | (0x30 if value & 0x07 == 7 else 0)
        else:
            super().on_write(register, value)

    def live(self, register: int) -> int | None:
        raw = round((CELSIUS - 20) / 400 * 1040384) if self.registers.get(0x08, 0) & 0x07 == 7 else 0
        return raw.to_bytes(3, "big")[register - 3] if 3 <= register <= 5 else None


class Lps22(Pointed):
    power_up: ClassVar = {0x0F: 0xB1}
    control, scale, offset = 0x10, 100.0, 0.0

    def on_write(self, register: int, value: int) -> None:
        super().on_write(register, value & ~0x04 if register in {0x11, 0x21} else value)

    def write(self, data: bytes) -> None:
        super().write(bytes((data[0] & 0x7F, *data[1:])))

    def live(self, register: int) -> int | None:
        if not 0x28 <= register <= 0x2C or not self.registers.get(self.control, 0) & 0x70:
            return None
        pressure, heat = (
            round(HPA * 4096).to_bytes(3, "little"),
            round((CELSIUS - self.offset) * self.scale).to_bytes(2, "little", signed=True),
        )
        return (pressure + heat)[register - 0x28]


class Lps25(Lps22):
    power_up: ClassVar = {0x0F: 0xBD}
    control, scale, offset = 0x20, 480.0, 42.5


class Pct2075(Chip):
    """Words behind a pointer: temperature, configuration, hysteresis, limit, idle."""

    def reset(self) -> None:
        self.at = 0

    def write(self, data: bytes) -> None:
        self.at = data[0]

    def read(self, length: int) -> bytes:
        words = {0: round(CELSIUS * 8) << 5, 2: 0x4B00, 3: 0x5000}
        return words.get(self.at, 0).to_bytes(2, "big")[:length]


class Mlx90614(Chip):
    def reset(self) -> None:
        self.at = 0

    def write(self, data: bytes) -> None:
        self.at = data[0]

    def read(self, length: int) -> bytes:
        kelvin = round((CELSIUS + 273.15) / 0.02)
        return {0x06: kelvin, 0x07: kelvin + 500, 0x2E: 0xBE5A}.get(self.at, 0).to_bytes(2, "little")[:length].ljust(length, b"\x00")


class Pcf8591(Chip):
    """What is read first is the conversion before the last."""

    def reset(self) -> None:
        self.now = self.before = 0x80

    def write(self, data: bytes) -> None:
        self.before, self.now = self.now, 50 * (data[0] & 3) + 10

    def read(self, length: int) -> bytes:
        return bytes((self.before, *[self.now] * (length - 1)))


class Bh1750(Chip):
    def reset(self) -> None:
        self.mode = 0

    def write(self, data: bytes) -> None:
        self.mode = data[0]

    def read(self, length: int) -> bytes:
        return (round(LUX * (2.4 if self.mode & 1 else 1.2)) if self.mode & 0x30 else 0).to_bytes(2, "big")[:length]


class Tsl2591(Pointed):
    power_up: ClassVar = {0xB2: 0x50}

    def live(self, register: int) -> int | None:
        if not 0xB4 <= register <= 0xB7 or self.registers.get(0xA0, 0) & 0x03 != 3:
            return None
        return struct.pack("<HH", 3000, 1000)[register - 0xB4]


class Veml7700(Chip):
    def reset(self) -> None:
        self.words, self.at = {0: 0x0001}, 0

    def write(self, data: bytes) -> None:
        self.at = data[0]
        if len(data) == 3:
            self.words[self.at] = int.from_bytes(data[1:], "little")

    def read(self, length: int) -> bytes:
        awake = not self.words[0] & 1
        return (self.words | {4: 7500 if awake else 0, 5: 9000 if awake else 0}).get(self.at, 0).to_bytes(2, "little")[:length]


class As7341(Pointed):
    power_up: ClassVar = {0x92: 0x24, 0xCA: 0xE7, 0xCB: 0x03}

    def on_write(self, register: int, value: int) -> None:
        super().on_write(register, value & ~0x10 if register == 0x80 else value)

    def live(self, register: int) -> int | None:
        if register == 0xA3:
            return 0x40 if self.registers.get(0x80, 0) & 0x02 else 0x00
        return struct.pack("<B6H", 0, *range(1000, 1006))[register - 0x94] if 0x94 <= register <= 0xA0 else None


class Vl53l0x(Pointed):
    power_up: ClassVar = {0xC0: 0xEE, 0xC1: 0xAA, 0xC2: 0x10, 0x01: 0xFF, 0x50: 0x06, 0x70: 0x04, 0x83: 0x01, 0x92: 0x05}

    def on_write(self, register: int, value: int) -> None:
        if register in {0x00, 0x83, 0x92, 0x91, 0xFF, 0x80}:
            return
        super().on_write(register, value)

    def live(self, register: int) -> int | None:
        return {0x13: 0x07, 0x1E: MM >> 8, 0x1F: MM & 0xFF, 0x00: 0x00, 0x83: 0x05}.get(register)


class Vl53l1x(Pointed):
    power_up: ClassVar = {0x010F: 0xEA, 0x0110: 0xCC, 0x0111: 0x10}
    pointer = 2

    def live(self, register: int) -> int | None:
        ranging = self.registers.get(0x87, 0) & 0x40
        return {0x31: int(bool(ranging)), 0x30: 0x00, 0x89: 0x09, 0x96: MM >> 8, 0x97: MM & 0xFF, 0x4B: 0x14}.get(register)


FAKES: dict[str, tuple[type[Chip], int]] = {
    "SCD40": (Scd4x, 0x62),
    "SCD41": (Scd4x, 0x62),
    "SCD30": (Scd30, 0x61),
    "SGP30": (Sgp30, 0x58),
    "SGP40": (Sgp40, 0x59),
    "HDC302X": (Hdc302x, 0x44),
    "SI7021": (Si7021, 0x40),
    "BMP388": (Bmp388, 0x77),
    "BMP390": (Bmp390, 0x77),
    "DPS310": (Dps310, 0x77),
    "LPS22": (Lps22, 0x5D),
    "LPS25": (Lps25, 0x5D),
    "PCT2075": (Pct2075, 0x37),
    "LM75": (Pct2075, 0x48),
    "MLX90614": (Mlx90614, 0x5A),
    "PCF8591": (Pcf8591, 0x48),
    "BH1750": (Bh1750, 0x23),
    "TSL2591": (Tsl2591, 0x29),
    "VEML7700": (Veml7700, 0x10),
    "AS7341": (As7341, 0x39),
    "VL53L0X": (Vl53l0x, 0x29),
    "VL53L1X": (Vl53l1x, 0x29),
}
STUCK = OSError(errno.ETIMEDOUT, "Connection timed out")

"""ADS1115 with a PT-100 bridge at its inputs."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from actors.core.clock import Clock
from actors.hardware.sim.chips.base import Chip, Source, drained

CONVERSION, CONFIG, LOW_THRESHOLD, HIGH_THRESHOLD = range(4)

# TI SBAS444E, "Register map" and "Electrical characteristics".
POWER_UP = {CONFIG: 0x8583, LOW_THRESHOLD: 0x8000, HIGH_THRESHOLD: 0x7FFF}
FULL_SCALES = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)  # V, by PGA bits
RATES = (8.0, 16.0, 32.0, 64.0, 128.0, 250.0, 475.0, 860.0)  # samples per second, by DR bits
_DIFFERENTIAL = ((0, 1), (0, 3), (1, 3), (2, 3))  # inputs, by MUX bits below 100
_IDLE, _SINGLE_SHOT = 0x8000, 0x0100
# This part's oscillator is slow, within the 10 % allowed, and waking up takes a moment (TI E2E 477911).
SLOWNESS = 1.08
WAKE_UP = 0.0001  # s

# IEC 60751, platinum; the cubic term only below 0 °C.
_A, _B, _C = 3.9083e-3, -5.775e-7, -4.183e-12


class Bridge(NamedTuple):
    """A probe from its input to ground, a series resistor from that input to the rail; the rail at an input of its own."""

    series: float = 97.7  # Ω
    rail: float = 3.2875  # V, as once measured on a Raspberry Pi's 3.3 V
    leads: float = 0.0  # Ω
    nominal: float = 100.0  # Ω at 0 °C
    probe_input: int = 0
    rail_input: int = 1

    def voltages(self, celsius: float, damage: str | None) -> list[float]:
        """Return the voltages at AIN0..AIN3; inputs without a wire are at ground."""
        volts = [0.0] * 4
        volts[self.rail_input] = self.rail
        resistance = pt100(celsius, self.nominal) + self.leads
        intact = self.rail * resistance / (resistance + self.series)
        volts[self.probe_input] = {"open": self.rail, "short": 0.0}.get(damage or "", intact)
        return volts


def pt100(celsius: float, nominal: float = 100.0) -> float:
    """Return the resistance in Ω of a platinum probe at `celsius` (IEC 60751), `nominal` Ω at 0 °C."""
    ratio = 1.0 + _A * celsius + _B * celsius**2
    return nominal * (ratio if celsius >= 0.0 else ratio + _C * (celsius - 100.0) * celsius**3)


class Ads1115(Chip):
    """ADS1115: pointer register, single shot or continuous, measuring a PT-100 whose damage may be "open" or "short"."""

    model: ClassVar[str] = "ADS1115"
    broken: ClassVar[tuple[str, ...]] = ("open", "short")

    def __init__(self, temperature: Source, clock: Clock, powered_for: float = 0.0, bridge: Bridge | None = None) -> None:
        self._temperature = temperature
        self.bridge = bridge or Bridge()
        super().__init__(clock, powered_for)

    def reset(self) -> None:
        """Return to single shot, AIN0 - AIN1, 2.048 V, 128 per second, nothing converted."""
        self._registers = dict(POWER_UP)
        self._pointer = CONVERSION
        self._code = 0
        self._converting = 0
        self._next = float("inf")

    def write(self, data: bytes) -> None:
        """Set the pointer and, with two more bytes, the register behind it."""
        self._convert()
        self._pointer = data[0] & 0x03
        if len(data) < 3 or self._pointer == CONVERSION:  # noqa: PLR2004 - pointer and one 16-bit register
            return
        word = int.from_bytes(data[1:3], "big")
        self._registers[self._pointer] = word
        if self._pointer == CONFIG:
            self._configure(word)

    def read(self, length: int) -> bytes:
        """Return the register behind the pointer, most significant byte first."""
        self._convert()
        if self._pointer == CONVERSION:
            return drained((self._code & 0xFFFF).to_bytes(2, "big"), length)
        word = self._registers[self._pointer]
        if self._pointer == CONFIG:
            word = word & ~_IDLE | (_IDLE if self._next == float("inf") else 0)
        return drained(word.to_bytes(2, "big"), length)

    def _configure(self, word: int) -> None:
        """Start converting; a single shot under way is not disturbed by a second start."""
        busy = self._next != float("inf") and bool(self._converting & _SINGLE_SHOT)
        if word & _SINGLE_SHOT and (busy or not word & _IDLE):
            return
        self._converting = word
        self._next = self.clock.monotonic() + WAKE_UP + self._duration(word)

    def _convert(self) -> None:
        """Catch up with the conversions that ended meanwhile; only the last one matters."""
        now = self.clock.monotonic()
        if now < self._next:
            return
        done = self._next
        if self._converting & _SINGLE_SHOT:
            self._next = float("inf")
        else:
            period = self._duration(self._converting)
            done += (now - done) // period * period
            self._next = done + period
        self._code = self._sample(self._converting, done)

    def _sample(self, word: int, at: float) -> int:
        volts = self.bridge.voltages(self._temperature(at), self.damage)
        mux = word >> 12 & 0x7
        value = volts[mux & 0x3] if mux & 0x4 else volts[_DIFFERENTIAL[mux][0]] - volts[_DIFFERENTIAL[mux][1]]
        return min(0x7FFF, max(-0x8000, round(value / FULL_SCALES[word >> 9 & 0x7] * 0x8000)))

    @staticmethod
    def _duration(word: int) -> float:
        return SLOWNESS / RATES[word >> 5 & 0x7]

"""Which PWM a pin makes through the kernel alone: a process up to 100 Hz on any pin, above that the PWM block. Arithmetic, no hardware."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple

from pilotage.words import number

FASTEST: Final = 100.0
"""Hz: the fastest PWM that a process makes, each edge a fraction of a millisecond late at times; faster, a pin needs hardware PWM."""
SLOWEST: Final = 0.1
"""Hz."""
SECOND: Final = 1_000_000_000
"""Nanoseconds, the unit of the kernel's files."""
STEPS: Final = 256
"""Fewest steps of hardware PWM that are still worth the name: the usual 0 to 255."""


class Block(NamedTuple):
    """The PWM block of a kind of Raspberry Pi: the channel of each pin, and its clock in Hz as the device tree sets it."""

    model: str
    channels: MappingProxyType[int, int]
    clock: int

    @property
    def fastest(self) -> float:
        """Hz."""
        return self.clock / STEPS

    @property
    def step(self) -> int:
        """Nanoseconds of one step of the duty cycle."""
        return SECOND // self.clock


UP_TO_4: Final = Block("a Raspberry Pi up to 4", MappingProxyType({12: 0, 18: 0, 13: 1, 19: 1}), 100_000_000)
FIVE: Final = Block("a Raspberry Pi 5", MappingProxyType({12: 0, 13: 1, 14: 2, 15: 3, 18: 2, 19: 3}), 50_000_000)
"""Channels: BCM2835 data sheet, 9.5; RP1 data sheet, table of pin functions. Clocks: `dtoverlay=pwm` (overlays/README), rp1.dtsi."""


def refusal(pin: int, frequency: float, block: Block) -> str | None:
    """Return why `pin` cannot make `frequency` (Hz), or None."""
    if SLOWEST <= frequency <= FASTEST:
        return None
    if frequency < SLOWEST:
        return f"GPIO{pin} makes {number(SLOWEST)} Hz or more through the kernel, not {number(frequency)} Hz"
    if pin not in block.channels:
        choice = ", ".join(map(str, sorted(block.channels)))
        line = f"GPIO{pin} has no hardware PWM on {block.model}, and a process makes {number(SLOWEST)} to {number(FASTEST)} Hz"
        return f"{line}, not {number(frequency)} Hz; faster PWM has GPIO{choice}"
    if frequency <= block.fastest:
        return None
    return f"GPIO{pin} makes up to {block.fastest:.0f} Hz by hardware on {block.model}, not {number(frequency)} Hz"

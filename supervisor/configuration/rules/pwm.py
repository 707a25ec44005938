"""Which PWM this bench's pins can make: the rules of the GPIO back end that will drive them, as far as that is known beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from actors.drivers.outputs import pwm_limits as pigpio
from actors.hardware.kernel import limits as kernel
from actors.hardware.machine import MODEL

SAMPLES: Final = 200_000
"""Per second, of the software PWM of a pigpiod started without `-s`: a period has this many / frequency duty steps."""
_FIVE: Final = (b"Raspberry Pi 5", b"Raspberry Pi Compute Module 5")


class Rules(NamedTuple):
    """What one back end can do on one kind of machine: `where` says which, in words."""

    where: str
    block: kernel.Block | None
    """The PWM block, where the kernel drives the pins; None for pigpio."""

    def refusal(self, pin: int, hertz: float) -> str | None:
        """Return why `pin` cannot make this frequency, or None."""
        return pigpio.refusal(pin, hertz) if self.block is None else kernel.refusal(pin, hertz, self.block)

    def channel(self, pin: int, hertz: float) -> int | None:
        """Return the channel of hardware PWM that `pin` then takes, or None."""
        if self.block is None:
            return pigpio.HARDWARE_CHANNEL.get(pin)
        return self.block.channels.get(pin) if hertz > kernel.FASTEST else None

    def shared(self, channel: int) -> list[int]:
        """Return the pins of a channel."""
        channels = pigpio.HARDWARE_CHANNEL if self.block is None else self.block.channels
        return sorted(pin for pin, number in channels.items() if number == channel)

    def steps(self, pin: int, hertz: float) -> int | None:
        """Return the duty steps of software PWM that has few of them, or None."""
        return round(SAMPLES / hertz) if self.block is None and pin not in pigpio.HARDWARE_CHANNEL else None


PIGPIO: Final = Rules("with pigpio", None)
KERNEL_UP_TO_4: Final = Rules("through the kernel of a Raspberry Pi up to 4", kernel.UP_TO_4)
KERNEL_FIVE: Final = Rules("through the kernel of a Raspberry Pi 5", kernel.FIVE)


def rules_of(setting: str, environ: Mapping[str, str], model: Path = MODEL) -> tuple[Rules, ...]:
    """Return the rules of the back end that `GPIO_BACKEND` chooses; more than one where that shows only at the start of the daemon.

    `auto`: pigpio where it is named, or where there is no Raspberry Pi; the kernel on a Pi 5, which pigpio does not know; on another
    Raspberry Pi whichever is there. `kernel` on another computer: the file is for a Raspberry Pi of which nothing is known.
    """
    try:
        board = model.read_bytes()
    except OSError:
        board = b""
    five, pi = board.startswith(_FIVE), board.startswith(b"Raspberry Pi")
    if setting == "kernel":
        return (KERNEL_FIVE,) if five else (KERNEL_UP_TO_4,) if pi else (KERNEL_UP_TO_4, KERNEL_FIVE)
    if setting == "pigpio" or environ.get("PIGPIO_ADDR") or environ.get("PIGPIO_PORT") or not pi:
        return (PIGPIO,)
    return (KERNEL_FIVE,) if five else (PIGPIO, KERNEL_UP_TO_4)

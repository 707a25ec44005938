"""The kinds of fault that a simulated bench knows, and what each may be aimed at. Light: the command line reads it too."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

# What a fault may be aimed at.
CHIP, BUS, PIGPIOD, OUTPUT, MUX, DEVICE = "chip", "bus", "pigpiod", "output", "multiplexer", "device"
"""A device is a sensor on no I2C bus: a chip on SPI, or one that the kernel reads."""

GARBAGE = ("random", "ones", "zeros")

# Which transfers suffer: the first `times` of them (None: all), each with the probability `rate`.
_SOME: Final = {"times": None, "rate": 1.0}


class Kind(NamedTuple):
    """One kind of fault: what it does in a sentence, what it may be aimed at, its options with their defaults."""

    text: str
    targets: tuple[str, ...]
    options: Mapping[str, Any] = MappingProxyType({})


FAULT_KINDS: Final[Mapping[str, Kind]] = {
    "unplug": Kind("the chip is pulled out; clearing plugs it back in, at its power-up state", (CHIP, BUS, MUX, DEVICE), _SOME),
    "nak": Kind("no acknowledge (EREMOTEIO)", (CHIP, BUS, MUX), _SOME),
    "eio": Kind("the transfer breaks off half way (EIO)", (CHIP, BUS, DEVICE), _SOME),
    "garbage": Kind(f"every byte read is wrong; variant: {', '.join(GARBAGE)}", (CHIP, BUS, DEVICE), {"variant": "random", **_SOME}),
    "hang": Kind(
        "a call does not come back until this is cleared; on pigpiod, TimeoutError after `seconds`",
        (CHIP, BUS, PIGPIOD, DEVICE),
        {"seconds": 1.0, **_SOME},
    ),
    "timeout": Kind("a transfer takes `seconds` and then fails (ETIMEDOUT)", (CHIP, BUS, DEVICE), {"seconds": 1.0, **_SOME}),
    "slow": Kind("every transfer takes `delay` seconds more", (CHIP, BUS, DEVICE), {"delay": 0.05, **_SOME}),
    "stuck": Kind("a bus line is held low: every transfer holds the bus for the adapter time-out, then ETIMEDOUT", (BUS,), _SOME),
    "gone": Kind(
        "the I2C adapter has gone (ENODEV); pigpiod is killed, its software PWM frozen at `level` (0, 1, None: by chance)",
        (BUS, PIGPIOD),
        {"level": None, **_SOME},
    ),
    "wrong_chip": Kind("another chip (`model`) answers at that address; clearing puts the right one back", (CHIP,), {"model": None}),
    "brown_out": Kind("the supply dips: power-up state, once (with `rate`: again and again)", (CHIP, BUS, DEVICE), _SOME),
    "kernel_owned": Kind("a kernel driver owns the address (EBUSY)", (CHIP,)),
    "open": Kind("the wire to the chip's probe is broken", (CHIP, DEVICE)),
    "short": Kind("the chip's probe is short-circuited", (CHIP, DEVICE)),
    "shift": Kind("the sensor is wrong by `degrees`", (CHIP, DEVICE), {"degrees": 20.0}),
    "frozen": Kind("the sensor goes on giving the reading that it gives now", (CHIP, DEVICE)),
    "loose": Kind("the sensor has come off: in 10 s it loses half of what it feels above the room", (CHIP, DEVICE)),
    "drop": Kind("the connection to pigpiod is lost, which goes on", (PIGPIOD,), _SOME),
    "restart": Kind(
        "pigpiod restarts: its software PWM frozen at `level` (0, 1, None: by chance), its settings lost", (PIGPIOD,), {"level": None}
    ),
    "shorted": Kind("the output's transistor conducts whatever the pin says", (OUTPUT,)),
    "disconnected": Kind("nothing is connected to the output's pin any more", (OUTPUT,)),
}
"""Every kind of fault, by name."""

PROBES: Final = frozenset({"EMC2101", "PT-100", "MCP9600", "MCP9601", "MAX31855", "MAX31856", "MAX31865"})
"""Drivers of the chips that have such a probe."""
PROBED: Final = frozenset({"open", "short"})
"""Kinds that only a chip with a probe or a diode outside it can have."""


def fitting(sort: str) -> list[str]:
    """Return the kinds that may be aimed at this sort of target."""
    return [name for name, kind in FAULT_KINDS.items() if sort in kind.targets]

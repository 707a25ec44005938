"""Where things are wired: what `scan` lists, and what somebody probably meant who looks in the wrong place. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NotRequired, TypedDict

OUTPUT_CHANNEL: Final = "output"
"""The channel that stands for the output at an address, also where a sensor has the same one."""
_ODD: Final = ("", 2, 3, 4, "", 17, 27, 22, "", 10, 9, 11, "", 0, 5, 6, 13, 19, 26, "")
_EVEN: Final = ("", "", "", 14, 15, 18, "", 23, 24, "", 25, 8, 7, 1, "", 12, "", 16, 20, 21)
HEADER: Final = {
    2 * row + side: gpio for side, column in ((1, _ODD), (2, _EVEN)) for row, gpio in enumerate(column) if isinstance(gpio, int)
}
"""Pin of the 40-pin header of a Raspberry Pi -> number of its GPIO; its two columns stand above, from the top."""
MAX_DECIMAL: Final = 99
"""The largest number of two decimal digits, which are read as hexadecimal where an address is meant."""
_LISTED: Final = 8
"""So many things a refusal names; a bench may have hundreds."""


def near_pin(pin: int, outputs: Mapping[int, str]) -> str:
    """Return what to say behind "no output on GPIO `pin`": what that pin of the header is, or what there is. `outputs`: pin -> name."""
    meant = HEADER.get(pin, -1)
    if meant in outputs:
        return f"; pin {pin} of the header is GPIO{meant} ({outputs[meant]})"
    return listed({f"GPIO{number}": name for number, name in sorted(outputs.items())})


def near_address(address: int, things: Mapping[int, str]) -> str:
    """Return what to say behind "nothing at `address`": what is where its decimal digits mean in hexadecimal, or what there is."""
    meant = int(str(address), 16) if 0 <= address <= MAX_DECIMAL else -1
    if meant in things:
        return f", which is {address} in decimal; did you mean 0x{address} ({things[meant]})?"
    return listed({f"0x{number:02X}": name for number, name in sorted(things.items())})


def listed(things: Mapping[str, str]) -> str:
    """Return the tail of a refusal that names what there is, by place."""
    shown = [f"{place} ({name})" for place, name in things.items()][:_LISTED]
    more = f" and {len(things) - len(shown)} more" if len(things) > len(shown) else ""
    return f"; there are: {', '.join(shown)}{more}" if shown else "; there are none"


class Detector(TypedDict):
    """A sensor as `scan` lists it; `channels` begins with the default one.

    A further channel with a number of its own is one more entry, with that number for its `address`.
    `sensor` is the child id of both, `where` where the chip is.
    """

    name: str
    title: str
    child: str
    driver: str
    units: str
    address: str
    pin: None
    channels: list[str]
    channel: NotRequired[str]
    sensor: NotRequired[str]
    where: NotRequired[str]
    state: str
    simulated: bool


class Output(TypedDict):
    """An output as `scan` lists it; `frequency` in Hz."""

    name: str
    title: str
    child: str
    driver: str
    units: str
    address: str | None
    pin: int | None
    frequency: float | None
    minVal: float
    maxVal: float
    state: str
    simulated: bool


class Lists(TypedDict):
    """The value of `scan`; `boot` is the mark of this connection, which a request that drives may carry."""

    actuator: list[Output]
    detector: list[Detector]
    boot: NotRequired[str | None]

"""A record of the catalogue: everything there is to know of a chip that a library reads. Data alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actors.drivers.base import Channel


@dataclass(frozen=True)
class Part:
    """One channel: value = what `read` gives * `scale` + `offset`; `read` is a property, or a method where `arguments` is no None.

    `index` is its place where that gives several at once: those are read once for all channels that name the same.
    """

    name: str
    read: str
    units: str
    lowest: float
    highest: float
    resolution: float | None = None
    accuracy: float | None = None
    scale: float = 1.0
    offset: float = 0.0
    index: int | None = None
    arguments: tuple[Any, ...] | None = None
    forbidden: tuple[float, ...] = ()
    """What it reads when nothing was measured, and which is no value therefore."""

    @property
    def channel(self) -> Channel:
        """What the actors know of it."""
        return Channel(self.name, self.units, self.resolution, self.accuracy, self.lowest, self.highest)


@dataclass(frozen=True)
class Record:
    """One chip; times in seconds. `library` is a module whose name begins with `adafruit_`, `kind` its class.

    `ids` and `settings` are read by us: what proves the chip, and what its construction has set and a power dip would undo:
    pointer -> (bytes, mask, value), and (pointer, bytes).
    """

    chip: str
    library: str
    kind: str
    parts: tuple[Part, ...]
    addresses: tuple[int, ...] = ()
    address_argument: str = "address"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    """Methods called once it is constructed."""
    ready: str = ""
    """The property that says whether there is a new sample: without one, what the library has is an old one."""
    then: tuple[str, ...] = ()
    """Methods called after each reading."""
    ids: Mapping[bytes, tuple[int, int, int]] = field(default_factory=dict)
    proof: Mapping[bytes, tuple[int, int, int]] = field(default_factory=dict)
    """As `ids`, looked at where nothing but zeros came: what a chip holds that is there, as long as nobody has written to it."""
    settings: tuple[tuple[bytes, int], ...] = ()
    settle: float = 0.0
    """From construction until there is something to read."""
    max_age: float = 1.0
    min_period: float = 1.0
    lag: float = 0.0
    patience: float = 0.0
    """How long `ready` is waited for."""
    start: tuple[float, int] = (5.0, 1000)
    """Time and transfers of construction."""
    budget: tuple[float, int] = (2.0, 300)
    """Time and transfers of one measurement: less than looks like a hang."""
    trusted: bool = False
    """What it sends has a checksum that the library looks at: all zeros or ones never get this far."""
    notices: str = ""
    """Further things that it notices, for the table of the documents."""

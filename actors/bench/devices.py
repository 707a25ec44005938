"""The bench as the actors see it: plain frozen records, made from `config.py` by the supervisor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from actors.bench.access import Access
from actors.bench.buses import DEFAULT, BusPath, spot
from actors.bench.interlocks import Interlock
from actors.bench.leco import Leco
from actors.bench.loops import LoopSpec
from actors.bench.page import Page
from pilotage.words import level, scale


@dataclass(frozen=True, slots=True)
class Limits:
    """`body`: bytes of a request; `components`: of one request; `outstanding_per_client` and `outstanding`: requests not answered yet.

    `clients`: connections, and clients remembered.
    """

    body: int = 64 * 1024
    components: int = 256
    outstanding_per_client: int = 256
    outstanding: int = 4096
    clients: int = 1024


GATEWAY, INTERLOCKS, LECO = "gateway", "interlocks", "leco"
"""Child ids of what the daemon has beside the bench."""
RESERVED: Final = frozenset({GATEWAY, INTERLOCKS, LECO, "supervisor", "main", "bus", "pigpiod", "all"})
"""Words that mean something else than a sensor or an output, in the tree, in the log or in a command: no child id of a bench is one."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the user sees = raw * scale + offset."""

    offset: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class SensorSpec:
    """One sensor: `id` is its child id (its name, made unique); times in seconds.

    `address` is its I2C address on `bus` (None: the bench's own, `I2C_BUS_ID`). For what is no I2C chip it is the key of `config.py`,
    under which clients know it, or 0, the general call, which is nobody's. `wires`: channel -> further number.
    `options` is the `Options` of its driver.
    """

    id: str
    name: str
    title: str
    driver: str
    address: int
    units: str
    period: float
    max_age: float
    coupling: float
    options: Any
    calibration: Mapping[str, Calibration] = field(default_factory=dict)
    bus: BusPath | None = None
    wires: Mapping[str, int] = field(default_factory=dict)
    at: str = ""
    """Where it is, for what is no chip at an I2C address: `SPI 0.0`, a serial number."""
    below: tuple[BusPath, int] | None = None
    """Bus and address of the chip that the kernel reads for it, where its entry tells."""

    @property
    def where(self) -> str:
        """Where it is, in one word or a few: `0x48`, `i2c-3:0x67`."""
        return self.at or (spot(self.bus, self.address) if self.address else self.driver)

    @property
    def numbers(self) -> dict[int, str]:
        """By which numbers clients reach it -> the channel each stands for; the first is the sensor's own, of its default channel."""
        own = {self.address: DEFAULT} if self.address and self.bus is None else {}
        return own | {number: channel for channel, number in self.wires.items()}


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """One output: limits, `ceiling` (of `max_duty`), safe value and ramp (units per second) in set-point units; Hz; `linger` in s.

    `kind` is `heater`, `fan` or `output`, and `kind_reason` says in words why it is taken for that; `guessed`: because nothing says it.
    At a pin, or at `channel` of the chip at `address` on `bus` (None: the bench's own); `wire` is the number by which clients reach it.
    """

    id: str
    name: str
    title: str
    driver: str
    pin: int | None
    address: int | None
    units: str
    min: float
    max: float
    pwm_frequency: float | None
    safe: float
    kind: str
    active_low: bool = False
    ramp: float | None = None
    restore: bool = False
    linger: float | None = None
    ceiling: float | None = None
    kind_reason: str = field(default="", compare=False)
    guessed: bool = field(default=False, compare=False)
    bus: BusPath | None = None
    channel: int | None = None
    wire: int | None = None
    full_scale: float | None = None

    @property
    def goes_on(self) -> bool:
        """Whether it goes on as it is when this program dies: nothing outlives it that could switch off what a chip drives."""
        return self.pin is None

    @property
    def chip(self) -> str:
        """Where its chip is, in one word; "" at a pin."""
        return "" if self.address is None else spot(self.bus, self.address)

    @property
    def place(self) -> tuple[int | None, BusPath | None, int | None, int | None]:
        """What no other output has: its pin, or the channel of its chip."""
        return self.pin, self.bus, self.address, self.channel

    @property
    def where(self) -> str:
        """Where it is, in one word: `GPIO18`, `0x4C`, `i2c-3:0x40.5`."""
        if self.address is None:
            return f"GPIO{self.pin}"
        return self.chip + ("" if self.channel is None else f".{self.channel}")

    @property
    def number(self) -> int | None:
        """By which number, in the place of an address, clients reach it; None for an output at a pin."""
        return self.address if self.wire is None else self.wire

    @property
    def heats(self) -> bool:
        """Whether it is taken for a heater: never restored, and off is its only safe value."""
        return self.kind == "heater"

    @property
    def cools(self) -> bool:
        """Whether it is a fan: it may go on when nobody looks."""
        return self.kind == "fan"

    @property
    def leased(self) -> bool:
        """Whether something outside this process switches it off when nobody renews it."""
        return self.heats and self.pin is not None

    @property
    def needs_permit(self) -> bool:
        """Whether, held by an interlock, it may be on only while the rules are looked at."""
        return not self.cools

    @property
    def may_restore(self) -> bool:
        """Whether it may come back to its set-point by itself."""
        return not self.heats

    @property
    def turn(self) -> tuple[bool, bool]:
        """A sort key: whose turn comes first when outputs are made safe. Heaters first, what needs the bus last."""
        return (self.pin is None, not self.heats)

    @property
    def scale(self) -> str:
        """What stands behind its set-points where a person reads them."""
        return scale(self.units, self.driver, self.min, self.max)

    def level(self, value: float) -> str:
        """Return a set-point of it as a person reads it."""
        return level(value, self.scale)


@dataclass(frozen=True, slots=True)
class EventCommand:
    """A command to run for some events: program and arguments, and the seconds it may take."""

    events: tuple[str, ...]
    command: tuple[str, ...]
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Bench:
    """A whole bench. `deadline`, `frame_interval` and `i2c_timeout` in seconds; `source` is the file it came from.

    Raises ValueError for a child id that two have, or that is `RESERVED`: such a child would take another one's place.
    """

    source: str
    bus: int
    sensors: tuple[SensorSpec, ...]
    outputs: tuple[OutputSpec, ...]
    bind: str = "*"
    port: int = 5555
    deadline: float = 1.5
    frame_interval: float = 0.1
    i2c_timeout: float = 0.1
    gpio_backend: str = "auto"
    warnings: tuple[str, ...] = ()
    on_event: tuple[EventCommand, ...] = ()
    interlocks: tuple[Interlock, ...] = ()
    access: Access = field(default_factory=Access)
    limits: Limits = field(default_factory=Limits)
    loops: tuple[LoopSpec, ...] = ()
    page: Page | None = None
    """What a browser shows; None for no page."""
    leco: Leco | None = None

    @property
    def paths(self) -> tuple[BusPath, ...]:
        """Every I2C bus on which there is a chip that it talks to itself, in order."""
        on_bus = [spec.bus for spec in self.sensors if spec.address] + [spec.bus for spec in self.outputs if spec.address is not None]
        return tuple(sorted({BusPath(self.bus) if path is None else path for path in on_bus}, key=str))

    @property
    def ways(self) -> tuple[BusPath, ...]:
        """These, and every bus on which the kernel reads a chip for it, in order."""
        return tuple(sorted({*self.paths, *(spec.below[0] for spec in self.sensors if spec.below is not None)}, key=str))

    @property
    def roots(self) -> tuple[int, ...]:
        """The numbers of the root adapters of these buses, the bench's own first."""
        return tuple(sorted({path.root for path in self.paths}, key=lambda root: (root != self.bus, root)))

    def __post_init__(self) -> None:
        """Refuse ids that are taken."""
        ids = [*(each.id for each in self.sensors), *(each.id for each in self.outputs), *(each.id for each in self.loops)]
        taken = RESERVED.intersection(ids) or {child for child in ids if ids.count(child) > 1}
        if taken:
            raise ValueError(f"no child of a bench can be called {', '.join(sorted(taken))}: that is taken")

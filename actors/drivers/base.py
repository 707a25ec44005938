"""What a driver is: pure code between a bus and a reading. Drivers know no actor, no clock of their own, no retry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, Protocol

from actors.bench.buses import BusPath
from actors.core.clock import Clock
from actors.errors import BusError, Fault

Value = float | Fault


@dataclass(frozen=True, slots=True)
class Channel:
    """One quantity a sensor measures; `resolution` and `accuracy` are in `units`, and so are the ends of what the chip can tell.

    Exactly an end is a value; what lies beyond one is a `Fault` `over_range` or `under_range` (`actors.drivers.ends`).
    """

    name: str
    units: str
    resolution: float | None = None
    accuracy: float | None = None
    lowest: float | None = None
    highest: float | None = None


class Bus(Protocol):
    """An I2C bus, real or simulated. One call is one transfer: the kernel's `I2C_RDWR`, with a repeated start between write and read."""

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Write `data` (may be empty; None = no write message), then read `length` bytes.

        Raises OSError with the kernel's errno (EREMOTEIO or ENXIO: no acknowledge), or `actors.errors.BusError`.
        """


class NoBus:
    """The bus of what is on none."""

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Refuse: raises BusError `no_adapter`."""
        del data, length
        raise BusError("no_adapter", f"0x{address:02X} was given no bus")


NO_BUS: Final = NoBus()


@dataclass(frozen=True)
class NoOptions:
    """The options of a chip that has none."""


class SensorDriver:
    """One chip. Created without touching the bus; every method below runs in the sensor actor's thread.

    `connect` and `measure` let OSError through and raise `TransientError` or `PermanentError` for what the chip says.
    """

    chip: ClassVar[str]
    channels: ClassVar[tuple[Channel, ...]]
    """The first is the default channel."""
    addresses: ClassVar[tuple[int, ...]] = ()
    """Where the chip can be, by its own pins; empty: anywhere."""
    ids: ClassVar[Mapping[int, tuple[int, int, int]]] = MappingProxyType({})
    """What the chip shows itself by: register -> (bytes, mask, value). `pilotage scan` reads them where nothing is configured."""
    on_i2c: ClassVar[bool] = True
    """Whether it is a chip at an I2C address; others have a text key and no address in `config.py`."""
    medium: ClassVar[Literal["i2c", "spi", "files"]] = "i2c"
    """What its `bus` is: I2C, SPI (`transfer` sends `data` and returns the bytes behind it), or files of the kernel."""
    spi_mode: ClassVar[int] = 1
    """On SPI: the clock is low at rest, and data is taken at its falling edge (1) or its rising one (0)."""
    max_age: ClassVar[float]
    """Seconds during which the chip has nothing newer than its last reading."""
    min_period: ClassVar[float]
    """Fastest sensible background sampling, in seconds."""
    guards: ClassVar[bool] = True
    """Whether an interlock of a heater may rest on it: it notices another chip, a power dip or a broken probe, and says so."""
    stands_in: ClassVar[bool] = False
    """Whether it stands for a driver that could not be loaded: nothing is known of its channels, nor of where it is."""
    lag: ClassVar[float] = 0.0
    """For chips that convert on their own: the conversion just read may have begun this many seconds ago."""
    patience: ClassVar[float] = 0.5
    """Seconds after which a transfer that is not back counts as one that hangs: on I2C and SPI an honest one takes milliseconds."""
    Options: ClassVar[type[Any]] = NoOptions
    """A frozen dataclass of the keys this chip accepts in `config.py`, with types, defaults, and ValueError for bad values."""

    def __init__(self, bus: Bus, address: int, options: Any, clock: Clock) -> None:
        self.bus = bus
        self.address = address
        self.options = options
        self.clock = clock

    @classmethod
    def channels_of(cls, options: Any) -> tuple[Channel, ...]:
        """Return the channels of a sensor with these options: another set than `channels` only where `config.py` names them."""
        del options
        return cls.channels

    @classmethod
    def below(cls, options: Any) -> tuple[BusPath, int] | None:
        """Return bus and address of the chip that the kernel reads on I2C, where the entry of such a sensor tells."""
        del options
        return None

    @classmethod
    def place(cls, options: Any) -> str:
        """Return where a sensor with these options is, for what has no I2C address: `SPI 0.0`, a serial number."""
        del options
        return ""

    def connect(self) -> None:
        """Check the chip's identity and initialise it: at start and each time it comes back."""
        raise NotImplementedError

    def measure(self) -> Mapping[str, Value]:
        """Return every channel from one measurement; a channel the chip reports as broken is a `Fault` in its place."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class PwmState:
    """What a PWM pin really does: duty cycle 0..1, frequency in Hz, and the number of distinct duty steps."""

    duty: float
    frequency: float
    steps: int


class Gpio(Protocol):
    """The GPIO back end, shared by all outputs; thread-safe; raises `DeviceError` (code `gpio_...`) in bounded time."""

    def write(self, pin: int, level: int) -> int:
        """Drive a plain level, ending any PWM on the pin. Level 0 is the strongest OFF there is. Return the level that was read back."""

    def read(self, pin: int) -> int:
        """Return the level at an output pin, 0 or 1."""

    def set_pwm(self, pin: int, frequency: float, duty: float, scale: int) -> PwmState:
        """Make PWM: `frequency` in Hz, `duty` 0..1, at least `scale` duty steps where the pin allows it; duty 0 is `write(pin, 0)`.

        Return what the back end says, asked afterwards, that the pin does.
        """

    def pwm(self, pin: int) -> PwmState:
        """Return what the pin does now, asked from the back end, not remembered."""

    def require(self, pin: int, frequency: float | None) -> None:
        """Raise DeviceError when `pin` is known to be unable to be driven with PWM of `frequency` Hz (None: without); drive nothing."""


class LeasedGpio(Gpio, Protocol):
    """A back end that makes a pin safe by itself, in a layer that survives this process, when nobody renews the pin's lease.

    While a lease is tripped, everything but the safe level raises `DeviceError` (code `lease_tripped`).
    """

    def lease(self, pin: int, seconds: float, safe_level: int) -> None:
        """Put `pin` under a lease that runs from now: `seconds` after the last renewal it goes to `safe_level`, and stays there.

        A pin not driven before is driven to `safe_level`. A lease that had tripped stays tripped.
        """

    def renew(self, pin: int) -> None:
        """Begin the lease of `pin` anew, on proof of life of the supervisor only; a tripped lease stays tripped."""

    def tripped(self, pin: int) -> bool:
        """Return whether the lease of `pin` ran out, or was lost, since it was last reset."""

    def reset_lease(self, pin: int) -> None:
        """Allow `pin` to be driven again after a trip; it stays at its safe level, and its lease runs from now."""

    def close(self) -> None:
        """Let go of the outputs."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """How an output is wired: what a driver needs to know of its entry in `config.py`; `safe` as a set-point, which may lie below `min`.

    `channel` is that of its chip, `full_scale` what the chip makes at most, in set-point units, `where` the chip's place in one word.
    """

    pin: int | None
    address: int | None
    frequency: float | None
    min: float
    max: float
    active_low: bool = False
    safe: float = 0.0
    channel: int | None = None
    full_scale: float | None = None
    where: str = ""


class OutputDriver:
    """One output, on the GPIO or, where it has an address, on the bus.

    Every method runs in the output actor's thread and raises `DeviceError` in bounded time.
    """

    heats: ClassVar[bool] = True
    """Whether it may drive a heater: what it drives can be put under a lease."""
    outputs: ClassVar[int] = 0
    """How many outputs one chip has, each with its `channel`, numbered from 0; 0: it is one itself."""
    fan_only: ClassVar[bool] = False
    """Whether it can drive nothing but a fan."""
    addresses: ClassVar[tuple[int, ...]] = ()
    """Where the chip can be, by its own pins; empty: anywhere."""
    frequencies: ClassVar[tuple[float, float] | None] = None
    """Hz, from and to, for a chip whose outputs all have one frequency."""
    also_answers: ClassVar[tuple[int, ...]] = ()
    """Further addresses at which the chip answers."""

    def __init__(self, gpio: Gpio, wiring: Wiring, bus: Bus = NO_BUS) -> None:
        self.gpio = gpio
        self.wiring = wiring
        self.bus = bus
        self.address = wiring.address or 0

    def apply(self, value: float) -> float:
        """Drive the output to `value`, a set-point within [min, max] or the safe value; return what it then reads back.

        That is what the hardware said when the change was verified, as in `read_back`, never what was sent.
        """
        raise NotImplementedError

    def read_back(self) -> float:
        """Return what the hardware does, as a set-point rounded to 0.01."""
        raise NotImplementedError

    def require(self) -> None:
        """Raise DeviceError when it is known already that the output cannot be driven as it is configured; drive nothing."""
        if self.wiring.pin is not None:
            self.gpio.require(self.wiring.pin, self.wiring.frequency)

    def frequency(self) -> float | None:
        """Return the true frequency in Hz that the last `apply` or `read_back` found, or None for an output that has none."""
        return None

    @classmethod
    def refuse(cls, wiring: Wiring) -> str | None:
        """Return why this wiring can never work (a sentence for the configuration check), or None."""
        del wiring
        return None

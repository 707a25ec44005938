"""The keys of `config.py`: types, limits, defaults, and the words for them in the error list and in docs/reference/configuration.md.

A new key is one line here and its use in `bench.py`. Strict: 18 is a pin, "18", 18.0 and True are not.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from actors.bench.buses import WIRE_MAX, WIRE_MIN
from supervisor.configuration.rules.places import BUSES, WIRES, bind_address, bus_path, wires

PIN_MAX = 27
"""GPIO0 to GPIO27 are on the header (BCM numbering)."""
ADDRESS_MIN, ADDRESS_MAX = 0x08, 0x77
"""The rest is reserved (I2C specification, UM10204, section 3.1.12)."""
ADDRESSES = f"0x{ADDRESS_MIN:02X} to 0x{ADDRESS_MAX:02X}, the addresses that are not reserved"
DAY = 86_400.0
LONGEST = 100
HOSTS = "'*', an IP address, a host name or an interface"


def composed(text: str) -> str:
    """Return `text` with each accent in one sign with its letter, as keyboards write it."""
    return unicodedata.normalize("NFC", text)


def _printable(text: str) -> str:
    text = composed(text)
    if len(text) > LONGEST or any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise ValueError
    return text


def _named(text: str) -> str:
    if not text.strip():
        raise ValueError
    return _printable(text)


def _not_zero(number: float) -> float:
    if number == 0:
        raise ValueError
    return number


Bus = Annotated[Any, AfterValidator(bus_path)]
Wires = Annotated[Any, AfterValidator(wires)]
Name = Annotated[str, AfterValidator(_named)]
Text = Annotated[str, AfterValidator(_printable)]
BindAddress = Annotated[str, AfterValidator(bind_address)]


class Section(BaseModel):
    """What the three tables of keys have in common."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)


def key(default: Any, allowed: str, meaning: str, unset: str = "", **limits: Any) -> Any:
    """Return a field; `unset` says in words what holds when the key is absent and the default is made from something else."""
    return Field(default, description=meaning, json_schema_extra={"allowed": allowed, "unset": unset}, **limits)


def words(kind: type[Section], name: str) -> dict[str, str]:
    """Return what `key` noted of a field: `allowed` and `unset`."""
    noted = kind.model_fields[name].json_schema_extra
    return {word: str(text) for word, text in noted.items()} if isinstance(noted, dict) else {}


class Calibration(BaseModel):
    """What is shown = raw * scale + offset."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
    offset: float = 0.0
    scale: Annotated[float, AfterValidator(_not_zero)] = 1.0


class Globals(Section):
    """The single values of the file."""

    I2C_BUS_ID: int = key(1, "0 to 255", "the I2C bus: 1 is `/dev/i2c-1`", ge=0, le=255)
    I2C_TIMEOUT: float = key(0.1, "0.01 to 1 s", "time-out of the I2C adapter, in seconds; it holds for all programs", ge=0.01, le=1)
    BIND: BindAddress = key("*", HOSTS, "where the daemon listens; `'*'` is every interface, and this computer alone for a simulated bench")
    PORT: int = key(5555, "1 to 65535", "TCP port of the daemon", ge=1, le=65535)
    GPIO_BACKEND: Literal["auto", "pigpio", "kernel"] = key(
        "auto", "'auto', 'pigpio' or 'kernel'", "what drives the pins: a pigpiod or the kernel; [hardware-support.md](hardware-support.md)"
    )
    DEADLINE: float = key(1.5, "0.05 to 60 s", "seconds within which every request is answered", ge=0.05, le=60)
    FRAME_INTERVAL: float = key(0.1, "0 to 10 s", "longest wait of a repeated request for news, in seconds; 0: never wait", ge=0, le=10)


class Output(Section):
    """One entry of `ACTUATORS_CONFIG`."""

    name: Name = key(..., f"a text of 1 to {LONGEST} characters", "what messages, logs and commands call the output")
    title: Text | None = key(None, f"a text of up to {LONGEST} characters", "what a screen shows", "the name")
    driver: str = key(..., "the name of an output driver", "how the output is driven")
    pin: int | None = key(None, f"0 to {PIN_MAX} (BCM numbering)", "the pin, for an output driven by one", ge=0, le=PIN_MAX)
    address: int | None = key(None, ADDRESSES, "the I2C address, for an output driven by a chip", ge=ADDRESS_MIN, le=ADDRESS_MAX)
    bus: Bus = key(None, BUSES, "the I2C bus of that chip", "`I2C_BUS_ID`")
    channel: int | None = key(None, "0 or more, as the driver says", "which output of a chip that has several", ge=0)
    full_scale: float | None = key(None, "a number greater than 0", "`MCP4725` only: the supply of the chip, in volts", "`max`", gt=0)
    wire: int | None = key(
        None,
        WIRES,
        "the number by which clients reach the output in the place of an address; no other may have it",
        ge=WIRE_MIN,
        le=WIRE_MAX,
    )
    units: Text | None = key(None, f"a text of up to {LONGEST} characters", "unit of the set-point, as a screen shows it", "none")
    min: float = key(..., "a number less than 'max'", "smallest set-point")
    max: float = key(..., "a number greater than 'min'", "largest set-point; full duty cycle for `PWM`")
    pwm_frequency: float | None = key(None, "a number of Hz greater than 0", "frequency of the `PWM` in Hz; required there", gt=0)
    safe: float = key(0.0, "0, or a set-point from 'min' to 'max'; 0 for a heater", "value at start, at stop and after any fault")
    kind: Literal["heater", "fan", "output"] | None = key(
        None,
        "'heater', 'fan' or 'output'",
        "what it is; a heater is never left on",
        "a fan if its driver drives nothing else or its name says nothing but that, else a heater: "
        "[safety.md](../understand/safety.md#what-is-a-heater)",
    )
    active_low: bool = key(default=False, allowed="True or False", meaning="True: the wire is low when the output is on")
    ramp: float | None = key(None, "a number greater than 0", "fastest change, in set-point units per second", "changes at once", gt=0)
    restore: bool = key(
        default=False,
        allowed="True or False; False for a heater",
        meaning="True: apply the last set-point again after a restart of the daemon",
    )
    linger: float | None = key(
        None,
        "seconds, more than 0, up to 86400",
        "fan only: goes on at its set-point for so long when it is switched off together with a heater, or soon after",
        "stops at once",
        gt=0,
        le=DAY,
    )


class Sensor(Section):
    """One entry of `SENSORS_CONFIG`."""

    name: Name = key(..., f"a text of 1 to {LONGEST} characters", "what messages, logs and commands call the sensor")
    title: Text | None = key(None, f"a text of up to {LONGEST} characters", "what a screen shows", "the name")
    driver: str = key(..., "the name of a sensor driver", "the chip")
    bus: Bus = key(None, BUSES, "under a text key: the I2C bus; a channel of a multiplexer by parent, address and channel", "`I2C_BUS_ID`")
    address: int | None = key(None, ADDRESSES, "under a text key: the I2C address", ge=ADDRESS_MIN, le=ADDRESS_MAX)
    wire: Wires = key(
        None,
        f"{WIRES}, or {{'channel': number}}",
        "further numbers by which clients reach its channels in the place of an address; no other may have one of them",
        "none: only a sensor at an address of `I2C_BUS_ID` can do without",
    )
    units: Text | None = key(
        None, f"a text of up to {LONGEST} characters", "unit of the chip's first channel, as a screen shows it", "the chip's own"
    )
    period: float | None = key(
        None,
        "seconds, from the chip's fastest to 86400",
        "time between two background measurements",
        "1 s, or the chip's fastest if slower",
        gt=0,
        le=DAY,
    )
    max_age: float | None = key(
        None,
        "seconds, 0 to 86400",
        "oldest reading that a request without `max_age` is served; 0: always measure",
        "the chip's own",
        ge=0,
        le=DAY,
    )
    coupling: float | None = key(
        None,
        "0 to 1",
        "simulation only: 1 is at the heater, 0 in the room's air",
        "0 if name or title has `entree`, `inlet` or `ambian`, else 1",
        ge=0,
        le=1,
    )
    calibration: dict[str, Calibration] = key(
        {},
        "{'channel': {'offset': number, 'scale': number other than 0}}",
        "per channel: shown value = raw value * scale + offset",
        "raw values",
    )

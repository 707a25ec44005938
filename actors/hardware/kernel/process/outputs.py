"""All outputs of one process: pins claimed safe, driven on command, and made safe when a lease runs out. One thread, no waiting."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from actors.errors import DeviceError, PermanentError
from actors.hardware.kernel.process.lines import Line
from actors.hardware.kernel.process.pins import HardwarePin, LinePin, Pin

if TYPE_CHECKING:  # loaded where there is hardware PWM only
    from actors.hardware.kernel.process.sysfs_pwm import PwmChannel

AGAIN: Final = 0.1
"""Seconds between repetitions of the safe level on a pin whose lease has tripped: the first may have failed."""


class Hardware(Protocol):
    """Where pins come from."""

    def line(self, pin: int, level: int) -> Line:
        """Return the GPIO line of `pin`, already driving `level`."""

    def channel(self, pin: int) -> PwmChannel:
        """Return the PWM channel of `pin`."""


class PinLease:
    """One pin's lease: it trips at `until`, unless renewed before."""

    __slots__ = ("safe", "seconds", "tripped", "until")

    def __init__(self, seconds: float, safe: int, until: float, tripped: bool = False) -> None:
        self.seconds = seconds
        self.safe = safe
        self.until = until
        self.tripped = tripped


class Outputs:
    """The pins of one bench; times in monotonic seconds.

    `safe`, pin -> level: what to drive first and last. A line that is not in it goes to 0 at the end; hardware PWM that is not in it,
    and has no lease, goes on: a fan cools what the heater left behind. `hardware` are the pins whose PWM the hardware makes.
    """

    def __init__(
        self, source: Hardware, safe: Mapping[int, int], hardware: Collection[int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._safe = dict(safe)
        self._hardware = frozenset(hardware)
        self._clock = clock
        self._pins: dict[int, Pin] = {}
        self._channels: dict[int, int] = {}
        self._broken: dict[int, DeviceError] = {}
        self._leases: dict[int, PinLease] = {}
        self.ended = False

    @property
    def tripped(self) -> list[int]:
        """The pins whose leases have tripped."""
        return [pin for pin, lease in self._leases.items() if lease.tripped]

    def make_safe(self) -> None:
        """Drive the safe level on every pin that has one. A pin where that failed says so when it is next read; the others go on."""
        for pin in {*self._safe, *self._leases, *(self._pins.keys() - self._hardware)}:
            self._force(pin)

    def end(self) -> None:
        """Make everything safe, and refuse to leave that state."""
        self.ended = True
        self.make_safe()

    def tick(self, now: float) -> float:
        """Drive the edges and trip the leases that are due; return when something is due next."""
        due = math.inf
        for number, pin in self._pins.items():
            due = min(due, self._tick_pin(number, pin, now))
        for number, lease in self._leases.items():
            if now >= lease.until:
                lease.tripped = True
                lease.until = now + AGAIN
                self._force(number)
            due = min(due, lease.until)
        return due

    def obey(self, command: Mapping[str, Any], now: float) -> Any:
        """Carry out one command and return its value; raises DeviceError, or ValueError and the like for what is none."""
        pin = int(command["pin"])
        match command["do"]:
            case "write":
                level = int(bool(command["level"]))
                self._require_leave(pin, level)
                return self._ready(pin).write(level)
            case "set_pwm":
                self._require_leave(pin, None)
                return list(self._ready(pin).set_pwm(float(command["frequency"]), float(command["duty"]), now))
            case "read":
                return self._working(pin).read()
            case "pwm":
                return list(self._working(pin).state())
            case "lease":
                return self._lease(pin, float(command["seconds"]), int(bool(command["level"])), now)
            case "renew" | "tripped" | "reset_lease" as what:
                return self._about_lease(what, pin, now)
            case what:
                raise ValueError(f"no command {what!r}")

    def adopt(self, pin: int, seconds: float, safe: int, tripped: bool) -> None:
        """Go on with a lease that an earlier process had; it runs from `begin`."""
        self._leases[pin] = PinLease(seconds, safe, math.inf, tripped)

    def begin(self, now: float) -> None:
        """Make everything safe, and let the leases run."""
        self.make_safe()
        for lease in self._leases.values():
            lease.until = now + lease.seconds

    def _lease(self, pin: int, seconds: float, safe: int, now: float) -> None:
        if not 0.0 < seconds < math.inf:
            raise ValueError(f"a lease of {seconds} s")
        before = self._leases.get(pin)
        self._leases[pin] = PinLease(seconds, safe, now + seconds, before is not None and before.tripped)
        self._pin(pin)

    def _about_lease(self, what: str, pin: int, now: float) -> bool:
        lease = self._leases.get(pin)
        if lease is None:
            raise PermanentError("no_lease", f"GPIO{pin} has no lease")
        if what == "reset_lease" and lease.tripped:
            self._pin(pin).write(lease.safe)
            lease.tripped = False
        if what != "tripped" and not lease.tripped:
            lease.until = now + lease.seconds
        return lease.tripped

    def _require_leave(self, pin: int, level: int | None) -> None:
        lease = self._leases.get(pin)
        if level is not None and level == self._safe_level(pin):
            return
        if lease is not None and lease.tripped:
            text = f"GPIO{pin} is held at its safe level: its lease was not renewed for {lease.seconds:g} s; reset it"
            raise PermanentError("lease_tripped", text)
        if self.ended:
            raise DeviceError("gpio_unavailable", f"GPIO{pin} is held at its safe level: the output process was told to end")

    def _safe_level(self, pin: int) -> int:
        lease = self._leases.get(pin)
        return lease.safe if lease is not None else self._safe.get(pin, 0)

    def _pin(self, number: int) -> Pin:
        """Return the pin, claimed at its safe level when it is first wanted; a claimed line is only let go by the end of the process."""
        pin = self._pins.get(number)
        if pin is None:
            pin = self._claim_channel(number) if number in self._hardware else self._claim_line(number)
            self._pins[number] = pin
        return pin

    def _claim_line(self, number: int) -> Pin:
        return LinePin(self._source.line(number, self._safe_level(number)), self._clock)

    def _claim_channel(self, number: int) -> Pin:
        channel = self._source.channel(number)
        owner = self._channels.setdefault(channel.channel, number)
        if owner != number:
            raise PermanentError("pwm_channel_taken", f"GPIO{number} has the same PWM channel as GPIO{owner}")
        return HardwarePin(channel)

    def _ready(self, number: int) -> Pin:
        """Return the pin to drive: what stopped its PWM before is over."""
        self._broken.pop(number, None)
        return self._pin(number)

    def _working(self, number: int) -> Pin:
        """Return the pin to read from; raises, once, what stopped its PWM."""
        error = self._broken.pop(number, None)
        if error is not None:
            raise error
        return self._pin(number)

    def _tick_pin(self, number: int, pin: Pin, now: float) -> float:
        try:
            return pin.tick(now)
        except DeviceError as error:
            self._broken[number] = error
            self._force(number)
            return math.inf

    def _force(self, number: int) -> None:
        try:
            self._pin(number).write(self._safe_level(number))
        except DeviceError as error:
            self._broken[number] = error

"""The scripts of a simulated pigpiod: lease scripts only, counted when somebody looks, with nothing running in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from actors.hardware.pigpio.lease_script import RUNNING, SIGNATURE, SLOTS, TICK, read_text
from actors.hardware.sim.pigpio.errors import SimulatedPigpioError

HALTED: Final = 1
_REGISTERS: Final = 10
_ROUNDING: Final = 1e-6
"""Of a tick: the time of a clock is no exact multiple of it."""


class Script:
    """One lease script. `p` are its registers: p0 counts down at each tick, p1 counts the ticks at which the pin was written."""

    def __init__(self, pin: int, level: int) -> None:
        self.pin = pin
        self.level = level
        self.running = False
        self.p = [0] * _REGISTERS
        self._begun = 0.0
        self._ticks = 0

    def run(self, now: float) -> None:
        """Begin at the first line; the registers keep what was put into them."""
        self.p[7:] = [self.level, self.pin, SIGNATURE]
        self.running, self._begun, self._ticks = True, now, 0

    def catch_up(self, now: float) -> float | None:
        """Do the ticks until `now` (monotonic seconds); return when the pin was first written, None if it was not."""
        if not self.running:
            return None
        ticks = int((now - self._begun) / TICK + _ROUNDING)
        passed, self._ticks = ticks - self._ticks, ticks
        left = self.p[0]
        if passed <= left:
            self.p[0] -= passed
            return None
        self.p[0] = 0
        self.p[1] += passed - left
        return self._begun + (ticks - passed + left + 1) * TICK


class Scripts:
    """The 32 slots. Not thread-safe; numbers below 0 in `SimulatedPigpioError` are pigpiod's."""

    def __init__(self) -> None:
        self.stored: dict[int, Script] = {}
        """By number. Others may look whether there are any."""

    def store(self, text: bytes) -> int:
        """Return the number of the slot in which the lease script of this text now is."""
        found = read_text(text.decode("latin-1"))
        if found is None:
            raise SimulatedPigpioError(-55)
        free = [number for number in range(SLOTS) if number not in self.stored]
        if not free:
            raise SimulatedPigpioError(-57)
        self.stored[free[0]] = Script(*found)
        return free[0]

    def run(self, number: int, parameters: Sequence[int], now: float) -> int:
        """Start a lease script with its first registers set."""
        self.update(number, parameters)
        self._script(number).run(now)
        return 0

    def update(self, number: int, parameters: Sequence[int]) -> int:
        """Set the first registers of a lease script."""
        script = self._script(number)
        if len(parameters) > _REGISTERS:
            raise SimulatedPigpioError(-61)
        script.p[: len(parameters)] = parameters
        return 0

    def status(self, number: int) -> tuple[int, Sequence[int]]:
        """Return state and registers, or -48 and none."""
        script = self.stored.get(number)
        return (-48, ()) if script is None else (RUNNING if script.running else HALTED, tuple(script.p))

    def stop(self, number: int) -> int:
        """Stop a lease script; its pin stays as it is."""
        self._script(number).running = False
        return 0

    def delete(self, number: int) -> int:
        """Forget a lease script; its pin stays as it is."""
        self._script(number)
        del self.stored[number]
        return 0

    def clear(self) -> None:
        """Lose them all, as a pigpiod that ends."""
        self.stored.clear()

    def catch_up(self, now: float) -> list[tuple[float, Script]]:
        """Return the lease scripts that have written their pins since, the earliest first, each with the time of its first writing."""
        done = [(script.catch_up(now), script) for script in self.stored.values()]
        return sorted(((at, script) for at, script in done if at is not None), key=lambda found: found[0])

    def _script(self, number: int) -> Script:
        if number not in self.stored:
            raise SimulatedPigpioError(-48)
        return self.stored[number]

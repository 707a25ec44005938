"""One output actor, spoken to directly: no thread, time moved by hand, a pin that remembers everything it was told."""

import itertools
from collections.abc import Callable
from typing import Any

from actors.bench.devices import OutputSpec
from actors.core.cells import OutputCell
from actors.drivers.base import OutputDriver, Wiring
from actors.errors import DeviceError, Fault
from actors.messages import Claim, Done, Hold, Permit, Safe, SetPoint, Tick
from actors.outputs.actor import OutputActor
from actors.outputs.setpoint_store import SetPoints
from tests.fakes import ManualClock

HEATER = OutputSpec("heater", "heater", "Heater", "PWM", 23, None, "%", 0.0, 255.0, 100.0, 0.0, "heater")
FAN = OutputSpec("fan", "fan", "Fan", "PWM", 18, None, "%", 0.0, 255.0, 25_000.0, 0.0, "fan")


class Pin(OutputDriver):
    """A pin that does what it is told, unless `broken`; `told` are the values, in order."""

    def __init__(self) -> None:
        super().__init__(None, Wiring(None, None, None, 0.0, 255.0))  # type: ignore[arg-type]
        self.value = 0.0
        self.broken = False
        self.told: list[float] = []

    def apply(self, value: float) -> float:
        if self.broken:
            raise DeviceError("gpio_refused", "a test says no")
        self.told.append(value)
        self.value = value
        return self.read_back()

    def read_back(self) -> float:
        return round(self.value, 2)


class Output:
    """An output, and a way to start it again on the same pin, with the same cell."""

    def __init__(
        self,
        spec: OutputSpec = HEATER,
        *,
        needs_permit: bool = False,
        heat: Callable[[], float] | None = None,
        store: SetPoints | None = None,
        clock: ManualClock | None = None,
    ) -> None:
        self.spec = spec
        self.clock = clock or ManualClock()
        self.pin = Pin()
        self.cell = OutputCell(spec.id, lambda _news: None)
        self.answers: dict[int, Any] = {}
        self._tickets = itertools.count(1)
        self._options: dict[str, Any] = {"needs_permit": needs_permit, "heat": heat, "store": store}
        self.start()

    def start(self) -> None:
        """Start a generation."""
        options: dict[str, Any] = {"driver": self.pin, "cell": self.cell, "clock": self.clock, "where": "GPIO23", **self._options}
        self.actor: Any = OutputActor(self.spec, 1, parent=lambda _message: None, **options)
        self.actor.begin()

    def tell(self, message: Any) -> None:
        self.actor.handle(message)

    def ask(self, value: float, *, claim: Claim | None = None) -> int:
        """Ask for `value`; return the ticket of the answer."""
        ticket = next(self._tickets)
        command = SetPoint(ticket, value, self.clock.monotonic() + 1.5, claim or Claim(), "10.0.0.7", self._answer)
        self.tell(command)
        return ticket

    def set(self, value: float) -> Any:
        """Ask for `value`; return the answer, or None while there is none."""
        return self.answers.get(self.ask(value))

    def make_safe(self, reason: str = "off") -> Any:
        ticket = next(self._tickets)
        self.tell(Safe(reason, ticket, self._answer))
        return self.answers.get(ticket)

    def permit(self, *holds: Hold, seconds: float = 1.5, generation: int = 1) -> None:
        self.tell(Permit(generation, self.clock.monotonic() + seconds, holds))

    def run(self, seconds: float) -> None:
        """Let time pass, from one wake-up to the next."""
        end = self.clock.monotonic() + seconds
        while True:
            due = self.actor.actor_inbox.wake_at
            now = self.clock.monotonic()
            if due > end:
                self.clock.advance(end - now)
                return
            self.clock.advance(max(due - now, 0.0))
            self.tell(Tick())

    def _answer(self, done: Done) -> None:
        self.answers[done.ticket] = done.result


def hold(
    value: float = 0.0, *, name: str = "too_hot", since: float = 900.0, latched: bool = True, yields: bool = False, why: str = "it is hot"
) -> Hold:
    return Hold(name, value, why, since, latched, yields)


def refused(answer: Any) -> str:
    """Return the words of an answer that must be the refusal of an interlock."""
    assert isinstance(answer, Fault), answer
    assert answer.code == "interlock"
    return answer.message

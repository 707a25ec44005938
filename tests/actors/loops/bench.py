"""A whole daemon on the simulated bench with one loop, whose constants are those of the simulation."""

from __future__ import annotations

import json
from typing import Any, Final

from actors.bench.interlocks import ChannelRef, OutputRef
from actors.bench.loops import LoopSpec
from actors.hardware.sim.thermal import FAN_LOSSES, FULL_RISE, TIME_CONSTANT
from tests.actors.interlocks.rules_of import LIMIT, STALE, change
from tests.actors.outputs.driving import FAN, HEATER
from tests.actors.outputs.remote import Logbook
from tests.fakes import ManualClock
from tests.supervisor.tree.daemon import HOT, Daemon

OVEN: Final = LoopSpec(
    id="oven",
    name="oven",
    title="Oven",
    channel=ChannelRef("hot", "temp", "°C"),
    output=OutputRef("heater", 0.0, 255.0),
    pin=1000,
    min=20.0,
    max=80.0,
    period=1.0,
    fan=OutputRef("fan", 0.0, 255.0),
    k=FULL_RISE / TIME_CONSTANT,
    gain=FULL_RISE,
    dead_time=0.0,
    fan_losses=(1.0, (1.0 + FAN_LOSSES) / 2, FAN_LOSSES),
)
UNTUNED: Final = change(OVEN, k=None, gain=None, dead_time=None, fan_losses=())
HEATER_PIN: Final = 23
LOST_AFTER: Final = 3.0


class Oven(Daemon):
    """A daemon with a loop called `oven`, asked and watched from outside."""

    def __init__(self, clock: ManualClock, log: Logbook, **options: Any) -> None:
        super().__init__(clock, log, **{"sensors": (HOT,), "outputs": (FAN, HEATER), "interlocks": (LIMIT, STALE), **options})

    def send(self, **request: Any) -> None:
        """Send a request, and wait for nothing."""
        assert self._client is not None
        self._client.send(json.dumps(request).encode())

    @property
    def power(self) -> float:
        """What the heater's pin really does, 0..1."""
        return self.sim.pigpio.duty_at(HEATER_PIN)

    @property
    def heat(self) -> float:
        """What the sensor feels now, without noise."""
        return self.sim.thermal.temperature(self.clock.monotonic())

    def loop(self, **order: Any) -> Any:
        """Send a `loop` request; return the state it answers with, or the ERROR."""
        reply = self.ask(type="loop", name="oven", **order)
        self.rest()  # what follows from it has happened
        return reply["value"] if reply["state"] == "ACK" else reply

    def drive(self, pin: int, value: float) -> Any:
        """Drive a pin as a client does; what follows from it has happened then."""
        reply = super().drive(pin, value)
        self.rest()
        return reply

    @property
    def seen(self) -> Any:
        """What the loop says of itself, without asking it."""
        running = self.record("oven").running
        return {} if running is None else running.cell.state

    def settled(self, patience: float = 150.0) -> Oven:
        """Wait until it has settled."""
        self.until(lambda: self.seen["settled"], "it has settled", patience)
        return self

    def hold(self, value: float, **more: Any) -> Any:
        return self.loop(set=value, **more)

    def virtual(self, index: int) -> Any:
        """Read one of its pins."""
        return self.ask(type="AQ", register="pin", pin=1000 + index)

    def state(self, child: str = "") -> str:
        """Return the state of a child, or of the loop."""
        return super().state(child) if child else str(self.loop()["state"])

    def why(self) -> str:
        return str(self.loop()["why"])

    def heating(self, value: float = 45.0) -> Oven:
        """Hold a value, and wait until there is heat."""
        answer = self.hold(value)
        assert answer["set_point"] == value, answer
        self.until(lambda: self.power > 0.5, "it heats")
        return self

    def is_off_within(self, seconds: float) -> None:
        """Let the heater go off, and stay off."""
        took = self.until(lambda: self.power == 0.0, "it is off", seconds)
        assert took <= seconds
        self.run(5.0)
        assert self.power == 0.0

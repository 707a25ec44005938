"""Steps of a life: what people and their programs do."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.life.stage import PICKS, SOON, Stage, choice
from tests.life.story import told

ORDERS: Final[tuple[dict[str, Any], ...]] = ({"set": 0}, {"set": 30}, {"set": 45}, {"set": 300}, {"tune": {}})
"""What somebody may ask of a loop."""


class People(Stage):
    """Every way to ask something of the daemon."""

    @rule(pick=PICKS, value=st.sampled_from([0, 1, 60, 255, 300]), waits=st.booleans(), then=SOON)
    @told
    def drive(self, pick: int, value: float, waits: bool, then: float) -> None:
        client, request = self.client(pick), {"type": "PI", "register": "pin", "pin": self.pin(pick), "value": value}
        (self.world.ask if waits else self.world.send)(client, request)
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    @told
    def heat(self, pick: int, then: float) -> None:
        """Do what a person does who wants heat: reset what is latched, then set it."""
        world, client = self.world, self.client(pick)
        if not world.plan.heaters or not world.serving:
            return
        pin = choice(pick)([*world.plan.heaters])
        self.reset_all(client)
        world.ask(client, {"type": "PI", "register": "pin", "pin": pin, "value": 60})
        self.after(then)

    @rule(pick=PICKS, order=st.sampled_from(ORDERS), waits=st.booleans(), then=SOON)
    @told
    def hold(self, pick: int, order: dict[str, Any], waits: bool, then: float) -> None:
        """A loop gets a set-point, or is tuned."""
        names = [loop["name"] for loop in self.world.plan.loops]
        request = {"type": "loop", "name": choice(pick)([*names, "chauffe"]), **order}
        (self.world.ask if waits else self.world.send)(self.client(pick), request)
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    @told
    def hold_warm(self, pick: int, then: float) -> None:
        """Do what a person does who wants a temperature: reset what is latched, then hold it."""
        world, client = self.world, self.client(pick)
        if world.plan.loops and world.serving:
            self.reset_all(client)
            world.ask(client, {"type": "loop", "name": choice(pick)(world.plan.loops)["name"], "set": 40})
            self.after(then)

    @rule(pick=PICKS, waits=st.booleans())
    @told
    def off(self, pick: int, waits: bool) -> None:
        (self.world.ask if waits else self.world.send)(self.client(pick), {"type": "off"})
        self.after(0.0)

    @rule(pick=PICKS)
    @told
    def reset(self, pick: int) -> None:
        names = [held["name"] for held in self.world.plan.interlocks] + [entry["name"] for entry in self.world.plan.outputs]
        self.world.ask(self.client(pick), {"type": "reset", "interlock": choice(pick)([*names, "nobody"])})
        self.after(0.0)

    @rule(pick=PICKS)
    @told
    def retry(self, pick: int) -> None:
        self.world.ask(self.client(pick), {"type": "retry", "child": choice(pick)([*sorted(self.world.plan.children), "interlocks"])})
        self.after(0.0)

    @rule(pick=PICKS)
    @told
    def read(self, pick: int) -> None:
        parts = [{"register": "add", "add": hex(address), "max_age": 0} for address in self.world.plan.sensors]
        parts += self.world.plan.places
        self.world.send(self.client(pick), {"type": "AQ-MULTI", "components": parts})
        self.after(0.0)

    @rule(pick=PICKS, then=SOON)
    @told
    def grab(self, pick: int, then: float) -> None:
        """Ask again as soon as there is an answer, as the live grab of PyMoDAQ does; the last answer waits for news."""
        parts = [{"register": "add", "add": hex(address)} for address in self.world.plan.sensors]
        request = {"type": "AQ-MULTI", "components": [*parts, *self.world.plan.places]}
        client = self.client(pick)
        self.world.ask(client, request)
        self.world.send(client, request)
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    @told
    def flood(self, pick: int, then: float) -> None:
        client, pin = self.client(pick), self.pin(pick)
        for _ in range(256):
            self.world.send(client, {"type": "AQ", "register": "pin", "pin": pin})
        self.after(then)

    @rule(pick=PICKS)
    @told
    def lose(self, pick: int) -> None:
        """A client is gone without a word; it may come back with the next request, on another connection."""
        self.world.lose(self.world.clients[pick % len(self.world.clients)])
        self.after(0.0)

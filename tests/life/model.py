"""A bench's life as a state machine: Hypothesis chooses what happens, in any order; after every step the promises are looked at."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.life import benches
from tests.life.broken import BrokenPromiseError
from tests.life.clients import Client
from tests.life.world import World

PICKS: Final = st.integers(0, 999)
"""Which one of several: the several are those that there are when it happens."""
SOON: Final = st.sampled_from([0.0, 0.05, 0.6, 2.0])
CHIP_FAULTS: Final = ("unplug", "nak", "eio", "garbage", "hang", "timeout", "slow", "brown_out", "wrong_chip")
LOSING: Final = ("unplug", "nak", "eio", "hang", "timeout")
"""Faults after which a chip measures nothing at all."""
BUS_FAULTS: Final = ("stuck", "gone", "nak", "hang")
PIGPIOD_FAULTS: Final = ("hang", "gone", "drop", "restart")
SETTLED: Final = 150.0
"""Seconds within which a bench without faults is well again, whatever there was."""


def choice(pick: int) -> Callable[[list[Any]], Any]:
    """Return a chooser that always chooses the same."""
    return random.Random(pick).choice  # noqa: S311 - repeatable, not a secret


class Life(RuleBasedStateMachine):
    """Every rule is something that happens on a bench."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name))

    def teardown(self) -> None:
        """End this life; first everything must have come back, and then all must go."""
        self.world.close()
        self.folder.cleanup()

    # What somebody edits.

    @rule(edits=st.lists(st.sampled_from(benches.EDITS), min_size=1, max_size=3), pick=PICKS, hangs=st.booleans(), then=SOON)
    def reload(self, edits: list[str], pick: int, hangs: bool, then: float) -> None:
        """Another file; one of the outputs that it is about hangs just then, perhaps."""
        world = self.world
        plan = (world.wanted or world.plan).copy()
        for name in edits:
            getattr(benches.Edits(plan, choice(pick)), name)()
        touched = [entry["pin"] for entry in world.plan.outputs if entry["pin"] and entry not in plan.outputs]
        if hangs and touched:
            self.hang(choice(pick)(touched), "before", 0.05)
        if world.wanted is None and world.serving:
            world.reload(plan)
        self.after(then)

    @rule(edit=st.sampled_from(["title", "limit", "ramp", "rule_keys", "nothing"]), pick=PICKS)
    def reload_and_go_on(self, edit: str, pick: int) -> None:
        """Another file, and somebody who goes on as if nothing had been."""
        self.reload([edit], pick, False, 0.6)
        self.world.until(lambda: self.world.wanted is None, 40.0)
        for pin in self.world.plan.heaters:
            self.world.ask(self.client(pick), {"type": "PI", "register": "pin", "pin": pin, "value": 60})
        self.after(0.0)

    @rule(pick=PICKS, waits=st.sampled_from([0.6, 3.0, 8.0]), then=SOON)
    def remove_what_hangs(self, pick: int, waits: float, then: float) -> None:
        """A file without an output whose pin, or chip, hangs just then, and comes back at some later moment."""
        world = self.world
        if world.wanted is not None or not world.serving or not world.plan.outputs:
            return
        plan, entry = world.plan.copy(), choice(pick)(world.plan.outputs)
        plan.forget(entry["name"])
        self.grab(pick, 0.05)
        if entry["pin"] is not None:
            self.hang(entry["pin"], "before", 0.05)
        elif entry["address"] in world.hardware.sim.bus.chips:
            world.hardware.sim.fault(entry["address"], "hang")
            world.promises.broke_chip(entry["address"], "lost")
            self.after(1.2)
        if world.serving and world.wanted is None:
            world.reload(plan)
        self.after(waits)
        self.let_go(0.0)
        self.repair()
        self.after(then)

    # What clients do.

    def client(self, pick: int) -> Client:
        """Return a client that is connected."""
        client = self.world.clients[pick % len(self.world.clients)]
        if not client.connected:
            client.connect()
            if self.world.serving:
                self.world.ask(client, {"type": "scan"})
        return client

    def pin(self, pick: int) -> int:
        """Return the pin of an output, or one that is none."""
        pin: int = choice(pick)([*self.world.plan.pins, 23, 27])
        return pin

    @rule(pick=PICKS, value=st.sampled_from([0, 1, 60, 255, 300]), waits=st.booleans(), then=SOON)
    def drive(self, pick: int, value: float, waits: bool, then: float) -> None:
        client, request = self.client(pick), {"type": "PI", "register": "pin", "pin": self.pin(pick), "value": value}
        (self.world.ask if waits else self.world.send)(client, request)
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    def heat(self, pick: int, then: float) -> None:
        """Do what a person does who wants heat: reset what is latched, then set it."""
        world, client = self.world, self.client(pick)
        if not world.plan.heaters or not world.serving:
            return
        pin = choice(pick)([*world.plan.heaters])
        for name in (*(rule["name"] for rule in world.plan.interlocks), world.plan.at(pin)["name"]):
            world.ask(client, {"type": "reset", "interlock": name})
        world.ask(client, {"type": "PI", "register": "pin", "pin": pin, "value": 60})
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    def lose_lease(self, pick: int, then: float) -> None:
        """A heater is on, and its actor hangs for longer than its lease lasts."""
        self.heat(pick, 0.6)
        if self.world.plan.heaters:
            self.hang(choice(pick)([*self.world.plan.heaters]), "before", 3.0)
            self.let_go(0.6)
        self.after(then)

    @rule(pick=PICKS, waits=st.booleans())
    def off(self, pick: int, waits: bool) -> None:
        (self.world.ask if waits else self.world.send)(self.client(pick), {"type": "off"})
        self.after(0.0)

    @rule(pick=PICKS)
    def reset(self, pick: int) -> None:
        names = [rule["name"] for rule in self.world.plan.interlocks] + [entry["name"] for entry in self.world.plan.outputs]
        self.world.ask(self.client(pick), {"type": "reset", "interlock": choice(pick)([*names, "nobody"])})
        self.after(0.0)

    @rule(pick=PICKS)
    def retry(self, pick: int) -> None:
        self.world.ask(self.client(pick), {"type": "retry", "child": choice(pick)([*sorted(self.world.plan.children), "interlocks"])})
        self.after(0.0)

    @rule(pick=PICKS)
    def read(self, pick: int) -> None:
        parts = [{"register": "add", "add": hex(address), "max_age": 0} for address in self.world.plan.sensors]
        parts += self.world.plan.places
        self.world.send(self.client(pick), {"type": "AQ-MULTI", "components": parts})
        self.after(0.0)

    @rule(pick=PICKS, then=SOON)
    def grab(self, pick: int, then: float) -> None:
        """Ask again as soon as there is an answer, as the live grab of PyMoDAQ does; the last answer waits for news."""
        parts = [{"register": "add", "add": hex(address)} for address in self.world.plan.sensors]
        request = {"type": "AQ-MULTI", "components": [*parts, *self.world.plan.places]}
        client = self.client(pick)
        self.world.ask(client, request)
        self.world.send(client, request)
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    def flood(self, pick: int, then: float) -> None:
        client, pin = self.client(pick), self.pin(pick)
        for _ in range(256):
            self.world.send(client, {"type": "AQ", "register": "pin", "pin": pin})
        self.after(then)

    @rule(pick=PICKS)
    def lose(self, pick: int) -> None:
        """A client is gone without a word; it may come back with the next request."""
        self.world.clients[pick % len(self.world.clients)].leave()
        self.after(0.0)

    # What breaks.

    @rule(pick=PICKS, kind=st.sampled_from(CHIP_FAULTS), then=SOON)
    def break_chip(self, pick: int, kind: str, then: float) -> None:
        chips = sorted(self.world.hardware.sim.bus.chips)
        if chips:
            address = choice(pick)(chips)
            self.world.hardware.sim.fault(address, kind)
            self.world.promises.broke_chip(address, "lost" if kind in LOSING else "wrong")
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    def open_probe(self, pick: int, then: float) -> None:
        chips = [address for address, chip in sorted(self.world.hardware.sim.bus.chips.items()) if "open" in chip.broken]
        if chips:
            address = choice(pick)(chips)
            self.world.hardware.sim.fault(address, "open")
            self.world.promises.broke_chip(address, "open")
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    def overheat(self, pick: int, then: float) -> None:
        chips = [address for address, entry in self.world.plan.sensors.items() if entry["driver"] == "TMP102"]
        chips = [address for address in chips if self.world.hardware.sim.bus.faults.on(address) is None]
        if chips and self.world.hardware.sim.bus.faults.on("bus") is None and address_there(self.world, address := choice(pick)(chips)):
            self.world.hardware.sim.fault(address, "shift", degrees=80.0)
            self.world.promises.broke_chip(address, "hot")
        self.after(then)

    @rule(kind=st.sampled_from(BUS_FAULTS), then=SOON)
    def break_bus(self, kind: str, then: float) -> None:
        self.world.hardware.sim.fault("bus", kind)
        for address in self.world.hardware.sim.bus.chips:
            self.world.promises.broke_chip(address, "lost")
        self.after(then)

    @rule(kind=st.sampled_from(PIGPIOD_FAULTS), then=SOON)
    def break_pigpiod(self, kind: str, then: float) -> None:
        self.world.promises.broke("pigpiod")
        self.world.hardware.break_pigpiod(kind)
        self.after(then)

    @rule(pick=PICKS, when=st.sampled_from(["before", "after"]), then=SOON)
    def hang_some(self, pick: int, when: str, then: float) -> None:
        """An output's next call hangs."""
        self.hang(self.pin(pick), when, then)

    def hang(self, pin: int, when: str, then: float) -> None:
        """Let the next call for a pin hang."""
        self.world.promises.broke(f"hang {pin}")
        self.world.hardware.gates.arm(pin, when)
        self.world.send(self.client(pin), {"type": "AQ", "register": "pin", "pin": pin})
        self.after(then)

    @rule(then=SOON)
    def let_go(self, then: float) -> None:
        """Whatever hangs in a call of an output goes on."""
        self.world.hardware.gates.release()
        trouble = self.world.promises.trouble
        if hanging := [what for what in trouble if what.startswith("hang")]:
            self.world.promises.disturbed()
            for what in hanging:
                del trouble[what]
        self.after(then)

    @rule(seconds=st.sampled_from([0.5, 1.6, 3.0, 20.0]))
    def stand_still(self, seconds: float) -> None:
        """The whole process stands still."""
        self.world.promises.broke("hang of everything")
        self.world.moments.jump(seconds)
        for client in (*self.world.clients, self.world.watcher):
            client.stood_still(seconds)
        del self.world.promises.trouble["hang of everything"]
        self.world.promises.disturbed()
        self.world.promises.look()
        self.after(0.6)

    @rule()
    def repair(self) -> None:
        self.world.hardware.repair()
        self.world.promises.repaired()
        self.after(0.0)

    # Ends and beginnings.

    @precondition(lambda self: self.world.process is not None)
    @rule(how=st.sampled_from(["terminate", "kill"]), away=st.sampled_from([0.0, 3.0, 30.0]), queued=st.booleans(), pick=PICKS)
    def restart(self, how: str, away: float, queued: bool, pick: int) -> None:
        """The daemon ends and begins anew; a client may have gone on pressing its button meanwhile."""
        world, client = self.world, self.client(pick)
        getattr(world, how)()
        if queued:
            world.send(client, {"type": "PI", "register": "pin", "pin": self.pin(pick), "value": 60})
        world.run(away)
        if how == "kill":
            world._after_end()
        world.start()
        self.after(0.6)

    @rule(seconds=st.sampled_from([0.3, 1.0, 3.0, 10.0, 40.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.run(seconds)
        self.after(0.0)

    @rule(pick=PICKS)
    def come_back(self, pick: int) -> None:
        """With everything repaired, everybody comes back by himself, and does what is asked."""
        world = self.world
        self.repair()
        world.run(5.0)
        world.until(lambda: world.wanted is None, 40.0)
        client = self.client(pick)
        self.reset_all(client)
        if not world.until(lambda: (status := world.status()) is not None and status["healthy"], SETTLED):
            status = world.status()
            lost = {name: child for name, child in (status or {"children": {}})["children"].items() if child["state"] != "running"}
            raise BrokenPromiseError(f"not well {SETTLED:g} s after everything was repaired: {lost or status}")
        self.after(0.0)
        for address, entry in world.plan.sensors.items():
            reply = world.ask(client, {"type": "AQ", "register": "add", "add": hex(address)})
            if reply is None or not isinstance(reply["value"], int | float):
                raise BrokenPromiseError(f"{entry['name']} is healthy and measures nothing: {reply}")
        world.run(2.0)
        self.reset_all(client)
        for entry, place in zip(world.plan.outputs, world.plan.places, strict=True):
            reply = world.ask(client, {"type": "PI", **place, "value": 1})
            if reply is None or reply["state"] != "ACK":
                raise BrokenPromiseError(f"{entry['name']} is healthy and cannot be driven: {reply}")

    def reset_all(self, client: Client) -> None:
        """Reset whatever may be latched, as a person does."""
        for name in [entry["name"] for entry in (*self.world.plan.interlocks, *self.world.plan.outputs)]:
            self.world.ask(client, {"type": "reset", "interlock": name})

    def after(self, seconds: float) -> None:
        """Let a little time pass, and compare what is told with what is known."""
        self.world.run(seconds)
        self.world.promises.look()
        self.world.promises.told(self.world.status())


def address_there(world: World, address: int) -> bool:
    """Return whether there is a chip on the simulated bus."""
    return address in world.hardware.sim.bus.chips

"""A bench's life as a state machine: Hypothesis chooses what happens, in any order; after every step the promises are looked at."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.life import edits
from tests.life.breakage import Breakage
from tests.life.broken import BrokenPromiseError
from tests.life.clients import Client
from tests.life.people import People
from tests.life.stage import PICKS, SOON, choice
from tests.life.story import told

SETTLED: Final = 150.0
"""Seconds within which a bench without faults is well again, whatever there was."""


class Life(People, Breakage):
    """Everything that may happen; here, what is done to the daemon itself."""

    # What somebody edits.

    @rule(changes=st.lists(st.sampled_from(edits.EDITS), min_size=1, max_size=3), pick=PICKS, hangs=st.booleans(), then=SOON)
    @told
    def reload(self, changes: list[str], pick: int, hangs: bool, then: float) -> None:
        """Another file; one of the outputs that it is about hangs just then, perhaps."""
        world = self.world
        plan = world.plan.copy()
        for name in changes:
            getattr(edits.Edits(plan, choice(pick)), name)()
        touched = [entry["pin"] for entry in world.plan.outputs if entry["pin"] and entry not in plan.outputs]
        if hangs and touched:
            self.hang(choice(pick)(touched), "before", 0.05)
        world.reload(plan)
        self.after(then)

    @rule(edit=st.sampled_from(["title", "limit", "ramp", "rule_keys", "nothing"]), pick=PICKS)
    @told
    def reload_and_go_on(self, edit: str, pick: int) -> None:
        """Another file, and somebody who goes on as if nothing had been."""
        self.reload([edit], pick, False, 0.6)
        self.world.until(lambda: self.world.wanted is None, 40.0)
        for pin in self.world.plan.heaters:
            self.world.ask(self.client(pick), {"type": "PI", "register": "pin", "pin": pin, "value": 60})
        self.after(0.0)

    @rule(pick=PICKS, waits=st.sampled_from([0.6, 3.0, 8.0]), then=SOON)
    @told
    def remove_what_hangs(self, pick: int, waits: float, then: float) -> None:
        """A file without an output whose pin, or chip, hangs just then, and comes back at some later moment."""
        world = self.world
        if not world.plan.outputs:
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
        world.reload(plan)
        self.after(waits)
        self.let_go(0.0)
        self.repair()
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    @told
    def lose_lease(self, pick: int, then: float) -> None:
        """A heater is on, and its actor hangs for longer than its lease lasts."""
        self.heat(pick, 0.6)
        if self.world.plan.heaters:
            self.hang(choice(pick)([*self.world.plan.heaters]), "before", 3.0)
            self.let_go(0.6)
        self.after(then)

    # Ends and beginnings.

    @precondition(lambda self: self.world.process is not None)
    @rule(how=st.sampled_from(["terminate", "kill"]), away=st.sampled_from([0.0, 3.0, 30.0]), queued=st.booleans(), pick=PICKS)
    @told
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
    @told
    def time_passes(self, seconds: float) -> None:
        self.world.run(seconds)
        self.after(0.0)

    @rule(pick=PICKS)
    @told
    def come_back(self, pick: int) -> None:
        """With everything repaired, everybody comes back by himself, and does what is asked."""
        world = self.world
        self.repair()
        world.run(5.0)
        world.until(lambda: world.wanted is None, 40.0)
        client = self.client(pick)
        self.reset_all(client)
        if not world.until(lambda: is_well(world.status()), SETTLED):
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
        self._holds_again(client)
        for entry, place in zip(world.plan.outputs, world.plan.places, strict=True):
            held = [rule for rule in world.plan.interlocks if rule["kind"] == "requirement" and entry["name"] in rule["outputs"]]
            reply = world.ask(client, {"type": "PI", **place, "value": 1})
            if reply is None or (reply["state"] != "ACK" and not (held and reply["code"] == "interlock")):
                raise BrokenPromiseError(f"{entry['name']} is healthy and cannot be driven: {reply}")

    def _holds_again(self, client: Client) -> None:
        """A loop whose output may be driven takes a set-point."""
        for loop in self.world.plan.loops:
            self.world.ask(client, {"type": "loop", "name": loop["name"], "set": 0})
            reply = self.world.ask(client, {"type": "loop", "name": loop["name"], "set": 30})
            if reply is None or (reply["state"] != "ACK" and reply["code"] != "interlock"):
                raise BrokenPromiseError(f"{loop['name']} is healthy and takes no set-point: {reply}")


def is_well(status: dict[str, Any] | None) -> bool:
    """Return whether all is well, but for outputs that could not be switched off when a reload removed them: those stay known."""
    if status is None:
        return False
    running = all(child["state"] == "running" for child in status["children"].values())
    return bool(status["healthy"] or (status["left_on"] and running))

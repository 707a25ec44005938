"""Steps of a life: what breaks, hangs and stands still, and what is repaired."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.life.stage import PICKS, SOON, Stage, choice
from tests.life.story import told
from tests.life.world import World

CHIP_FAULTS: Final = ("unplug", "nak", "eio", "garbage", "hang", "timeout", "slow", "brown_out", "wrong_chip")
LOSING: Final = ("unplug", "nak", "eio", "hang", "timeout")
"""Faults after which a chip measures nothing at all."""
BUS_FAULTS: Final = ("stuck", "gone", "nak", "hang")
PIGPIOD_FAULTS: Final = ("hang", "gone", "drop", "restart")


class Breakage(Stage):
    """Every way to break something."""

    @rule(pick=PICKS, kind=st.sampled_from(CHIP_FAULTS), then=SOON)
    @told
    def break_chip(self, pick: int, kind: str, then: float) -> None:
        chips = sorted(self.world.hardware.sim.bus.chips)
        if chips:
            address = choice(pick)(chips)
            self.world.hardware.sim.fault(address, kind)
            self.world.promises.broke_chip(address, "lost" if kind in LOSING else "wrong")
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    @told
    def open_probe(self, pick: int, then: float) -> None:
        chips = [address for address, chip in sorted(self.world.hardware.sim.bus.chips.items()) if "open" in chip.broken]
        if chips:
            address = choice(pick)(chips)
            self.world.hardware.sim.fault(address, "open")
            self.world.promises.broke_chip(address, "open")
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    @told
    def overheat(self, pick: int, then: float) -> None:
        chips = [address for address, entry in self.world.plan.sensors.items() if entry["driver"] == "TMP102"]
        chips = [address for address in chips if self.world.hardware.sim.bus.faults.on(address) is None]
        if chips and self.world.hardware.sim.bus.faults.on("bus") is None and address_there(self.world, address := choice(pick)(chips)):
            self.world.hardware.sim.fault(address, "shift", degrees=80.0)
            self.world.promises.broke_chip(address, "hot")
        self.after(then)

    @rule(kind=st.sampled_from(BUS_FAULTS), then=SOON)
    @told
    def break_bus(self, kind: str, then: float) -> None:
        self.world.hardware.sim.fault("bus", kind)
        for address in self.world.hardware.sim.bus.chips:
            assert isinstance(address, int)
            self.world.promises.broke_chip(address, "lost")
        self.after(then)

    @rule(kind=st.sampled_from(PIGPIOD_FAULTS), then=SOON)
    @told
    def break_pigpiod(self, kind: str, then: float) -> None:
        self.world.promises.broke("pigpiod")
        self.world.hardware.break_pigpiod(kind)
        self.after(then)

    @rule(pick=PICKS, when=st.sampled_from(["before", "after"]), then=SOON)
    @told
    def hang_some(self, pick: int, when: str, then: float) -> None:
        """An output's next call hangs."""
        self.hang(self.pin(pick), when, then)

    @rule(then=SOON)
    @told
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
    @told
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
    @told
    def repair(self) -> None:
        self.world.hardware.repair()
        self.world.promises.repaired()
        self.after(0.0)


def address_there(world: World, address: int) -> bool:
    """Return whether there is a chip on the simulated bus."""
    return address in world.hardware.sim.bus.chips

"""Steps of a life: what breaks, hangs and stands still, and what is repaired."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.life.stage import PICKS, SOON, Stage, choice
from tests.life.story import told

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
        chips = self.world.hardware.chips()
        if chips:
            number = choice(pick)(sorted(chips))
            self.world.hardware.sim.fault(chips[number], kind)
            self.world.promises.broke_chip(number, "lost" if kind in LOSING else "wrong")
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    @told
    def open_probe(self, pick: int, then: float) -> None:
        chips = [address for address, chip in sorted(self.world.hardware.sim.bus.chips.items(), key=str) if "open" in chip.broken]
        if chips and isinstance(address := choice(pick)(chips), int):
            self.world.hardware.sim.fault(address, "open")
            self.world.promises.broke_chip(address, "open")
        self.after(then)

    @rule(pick=PICKS, then=SOON)
    @told
    def overheat(self, pick: int, then: float) -> None:
        hardware, there = self.world.hardware, self.world.hardware.chips()
        numbers = [number for number, entry in self.world.plan.sensors.items() if entry["driver"] == "TMP102" and number in there]
        numbers = [number for number in numbers if hardware.is_sound(number)]
        if numbers:
            number = choice(pick)(numbers)
            hardware.sim.fault(there[number], "shift", degrees=80.0)
            self.world.promises.broke_chip(number, "hot")
        self.after(then)

    @rule(kind=st.sampled_from(BUS_FAULTS), bus=st.sampled_from(["bus", "bus", "i2c-3"]), then=SOON)
    @told
    def break_bus(self, kind: str, bus: str, then: float) -> None:
        root = 1 if bus == "bus" else 3
        if root not in self.world.hardware.sim.buses:
            return
        self.world.hardware.sim.fault(bus, kind)
        for number in self.world.hardware.chips():
            if (number >> 8 == 3) == (root == 3):
                self.world.promises.broke_chip(number, "lost")
        self.after(then)

    @rule(whole=st.booleans(), channel=st.sampled_from([3, 4]), then=SOON)
    @told
    def break_multiplexer(self, whole: bool, channel: int, then: float) -> None:
        """The multiplexer does not answer, or a line is held low behind one of its channels: then all on its bus suffer, perhaps."""
        hardware, target = self.world.hardware, "i2c-1/0x70" if whole else f"i2c-1/0x70/{channel}"
        if target not in hardware.sim.targets():
            return
        hardware.sim.fault(target, "unplug" if whole else "stuck")
        for number in hardware.chips():
            behind = number >> 8 >= 0x70 if whole else number >> 8 == 0x70 + channel
            if behind or (not whole and number >> 8 != 3):
                self.world.promises.broke_chip(number, "lost" if behind else "wrong")
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

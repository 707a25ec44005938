"""Eight clients ask for six sensors on top of each other, on chips with their real timing: what is measured is shared."""

import time
from typing import Any

from actors.hardware.sim.chips.aht import MEASURE
from tests.actors.gateway.peer import aq, is_number, multi
from tests.actors.gateway.whole import Whole

CLIENTS, FRAMES = 8, 12
ADDRESSES = ("0x38", "0x48", "0x49", "0x4A", "0x4B", "0x4C")
EVERY = 2.0
"""Seconds from one conversion of an AHT10 to the next: more often, it warms itself."""


def test_conversions_are_shared_and_every_client_gets_its_frames() -> None:
    with Whole() as whole:
        conversions: list[float] = []
        chip: Any = whole.running().rig.bench.bus.chips[0x38]
        told = chip.write

        def write(data: bytes) -> None:
            if data[0] == MEASURE:
                conversions.append(time.monotonic())
            told(data)

        chip.write = write
        peers, begun, times = [whole.peer() for _ in range(CLIENTS)], time.monotonic(), set()
        frame = multi("AQ-MULTI", *(aq(address, detail=True) for address in ADDRESSES))
        for peer in peers:
            peer.send(frame)
        for number in range(FRAMES):
            for peer in peers:
                values = peer.reply()["value"]
                assert all(is_number(value["value"]) for value in values), values
                times.add(values[0]["time"])
                if number < FRAMES - 1:
                    peer.send(frame)
        allowed = (time.monotonic() - begun) / EVERY + 2
    assert len(conversions) <= allowed, f"{len(conversions)} conversions for {CLIENTS * FRAMES} frames"
    assert len(times) <= len(conversions) + 1, "every humidity is that of a conversion, whoever asked for it"

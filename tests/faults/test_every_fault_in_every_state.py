"""Every fault of the simulated bench, on everything it can be aimed at, in every state of a sensor."""

from collections.abc import Callable

import pytest

from actors.bench.devices import SensorSpec
from actors.hardware.sim.faults import BUS, CHIP, FAULT_KINDS, OUTPUT, PIGPIOD
from tests.fakes import combinations
from tests.faults.broken import STATES, BrokenBench
from tests.supervisor.tree.daemon import HOT, sensor

PLACES = {CHIP: "hot", BUS: "bus", PIGPIOD: "pigpiod", OUTPUT: "fan"}
ALL = [(PLACES[target], kind) for kind, known in FAULT_KINDS.items() for target in known.targets if target in PLACES]
PROBE = sensor("hot", 0x48, "PT-100")
"""A chip with a probe, which alone can be open or short."""
MUTE = {"unplug", "nak", "eio", "garbage", "hang", "timeout", "wrong_chip", "kernel_owned", "stuck", "gone", "open", "short"}
"""Faults with which a sensor cannot have a value."""
SHIFT = float(FAULT_KINDS["shift"].options["degrees"])
FOR = 2.0
"""Seconds that a fault lasts: a sensor at work misses two or three measurements."""


@pytest.mark.parametrize(("fault", "state"), combinations(ALL, list(STATES)))
def test_nothing_wrong_is_served_the_others_go_on_and_it_comes_back(
    make_bench: Callable[[SensorSpec], BrokenBench], fault: tuple[str, str], state: str
) -> None:
    target, kind = fault
    bench = make_bench(PROBE if kind in {"open", "short"} else HOT)
    bench.bring(state)
    bench.break_now(target, kind)
    bench.run(FOR)

    served = bench.value("hot", SHIFT if kind == "shift" else 0.0)
    assert not (served and target in {"hot", "bus"} and kind in MUTE)
    assert bench.value("cold") or target == "bus"
    assert bench.drives(40) or target == "pigpiod"
    assert bench.ask(type="off")["state"] == "ACK" or target == "pigpiod"
    assert bench.generation("gateway") == 1

    bench.mend()
    assert (bench.value("hot"), bench.value("cold"), bench.drives(80)) == (True, True, True)
    assert (bench.generation("gateway"), bench.query("status")["abandoned_threads"]) == (1, 0)

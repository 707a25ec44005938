"""A loop on the simulated bench's physics, under a clock that only the test moves."""

from collections.abc import Callable
from typing import Any

from actors.bench.interlocks import ChannelRef, OutputRef
from actors.bench.loops import LoopSpec
from actors.loops.law.memory import Command, Memory, Sample
from actors.loops.law.model import Model
from actors.loops.law.regulate import advance
from actors.loops.tuning.tune import Action, Tune, begin, step
from benchmarks.regulation_plant import Plant

MODEL = Model(k=40 / 60, gain=40.0, ambient=22.0, fan_losses=(1.0, 2.15, 3.3), noise=0.05)
"""The constants of `actors/hardware/sim/thermal.py`."""


def spec(**changed: Any) -> LoopSpec:
    keys: dict[str, Any] = {
        "id": "chauffe",
        "name": "chauffe",
        "title": "chauffe",
        "channel": ChannelRef("t_resistance", "temperature", "°C"),
        "output": OutputRef("resistance", 0.0, 255.0),
        "pin": 1000,
        "min": 20.0,
        "max": 80.0,
        "period": 1.0,
        "fan": OutputRef("ventilateur", 0.0, 100.0),
    }
    return LoopSpec(**{**keys, **changed})


def hold(
    plant: Plant, loop: LoopSpec, memory: Memory, seconds: float, model: Model | None = MODEL, look: Callable[[Command], None] | None = None
) -> tuple[Memory, Command]:
    """Let the loop hold for `seconds`; `look` sees every command."""
    until = plant.now + seconds
    while True:
        memory, command = advance(loop, model, memory, Sample(plant.reading(), plant.now), plant.duty, plant.fan, None, plant.now)
        plant.drive(command.duty)
        if look is not None:
            look(command)
        if plant.now >= until:
            return memory, command
        plant.run(loop.period)


def tune(
    plant: Plant, loop: LoopSpec, around: float | None = None, *, fan: bool = False, hook: Callable[[Plant, Tune], None] | None = None
) -> tuple[Tune, Action]:
    """Tune to the end; `hook` may disturb the bench after every step."""
    under_way = begin(loop, plant.now, around, fan=fan)
    while True:
        under_way, action = step(loop, under_way, Sample(plant.reading(), plant.now), plant.duty, plant.fan, None, plant.now)
        plant.drive(action.duty, action.fan)
        if action.outcome is not None:
            return under_way, action
        if hook is not None:
            hook(plant, under_way)
        plant.run(loop.period)

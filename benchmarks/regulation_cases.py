"""What is measured of a law: a step, the hold after it, a fan, taking over, a sensor that lies. Judged on another sensor there."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean, pstdev

from actors.loops.law.model import Model
from benchmarks.regulation_laws import PERIOD, Law, Ours
from benchmarks.regulation_plant import Plant

Trace = list[tuple[float, float]]


def regulate(bench: Plant, law: Law, seconds: float, faulty: Callable[[float], float] | None = None) -> None:
    """Let a law hold a bench; `faulty` makes of a reading what the law is told."""
    until = bench.now + seconds
    while bench.now < until - 1e-9:
        value = bench.reading()
        bench.drive(law.duty(bench, value if faulty is None else faulty(value)))
        bench.run(PERIOD)


def prepared(law: Law, seed: int, celsius: float, fan: float = 0.0, **plant: float) -> Plant:
    """Return a bench that the law has held for two minutes, its record empty."""
    bench = Plant(seed, **plant)
    bench.warm(celsius, fan)
    law.aim(celsius)
    regulate(bench, law, 120.0)
    bench.forget()
    return bench


def settled_after(trace: Trace, target: float, band: float, begun: float) -> float:
    """Return after how many seconds it was within the band for good; infinity: not in this record."""
    outside = [at for at, value in trace if abs(value - target) > band]
    return float("inf") if outside and outside[-1] > trace[-1][0] - 10.0 else (outside[-1] - begun if outside else 0.0)


def set_point_step(
    law: Law, seed: int, start: float, target: float, fan: float, seconds: float = 300.0, **plant: float
) -> dict[str, float]:
    """Return overshoot (°C) and settling (s to ±0.2 °C) of a step, and rms (°C) and output noise (%) of the hold after it."""
    bench = prepared(law, seed, start, fan, **plant)
    begun = bench.now
    law.aim(target)
    regulate(bench, law, seconds)
    sign = 1.0 if target > start else -1.0
    hold = [value - target for at, value in bench.true if at - begun > seconds / 2.0]
    duties = [duty for at, duty in bench.duties if at - begun > seconds / 2.0]
    return {
        "overshoot": max(0.0, *(sign * (value - target) for _, value in bench.true)),
        "settled": settled_after(bench.true, target, 0.2, begun),
        "rms": math.sqrt(fmean(each**2 for each in hold)),
        "noise": 100.0 * pstdev(duties),
        "last": abs(hold[-1]),
    }


def fastest(seed: int, start: float, target: float, fan: float) -> float:
    """Return after how many seconds full power alone is within 0.2 °C of a higher target: nothing can be faster."""
    bench = Plant(seed)
    bench.warm(start, fan)
    bench.run(120.0)  # a law holds for so long before its step
    bench.drive(1.0)
    bench.forget()
    begun = bench.now
    bench.run(300.0)
    return next((at - begun for at, value in bench.true if value >= target - 0.2), float("inf"))


def fan_changes(law: Law, seed: int, celsius: float, before: float, after: float) -> float:
    """Return by how much (°C) the value leaves its hold when a fan changes, half a second after a reading."""
    bench = prepared(law, seed, celsius, before)
    bench.drive(law.duty(bench, bench.reading()))
    bench.run(PERIOD / 2.0)
    bench.forget()
    bench.drive(bench.duty, after)
    if isinstance(law, Ours):
        law.feel(bench)
    bench.run(PERIOD / 2.0)
    regulate(bench, law, 180.0)
    return max(abs(value - celsius) for _, value in bench.true)


def hand_over(law: Law, seed: int) -> float:
    """Return by how much (% of full scale) the output moves in the first five seconds after a hand has held it near 45 °C."""
    bench = Plant(seed)
    held = bench.warm(45.0)
    law.aim(bench.thermal.temperature(bench.now))
    regulate(bench, law, 5.0)
    return 100.0 * max(abs(duty - held) for _, duty in bench.duties)


def lying_sensor(law: Ours, seed: int, kind: str) -> tuple[float, float]:
    """Return after how many seconds a frozen or detached sensor is noticed at a hold of 45 °C, and how hot (°C) it was by then."""
    bench = prepared(law, seed, 45.0)
    frozen, begun = bench.reading(), bench.now

    def faulty(value: float) -> float:
        if kind == "frozen":
            return frozen
        share = math.exp2((begun - bench.now) / 10.0)  # it cools to the room by half every 10 s
        return bench.thermal.ambient(bench.now) + share * 23.0 + value - bench.thermal.temperature(bench.now)

    while bench.now - begun < 600.0:
        regulate(bench, law, PERIOD, faulty)
        if law.command is not None and law.command.found.trip:
            return bench.now - begun, max(value for _, value in bench.true)
    return float("inf"), max(value for _, value in bench.true)


def false_alarms(law: Ours, seed: int) -> int:
    """Return how often a healthy bench was said to be implausible: a cold start, steps, a hot hold, the fan at 30 and 100 %."""
    bench = Plant(seed)
    alarms = 0
    for target, fan in ((45.0, 0.0), (60.0, 0.0), (30.0, 0.0), (30.0, 1.0), (45.0, 1.0), (45.0, 0.3), (26.0, 0.0)):
        law.aim(target)
        bench.drive(bench.duty, fan)
        for _ in range(240):
            regulate(bench, law, PERIOD)
            alarms += law.command is not None and bool(law.command.found.implausible)
    return alarms


def wrong_models(model: Model, seeds: Sequence[int], **plant: float) -> tuple[float, float]:
    """Return the worst overshoot (°C) and the worst deviation (°C) ten minutes after a step, of constants 50 % wrong either way."""
    found = [
        set_point_step(Ours(replace(model, k=model.k * k, gain=model.gain * gain)), seed, 35.0, 45.0, 0.0, 600.0, **plant)
        for k in (0.5, 1.5)
        for gain in (0.5, 1.5)
        for seed in seeds
    ]
    return max(each["overshoot"] for each in found), max(each["last"] for each in found)


def cost(model: Model) -> tuple[float, float]:
    """Return the microseconds of processor time of one step, and the seconds that an hour takes, plant included."""
    law, bench = Ours(model), Plant(0)
    law.aim(45.0)
    begun = time.process_time()
    regulate(bench, law, 3600.0)
    hour = time.process_time() - begun
    begun = time.process_time()
    for _ in range(1000):
        bench.run(0.1)
        law.duty(bench, 45.0)
    once = time.process_time()
    for _ in range(1000):
        bench.run(0.1)
    return (once - begun - (time.process_time() - once)) * 1000.0, hour

"""The figures of a loop through a whole daemon: its own tuning, then steps, holds, a fan and a hand, judged by the true temperature.

Real actors, drivers and gateway; time is moved by hand, so that half an hour takes seconds.
"""

from __future__ import annotations

from pathlib import Path
from statistics import fmean, pstdev
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

from actors.hardware.sim.thermal import AMBIENT_PERIOD, FULL_RISE, TIME_CONSTANT
from tests.actors.interlocks.rules_of import change
from tests.actors.loops.bench import OVEN, UNTUNED, Oven
from tests.actors.outputs.remote import Logbook
from tests.fakes import ManualClock

FAN_PIN: Final = 18
FULL: Final = 255.0
LOOK: Final = 0.5
"""Seconds between two looks at the true temperature."""
LIMITS: Final = {
    "tune: seconds": 150.0,
    "tune: k off by, %": 3.0,
    "tune: gain off by, %": 6.0,
    "35 -> 45 °C: overshoot, °C": 0.25,
    "35 -> 45 °C: settled to 0.2 °C, s": 60.0,
    "the same, fan 25 %: overshoot, °C": 0.25,
    "the same, fan 25 %: settled to 0.2 °C, s": 75.0,
    "45 °C: rms of the true temperature, °C": 0.05,
    "45 °C: noise of the output, % of full power": 4.0,
    "45 °C: fan 0 -> 25 %: deviation, °C": 0.35,
    "30 °C: fan 0 -> 100 %: deviation, °C": 0.3,
    "taking over from a hand: jump, % of full power": 8.0,
}
"""What each figure may be at most. With the fan at 25 %, full power alone takes up to 67 s (`docs/understand/regulation-law.md`)."""


class Bench:
    """One daemon whose room begins at another place of its swing for each `seed`."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._patch = patch.dict("os.environ", {"STATE_DIRECTORY": str(folder)})
        self._patch.start()
        self.oven = Oven(ManualClock(), Logbook(), loops=(change(UNTUNED, fan_losses=OVEN.fan_losses),))
        self.oven.up()
        self.oven.run(5.0 + seed * AMBIENT_PERIOD / 3.0)

    def close(self) -> None:
        self.oven.close()
        self._patch.stop()

    def watched(self, seconds: float) -> list[tuple[float, float, float]]:
        """Let time pass; return time, true temperature and power at every look."""
        oven, begun, found = self.oven, self.oven.clock.monotonic(), []
        while oven.clock.monotonic() < begun + seconds:
            oven.run(LOOK)
            found.append((oven.clock.monotonic() - begun, oven.heat, oven.power))
        return found

    def at(self, celsius: float, fan: float, seconds: float = 150.0) -> None:
        """Hold a value for a while, with the fan at `fan` (0..1)."""
        self.oven.drive(FAN_PIN, fan * FULL)
        self.oven.hold(celsius)
        self.oven.run(seconds)

    def tuned(self) -> dict[str, float]:
        oven = self.oven
        oven.loop(tune={})
        oven.until(lambda: oven.seen["state"] != "tune", "it is tuned", 400.0)
        tune, model = oven.seen["tune"], oven.seen["model"]
        assert tune["accepted"], tune
        figures = tune["elapsed_s"], abs(model["k"] * TIME_CONSTANT / FULL_RISE - 1.0), abs(model["gain"] / FULL_RISE - 1.0)
        return dict(zip(list(LIMITS)[:3], (figures[0], 100.0 * figures[1], 100.0 * figures[2]), strict=True))

    def stepped(self, fan: float = 0.0) -> dict[str, float]:
        self.at(35.0, fan)
        self.oven.hold(45.0)
        way = self.watched(240.0)
        outside = [at for at, heat, _ in way if abs(heat - 45.0) > 0.2]
        rest = [(heat - 45.0, power) for at, heat, power in way if at > 120.0]
        which = "the same, fan 25 %" if fan else "35 -> 45 °C"
        figures = {
            f"{which}: overshoot, °C": max(0.0, max(heat for _, heat, _ in way) - 45.0),
            f"{which}: settled to 0.2 °C, s": outside[-1] if outside else 0.0,
        }
        return (
            figures
            if fan
            else figures
            | {
                "45 °C: rms of the true temperature, °C": fmean(off**2 for off, _ in rest) ** 0.5,
                "45 °C: noise of the output, % of full power": 100.0 * pstdev(power for _, power in rest),
            }
        )

    def blown(self, celsius: float, fan: float) -> float:
        """Return by how much the value leaves its hold when the fan goes on."""
        self.at(celsius, 0.0)
        self.oven.run(0.4)
        self.oven.drive(FAN_PIN, fan * FULL)
        return max(abs(heat - celsius) for _, heat, _ in self.watched(120.0))

    def taken_over(self) -> float:
        """Return by how much the output jumps in the first five seconds after a hand had it."""
        self.at(45.0, 0.0)
        self.oven.loop(mode="manual")
        before = self.oven.power
        self.oven.run(3.0)
        self.oven.hold(round(self.oven.heat, 2))
        return 100.0 * max(abs(power - before) for _, _, power in self.watched(5.0))


def measured(seed: int) -> dict[str, float]:
    """Return every figure of `LIMITS`."""
    with TemporaryDirectory() as folder:
        bench = Bench(seed, Path(folder))
        try:
            found: dict[str, Any] = bench.tuned() | bench.stepped() | bench.stepped(0.25)
            found["45 °C: fan 0 -> 25 %: deviation, °C"] = bench.blown(45.0, 0.25)
            found["30 °C: fan 0 -> 100 %: deviation, °C"] = bench.blown(30.0, 1.0)
            found["taking over from a hand: jump, % of full power"] = bench.taken_over()
        finally:
            bench.close()
    return found

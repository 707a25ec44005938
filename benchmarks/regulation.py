"""The law of a loop against three others on the simulated bench: `python3 dev.py regulation`, half a minute.

Prints the figures with their limits, the worst of three seeds; `--write` puts them and the pictures into docs/understand/regulation-law.md.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from actors.loops.law.model import Model
from benchmarks import regulation_cases as cases
from benchmarks.regulation_laws import BangBang, Law, Ours, Pid, relay_gains, tuned
from benchmarks.regulation_pictures import Line, chart
from benchmarks.regulation_plant import Plant

ROOT = Path(__file__).resolve().parent.parent
SEEDS = (0, 1, 2)
SLOW = {"dead_time": 2.0, "lag": 5.0}
BLOCK = re.compile(r"(<!-- measured -->\n).*?(<!-- end -->)", re.DOTALL)
Maker = Callable[[], Law]


@dataclass(frozen=True)
class Row:
    """A line of the table: what, its limit, and the worst figure of every law; None: not measured."""

    what: str
    limit: str
    figures: tuple[float | None, ...]

    def __str__(self) -> str:
        shown = ("" if each is None else "never" if each == float("inf") else f"{each:.2f}" for each in self.figures)
        return f"{self.what:<54}{self.limit:>10}" + "".join(f"{each:>11}" for each in shown)


def compared(makers: list[Maker]) -> list[Row]:
    """Return what every law is measured by."""
    steps = [[cases.set_point_step(maker(), seed, 35.0, 45.0, 0.25) for seed in SEEDS] for maker in makers]
    still = [[cases.set_point_step(maker(), seed, 35.0, 45.0, 0.0) for seed in SEEDS] for maker in makers]
    rows = [
        Row(f"{what} of 35 -> 45 °C, fan {fan} %", limit, tuple(max(each[key] for each in found) for found in runs))
        for what, key, limit in (("overshoot, °C,", "overshoot", "0.25"), ("settled to 0.2 °C, s,", "settled", "60"))
        for fan, runs in ((25, steps), (0, still))
    ]
    rows += [
        Row("rms of the true temperature at 45 °C, °C", "0.05", tuple(max(each["rms"] for each in found) for found in steps)),
        Row("noise of the output at 45 °C, % of full power", "4", tuple(max(each["noise"] for each in found) for found in steps)),
    ]
    for what, limit, celsius, before, after in (
        ("fan 0 -> 25 % at 45 °C: deviation, °C", "0.35", 45.0, 0.0, 0.25),
        ("fan 0 -> 100 % at 30 °C: deviation, °C", "0.3", 30.0, 0.0, 1.0),
        ("fan 100 -> 0 % at 30 °C: deviation, °C", "0.3", 30.0, 1.0, 0.0),
    ):
        worst = tuple(max(cases.fan_changes(maker(), seed, celsius, before, after) for seed in SEEDS) for maker in makers)
        rows.append(Row(what, limit, worst))
    rows.append(
        Row(
            "jump when it takes over, % of full power",
            "8",
            tuple(max(cases.hand_over(maker(), seed) for seed in SEEDS) for maker in makers),
        )
    )
    late = [max(cases.set_point_step(maker(), seed, 35.0, 45.0, 0.0, **SLOW)["overshoot"] for seed in SEEDS) for maker in makers[1:]]
    own = _late_model()
    mine = max(cases.set_point_step(Ours(own), seed, 35.0, 45.0, 0.0, **SLOW)["overshoot"] for seed in SEEDS)
    return [*rows, Row("dead time 2 s, lag 5 s: overshoot, °C", "0.35", (mine, *late))]


def _late_model() -> Model:
    outcome = tuned(Plant(1, **SLOW))[0].outcome
    assert outcome is not None
    assert outcome.model is not None
    return outcome.model


def alone(model: Model) -> list[Row]:
    """Return what only our law is measured by."""
    fastest = max(cases.fastest(seed, 35.0, 45.0, 0.25) for seed in SEEDS)
    unseen = max(cases.fan_changes(Ours(model, sees_fan=False), seed, 45.0, 0.0, 0.25) for seed in SEEDS)
    overshoot, last = cases.wrong_models(model, SEEDS)
    late = cases.wrong_models(_late_model(), SEEDS, **SLOW)
    step, hour = cases.cost(model)
    rows = [
        Row("at full power all the way, fan 25 %: 45 °C within 0.2, s", "", (fastest,)),
        Row("fan 0 -> 25 % at 45 °C, its effect not known: °C", "0.9", (unseen,)),
        Row("k and gain 50 % wrong: overshoot, °C", "", (overshoot,)),
        Row("k and gain 50 % wrong: off target after 10 min, °C", "0.5", (last,)),
        Row("the same, dead time 2 s, lag 5 s: overshoot, °C", "", (late[0],)),
        Row("the same, dead time 2 s, lag 5 s: after 10 min, °C", "0.5", (late[1],)),
    ]
    for kind, limit in (("frozen", "150"), ("detached", "45")):
        found = [cases.lying_sensor(Ours(model), seed, kind) for seed in SEEDS]
        rows.append(Row(f"{kind} sensor at 45 °C: noticed after, s", limit, (max(each for each, _ in found),)))
        rows.append(Row(f"{kind} sensor: hottest by then, °C", "", (max(each for _, each in found),)))
    rows.append(Row("alarms on a healthy bench, of 28 min", "0", (float(sum(cases.false_alarms(Ours(model), seed) for seed in SEEDS)),)))
    return [*rows, Row("processor time of one step, us", "500", (step,)), Row("processor time of an hour with the plant, s", "", (hour,))]


def tunes() -> list[Row]:
    """Return how well constants are found, and how long that takes."""
    found = [tuned(Plant(seed)) for seed in SEEDS]
    models = [action.outcome.model for action, _ in found if action.outcome is not None and action.outcome.model is not None]
    assert len(models) == len(SEEDS)
    return [
        Row("tune: seconds", "90..150", (max(seconds for _, seconds in found),)),
        Row("tune: k off by, %", "3", (100.0 * max(abs(model.k * 1.5 - 1.0) for model in models),)),
        Row("tune: gain off by, %", "6", (100.0 * max(abs(model.gain / 40.0 - 1.0) for model in models),)),
        Row("relay of the rival: seconds", "", (max(relay_gains(seed, 45.0)[1] for seed in SEEDS),)),
    ]


def pictures(makers: list[Maker], folder: Path) -> None:
    """Draw the step, the fan and the tune."""
    steps, fans = [], []
    for maker in makers:
        law = maker()
        bench = cases.prepared(law, 1, 35.0, 0.25)
        begun = bench.now
        law.aim(45.0)
        cases.regulate(bench, law, 180.0)
        steps.append(Line(law.name, [(at - begun, value) for at, value in bench.true[::5]]))
        law = maker()
        bench = cases.prepared(law, 1, 45.0)
        begun = bench.now
        cases.regulate(bench, law, 30.0)
        bench.drive(bench.duty, 0.25)
        if isinstance(law, Ours):
            law.feel(bench)
        cases.regulate(bench, law, 150.0)
        fans.append(Line(law.name, [(at - begun, value) for at, value in bench.true[::5]]))
    bench = Plant(1)
    tuned(bench)
    begun = bench.true[0][0]
    heat = [(at - begun, value) for at, value in bench.true[::5]]
    for name, title, lines, scale in (
        ("step", "35 to 45 °C with the fan at 25 %", steps, (34.0, 47.0)),
        ("fan", "the fan goes from 0 to 25 % after 30 s", fans, (43.5, 46.0)),
        ("tune", "a tune: rest, pulse, decay", [Line("temperature", heat)], (20.0, 40.0)),
    ):
        text = chart(title, "s", "°C", lines, scale)
        (folder / f"regulation-{name}.svg").write_text(text, encoding="utf-8")


def main() -> None:
    """Measure, print, and write what the document shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the table and the pictures into docs/understand")
    arguments = parser.parse_args()
    outcome = tuned(Plant(1), fan=True)[0].outcome
    assert outcome is not None
    assert outcome.model is not None
    model = replace(outcome.model, tuned_at=0.0)
    gains, _ = relay_gains(1, 45.0)
    makers: list[Maker] = [lambda: Ours(model), BangBang, Pid, lambda: Pid(gains, "PID after a relay")]
    head = f"{'worst of three seeds':<54}{'limit':>10}{'this law':>11}{'bang-bang':>11}{'PID':>11}{'relay PID':>11}"
    text = "\n".join([head, *map(str, compared(makers)), "", *map(str, alone(model)), "", *map(str, tunes())])
    print(text)
    if arguments.write:
        folder = ROOT / "docs" / "understand"
        pictures(makers, folder)
        page = folder / "regulation-law.md"
        block = f"```text\n{text}\n```\n"
        page.write_text(BLOCK.sub(lambda found: found[1] + block + found[2], page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

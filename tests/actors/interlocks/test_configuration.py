"""`INTERLOCKS` in `config.py`: what is accepted, what it becomes, what is refused and in which words."""

import re
from pathlib import Path
from typing import Any

import pytest

from actors.bench.interlocks import ChannelRef, Drive, Interlock, OutputRef
from actors.interlocks.kinds import KINDS
from actors.interlocks.kinds.limit import Limit
from actors.interlocks.kinds.progress import Progress
from actors.interlocks.kinds.stale import Stale
from actors.interlocks.kinds.stuck_on import StuckOn
from supervisor.configuration import load
from tests.supervisor.configuration.benches import FILE, accepted, fan, judge, names_of, output, sensor

ROOT = Path(__file__).resolve().parents[3]
HEATER, FAN = OutputRef("resistance", 0.0, 255.0), OutputRef("ventilateur", 0.0, 255.0)
OFF = (Drive(HEATER, 0.0),)
TEMPERATURE = ChannelRef("t_resistance", "temp", "°C")
EMC = {"driver": "EMC2101", "name": "T_emc", "title": "", "units": "°C"}

MINIMAL: dict[str, dict[str, Any]] = {
    "limit": {"sensor": "t_resistance", "above": 90},
    "stale": {"sensor": "t_resistance"},
    "progress": {"sensor": "t_resistance", "output": "resistance"},
    "stuck_on": {"sensor": "t_resistance", "output": "resistance"},
    "requirement": {"needs": "ventilateur", "above": 20},
    "max_on": {"output": "resistance", "seconds": 60},
    "max_duty": {"output": "resistance", "duty": 50},
    "idle": {"seconds": 60},
    "client_lost": {},
}


def bench(*interlocks: Any, **more: Any) -> dict[str, Any]:
    sections = {
        "ACTUATORS_CONFIG": [fan(), output()],
        "SENSORS_CONFIG": {0x48: sensor(), 0x38: sensor(driver="AHT10", name="rh", units="RH"), 0x4C: EMC},
    }
    return {**sections, "INTERLOCKS": list(interlocks), **more}


def entry(kind: str, /, **changes: Any) -> dict[str, Any]:
    """The shortest entry of a kind, with changes; `key=...` leaves a key out."""
    whole = {"name": "it", "kind": kind, **MINIMAL[kind], **changes}
    return {key: value for key, value in whole.items() if value is not ...}


def made(kind: str, **changes: Any) -> Interlock:
    (interlock,) = accepted(**bench(entry(kind, **changes))).interlocks
    return interlock


def refused(*interlocks: Any, **more: Any) -> str:
    """Return the one error there must be."""
    _bench, problems, _warnings = judge(**bench(*interlocks, **more))
    assert len(problems) == 1, [str(problem) for problem in problems]
    return str(problems[0])


def test_the_default_bench_watches_its_heater() -> None:
    too_hot, lost, not_heating, stuck_on = load(ROOT / "config.py").interlocks

    assert too_hot == Limit(name="too_hot", drives=(*OFF, Drive(FAN, 255.0)), channel=TEMPERATURE, above=90.0, hysteresis=5.0)
    assert lost == Stale(name="sensor_lost", drives=OFF, channel=TEMPERATURE, seconds=5.0)
    assert not_heating == Progress(name="not_heating", drives=OFF, channel=TEMPERATURE, output=HEATER)
    assert stuck_on == StuckOn(name="stuck_on", drives=(*OFF, Drive(FAN, 255.0)), channel=TEMPERATURE, output=HEATER, fans=(FAN,))


def test_the_lines_to_enable_in_the_default_bench_are_accepted() -> None:
    """Each line after `# ...: {` in its INTERLOCKS, as somebody would uncomment it."""
    text = (ROOT / "config.py").read_text(encoding="utf-8")
    lines = re.findall(r"^ +# .*?(\{.*\}),$", text, re.MULTILINE)
    names = names_of(f"lines = [{', '.join(lines)}]")["lines"]
    assert len(names) == 5
    whole = names_of(text)
    loaded = accepted(**{key: whole[key] for key in ("ACTUATORS_CONFIG", "SENSORS_CONFIG")}, INTERLOCKS=names)
    assert [interlock.kind for interlock in loaded.interlocks] == ["client_lost", "idle", "requirement", "max_on", "max_duty"]


def test_the_examples_of_the_documentation_are_accepted() -> None:
    text = (ROOT / "docs" / "use" / "interlocks.md").read_text(encoding="utf-8")
    blocks = [*re.findall(r"^    (\{.*\})$", text, re.MULTILINE), *names_of(text.split("```")[1].removeprefix("python\n"))["INTERLOCKS"]]
    entries = [names_of(f"line = {block}")["line"] if isinstance(block, str) else block for block in blocks]
    assert {entry["kind"] for entry in entries} == {*KINDS}
    whole = names_of((ROOT / "config.py").read_text(encoding="utf-8"))
    sections = {key: whole[key] for key in ("ACTUATORS_CONFIG", "SENSORS_CONFIG")}
    for entry in entries:
        assert [interlock.kind for interlock in accepted(**sections, INTERLOCKS=[entry]).interlocks] == [entry["kind"]]


@pytest.mark.parametrize("kind", [*KINDS])
def test_the_shortest_entry_of_each_kind_holds_the_heater(kind: str) -> None:
    interlock = made(kind)
    assert (interlock.kind, interlock.name, interlock.drives) == (kind, "it", OFF)


def test_what_clears_itself_by_default_and_what_does_not() -> None:
    latched = {kind: made(kind).latched for kind in KINDS}
    assert [kind for kind, value in latched.items() if not value] == ["client_lost", "idle", "requirement"]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (entry("limit", kind="limt"), "INTERLOCKS[0] (it), kind: found 'limt'; allowed: client_lost, idle, limit, "),
        (entry("limit", kind=...), "INTERLOCKS[0] (it), kind: found nothing; allowed: client_lost, "),
        (entry("limit", name=...), "INTERLOCKS[0], name: found nothing; allowed: a text of 1 to 100 characters; the key is required"),
        ("too_hot", "INTERLOCKS[0]: found 'too_hot'; allowed: a dict: "),
        (entry("limit", sensor="t_resistanse"), "sensor: found 't_resistanse', which is no sensor; allowed: t_resistance, rh, T_emc; did"),
        (entry("limit", channel="hum"), "channel: found 'hum'; allowed: temp"),
        (entry("limit", above=...), "INTERLOCKS[0] (it): found no threshold; allowed: 'above' or 'below', one of them"),
        (entry("limit", below=5), "found both 'above' and 'below'; allowed: 'above' or 'below', one of them"),
        (entry("limit", above="90"), "above: found '90'; allowed: a number; one of 'above' and 'below'; write 90, without the quotes"),
        (entry("limit", above=float("nan")), "above: found nan; allowed: a number"),
        (
            entry("limit", abvoe=90),
            "found key 'abvoe'; allowed: name, kind, outputs, sensor, channel, above, below, hysteresis, latched; did",
        ),
        (entry("limit", latched=1), "latched: found 1; allowed: True or False"),
        (
            entry("limit", outputs=["resistence"]),
            "'resistence', which is no output; allowed: ventilateur, resistance; did you mean `resistance`",
        ),
        (entry("limit", outputs=[]), "outputs: found []; allowed: a name, ['name', ...] or {'name': value, ...}"),
        (entry("limit", outputs=["resistance", "resistance"]), "outputs: found ['resistance', 'resistance']; allowed: "),
        (entry("limit", outputs=[["resistance"]]), "outputs: found [['resistance']]; allowed: "),
        (entry("limit", outputs={"resistance": "0"}), "outputs: found {'resistance': '0'}; allowed: "),
        (entry("limit", outputs={"ventilateur": 10**400}), "outputs: found {'ventilateur': 1000"),
        (entry("limit", outputs={"resistance": 50}), "resistance: 50; allowed: 0: an interlock never switches a heater on"),
        (entry("limit", outputs={"ventilateur": 300}), "ventilateur: 300; allowed: 0 to 255"),
        (entry("stale", seconds=1.5), "seconds: found 1.5; allowed: 2 or more: t_resistance is measured every 1 s, and one may fail"),
        (entry("stale", seconds=0), "seconds: found 0; allowed: seconds, at least twice the sensor's 'period'"),
        (entry("progress", output=...), "output: found nothing; allowed: the name of an output; the key is required"),
        (entry("progress", duty=101), "duty: found 101; allowed: 0 to 100 (% of full scale)"),
        (entry("progress", latched=False), "found key 'latched'; allowed: name, kind, outputs, sensor, channel, output, duty"),
        (
            entry("stuck_on", fan="ventilator"),
            "fan: found 'ventilator', which is no output; allowed: ventilateur, resistance; did you mean",
        ),
        (entry("stuck_on", fan=3), "fan: found 3; allowed: the name of an output, or a list of them"),
        (
            entry("requirement", needs="fan"),
            "needs: found 'fan', which is no output or sensor; allowed: ventilateur, resistance, t_resistance",
        ),
        (
            entry("requirement", needs="resistance"),
            "needs: found 'resistance', which it drives itself; allowed: another output, or a sensor",
        ),
        (entry("requirement", above=...), "above: found nothing; allowed: a number: % of full scale of an output, units of a channel; the"),
        (entry("max_on", seconds=...), "seconds: found nothing; allowed: seconds, more than 0, up to 86400; the key is required"),
        (entry("max_duty", duty=-1), "duty: found -1; allowed: 0 to 100"),
    ],
)
def test_what_is_wrong_is_refused_in_words(found: Any, words: str) -> None:
    error = refused(found)
    assert error.startswith(f"{FILE}: INTERLOCKS[0]")
    assert words in error


def test_every_error_is_told_at_once() -> None:
    _bench, problems, _warnings = judge(
        **bench(
            entry("limit", name="a", sensor="x", above=...),
            entry("stale", name="a", outputs=["y"]),
            {"kind": "maxon"},
            entry("max_on", name="d", seconds=-1, output="z"),
        )
    )
    told = [(problem.entry, problem.key) for problem in problems]
    assert told == [
        ("INTERLOCKS[0] (a)", ""),
        ("INTERLOCKS[0] (a)", "sensor"),
        ("INTERLOCKS[1] (a)", "name"),
        ("INTERLOCKS[1] (a)", "outputs"),
        ("INTERLOCKS[2]", "kind"),
        ("INTERLOCKS[3] (d)", "seconds"),
        ("INTERLOCKS[3] (d)", "output"),
    ]


def warnings_of(*interlocks: Any, **more: Any) -> list[str]:
    found, problems, warnings = judge(**bench(*interlocks, **more))
    assert found is not None, [str(problem) for problem in problems]
    return warnings


def test_a_heater_that_nothing_watches_is_one_warning_with_the_lines_to_add() -> None:
    sections = bench()
    del sections["INTERLOCKS"]
    _bench, _problems, (warning,) = judge(**sections)
    heater = "no interlock switches this heater off (heater: its name says `resistance`)"
    start = f"{FILE}: ACTUATORS_CONFIG[1] (resistance): {heater}; add to the file: INTERLOCKS = "
    assert warning.startswith(start)

    lines = names_of(f"lines = {warning.removeprefix(start)}")["lines"]
    assert [line["kind"] for line in lines] == ["limit", "progress", "stale", "stuck_on"]
    assert warnings_of(*lines) == []


def test_only_a_fan_lingers_and_only_what_has_steps_is_slewed() -> None:
    _bench, problems, _warnings = judge(ACTUATORS_CONFIG=[output(linger=60)])
    assert "linger: found 60; allowed: nothing here: only a fan runs on" in str(problems[0])
    found, _problems, warnings = judge(ACTUATORS_CONFIG=[fan(driver="DIGITAL", pwm_frequency=None, max=1, ramp=0.5)])
    assert found is not None
    assert found.outputs[0].ramp is None
    assert "'ramp' is not used by driver `DIGITAL`: it is on or off" in warnings[0]

"""From the names of a file to `actors.bench.devices.Bench`: the one place that knows both."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from actors.bench.buses import BusPath, spot
from actors.bench.devices import RESERVED, Bench, OutputSpec
from actors.bench.interlocks import Interlock
from actors.bench.loops import LoopSpec
from pilotage.words import switches
from supervisor.configuration import checks, model
from supervisor.configuration.entries import Entry, find_driver, read, warn_unknown
from supervisor.configuration.file.plain import plain_names
from supervisor.configuration.problems import Report, address, did_you_mean, gpio, labelled, nearest, shown
from supervisor.configuration.rules import kinds, owners, wires
from supervisor.configuration.rules.pwm import Rules, rules_of
from supervisor.configuration.sections import access, interlocks, loops, web
from supervisor.configuration.sections.interlock_advice import advise
from supervisor.configuration.sections.leco import SECTION as LECO
from supervisor.configuration.sections.leco import Things, read_leco
from supervisor.configuration.sections.limits import SECTION as LIMITS
from supervisor.configuration.sections.limits import read_limits
from supervisor.configuration.sections.on_event import SECTION as ON_EVENT
from supervisor.configuration.sections.on_event import read_commands
from supervisor.configuration.sections.sensors import SENSORS, TEMPLATE, read_sensors, sensor_spec

OUTPUTS = "ACTUATORS_CONFIG"
_PLAIN = (int, float, str, list, tuple, dict)
NEAR = 0.8
"""Likeness from which another name is taken for a slip: `ALLOWED` and `READONLY` are, `FLOW` is not."""


def make(names: Mapping[str, Any], report: Report, bus: int | None = None) -> Bench | None:
    """Return the bench, or None when there is any error in `report`; its own bus is `bus`, if that is given, and not `I2C_BUS_ID`."""
    names = plain_names(names)
    common = read(model.Globals, names, "", report)
    _check_sections(names, report)
    main = common.good.get("I2C_BUS_ID") if bus is None else bus
    rules = rules_of(common.good.get("GPIO_BACKEND", "auto"), os.environ)
    outputs = read_outputs(names.get(OUTPUTS, []), report, rules, kinds.heating(names.get(interlocks.SECTION)), main)
    sensors = read_sensors(names.get(SENSORS, {}), report, main)
    owners.check(outputs, sensors, main, report, rules)
    wires.check(outputs, sensors, report)
    ids = identify(outputs, sensors, report)
    commands, allowed = read_commands(names, report), access.read_access(names, common.good.get("PORT"), report)
    page, limits = web.read_web(names, common.good.get("PORT"), allowed.allow, report), read_limits(names, report)
    _advise_on_names(names, report)
    held, regulated = _interlocks_and_loops(names, outputs, sensors, ids, report)
    network = read_leco(names, Things(sensors, outputs, ids, [loop.id for loop in regulated]), report)
    if report.problems:
        return None
    good = common.good
    return Bench(
        source=report.file,
        bus=good["I2C_BUS_ID"] if bus is None else bus,
        sensors=tuple(sensor_spec(ids[entry.label], entry) for entry in sensors),
        outputs=tuple(_output(ids[entry.label], entry, held) for entry in outputs),
        bind=good["BIND"],
        port=good["PORT"],
        deadline=good["DEADLINE"],
        frame_interval=good["FRAME_INTERVAL"],
        i2c_timeout=good["I2C_TIMEOUT"],
        gpio_backend=good["GPIO_BACKEND"],
        warnings=tuple(report.warnings),
        interlocks=held,
        loops=regulated,
        on_event=commands,
        access=allowed,
        limits=limits,
        page=page,
        leco=network,
    )


def _interlocks_and_loops(
    names: Mapping[str, Any], outputs: list[Entry], sensors: list[Entry], ids: Mapping[str, str], report: Report
) -> tuple[tuple[Interlock, ...], tuple[LoopSpec, ...]]:
    """Validate `INTERLOCKS` and `LOOPS`, and warn of what nothing watches."""
    missing: dict[str, interlocks.Missing] = {}
    things = interlocks.Parts(
        interlocks.Things.of("output", outputs, ids, missing, complete=_is_read(names, OUTPUTS, list, len(outputs))),
        interlocks.Things.of("sensor", sensors, ids, missing, complete=_is_read(names, SENSORS, dict, len(sensors))),
        report,
    )
    before = len(report.problems)
    found = tuple(interlocks.read_interlocks(names.get(interlocks.SECTION, []), things))
    regulated = loops.read_loops(names.get(loops.SECTION, []), things, found, whole=len(report.problems) == before)
    if not report.problems:
        advise(found, things, section=interlocks.SECTION in names)
    return found, regulated


def _is_read(names: Mapping[str, Any], section: str, kind: type, count: int) -> bool:
    """Return whether every entry of a section could be read, so that a name that is not there is nowhere."""
    if section not in names:
        return _misspelt(names, section) is None
    whole = type(names[section]) is kind
    return whole and len([each for each in names[section] if each != TEMPLATE or kind is list]) == count


def _misspelt(names: Mapping[str, Any], section: str) -> str | None:
    """Return the name that is probably meant for a section that is not there."""
    tables = [name for name, value in names.items() if name not in {OUTPUTS, SENSORS} and isinstance(value, list | dict)]
    near = nearest(section, tables)
    return near if nearest(near, (OUTPUTS, SENSORS)) == section else None


def _check_sections(names: Mapping[str, Any], report: Report) -> None:
    """Refuse a file that describes no bench at all; warn of one that has only sensors or only outputs."""
    missing = [section for section in (OUTPUTS, SENSORS) if section not in names]
    similar = [f"did you mean {section} by `{near}`?" for section in missing if (near := _misspelt(names, section))]
    if len(missing) == 2:  # noqa: PLR2004 - both
        report.error("", "", f"neither {OUTPUTS} nor {SENSORS}", "a list of outputs and a dict of sensors", "; ".join(similar))
    elif similar:
        report.error("", "", f"no {missing[0]}", "a list of outputs and a dict of sensors", similar[0])
    elif missing:
        report.warn("", f"there is no {missing[0]}")


def _advise_on_names(names: Mapping[str, Any], report: Report) -> None:
    """Warn of a value that is probably meant for another key: `port`, `I2C_BUS`, `INTERLOCK`; also of one beside who may connect."""
    keys = {*model.Globals.model_fields, *access.SECTIONS, interlocks.SECTION, loops.SECTION, LIMITS, ON_EVENT, web.SECTION, LECO}
    missing = keys - names.keys() | access.SECTIONS
    for name, value in names.items():
        near = difflib.get_close_matches(name.upper(), missing, n=1, cutoff=NEAR) if isinstance(value, _PLAIN) and name not in keys else []
        if near:
            does = "guards nothing" if near[0] in access.SECTIONS else "is ignored"
            report.warn("", f"`{name}` is no key of the file, and {does}; did you mean `{near[0]}`?")


def read_outputs(section: Any, report: Report, rules: Sequence[Rules], heating: Mapping[str, str], main: int | None = None) -> list[Entry]:
    """Validate `ACTUATORS_CONFIG` by the `rules` of every back end that may come to drive it; `heating` is what interlocks say of it."""
    from actors.drivers import ACTUATOR_DRIVER_REGISTRY

    if not isinstance(section, list):
        report.error("", OUTPUTS, shown(section), "a list of dicts: [{'pin': 18, ...}, ...]")
        return []
    outputs = []
    for index, raw in enumerate(section):
        label = labelled(f"{OUTPUTS}[{index}]", raw)
        if not isinstance(raw, dict):
            report.error(label, "", shown(raw), "a dict: {'pin': 18, 'name': ..., ...}")
            continue
        entry = read(model.Output, _with_driver(raw, label, report), label, report)
        entry.warn_of_decomposed(raw.get("name"), report)
        _settle(entry, main)
        find_driver(entry, ACTUATOR_DRIVER_REGISTRY, report)
        warn_unknown(label, raw, model.Output.model_fields, report)
        kinds.decide(entry, heating, report)
        checks.output(entry, report, rules)
        outputs.append(entry)
    return outputs


def _with_driver(raw: dict[Any, Any], label: str, report: Report) -> dict[Any, Any]:
    """Return an output's entry with a driver: the predecessor's outputs have none, and their frequency tells which it is."""
    if "driver" in raw or raw.get("pin") is None or any(did_you_mean(key, ["driver"]) for key in raw):
        return raw
    driver, why = ("DIGITAL", "no") if raw.get("pwm_frequency") is None else ("PWM", "a")
    report.warn(label, f"there is no 'driver'; {driver} is taken, because there is {why} 'pwm_frequency'")
    return {**raw, "driver": driver}


def _settle(entry: Entry, main: int | None) -> None:
    """Settle where an output is: what is on the bench's own bus, number `main`, is as if it named none."""
    good = entry.good
    if good.get("bus") == BusPath(-1 if main is None else main):
        good["bus"] = None
    if good.get("pin") is not None:
        entry.where = gpio(good["pin"])
    else:
        chip = good.get("address")
        entry.where = address(None) if chip is None else spot(good.get("bus"), chip)
        entry.where += "" if good.get("channel") is None else f".{good['channel']}"


def identify(outputs: list[Entry], sensors: list[Entry], report: Report) -> dict[str, str]:
    """Return label -> child id: the name, with `@0x49` or `@GPIO23` behind one that is reserved, or that several have."""
    named = [(entry, entry.good["name"], entry.where) for entry in (*sensors, *outputs) if "name" in entry.good]
    count = Counter(name for _entry, name, _place in named)
    ids: dict[str, str] = {}
    taken: dict[str, str] = {}
    for entry, name, place in named:
        child = name if count[name] == 1 and name not in RESERVED else f"{name}@{place}"
        holder = taken.setdefault(child, entry.label)
        if holder != entry.label and entry.sound:
            entry.error(report, "name", f"{shown(name)}, which cannot be told from {holder}", "another name")
        ids[entry.label] = child
    channels = {f"{ids[entry.label]}.{channel.name}" for entry in sensors if entry.label in ids for channel in entry.channels}
    for entry, name, _place in named:
        if name in channels and entry.sound:
            entry.error(report, "name", shown(name), f"another name: it is that of a channel of {shown(name.rpartition('.')[0])}")
    for name in [name for name in count if count[name] > 1 and not report.problems]:
        same = [entry.label for entry, other, _place in named if other == name]
        report.warn("", f"{' and '.join(same)} have one name; they are called {' and '.join(map(ids.__getitem__, same))}")
    return ids


def _output(child: str, entry: Entry, held: tuple[Interlock, ...]) -> OutputSpec:
    good = entry.good
    clamps = [(lock.ceiling, ref) for lock in held for ref in lock.watched_outputs if ref.id == child]
    ceilings = [percent / 100 * ref.full for percent, ref in clamps if percent is not None]
    title = good["title"] or good["name"]
    return OutputSpec(
        id=child,
        name=good["name"],
        title=title,
        driver=good["driver"],
        pin=good["pin"],
        address=good["address"],
        units=good["units"] or "",
        min=good["min"],
        max=good["max"],
        pwm_frequency=good["pwm_frequency"],
        safe=good["safe"],
        kind=entry.kind,
        kind_reason=entry.why,
        guessed=entry.guessed,
        active_low=good["active_low"],
        ramp=None if switches(good["driver"]) else good["ramp"],
        restore=good["restore"],
        linger=good["linger"],
        bus=good["bus"],
        channel=good["channel"],
        wire=good["wire"],
        full_scale=good["full_scale"],
        ceiling=min(ceilings, default=None),
    )

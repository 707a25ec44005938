"""`INTERLOCKS`: every entry by itself, then against the sensors and outputs it names; what comes out are `actors.interlocks.kinds`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from actors.bench.interlocks import ChannelRef, Drive, Interlock, OutputRef
from actors.interlocks.kinds import KINDS
from actors.interlocks.kinds.base import Key, Refusal
from pilotage.words import switches
from supervisor.configuration.entries import Entry, read
from supervisor.configuration.problems import Report, did_you_mean, number, shown
from supervisor.configuration.rules import ends
from supervisor.configuration.sections import interlock_keys

SECTION: Final = "INTERLOCKS"
NAMED: Final = 3
"""Other places of a name that an error lists; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that nothing has: the number of its problem in the report, that problem's own hint, and the entries that have the name."""

    number: int
    hint: str
    labels: list[str]

    def also(self, label: str, report: Report) -> None:
        """Note in the problem that `label` has the name as well."""
        if label in self.labels:
            return
        self.labels.append(label)
        others = self.labels[1:]
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        also = f"the same name is in {', '.join(others[:NAMED])}{more}"
        problem = report.problems[self.number]
        report.problems[self.number] = replace(problem, hint="; ".join(part for part in (self.hint, also) if part))


@dataclass(frozen=True, slots=True)
class Things:
    """The outputs or the sensors of the file, by every name that means one of them: its name if it is the only one, and its child id."""

    what: str
    entries: Mapping[str, Entry]
    ids: Mapping[str, str]
    missing: dict[str, Missing]
    """Names that were looked for in vain: each is one error, however often it occurs."""
    complete: bool = True
    """Whether every entry of the file has a name; where one has none, a name that is looked for may be its."""

    @classmethod
    def of(cls, what: str, entries: Iterable[Entry], ids: Mapping[str, str], missing: dict[str, Missing], *, complete: bool) -> Things:
        """Gather `entries`, whose child ids are `ids` by label."""
        known = [entry for entry in entries if "name" in entry.good]
        names = [entry.good["name"] for entry in known]
        found = {ids[entry.label]: entry for entry in known if entry.label in ids}
        found |= {entry.good["name"]: entry for entry in known if names.count(entry.good["name"]) == 1}
        return cls(what, found, ids, missing, complete and len(known) == len([*entries]))

    def find(self, entry: Entry, key: str, name: str, report: Report) -> Entry | None:
        """Return the output or sensor called `name`, or None after reporting, once, that there is none."""
        found = self.entries.get(name)
        if found is not None:
            return found
        entry.sound = False
        if name in self.missing:
            self.missing[name].also(entry.label, report)
        elif self.complete:
            allowed = ", ".join(self.entries) or f"none, since this file has no {self.what}"
            hint = did_you_mean(name, self.entries)
            self.missing[name] = Missing(len(report.problems), hint, [entry.label])
            entry.error(report, key, f"{shown(name)}, which is no {self.what}", allowed, hint)
        return None

    def all(self) -> list[Entry]:
        """Return each of them once."""
        return list({entry.label: entry for entry in self.entries.values()}.values())

    def id(self, entry: Entry) -> str:
        """Return the child id of an output or sensor."""
        return self.ids.get(entry.label, str(entry.good["name"]))


@dataclass(frozen=True, slots=True)
class Parts:
    """What interlocks can name."""

    outputs: Things
    sensors: Things
    report: Report


def read_interlocks(section: Any, parts: Parts) -> list[Interlock]:
    """Validate `INTERLOCKS`; every error is reported, and an entry with one is left out."""
    report = parts.report
    if not isinstance(section, list):
        report.error("", SECTION, shown(section), "a list of dicts: [{'name': ..., 'kind': 'limit', ...}, ...]")
        return []
    found: list[Interlock] = []
    names: dict[str, str] = {}
    for index, raw in enumerate(section):
        name = raw.get("name") if isinstance(raw, dict) else None
        label = f"{SECTION}[{index}]" + (f" ({shown(name)[1:-1]})" if isinstance(name, str) and name else "")
        if not isinstance(raw, dict):
            report.error(label, "", shown(raw), "a dict: {'name': ..., 'kind': 'limit', ...}")
            continue
        entry = _read(raw, label, report)
        if entry is None:
            continue
        name = entry.good.get("name")
        holder = label if name is None else names.setdefault(name, label)
        if holder != label:
            entry.error(report, "name", f"{shown(name)}, which {holder} has", "a name of its own")
        elif name in parts.outputs.entries:
            entry.error(report, "name", f"{shown(name)}, which is an output", "a name of its own: `pilotage reset` must tell them apart")
        made = _Maker(entry, parts).make()
        if made is not None:
            found.append(made)
    return found


def _read(raw: Mapping[Any, Any], label: str, report: Report) -> Entry | None:
    """Validate the keys of one entry; None when its kind is not known."""
    kinds = interlock_keys.INTERLOCKS
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        found = shown(kind) if "kind" in raw else "nothing"
        report.error(label, "kind", found, ", ".join(kinds), did_you_mean(kind, kinds))
        return None
    entry = read(kinds[kind], raw, label, report)
    for key in raw:
        if key not in kinds[kind].model_fields:
            entry.error(report, "", f"key {shown(key)}", ", ".join(kinds[kind].model_fields), did_you_mean(key, kinds[kind].model_fields))
    return entry


class _Maker:
    """Makes one interlock of one entry; what does not fit the bench is reported."""

    def __init__(self, entry: Entry, parts: Parts) -> None:
        self.entry = entry
        self.kind = KINDS[entry.good["kind"]]
        self.parts = parts
        self.report = parts.report
        self.drives = self._drives()

    def make(self) -> Interlock | None:
        """Return the interlock, or None after reporting what is wrong with it."""
        if self.entry.sound:
            self._tell(self.kind.refuse(self.entry.good))
        parts = {name: self._part(name, about) for name, about in interlock_keys.declared(self.kind).items()}
        return self.kind(name=self.entry.good["name"], drives=self.drives, **parts) if self.entry.sound else None

    def _tell(self, findings: Iterable[Refusal | str]) -> None:
        """Report what the kind itself finds wrong with the entry."""
        for each in findings:
            if isinstance(each, str):
                self.report.warn(self.entry.label, each)
            else:
                found = each.found or number(self.entry.good[each.key])
                self.entry.error(self.report, each.key, found, each.allowed, each.hint)

    def _part(self, name: str, about: Key) -> Any:
        """Return the value of a field: a number or a truth as it is, or what is called by a name."""
        match about.names:
            case "sensor":
                return self._channel("sensor")
            case "output":
                return self._output(name)
            case "fan":
                return self._fans()
            case "needs":
                return self._needs(name)
        return self.entry.good.get(name)

    def _fans(self) -> tuple[OutputRef, ...]:
        names, outputs = self.entry.good.get("fan"), self.parts.outputs
        if names is None:
            fans = [entry for entry in outputs.all() if entry.cools]
        else:
            fans = [fan for name in names if (fan := outputs.find(self.entry, "fan", name, self.report)) is not None]
        return tuple(ref for fan in fans if (ref := self._ref(fan)) is not None)

    def _needs(self, key: str) -> ChannelRef | OutputRef | None:
        """Return the output or the channel that the entry's `key` names."""
        name, outputs, sensors = self.entry.good.get(key), self.parts.outputs, self.parts.sensors
        if name in outputs.entries and self.entry.good.get("channel") is None:
            ref = self._output(key)
            if ref is not None and ref in [drive.output for drive in self.drives]:
                self.entry.error(self.report, key, f"{shown(name)}, which it drives itself", "another output, or a sensor")
            return ref
        if name is None:
            return None
        known = {**outputs.entries, **sensors.entries}
        both = Things("output or sensor", known, {}, outputs.missing, outputs.complete and sensors.complete)
        return self._channel(key) if both.find(self.entry, key, name, self.report) else None

    def _channel(self, key: str) -> ChannelRef | None:
        """Return the channel meant by the entry's `key` (a sensor) and `channel`."""
        name, wanted = self.entry.good.get(key), self.entry.good.get("channel")
        sensor = None if name is None else self.parts.sensors.find(self.entry, key, name, self.report)
        if sensor is None or not sensor.channels:
            return None
        channels = {channel.name: channel for channel in sensor.channels}
        channel = sensor.channel(wanted)
        if channel is None:
            self.entry.error(self.report, "channel", shown(wanted), ", ".join(channels), did_you_mean(wanted, channels))
            return None
        self._tell(self.kind.doubt(self.entry.good, ends.seen(sensor, channel)))
        own = sensor.good.get("units") if channel.name == sensor.channels[0].name else None
        return ChannelRef(self.parts.sensors.id(sensor), channel.name, channel.units if own is None else own)

    def _output(self, key: str) -> OutputRef | None:
        name = self.entry.good.get(key)
        output = None if name is None else self.parts.outputs.find(self.entry, key, name, self.report)
        if output is not None and switches(output.good.get("driver")) and self.kind.needs_steps:
            self.entry.error(self.report, key, shown(name), f"a `PWM`: `{output.good['driver']}` is off or on; {self.kind.needs_steps}")
        return None if output is None else self._ref(output)

    def _ref(self, output: Entry) -> OutputRef | None:
        full, safe = output.good.get("max"), output.good.get("safe")
        if full is None or safe is None or full <= 0:
            return None
        return OutputRef(self.parts.outputs.id(output), safe, full)

    def _drives(self) -> tuple[Drive, ...]:
        """Return what a trip drives: what the entry says, and its `output` in any case."""
        good, outputs = self.entry.good, self.parts.outputs
        wanted: dict[str, tuple[Entry, float | None]] = {}
        own = outputs.entries.get(good.get("output", ""))
        if own is not None:
            wanted[own.label] = (own, None)
        elif good.get("outputs") is None and not any(about.names == "output" for about in interlock_keys.declared(self.kind).values()):
            wanted = {entry.label: (entry, None) for entry in outputs.all() if entry.heats}
            if not wanted and outputs.complete:
                self.entry.error(self.report, "outputs", "nothing", "the outputs to drive: this bench has no heater to be meant")
        for name, value in (good.get("outputs") or {}).items():
            output = outputs.find(self.entry, "outputs", name, self.report)
            if output is not None:
                wanted[output.label] = (output, self._checked(output, value))
        pairs = [(self._ref(output), value) for output, value in wanted.values()]
        return tuple(Drive(ref, ref.safe if value is None else value) for ref, value in pairs if ref is not None)

    def _checked(self, output: Entry, value: float | None) -> float | None:
        low, high, safe = (output.good.get(key) for key in ("min", "max", "safe"))
        if value is None or value == safe or low is None or high is None or low >= high:
            return None
        name = output.good["name"]
        if output.heats:
            if value == 0:
                return 0.0
            allowed = "0: an interlock never switches a heater on"
            self.entry.error(self.report, "outputs", f"{name}: {number(value)}", allowed, f"{name} is taken for a heater: {output.why}")
        elif switches(output.good.get("driver")) and value not in {low, high}:
            self.entry.error(self.report, "outputs", f"{name}: {number(value)}", f"{number(low)} or {number(high)}: `DIGITAL` is off or on")
        elif not low <= value <= high:
            self.entry.error(self.report, "outputs", f"{name}: {number(value)}", f"{number(low)} to {number(high)}")
        return float(value)

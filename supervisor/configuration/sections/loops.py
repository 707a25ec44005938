"""`LOOPS`: every entry by itself, then against the sensors, the outputs and the interlocks that it relies on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from actors.bench.devices import RESERVED
from actors.bench.interlocks import ChannelRef, Interlock, OutputRef
from actors.bench.loops import LoopSpec
from actors.interlocks.kinds.limit import Limit
from actors.interlocks.kinds.stale import Stale
from pilotage.words import switches
from supervisor.configuration.entries import Entry, read
from supervisor.configuration.problems import did_you_mean, number, shown
from supervisor.configuration.rules import ends
from supervisor.configuration.sections.interlocks import SECTION as INTERLOCKS
from supervisor.configuration.sections.interlocks import Parts
from supervisor.configuration.sections.loop_keys import CYCLE, Loop

SECTION: Final = "LOOPS"
MARGIN: Final = 2.0
"""Units between the highest set-point and where the limit counts as over: a tuned loop overshoots by 0.3 at most."""
PINS: Final = 3
"""Virtual pins of a loop."""
CONSTANTS: Final = ("k", "gain", "dead_time")


def read_loops(section: Any, parts: Parts, locks: Sequence[Interlock], *, whole: bool) -> tuple[LoopSpec, ...]:
    """Validate `LOOPS`; every error is reported. `locks` are the interlocks of the file, and the `whole` of them if all could be read."""
    report = parts.report
    if not isinstance(section, list):
        report.error("", SECTION, shown(section), "a list of dicts: [{'name': ..., 'sensor': ..., 'output': ..., 'pin': 1000, ...}, ...]")
        return ()
    makers = []
    for index, raw in enumerate(section):
        name = raw.get("name") if isinstance(raw, dict) else None
        label = f"{SECTION}[{index}]" + (f" ({shown(name)[1:-1]})" if isinstance(name, str) and name else "")
        if not isinstance(raw, dict):
            report.error(label, "", shown(raw), "a dict: {'name': ..., 'sensor': ..., 'output': ..., 'pin': 1000, ...}")
            continue
        entry = read(Loop, raw, label, report)
        for key in raw:
            if key not in Loop.model_fields:
                entry.error(report, "", f"key {shown(key)}", ", ".join(Loop.model_fields), did_you_mean(key, Loop.model_fields))
        makers.append(_Maker(entry, parts, locks if whole else None))
    _tell_apart([maker.entry for maker in makers], parts)
    return tuple(spec for maker in makers if (spec := maker.make()) is not None)


def _tell_apart(entries: Iterable[Entry], parts: Parts) -> None:
    """Refuse a name, an output or a virtual pin that two have."""
    taken = dict.fromkeys(RESERVED, "the daemon itself")
    taken |= {name: entry.label for things in (parts.outputs, parts.sensors) for name, entry in things.entries.items()}
    outputs: dict[str, str] = {}
    pins: dict[int, str] = {}
    for entry in entries:
        name, output, pin = (entry.good.get(key) for key in ("name", "output", "pin"))
        if name is not None and (holder := taken.setdefault(name, entry.label)) != entry.label:
            entry.error(parts.report, "name", f"{shown(name)}, which {holder} has", "a name of its own")
        driven = parts.outputs.entries.get(output or "")
        if driven is not None and (holder := outputs.setdefault(driven.label, entry.label)) != entry.label:
            entry.error(parts.report, "output", f"{shown(output)}, which {holder} drives", "an output that no other loop drives")
        for each in () if pin is None else range(pin, pin + PINS):
            if (holder := pins.setdefault(each, entry.label)) != entry.label:
                allowed = f"a pin at least {PINS} away: each loop has {PINS} pins"
                entry.error(parts.report, "pin", f"{pin}, while {each} belongs to {holder}", allowed)
                break


class _Maker:
    """Makes one loop of one entry; what does not fit the bench is reported."""

    def __init__(self, entry: Entry, parts: Parts, locks: Sequence[Interlock] | None) -> None:
        self.entry = entry
        self.good: Mapping[str, Any] = entry.good
        self.parts = parts
        self.locks = locks

    def make(self) -> LoopSpec | None:
        """Return the loop, or None after reporting what is wrong with it."""
        self._check_alone()
        channel = self._channel("sensor", self.good.get("channel"))
        ambient = self._channel("ambient", None)
        output, fan = self._output("output"), self._output("fan")
        if output is not None and fan is output:
            self._error("fan", shown(self.good["fan"]), "another output than the one that the loop drives")
        if output is not None:
            self._check_output(output)
        highest = self._highest(channel, output)
        sound = self.entry.sound and all(each is None or each.sound for each in (output, fan))
        if not sound or channel is None or output is None or highest is None:
            return None
        return self._spec(channel, output, ambient, fan, highest)

    def _spec(self, channel: ChannelRef, output: Entry, ambient: ChannelRef | None, fan: Entry | None, highest: float) -> LoopSpec:
        good = self.good
        return LoopSpec(
            id=good["name"],
            name=good["name"],
            title=good["title"] or good["name"],
            channel=channel,
            output=self._ref(output),
            pin=good["pin"],
            min=good["min"],
            max=highest,
            period=ends.period(self.parts.sensors.entries[good["sensor"]]),
            fan=None if fan is None else self._ref(fan),
            ambient=ambient,
            fan_losses=tuple(good["fan_losses"] or ()),
            cycle=CYCLE if good["cycle"] is None else good["cycle"],
            **{key: good[key] for key in ("action", "ramp", "max_duty", "settled", "aggressiveness", "hysteresis", *CONSTANTS)},
        )

    def _error(self, key: str, found: str, allowed: str, hint: str = "") -> None:
        self.entry.error(self.parts.report, key, found, allowed, hint)

    def _check_alone(self) -> None:
        """Refuse keys that contradict each other."""
        low, high = self.good.get("min"), self.good.get("max")
        if low is not None and high is not None and low >= high:
            self._error("min", f"{number(low)} with 'max' {number(high)}", "a 'min' less than 'max'")
        given = [key for key in CONSTANTS if self.good.get(key) is not None]
        if given and len(given) < len(CONSTANTS):
            missing = [key for key in CONSTANTS if key not in given]
            self._error(missing[0], "nothing", f"a number: {', '.join(CONSTANTS)} are given together, or none of them")

    def _check_output(self, output: Entry) -> None:
        """Refuse an output that cannot do what the loop asks of it."""
        name, digital = shown(self.good["output"]), switches(output.good.get("driver"))
        for key in ("hysteresis", "cycle"):
            if self.good.get(key) is not None and not digital:
                self._error(key, f"{number(self.good[key])} for {name}", "only for an output that is off or on (`DIGITAL`)")
        if digital and self.good.get("hysteresis") is None:
            self._error("hysteresis", "nothing", f"a number greater than 0: {name} is off or on")
        if self.good.get("action") == "heat" and output.cools:
            self._error("action", f"'heat' with {name}, a fan", "'cool': more of a fan makes colder")

    def _output(self, key: str) -> Entry | None:
        name = self.good.get(key)
        return None if name is None else self.parts.outputs.find(self.entry, key, name, self.parts.report)

    def _ref(self, output: Entry) -> OutputRef:
        return OutputRef(self.parts.outputs.id(output), output.good["safe"], output.good["max"])

    def _channel(self, key: str, wanted: str | None) -> ChannelRef | None:
        name = self.good.get(key)
        sensor = None if name is None else self.parts.sensors.find(self.entry, key, name, self.parts.report)
        if sensor is None or not sensor.channels:
            return None
        channels = [channel.name for channel in sensor.channels]
        channel = sensor.channel(wanted)
        if channel is None:
            self._error("channel", shown(wanted), ", ".join(channels), did_you_mean(wanted, channels))
            return None
        own = sensor.good.get("units") if channel.name == sensor.channels[0].name else None
        return ChannelRef(self.parts.sensors.id(sensor), channel.name, channel.units if own is None else own)

    def _highest(self, channel: ChannelRef | None, output: Entry | None) -> float | None:
        """Return the highest set-point, after a look at the interlocks that a heater's loop needs."""
        high, low = self.good.get("max"), self.good.get("min")
        if channel is None or output is None or self.locks is None or "max" not in self.good:
            return high
        name = self.parts.outputs.id(output)
        mine = [lock for lock in self.locks if any(drive.output.id == name and drive.is_safe for drive in lock.drives)]
        limits = [lock for lock in mine if isinstance(lock, Limit) and lock.channel == channel]
        upper = [lock for lock in limits if lock.above is not None]
        if output.heats:
            self._require(mine, upper if self.good.get("action") == "heat" else limits, channel)
        top = min(upper, key=_end, default=None)
        bottom = max((lock for lock in limits if lock.above is None), key=_end, default=None)
        high = _end(top) if high is None and top is not None else high
        if high is None:
            self._error("max", "nothing", "a number greater than 'min': no `limit` says how far the loop may go")
        for lock, key, value in ((top, "max", high), (top, "min", low), (bottom, "min", low)):
            if lock is not None and value is not None and (value > _end(lock)) is (lock is top) and value != _end(lock):
                self._error(key, number(value), f"{number(_end(lock))} or {'less' if lock is top else 'more'}: {_reason(lock)}")
        return high

    def _require(self, mine: Sequence[Interlock], limits: Sequence[Limit], channel: ChannelRef) -> None:
        """Refuse the loop of a heater that nothing switches off when it gets too hot, or when nobody sees how hot it is."""
        stale = any(isinstance(lock, Stale) and lock.channel == channel for lock in mine)
        missing = [kind for kind, there in (("limit", limits), ("stale", stale)) if not there]
        if missing:
            kinds = " and the ".join(f"`{kind}`" for kind in missing)
            allowed = f"a heater that a `limit` and a `stale` on {channel} switch off; {INTERLOCKS} lacks the {kinds}"
            self._error("output", shown(self.good["output"]), allowed)


def _end(lock: Limit) -> float:
    """Return how far a set-point may go towards a limit."""
    inside = lock.hysteresis + MARGIN
    return (lock.below or 0.0) + inside if lock.above is None else lock.above - inside


def _reason(lock: Limit) -> str:
    side, end = ("below", lock.below) if lock.above is None else ("above", lock.above)
    return f"{lock.name} trips {side} {number(end or 0.0)}, its hysteresis is {number(lock.hysteresis)}, and {number(MARGIN)} are to spare"

"""One entry at a time: what pydantic says of it, in our words, and what of it is sound enough for the checks across entries."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable, Mapping
from functools import cache
from keyword import iskeyword
from typing import Annotated, Any

from pydantic import ValidationError, create_model

from actors.drivers.base import Channel
from supervisor.configuration import model
from supervisor.configuration.problems import Report, address, did_you_mean, gpio, shown
from supervisor.configuration.rules.near_misses import number_hint

_NUMBERS = ("int", "float", "less", "greater")
"""What the faults of a number begin with."""
_SHOWN = {"pin": gpio, "address": address}


@dataclasses.dataclass(slots=True)
class Entry:
    """One output or sensor: `good` holds every key that is right by itself, defaults filled in."""

    label: str
    good: dict[str, Any]
    driver: Any = None
    """The driver's class, if the entry names one that exists."""
    options: Any = None
    kind: str = ""
    """What an output is taken for: `heater`, `fan` or `output`; `why` is the reason in words (`supervisor.configuration.rules.kinds`)."""
    why: str = ""
    guessed: bool = False
    where: str = ""
    """Where it is, in one word, as a message or an id has it: `0x48`, `GPIO18`."""
    sound: bool = True
    """False as soon as any error of this entry was reported."""

    @property
    def heats(self) -> bool:
        """Whether it is taken for a heater."""
        return self.kind == "heater"

    @property
    def cools(self) -> bool:
        """Whether it is taken for a fan."""
        return self.kind == "fan"

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels of a sensor, as far as they are known."""
        if not hasattr(self.driver, "channels"):
            return ()
        return tuple(self.driver.channels if self.options is None else self.driver.channels_of(self.options))

    def channel(self, name: str | None) -> Channel | None:
        """Return the channel of that name, or the default one; of a driver that could not be loaded whichever is asked for."""
        if name and self.driver.stands_in:
            return Channel(name, "")
        return next((channel for channel in self.channels if not name or channel.name == name), None)

    def error(self, report: Report, key: str, found: str, allowed: str, hint: str = "") -> None:
        """Report an error of this entry."""
        self.sound = False
        report.error(self.label, key, found, allowed, hint)

    def warn_of_decomposed(self, written: Any, report: Report) -> None:
        """Warn of a name that looks like the one that is read, and is another sequence of signs."""
        name = self.good.get("name")
        if name is not None and name != written:
            report.warn(self.label, f"its name has accents as signs of their own (decomposed); it is read as {name!r}: type it anew")


def read(kind: type[model.Section], raw: Mapping[Any, Any], label: str, report: Report) -> Entry:
    """Validate the keys that `kind` knows; every wrong one is reported and left out of `good`."""
    data = {key: raw[key] for key in kind.model_fields if key in raw}
    entry = Entry(label, {key: info.get_default() for key, info in kind.model_fields.items() if not info.is_required()})
    try:
        entry.good |= dict(kind.model_validate(data))
    except ValidationError as error:
        faults = error.errors(include_url=False)
        wrong = {str(fault["loc"][0]) for fault in faults}
        right = {key: value for key, value in data.items() if key not in wrong}
        found = dict(_forgiving(kind).model_validate(right))
        entry.good = {key: found[key] for key in {**entry.good, **right} if key not in wrong}
        for fault in faults:
            _explain(entry, kind, fault, report)
    return entry


@cache
def _forgiving(kind: type[model.Section]) -> type[model.Section]:
    """Return `kind` with no key required: for what is right in an entry where another key is wrong."""
    fields: dict[str, Any] = {}
    for key, info in kind.model_fields.items():
        if info.is_required():
            fields[key] = (Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation, None)
    return create_model(kind.__name__, __base__=kind, **fields)


def _explain(entry: Entry, kind: type[model.Section], fault: Mapping[str, Any], report: Report) -> None:
    """Report one error of pydantic with the words of the model."""
    key = str(fault["loc"][0])
    allowed = model.words(kind, key).get("allowed") or fault["msg"].removeprefix("Input should be ")
    if fault["type"] == "missing":
        entry.error(report, key, "nothing", allowed, "the key is required")
        return
    value = fault["input"]
    path = ".".join(part if isinstance(part, str) else shown(part) for part in fault["loc"])
    place = key if "BCM" in allowed or key != "pin" else ""  # a virtual pin is none of the header
    hint = number_hint(value, place) if str(fault["type"]).startswith(_NUMBERS) else did_you_mean(value, _quoted(allowed))
    if fault["type"] == "extra_forbidden":
        hint = did_you_mean(fault["loc"][-1], model.Calibration.model_fields)
    entry.error(report, path, _SHOWN.get(place, shown)(value), allowed, hint)


def _quoted(allowed: str) -> list[str]:
    return allowed.split("'")[1::2]


def find_driver(entry: Entry, registry: Mapping[str, Any], report: Report) -> None:
    """Look the driver up; an unknown one is reported with the nearest known name."""
    name = entry.good.get("driver")
    if name is None:
        return
    entry.driver = registry.get(name)
    if entry.driver is None:
        entry.error(report, "driver", shown(name), ", ".join(sorted(registry)), did_you_mean(name, registry))


def read_options(entry: Entry, raw: Mapping[Any, Any], report: Report) -> None:
    """Validate the keys that the sensor's driver adds, and make its options of them."""
    if entry.driver is None:
        return
    keys = _options_model(entry.driver.Options)
    own = read(keys, raw, entry.label, report)
    entry.sound = entry.sound and own.sound
    if all(name in own.good for name, info in keys.model_fields.items() if info.is_required()):
        _make_options(entry, {name: value for name, value in own.good.items() if name in raw}, report)


@cache
def _options_model(options: type[Any]) -> type[model.Section]:
    """Return a driver's options as a table of keys."""
    types = typing.get_type_hints(options, include_extras=True)
    keys: dict[str, Any] = {}
    for each in dataclasses.fields(options):
        if each.init:
            keys[key_of(each.name)] = (types[each.name], ... if each.default is dataclasses.MISSING else each.default)
    return create_model(options.__name__, __base__=model.Section, **keys)


def _make_options(entry: Entry, values: dict[str, Any], report: Report) -> None:
    """Make the driver's options; a value it refuses is reported and left out, so that the next one is found too."""
    required = {key_of(each.name) for each in dataclasses.fields(entry.driver.Options) if each.default is dataclasses.MISSING}
    while True:
        try:
            entry.options = entry.driver.Options(**{f"{name}_" if iskeyword(name) else name: value for name, value in values.items()})
        except (TypeError, ValueError) as error:
            text = str(error)
            culprit = next((name for name in sorted(values, key=len, reverse=True) if text.startswith(name)), "")
            found, _, allowed = text.partition(", allowed: ")
            entry.error(report, culprit or "options of the driver", found.removeprefix(f"{culprit} is "), allowed)
            if values.pop(culprit, None) is None or culprit in required:
                return  # without it nothing can be said of the others
        else:
            return


def option_names(drivers: Iterable[Any]) -> list[str]:
    """Return the keys that `drivers` add to an entry."""
    return [key_of(item.name) for driver in drivers for item in dataclasses.fields(driver.Options) if item.init]


def key_of(attribute: str) -> str:
    """Return the key of `config.py` for an attribute of a driver's options: one that Python reserves has a _ behind it there."""
    return attribute.rstrip("_")


def warn_unknown(label: str, raw: Mapping[Any, Any], known: Iterable[str], report: Report) -> None:
    """Warn of every key that nobody reads."""
    names = list(known)
    for key in raw:
        if key not in names:
            hint = did_you_mean(key, names)
            report.warn(label, f"unknown key {shown(key)} is ignored" + (f"; {hint}" if hint else ""))

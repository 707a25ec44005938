"""`"driver": "adafruit"`: any library of Adafruit's for a chip on I2C, described in `config.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from actors.drivers.base import Channel
from actors.drivers.channels import OFFSET, REQUIRED, SCALE, UNITS, Key, is_number, is_word, named
from actors.drivers.library.host import LibrarySensor
from actors.drivers.library.record import Part, Record

MODULE: Final = re.compile(r"adafruit_[a-z0-9_]+(\.[a-z0-9_]+)*")
_END: Final = Key(is_number, "a number: beyond it there is no value")
_INDEX: Final = Key(lambda value: value is None or (type(value) is int and value >= 0), "the place in a list, from 0", None)
KEYS: Final = {
    "read": Key(lambda value: is_word(value) and not value.startswith("_"), "the name of a property"),
    "units": UNITS._replace(default=REQUIRED),
    "min": _END,
    "max": _END,
    "scale": SCALE,
    "offset": OFFSET,
    "index": _INDEX,
}


@dataclass(frozen=True, kw_only=True)
class LibraryOptions:
    """What the catalogue knows of other chips. ValueError for bad values."""

    library: str
    """The module, e.g. `adafruit_ltr390`."""
    class_: str
    """Written `class`: the name of the class in it, e.g. `LTR390`."""
    channels: dict[str, Any]
    """By name: `read` (a property), `units`, `min`, `max`; optional `scale`, `offset`, `index`."""
    arguments: dict[str, Any] | None = None
    """Further arguments of the class: numbers and texts by name."""
    after: list[str] | None = None
    """Methods to call once it is made, e.g. one that starts measuring."""
    ready: str = ""
    """The property that says whether there is a new sample, if there is one."""

    def __post_init__(self) -> None:
        """Refuse what cannot be: no other module than one of Adafruit's, plain names, and numbers."""
        if not MODULE.fullmatch(self.library):
            raise ValueError(f"library is {self.library!r}, allowed: the name of a module that begins with adafruit_")
        for name, words in (("class", [self.class_]), ("after", self.after or []), ("ready", [self.ready] if self.ready else [])):
            wrong = next((word for word in words if not is_word(word) or word.startswith("_")), None)
            if wrong is not None:
                raise ValueError(f"{name} is {wrong!r}, allowed: a name, as it is written in the library")
        for name, value in (self.arguments or {}).items():
            if not is_word(name) or not (is_number(value) or isinstance(value, str | bool)):
                raise ValueError(f"arguments is {self.arguments!r}, allowed: numbers and texts by name")
        for name, part in named(self.channels, KEYS).items():
            if part["min"] >= part["max"]:
                raise ValueError(f"channels.{name}.max is {part['max']!r}, allowed: more than 'min'")

    @property
    def record(self) -> Record:
        """The record that this makes."""
        parts = tuple(_part(name, each) for name, each in named(self.channels, KEYS).items())
        more: dict[str, Any] = {"arguments": self.arguments or {}, "after": tuple(self.after or ()), "ready": self.ready}
        return Record(self.class_, self.library, self.class_, parts, patience=1.0 if self.ready else 0.0, **more)


def _part(name: str, each: dict[str, Any]) -> Part:
    more = {key: each[key] for key in ("scale", "offset", "index")}
    return Part(name, each["read"], each["units"], float(each["min"]), float(each["max"]), **more)


class AnyLibrary(LibrarySensor):
    """Raises as `LibrarySensor`; it knows no identity, so that another chip is noticed by what the library says alone."""

    chip = "adafruit"
    channels = ()
    max_age = min_period = 1.0
    Options = LibraryOptions

    @classmethod
    def channels_of(cls, options: Any) -> tuple[Channel, ...]:
        """Return the channels that `config.py` names."""
        record: Record = options.record
        return tuple(part.channel for part in record.parts)

    def record_of(self) -> Record:
        """Return what `config.py` says as a record."""
        record: Record = self.options.record
        return record

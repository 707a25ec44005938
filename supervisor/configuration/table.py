"""The tables of pages in docs/: configuration, sensors, interlocks, leco and protocol, made from what the code has in tables itself.

`python -m supervisor.configuration.table` rewrites them.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import typing
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from actors.core.codes import CLIENT, TABLE
from actors.core.requests import Served, rows
from supervisor.configuration import model
from supervisor.configuration.entries import key_of
from supervisor.configuration.sections import access, interlock_keys, leco, limits, loop_keys, on_event, web

BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
DOCS: Final = Path(__file__).resolve().parents[2] / "docs"


def configuration() -> list[str]:
    """Return the tables of the page about `config.py`, and what stands between them."""
    from actors.drivers import ACTUATOR_DRIVER_REGISTRY, SENSOR_DRIVER_REGISTRY

    return [
        "### Single values",
        _keys(model.Globals),
        *_access(),
        "### How much a client may ask: `LIMITS`",
        "A dict with any of these keys; the others keep their defaults.\nWhat they protect against is in [SECURITY.md](../../SECURITY.md).",
        _keys(limits.Keys),
        "### An output: one entry of `ACTUATORS_CONFIG`",
        f"Drivers: {_list(ACTUATOR_DRIVER_REGISTRY)}.",
        _keys(model.Output),
        "### A sensor: one entry of `SENSORS_CONFIG`, under its address or its name",
        f"Drivers: {_list(SENSOR_DRIVER_REGISTRY)}.",
        _keys(model.Sensor),
        "[sensors.md](sensors.md) lists what each driver measures, and the keys that it adds.",
        "### An interlock, a loop: one entry of `INTERLOCKS`, of `LOOPS`",
        "[interlocks.md](../use/interlocks.md) and [regulation.md](../use/regulation.md) tell what they do, and list their keys.",
        "### A laboratory's network: `LECO`",
        "[leco.md](../use/leco.md) tells what a bench is there, and [lists the keys](../use/leco.md#every-key).",
        "### A command: one entry of `ON_EVENT`",
        "[journal.md](../use/journal.md) tells when it runs and what it gets.",
        _keys(on_event.Command),
    ]


def sensors() -> list[str]:
    """Return the tables of the page about the sensors: what each driver measures, and its own keys."""
    from actors.drivers import SENSOR_DRIVER_REGISTRY

    drivers = SENSOR_DRIVER_REGISTRY.items()
    return [
        _rows(
            ("driver", "addresses", "channels, the default first", "fastest `period`", "`max_age` if not given"),
            [_driver(*item) for item in drivers],
        ),
        _rows(("driver", "its own key", "allowed", "default", "meaning"), [row for item in drivers for row in _options(*item)]),
    ]


def network() -> list[str]:
    """Return the table of the page about LECO."""
    return [_keys(leco.Keys)]


NOTICES: Final = {
    "wrong_chip": "another chip",
    "settings_lost": "power dip",
    "not_converted": "nothing measured",
    "checksum": "checksum",
    "probe_open": "broken probe",
    "diode_open": "broken probe",
    "asleep": "asleep",
    "no_device": "gone",
    "probe_fault": "broken probe where the kernel says so",
}
"""Code that a driver's docstring names -> what it notices, in words."""


def hardware() -> list[str]:
    """Return the table of the page about the hardware: every chip, where it ends, what it notices, and what may rest on it."""
    from actors.drivers import SENSOR_DRIVER_REGISTRY

    head = ("chip", "bus", "channels", "from, to", "accuracy", "notices", "may guard a heater")
    return [_rows(head, [_chip(name, driver) for name, driver in SENSOR_DRIVER_REGISTRY.items() if driver.channels and name != "SIMULE"])]


def _chip(name: str, driver: Any) -> tuple[str, ...]:
    record = getattr(driver, "record", None)
    text = inspect.getdoc(driver) or ""
    bases = " ".join(inspect.getdoc(each) or "" for each in driver.__mro__[1:3])
    if record is None:
        found = ["no answer", *(words for code, words in NOTICES.items() if f"`{code}`" in text + bases)]
    else:
        proofs = (("checksum", record.trusted), ("another chip", record.ids), (record.notices, record.notices))
        found = ["no answer", *(words for words, known in proofs if known)]
    ends = (f"`{each.name}` {each.lowest:g} to {each.highest:g}" for each in driver.channels if None not in {each.lowest, each.highest})
    accuracies = (f"`{each.name}` {each.accuracy:g}" for each in driver.channels if each.accuracy is not None)
    bus = {"i2c": "I2C", "spi": "SPI", "files": "1-wire"}[driver.medium] if driver.on_i2c or driver.medium != "i2c" else "none"
    channels = ", ".join(f"`{each.name}` {each.units}".strip() for each in driver.channels)
    return (
        f"`{name}`",
        bus,
        channels,
        ", ".join(ends),
        ", ".join(accuracies),
        "; ".join(dict.fromkeys(found)),
        "yes" if driver.guards else "no",
    )


def interlocks() -> list[str]:
    """Return the tables of the page about interlocks."""
    return [
        "Keys that every entry of `INTERLOCKS` takes:",
        _keys(interlock_keys.Interlock),
        "Keys of the kinds:",
        _rows(("kind", "its own key", "allowed", "default", "meaning"), _kinds()),
    ]


def loops() -> list[str]:
    """Return the table of the page about loops."""
    return [_keys(loop_keys.Loop)]


def browser() -> list[str]:
    """Return the table of the page about the page in a browser."""
    return ["`WEB` is a dict with any of these keys; `{}` for the defaults.", _keys(web.Keys)]


def error_codes() -> list[str]:
    """Return the tables of the page about the wire: every code of an ERROR."""
    tables = [
        _rows(("code", "meaning"), ((_list(names.split()).replace(",", ""), text) for names, text in rows)) for rows in (TABLE, CLIENT)
    ]
    return [tables[0], "What the Python client says by itself:", tables[1]]


def _requests(*served: Served) -> Callable[[], list[str]]:
    """Return what makes a table of the page about the wire: the requests that are served so."""
    return lambda: [_rows(("request", "reply `value`"), rows(*served))]


PAGES: Final[dict[Path, tuple[Callable[[], list[str]], ...]]] = {
    DOCS / "reference" / "configuration.md": (configuration,),
    DOCS / "reference" / "sensors.md": (sensors,),
    DOCS / "reference" / "hardware-support.md": (hardware,),
    DOCS / "use" / "interlocks.md": (interlocks,),
    DOCS / "use" / "leco.md": (network,),
    DOCS / "use" / "regulation.md": (loops,),
    DOCS / "use" / "page.md": (browser,),
    DOCS / "reference" / "protocol.md": (
        _requests("reads"),
        _requests("writes", "loop", "off"),
        _requests("discovery", "supervisor"),
        _requests("history"),
        error_codes,
    ),
}
"""Page -> what makes the tables between its marks, from one pair of marks to the next."""


def _access() -> list[str]:
    port = ("`CURVE`", "a dict of the keys below; `{}` for the defaults", "no such port", "a second, encrypted port for clients with a key")
    return [
        "### Who may connect",
        "[access.md](../use/access.md) tells what the three do, and how to make keys.",
        _rows(("key", "allowed", "default", "meaning"), [*_fields(access.Networks), port]),
        _rows(("key of `CURVE`", "allowed", "default", "meaning"), _fields(access.CurvePort)),
    ]


def rewrite(document: str, *makers: Callable[[], Iterable[str]]) -> str:
    """Return `document` with the tables of each maker between its own pair of marks; raises ValueError without just these pairs."""
    head, *parts = document.split(BEGIN)
    if len(parts) != len(makers) or any(END not in part for part in parts):
        raise ValueError(f"{len(makers)} times {BEGIN} ... {END} is not what the document has")
    return head + "".join("\n\n".join((BEGIN, *make(), END)) + part.partition(END)[2] for make, part in zip(makers, parts, strict=True))


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _keys(kind: type[model.Section]) -> str:
    return _rows(("key", "allowed", "default", "meaning"), _fields(kind))


def _kinds() -> Iterable[tuple[str, ...]]:
    """Return what each kind of interlock adds to the keys that all have."""
    common = [*_fields(interlock_keys.Interlock)]
    for name, kind in interlock_keys.INTERLOCKS.items():
        yield from ((f"`{name}`", *row) for row in _fields(kind) if row not in common)


def _fields(kind: type[model.Section]) -> Iterable[tuple[str, ...]]:
    for name, info in kind.model_fields.items():
        words = model.words(kind, name)
        default = "required" if info.is_required() else words["unset"] or f"`{info.default!r}`"
        yield f"`{name}`", words["allowed"], default, str(info.description)


def _driver(name: str, driver: Any) -> tuple[str, ...]:
    channels = ", ".join(f"`{channel.name}` ({channel.units})" for channel in driver.channels)
    addresses = ", ".join(f"`0x{address:02X}`" for address in driver.addresses) or "any"
    return f"`{name}`", addresses, channels, f"{driver.min_period:g} s", f"{driver.max_age:g} s"


def _options(name: str, driver: Any) -> Iterable[tuple[str, ...]]:
    types, meanings = typing.get_type_hints(driver.Options), dict[str, str]()
    for kind in driver.Options.__mro__[-2::-1]:
        meanings |= _attribute_docstrings(kind)
    for option in dataclasses.fields(driver.Options):
        default = "required" if option.default is dataclasses.MISSING else f"`{option.default!r}`"
        yield f"`{name}`", f"`{key_of(option.name)}`", _type(types[option.name]), default, " ".join(meanings.get(option.name, "").split())


def _type(hint: Any) -> str:
    """Return a type in words: `'linear'` or `'iec60751'`, number, whole number, True or False."""
    simple = {bool: "True or False", int: "a whole number", float: "a number", str: "a text", Any: "a text or a dict", type(None): "None"}
    if typing.get_origin(hint) is dict:
        return "a dict"
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(f"`{choice!r}`" for choice in typing.get_args(hint))
    return simple.get(hint) or " or ".join(map(_type, typing.get_args(hint))) or str(hint)


def _attribute_docstrings(kind: type[Any]) -> dict[str, str]:
    """Return the text under each attribute of a class."""
    body = ast.parse(inspect.cleandoc(inspect.getsource(kind))).body[0]
    found: dict[str, str] = {}
    for before, after in itertools.pairwise(getattr(body, "body", [])):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name) and isinstance(after, ast.Expr):
            found[before.target.id] = str(ast.literal_eval(after.value))
    return found


def _rows(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    for page, make in PAGES.items():
        page.write_text(rewrite(page.read_text(encoding="utf-8"), *make), encoding="utf-8", newline="\n")

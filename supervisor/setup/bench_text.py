"""The default bench's file for the chips that were found: the same text without what is not there, and with what is new. Pure."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, Final

SENSORS: Final = "SENSORS_CONFIG"
OUTPUTS: Final = "ACTUATORS_CONFIG"
_TEMPLATE: Final = "default"
_INDENT: Final = "    "


def with_chips(text: str, bus: int, chips: Mapping[int, str], heaters: Container[str]) -> str:
    """Return the bench's file `text` with I2C bus `bus` and the sensors of `chips`, address -> driver.

    What needs a sensor that is not there goes as well: its interlocks and loops, and one of `heaters` that nothing would guard any more.
    """
    found = dict(_assignments(text))
    numbers: dict[str, Any] = {name: value.value for name, value in found.items() if isinstance(value, ast.Constant)}
    drop, gone, known = [], set(), set()
    for key, value in _pairs(found.pop(SENSORS)):
        where: Any = numbers.get(key.id) if isinstance(key, ast.Name) else ast.literal_eval(key)
        driver, name = _text(value, "driver"), _text(value, "name")
        if where == _TEMPLATE:
            continue
        if chips.get(where) == driver:
            known.add(where)
        else:
            drop.append((key.lineno, value.end_lineno))
            gone.add(name)
    outputs = {_text(element, "name"): element for element in _elements(found.pop(OUTPUTS))}
    rules = [element for section in found.values() for element in _elements(section)]
    gone |= {name for name in outputs if name in heaters and _unguarded(name, rules, gone)}
    drop += [(element.lineno, element.end_lineno) for element in (*outputs.values(), *rules) if _strings(element) & gone]
    lines = _without(text.splitlines(keepends=True), drop)
    new = [_entry(where, driver) for where, driver in sorted(chips.items()) if where not in known]
    return _numbered("".join(_inserted(lines, new)), bus)


def _assignments(text: str) -> Iterator[tuple[str, ast.expr]]:
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            yield statement.targets[0].id, statement.value


def _pairs(section: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(section, ast.Dict):
        yield from ((key, value) for key, value in zip(section.keys, section.values, strict=True) if key is not None)


def _elements(section: ast.expr) -> list[ast.expr]:
    return section.elts if isinstance(section, ast.List) else []


def _text(entry: ast.expr, word: str) -> str:
    """Return what an entry says under `word`, "" where that is no text."""
    values = (value for key, value in _pairs(entry) if ast.literal_eval(key) == word)
    return next((value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)), "")


def _strings(node: ast.AST) -> set[str]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def _unguarded(output: str, rules: Iterable[ast.expr], gone: set[str]) -> bool:
    """Return whether something guards `output` in the file, and none of it would be left."""
    guards = [element for element in rules if output in _strings(element)]
    return bool(guards) and all(_strings(element) & gone for element in guards)


def _without(lines: list[str], spans: Iterable[tuple[int, int | None]]) -> list[str]:
    """Return the lines without those of `spans` (first and last, from 1), and without the comments right above them."""
    doomed: set[int] = set()
    for first, last in spans:
        start = first - 1
        while lines[start - 1].lstrip().startswith("#"):
            start -= 1
        doomed.update(range(start, last or first))
    return [line for number, line in enumerate(lines) if number not in doomed]


def _entry(address: int, driver: str) -> str:
    return f'{_INDENT}0x{address:02X}: {{"driver": "{driver}", "name": "{driver.lower().replace("-", "")}_{address:02x}"}},\n'


def _inserted(lines: list[str], new: list[str]) -> list[str]:
    """Put `new` at the beginning of the sensors."""
    place = next(number for number, line in enumerate(lines) if line.startswith(f"{SENSORS} = "))
    return [*lines[: place + 1], *new, *lines[place + 1 :]]


def _numbered(text: str, bus: int) -> str:
    first, rest = text.split("I2C_BUS_ID = ", 1)
    return f"{first}I2C_BUS_ID = {bus}  # /dev/i2c-{bus}\n{rest.partition(chr(10))[2]}"

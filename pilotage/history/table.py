"""Columns as CSV: wide for spreadsheets, long for programs; as Excel in French wants it, too. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from pilotage.history.columns import Columns
from pilotage.history.moments import iso

BOM: Final = "\ufeff"
"""What makes Excel read UTF-8."""
Shape = Literal["wide", "long"]


@dataclass(frozen=True, slots=True)
class Style:
    """How a table is written.

    `wide`: a row per time, a column per channel, units in the second line. `long`: a row per reading, with units and fault.
    `decimal` is the sign between units and tenths, `separator` what stands between fields.
    """

    shape: Shape = "wide"
    separator: str = ","
    decimal: str = "."

    def number(self, value: float | None) -> str:
        """Return a number as this table has it; nothing for None."""
        text = "" if value is None else repr(round(value, 9))
        return text if self.decimal == "." else text.replace(".", self.decimal)


FRENCH: Final = Style(separator=";", decimal=",")
"""What Excel expects where a comma stands before the tenths."""


def lines(parts: Iterable[Columns], style: Style) -> Iterator[str]:
    """Yield a table line by line, with its head; the parts follow each other in time, and have the same names."""
    head = True
    for columns in parts:
        if head:
            yield from _written(_head(columns, style), style)
            head = False
        yield from _written(_wide(columns, style) if style.shape == "wide" else _long(columns, style), style)


def _head(columns: Columns, style: Style) -> Iterator[list[str]]:
    if style.shape == "wide":
        yield ["time", "unix", *columns.series]
        yield ["UTC", "s", *(series.units for series in columns.series.values())]
    else:
        yield ["time", "unix", "name", "value", "units", "fault"]


def _wide(columns: Columns, style: Style) -> Iterator[list[str]]:
    """Yield a row per time at which any channel has one."""
    found: dict[float, dict[str, float | None]] = {}
    for name, series in columns.series.items():
        for time, value in zip(series.time, series.value, strict=True):
            found.setdefault(time, {})[name] = value
    for time in sorted(found):
        yield [iso(time), style.number(round(time, 4)), *(style.number(found[time].get(name)) for name in columns.series)]


def _long(columns: Columns, style: Style) -> Iterator[list[str]]:
    """Yield a row per reading, in the order of time; of a grid, only the rows where there is something."""
    rows = [
        (time, name, value, series.units, fault)
        for name, series in columns.series.items()
        for time, value, fault in zip(series.time, series.value, series.fault, strict=True)
        if value is not None or fault is not None
    ]
    for time, name, value, units, fault in sorted(rows, key=lambda row: row[0]):
        yield [iso(time), style.number(round(time, 4)), name, style.number(value), units, fault or ""]


def _written(rows: Iterable[list[str]], style: Style) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=style.separator, lineterminator="\n")
    for row in rows:
        writer.writerow(row)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()

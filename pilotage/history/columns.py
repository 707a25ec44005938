"""A stretch of history in columns: a time and a value per row of a channel, as lists that pandas, numpy and a page take as they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(slots=True)
class Series:
    """One channel, or one output, over time.

    `time` is Unix seconds (UTC). `value` is what was measured, or the mean where `every` put several readings together; None where there
    is no number: then `fault` tells why by a code, or is None where nothing was kept. `low` and `high` are the extremes of what was put
    together; empty where every reading stands for itself.
    """

    units: str = ""
    time: list[float] = field(default_factory=list)
    value: list[float | None] = field(default_factory=list)
    fault: list[str | None] = field(default_factory=list)
    low: list[float | None] = field(default_factory=list)
    high: list[float | None] = field(default_factory=list)


@dataclass(slots=True)
class Event:
    """An event of the daemon's log: when (Unix seconds), its name, its level, whom it is about, and its sentence."""

    time: float
    event: str
    level: str
    actor: str | None
    message: str


@dataclass(slots=True)
class Columns:
    """What was asked for: from `start` to `end` (Unix seconds), a row `every` so many seconds, None for every reading.

    With `every`, all series have the same `time`: one row for each step of the grid, whether anything was kept there or not.
    `unsynchronised` are the spans, in Unix seconds, during which the clock of the bench was never set, so that their times may be wrong.
    """

    start: float
    end: float
    every: float | None = None
    series: dict[str, Series] = field(default_factory=dict)
    unsynchronised: list[tuple[float, float]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return it as JSON can carry it."""
        return asdict(self)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        """Return what `document` has made of it; raises KeyError or TypeError for anything else."""
        series = {name: Series(**one) for name, one in document["series"].items()}
        spans = [(float(start), float(end)) for start, end in document["unsynchronised"]]
        return cls(document["start"], document["end"], document["every"], series, spans)

    def to_pandas(self) -> Any:
        """Return a DataFrame, one column per name and one row per time (UTC); nan where there is no number. Needs pandas."""
        import pandas as pd

        columns = {}
        for name, one in self.series.items():
            column = pd.Series(one.value, index=pd.to_datetime(one.time, unit="s", utc=True), dtype="float64")
            # Two readings of one instant, from two runs of a machine whose clock was wrong, cannot both be a row.
            columns[name] = column[~column.index.duplicated(keep="last")]
        return pd.DataFrame(columns).rename_axis("time")

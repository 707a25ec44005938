"""What is measured, put together while it comes: rows of means, each as soon as its time is over. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pilotage.documents import Description
from pilotage.history.columns import Columns, Series
from pilotage.history.documents import History
from pilotage.history.following import Sample, samples
from pilotage.words import scale


def units_of(description: Description) -> dict[str, str]:
    """Return name -> units of all that a bench has, as `describe` tells it; `of 255` for the steps of a PWM."""
    units = {output["child"]: scale(output["units"], output["driver"], output["min"], output["max"]) for output in description["outputs"]}
    for sensor in description["sensors"]:
        for channel in sensor["channels"]:
            name = sensor["child"] if channel["default"] else f"{sensor['child']}.{channel['name']}"
            units[name] = channel["units"]
    for loop in description.get("loops", []):
        units |= {loop["child"]: loop["units"], f"{loop['child']}.working": loop["units"], f"{loop['child']}.state": ""}
    return units


class Live:
    """Makes rows of parts. An output holds its value until the next one; a sensor without a reading leaves its place empty."""

    def __init__(self, units: Mapping[str, str], first: History, every: float | None) -> None:
        """Take the names and their units, the part after which the rows begin, and the seconds of a row; None: a row per reading."""
        self._units, self._every = units, every
        self._held = {name: drives["value"][-1] for name, drives in first["outputs"].items() if name in units}
        self._bucket = 0 if every is None else int(first["time"] // every)
        self._waiting: list[Sample] = []

    def take(self, part: History) -> Iterator[Columns]:
        """Yield the rows that are complete with this part."""
        found = samples(part, self._units)
        if self._every is None:
            if found:
                yield self._columns(part, {name: [one for one in found if one.name == name] for name in self._units})
            return
        self._waiting += found
        while (self._bucket + 1) * self._every <= part["time"]:
            end = (self._bucket + 1) * self._every
            yield self._row([sample for sample in self._waiting if sample.time < end])
            self._waiting = [sample for sample in self._waiting if sample.time >= end]
            self._bucket += 1

    def _row(self, inside: Sequence[Sample]) -> Columns:
        assert self._every is not None  # noqa: S101 - rows have a step
        start = self._bucket * self._every
        columns = Columns(start, start + self._every, self._every)
        for name, units in self._units.items():
            mine = [sample for sample in inside if sample.name == name]
            numbers = [sample.value for sample in mine if sample.value is not None]
            value: float | None = sum(numbers) / len(numbers) if numbers else None
            if name in self._held:
                value = self._held[name] = mine[-1].value if mine else self._held[name]
            fault = mine[-1].fault if mine and value is None else None
            columns.series[name] = Series(units, [start], [value], [fault])
        return columns

    def _columns(self, part: History, found: Mapping[str, Sequence[Sample]]) -> Columns:
        columns = Columns(part["time"], part["time"])
        for name, units in self._units.items():
            mine = found[name]
            columns.series[name] = Series(units, [one.time for one in mine], [one.value for one in mine], [one.fault for one in mine])
        return columns

"""What becomes of latched trips when `config.py` changes: nothing but a reset ends them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from actors.bench.devices import OutputSpec
from actors.bench.interlocks import Drive, Interlock, OutputRef
from actors.interlocks.latch import Former, Place, State, Trip, initial


def begun(specs: Sequence[Interlock], before: Sequence[Interlock], states: Mapping[str, State]) -> dict[str, State]:
    """Return the states in which `specs` begin, after `before` with their `states`.

    One that is as it was goes on; one whose entry is another begins anew, but for a latched trip, which its heir takes over.
    """
    begin = {spec.name: states[spec.name] if spec in before and spec.name in states else initial(spec) for spec in specs}
    for spec, trip in _latched(before, states):
        heir = _heir(spec, before, specs)
        if heir is not None:
            own = begin[heir.name].trip
            begin[heir.name] = replace(begin[heir.name], trip=own if own is not None and own.latched else trip)
    return begin


def formers(
    specs: Sequence[Interlock],
    before: Sequence[Interlock],
    states: Mapping[str, State],
    places: Mapping[str, Place],
    outputs: Mapping[Place, OutputSpec],
) -> tuple[Former, ...]:
    """Return what still holds outputs that a latched trip of `before` held, and no heir among `specs` holds now: one for each trip.

    `places`: id of an output before -> its place; `outputs`: place -> the output that is there now. One may come there later, too.
    """
    trips: dict[str, list[tuple[Interlock, Trip]]] = {}
    for spec, trip in _latched(before, states):
        heir = _heir(spec, before, specs)
        trips.setdefault(_origin(spec) if heir is None else heir.name, []).append((spec, trip))
    result: list[Former] = []
    for origin, same in trips.items():
        held = {drive.output.id for spec in specs if spec.name == origin for drive in spec.drives}
        before_at = {place: drive for spec, _ in same for place, drive in _placed(spec, places).items()}
        now_at = {place: outputs[place] for place in before_at if place in outputs}
        left = tuple(_drive(before_at[place], now) for place, now in now_at.items() if now.id not in held)
        away = tuple((place, drive) for place, drive in before_at.items() if place not in outputs)
        if left or away:
            name, (_, trip) = origin, same[0]
            while name in {other.name for other in (*specs, *result)}:
                name += "_former"
            result.append(Former(name=name, drives=left, why=trip.why, since=trip.since, origin=origin, away=away))
    return tuple(result)


def of_one_trip(name: str, specs: Sequence[Interlock]) -> list[Interlock]:
    """Return whom a reset of `name` is about: the interlock of that name, and what holds the outputs that it held before a reload."""
    return [spec for spec in specs if name in {spec.name, _origin(spec)}]


def _placed(spec: Interlock, places: Mapping[str, Place]) -> dict[Place, Drive]:
    """Return what a trip of `spec` holds, by its place."""
    away = dict(spec.away) if isinstance(spec, Former) else {}
    return away | {places[drive.output.id]: drive for drive in spec.drives if drive.output.id in places}


def _drive(drive: Drive, now: OutputSpec) -> Drive:
    """Return what becomes of `drive` where `now` is on that hardware: what was safe stays safe, and a heater is never held on."""
    value = now.safe if drive.is_safe or now.heats else min(drive.value, now.max)
    return Drive(OutputRef(now.id, now.safe, now.max), value)


def _latched(specs: Sequence[Interlock], states: Mapping[str, State]) -> list[tuple[Interlock, Trip]]:
    found = [(spec, states[spec.name].trip) for spec in specs if spec.name in states]
    return [(spec, trip) for spec, trip in found if trip is not None and trip.latched]


def _origin(spec: Interlock) -> str:
    """Return the name of the interlock whose trip it is."""
    return spec.origin if isinstance(spec, Former) else spec.name


def _heir(former: Interlock, before: Sequence[Interlock], specs: Sequence[Interlock]) -> Interlock | None:
    """Return which of `specs` goes on with a trip of `former`: the one of its name, else the one that is the same but for its name."""
    name = _origin(former)
    named = next((spec for spec in specs if spec.name == name), None)
    tripped = next((spec for spec in before if spec.name == name), former)
    return named or next((spec for spec in specs if replace(tripped, name=spec.name) == spec), None)

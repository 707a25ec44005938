"""What becomes of latched trips when `config.py` changes: nothing but a reset ends them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from actors.bench.interlocks import Drive, Former, Interlock, OutputRef
from actors.interlocks.latch import State, initial


def begun(specs: Sequence[Interlock], before: Sequence[Interlock], states: Mapping[str, State]) -> dict[str, State]:
    """Return the states in which `specs` begin, after `before` with their `states`.

    One that is as it was goes on; one whose entry is another begins anew, but for a latched trip, which its heir takes over.
    """
    begin = {spec.name: states[spec.name] if spec in before and spec.name in states else initial(spec) for spec in specs}
    for spec, state in _latched(before, states):
        heir = _heir(spec, specs)
        if heir is not None:
            trip = begin[heir.name].trip
            begin[heir.name] = replace(begin[heir.name], trip=trip if trip is not None and trip.latched else state.trip)
    return begin


def formers(
    specs: Sequence[Interlock], before: Sequence[Interlock], states: Mapping[str, State], outputs: Mapping[str, OutputRef]
) -> tuple[Former, ...]:
    """Return what still holds outputs that a latched trip of `before` held, and no heir among `specs` holds now.

    `outputs`: id of an output before -> the one that is on the same hardware now.
    """
    result: list[Former] = []
    for spec, state in _latched(before, states):
        heir = _heir(spec, specs)
        held = {drive.output.id for drive in heir.drives} if heir is not None else set()
        drives = [(drive, outputs[drive.output.id]) for drive in spec.drives if drive.output.id in outputs]
        left = tuple(Drive(now, now.safe if drive.is_safe else drive.value) for drive, now in drives if now.id not in held)
        if left and state.trip is not None:
            name = spec.name
            while name in {other.name for other in (*specs, *result)}:
                name += "_former"
            result.append(Former(name=name, drives=left, why=state.trip.why, since=state.trip.since))
    return tuple(result)


def _latched(specs: Sequence[Interlock], states: Mapping[str, State]) -> list[tuple[Interlock, State]]:
    found = [(spec, states[spec.name]) for spec in specs if spec.name in states]
    return [(spec, state) for spec, state in found if state.trip is not None and state.trip.latched]


def _heir(former: Interlock, specs: Sequence[Interlock]) -> Interlock | None:
    """Return which of `specs` goes on with a trip of `former`: the one of its name, else the one that is the same but for its name."""
    named = next((spec for spec in specs if spec.name == former.name), None)
    return named or next((spec for spec in specs if replace(former, name=spec.name) == spec), None)

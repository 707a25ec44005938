"""The interlocks in `status`: which are armed or tripped, why, and since when. Pure."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final

from actors.bench.interlocks import Interlock
from actors.interlocks.cell import InterlockCell
from actors.interlocks.latch import held

LATELY: Final = 3.0
"""Seconds within which every rule must have been looked at: it is each 0.7 s at least."""


def interlocks(specs: tuple[Interlock, ...], cell: InterlockCell, now: float) -> dict[str, Any]:
    """Return every interlock by its name. `looked_at_s`: seconds since its rule was looked at last; None for never."""
    states = cell.states
    holding = {one.spec.name: one for one in held(cell.specs, states) if one.spec.name in states}
    return {spec.name: _entry(spec, states.get(spec.name), holding.get(spec.name), cell, now) for spec in specs}


def watched(specs: tuple[Interlock, ...], cell: InterlockCell, now: float) -> bool:
    """Whether the rule of every interlock was looked at within `LATELY`."""
    return all(spec.name in cell.states for spec in specs) and (not specs or now - cell.looked_at <= LATELY)


def _entry(spec: Interlock, state: Any, holding: Any, cell: InterlockCell, now: float) -> dict[str, Any]:
    since = None if holding is None else now - holding.since
    return {
        "kind": spec.kind,
        "state": _state(state, holding, lately=now - cell.looked_at <= LATELY),
        "armed": state is not None and state.armed,
        "tripped": state is not None and state.trip is not None,
        "holding": holding is not None and not holding.yields,
        "latched": holding is not None and holding.latched,
        "why": None if holding is None else holding.why,
        "since": None if since is None else _iso(time.time() - since),
        "since_s": None if since is None else round(since, 1),
        "cause": None if state is None else state.cause,
        "outputs": {drive.output.id: drive.value for drive in spec.drives},
        "looked_at_s": None if state is None else round(now - cell.looked_at, 1),
    }


def _state(state: Any, holding: Any, *, lately: bool) -> str:
    """Return one word: `holding` is a requirement that is not met, while nothing is on that it would have to switch off."""
    if state is None:
        return "not looked at"
    if state.trip is not None:
        return "tripped"
    if not lately:
        return "not looked at"
    return "holding" if holding is not None else "armed" if state.armed else "not armed"


def _iso(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

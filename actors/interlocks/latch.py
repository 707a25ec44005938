"""From findings to trips: what is latched, what clears itself, and when a trip may be reset. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from actors.bench.buses import BusPath
from actors.bench.interlocks import Drive, Interlock
from actors.errors import Fault
from actors.interlocks.snapshot import Finding, Picture

Place = tuple[int | None, BusPath | None, int | None, int | None]
"""Where an output is: `OutputSpec.place`."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip: since when (monotonic seconds), why, and whether only a reset clears it."""

    since: float
    why: str
    latched: bool


@dataclass(frozen=True, slots=True)
class State:
    """One interlock at one moment; `cause` is what is wrong now, tripped or not, and `cause_since` since when.

    `blind` is why it cannot judge: a channel that it watches gives no number; `blind_since` since when.
    `grace`: the cause is not old enough yet to switch anything off.
    """

    memory: Any
    trip: Trip | None = None
    cause: str | None = None
    cause_since: float = 0.0
    armed: bool = False
    blind: str | None = None
    blind_since: float = 0.0
    grace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Former(Interlock):
    """A latched trip whose interlock `config.py` no longer has, or no longer has for these outputs: it holds them until it is reset.

    `why` and `since` (monotonic) are those of the trip. `origin` is the interlock whose trip it is: a reset of that ends both.
    `away` are places at which no output is at present, but may be again.
    """

    kind: ClassVar[str] = "former"
    why: str
    since: float
    origin: str
    away: tuple[tuple[Place, Drive], ...] = ()

    def judge(self, memory: None, picture: Picture, now: float) -> Finding:
        """Find nothing: its trip is over as soon as somebody resets it."""
        del picture, now
        return Finding(memory, armed=False)


def initial(spec: Interlock) -> State:
    """Return the state of an interlock that has seen nothing; a former one is tripped."""
    trip = Trip(spec.since, spec.why, latched=True) if isinstance(spec, Former) else None
    return State(spec.memory, trip)


def advance(spec: Interlock, state: State, picture: Picture, now: float) -> tuple[State, float | None]:
    """Return the state after a look at `picture`, and when time alone will change it."""
    finding: Finding = spec.judge(state.memory, picture, now)
    trip, cause = state.trip, finding.cause
    if trip is not None and not trip.latched and cause is None:
        trip = None
    if trip is None and cause is not None and finding.trips:
        trip = Trip(now, cause, spec.latched and not finding.provisional)
    since = state.cause_since if cause is not None and state.cause is not None else now
    blind = next((f"{ref}: {why}" for ref in spec.watched if (why := picture.channel(ref).blindness) is not None), None)
    blind_since = state.blind_since if blind is not None and state.blind is not None else now
    return State(finding.memory, trip, cause, since, finding.armed, blind, blind_since, finding.grace), finding.due


def reset(spec: Interlock, state: State) -> State | Fault:
    """Return the state without its trip; or why that cannot be: its cause persists. An interlock that is not tripped stays as it is."""
    if state.trip is None:
        return state
    if state.cause is not None:
        return Fault("interlock", f"interlock {spec.name} cannot be reset yet: {state.cause}")
    return replace(state, trip=None)


@dataclass(frozen=True, slots=True)
class Held:
    """An interlock that holds its outputs: why, since when (monotonic seconds), and whether it needs a reset.

    One that `yields` drives its outputs once, and refuses nothing; one that only `refuses` set-points drives nothing. One that is
    `blind` holds only what may be on only while the rules are looked at, which is no fan.
    """

    spec: Interlock
    why: str
    since: float
    latched: bool
    yields: bool
    blind: bool = False
    refuses: bool = False


def held(specs: tuple[Interlock, ...], states: Mapping[str, State]) -> list[Held]:
    """Return who holds outputs, in the order of the file: whoever is tripped, whoever is blind, a requirement that is not met."""
    result = []
    for spec in specs:
        state = states[spec.name]
        if state.trip is not None:
            result.append(Held(spec, state.trip.why, state.trip.since, state.trip.latched, spec.yields and not state.trip.latched))
            continue
        unmet = state.cause if spec.holds_before_it_trips else None
        if state.blind is not None and (unmet is None or state.grace) and any(drive.is_safe for drive in spec.drives):
            result.append(Held(spec, state.blind, state.blind_since, latched=False, yields=False, blind=True))
        if unmet is not None:
            result.append(Held(spec, unmet, state.cause_since, latched=False, yields=False, refuses=state.grace))
    return result

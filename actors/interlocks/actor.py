"""The interlock actor: looks at the rules on every reading, and gives the outputs they hold a permit that soon runs out.

It decides nothing itself (`actors.interlocks` does) and drives nothing itself (the outputs do): it carries news in and orders out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

import structlog

from actors.bench.devices import INTERLOCKS
from actors.bench.interlocks import Interlock
from actors.core import events
from actors.core.actor import Child
from actors.core.cells import Clientele
from actors.core.clock import Clock
from actors.errors import Fault, PermanentError
from actors.interlocks.cell import InterlockCell
from actors.interlocks.former import begun, of_one_trip
from actors.interlocks.latch import State, advance, held, initial, reset
from actors.interlocks.snapshot import Picture, Word
from actors.messages import Done, Failure, Hold, Observed, Permit, Reading, ResetInterlock, Rewire, Route, Tell, Tick
from actors.outputs.together import Together

log = structlog.get_logger()

RENEW_EVERY: Final = 0.7
"""Seconds between permits when nothing changes."""
PERMIT: Final = 1.8
"""Seconds that a permit holds: one may be lost or late, and yet a standstill switches a heater off within 2 s."""
SHORTEST: Final = 0.02
"""Seconds: no rule is looked at again sooner because of the time alone."""


class Reached(Protocol):
    """An output, or a sensor, as it is there now: how to tell it something, and where it publishes."""

    tell: Tell
    cell: Any


class InterlockActor(Child):
    """Everything here runs in the actor's thread. `reach` returns a child's present generation, or None while there is none.

    `needs_permit` tells whether an output is to be given permits again and again, or only orders when they change.
    """

    def __init__(
        self,
        specs: tuple[Interlock, ...],
        generation: int,
        *,
        cell: InterlockCell,
        clientele: Clientele | Together,
        reach: Callable[[str], Reached | None],
        needs_permit: Callable[[str], bool] = lambda _output: True,
        parent: Tell,
        clock: Clock,
        child: str = INTERLOCKS,
    ) -> None:
        super().__init__(child, generation, parent, clock)
        self.specs = specs
        self.cell = cell
        self._clientele = clientele
        self._reach = reach
        self._needs_permit = needs_permit
        self._channels: dict[tuple[str, str], Word] = {}
        self._sent: dict[str, tuple[Hold, ...]] = {}
        self._renew_at = 0.0

    def begin(self) -> None:
        """Take the state over from the generation before."""
        self.cell.generation = self.generation
        self._watch(self.specs)
        self.serve()
        self._look()

    def _watch(self, specs: tuple[Interlock, ...]) -> None:
        """Look at `specs` from now on; of an interlock that `config.py` has changed nothing goes on but a latched trip."""
        self.cell.states = begun(specs, self.cell.specs, self.cell.states)
        self.specs = self.cell.specs = specs
        self._watched = [channel for spec in specs for channel in spec.watched]
        self._held_outputs = {drive.output.id: None for spec in specs for drive in spec.drives}
        self._read_outputs = {ref.id for spec in specs for ref in (*spec.watched_outputs, *(drive.output for drive in spec.drives))}
        self._channels = self._known(self.cell.channels)

    def handle(self, message: Any) -> None:
        """Take in what has happened, and look at the rules."""
        match message:
            case Observed():
                self._observe(message)
            case Route():
                self._follow(message)
            case ResetInterlock() if self.clock.monotonic() <= message.expires:
                self._look()
                result = self._reset(message.name)
                self._look()  # first the outputs, then the answer: whoever has it may drive them at once
                message.reply(Done(message.ticket, result))
                return
            case Rewire():
                self._look()  # so that until this moment the former ones were looked at, and by this generation
                self._watch(message.bench.interlocks)
            case Tick() | ResetInterlock():
                pass
            case _:
                log.error(events.INTERNAL_ERROR, actor=self.child, problem=f"unknown message {type(message).__name__}")
        self._look()

    def end(self) -> None:
        """Take every permit back: nobody looks at the rules from now on."""
        for output in self._held_outputs:
            self._permit(output, self._sent.get(output, ()), self.clock.monotonic())

    def _known(self, before: Mapping[tuple[str, str], Word]) -> dict[tuple[str, str], Word]:
        """Return what is known of every watched channel: what was known `before`, and what its sensor has measured since."""
        known = {}
        for channel in self._watched:
            key, reached = (channel.sensor, channel.channel), self._reach(channel.sensor)
            word = before.get(key, Word(at=self.clock.monotonic()))
            outcome = None if reached is None else reached.cell.outcome
            known[key] = word if outcome is None or (key in before and outcome.at <= word.at) else _heard(word, key[1], outcome)
        return known

    def _observe(self, news: Observed) -> None:
        for channel in self._watched:
            if channel.sensor == news.child:
                key = (channel.sensor, channel.channel)
                self._channels[key] = _heard(self._channels.get(key, Word()), channel.channel, news.outcome)

    def _follow(self, route: Route) -> None:
        """Learn why a sensor is silent; give a new generation of an output its permit at once."""
        if route.child in self._held_outputs:
            self._sent.pop(route.child, None)
        if route.fault is None:
            return
        for key, word in self._channels.items():
            if key[0] == route.child:
                self._channels[key] = replace(word, fault=route.fault.message, beyond=0)

    def _look(self) -> None:
        """Advance every interlock, note it, say what changed, and tell the outputs."""
        if self.cell.generation != self.generation:
            raise PermanentError("replaced", "a later generation looks at the interlocks")
        now = self.clock.monotonic()
        if now - self.cell.looked_at > PERMIT:
            self._begin_anew(now)
        picture = self._picture()
        before, states, due = self.cell.states, {}, [now + RENEW_EVERY]
        for spec in self.specs:
            states[spec.name], when = advance(spec, before[spec.name], picture, now)
            if when is not None:
                due.append(max(when, now + SHORTEST))
        self._note(states, now)
        for spec in self.specs:
            _report(spec, before[spec.name], states[spec.name])
        self._tell_outputs(now)
        self.wake_at(min(*due, self._renew_at))

    def _begin_anew(self, now: float) -> None:
        """Begin the watch, where nobody has watched until now: readings and memories of before tell nothing any more, trips stay.

        The permits have run out meanwhile, so that every heater is off.
        """
        self._sent = {}
        self.cell.since, self._channels = now, self._known({})
        self.cell.states = {spec.name: replace(self.cell.states[spec.name], memory=initial(spec).memory) for spec in self.specs}

    def _note(self, states: Mapping[str, State], now: float) -> None:
        self.cell.states, self.cell.channels, self.cell.looked_at = states, dict(self._channels), now

    def _picture(self) -> Picture:
        outputs = {}
        for output in self._read_outputs:
            reached = self._reach(output)
            if reached is not None:
                outputs[output] = Word(reached.cell.read_back, reached.cell.at)
        return Picture(self.cell.since, self._channels, outputs, self._clientele.asked, self._clientele.gone)

    def _reset(self, name: str) -> Any:
        before = self.cell.states
        specs = of_one_trip(name, self.specs)
        if not specs:
            return Fault("unknown_interlock", f"no interlock is called {name:.100}; there are: {', '.join(before)}")
        after = {}
        for spec in specs:
            state = reset(spec, before[spec.name])
            if isinstance(state, Fault):
                return state
            after[spec.name] = state
        self._note({**before, **after}, self.clock.monotonic())
        for spec in specs:
            _report(spec, before[spec.name], after[spec.name], "it was reset")
        return {"interlock": name, "state": "clear"}

    def _tell_outputs(self, now: float) -> None:
        """Send each output what holds it, at once when that changed, else every now and then as proof of life."""
        renew = now >= self._renew_at - RENEW_EVERY / 2  # a renewal wakes nobody, and one with a reading saves a look of its own
        if renew:
            self._renew_at = now + RENEW_EVERY
        holds = self._holds()
        for output in self._held_outputs:
            mine = tuple(holds.get(output, ()))
            renews = self._sent.get(output) == mine
            if not renews or (renew and self._needs_permit(output)):
                self._sent[output] = mine
                self._permit(output, mine, now + PERMIT, renews=renews)

    def _holds(self) -> dict[str, list[Hold]]:
        holds: dict[str, list[Hold]] = {}
        for one in held(self.specs, self.cell.states):
            for drive in one.spec.drives:
                if one.blind and not (drive.is_safe and self._needs_permit(drive.output.id)):
                    continue
                hold = Hold(one.spec.name, drive.value, one.why, one.since, one.latched, one.yields, one.refuses)
                holds.setdefault(drive.output.id, []).append(hold)
        return holds

    def _permit(self, output: str, holds: tuple[Hold, ...], until: float, *, renews: bool = False) -> None:
        reached = self._reach(output)
        if reached is not None:
            reached.tell(Permit(self.generation, until, holds, renews))


def _heard(before: Word, channel: str, outcome: Reading | Failure | None) -> Word:
    """Return what is known of a channel after an outcome of its sensor: a failure keeps the last good value, and is none."""
    if isinstance(outcome, Reading):
        value = outcome.values.get(channel)
        if isinstance(value, float | int):
            return Word(float(value), outcome.at)
        why, side = (value.message, value.side) if isinstance(value, Fault) else ("it is not measured", 0)
        return Word(before.value, before.at, why, side, blind=why)
    return before if outcome is None else replace(before, fault=outcome.fault.message, beyond=0)


def _report(spec: Interlock, before: State, after: State, reason: str = "its cause is gone") -> None:
    """Record a trip, or the end of one: once each."""
    facts = {"interlock": spec.name, "kind": spec.kind, "outputs": ", ".join(f"{drive.output}: {drive.value:g}" for drive in spec.drives)}
    if after.trip is not None and before.trip != after.trip:
        log.critical(events.INTERLOCK_TRIPPED, reason=after.trip.why, **facts)
    elif before.trip is not None and after.trip is None:
        log.info(events.INTERLOCK_CLEARED, reason=reason, **facts)

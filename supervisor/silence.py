"""How the supervisor notices a child that says nothing: it hangs, or its thread has gone."""

from __future__ import annotations

from typing import Final

from actors.errors import Fault
from actors.hardware.breaker import Breaker
from supervisor.children import Record
from supervisor.policy import Event

TRANSFER_LIMIT: Final = 0.5
"""Seconds after which a bus transfer that is not back belongs to a chip that hangs (the longest honest one takes 1 ms)."""


def unheard(record: Record, now: float, breaker: Breaker) -> tuple[Event, Fault] | None:
    """Return how a child is lost without having said so, or None. Tells the bus of a transfer that does not come back."""
    running = record.running
    if running is None:
        return None
    inside = running.inside()
    limit = record.spec.start_up if record.life.serving_since is None else record.spec.hang
    if inside is not None and now - inside[1] > TRANSFER_LIMIT:
        breaker.stuck(inside[0])
        return Event.HUNG, Fault("hung", f"a transfer with {record.spec.where} has not come back for {TRANSFER_LIMIT:g} s")
    if running.vitals.busy_for(now) > limit:
        # Of the interlock actor a new generation can begin at once: it holds no hardware, and what the old one says counts no more.
        event = Event.LOST if record.spec.kind == "interlock" else Event.HUNG
        return event, Fault("hung", f"{record.spec.id} has been busy with one thing for {limit:g} s")
    if not running.ref.is_alive() and not running.vitals.ended:
        return Event.LOST, Fault("vanished", "the actor ended without a word")
    return None

"""Who wanted which output on: what clients asked for, and what has ended it since. A heater is on only by a decision that still holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tests.life.clients import Asked

UNCERTAIN: Final = frozenset({"deadline", "client_gone"})
"""Errors after which a command may have been carried out already, but is not from then on."""


@dataclass
class Decision:
    """A set-point that is not off. `settled`: it was answered, so that the end of it is the end of the output's heat, too."""

    asked: Asked
    settled: bool = False


class Decisions:
    """What may be on at each pin, as a client can know it."""

    def __init__(self) -> None:
        self._of: dict[int, list[Decision]] = {}

    def asked(self, asked: Asked) -> None:
        """Note a command. What was sent while no daemon served its connection is no decision any more when one comes."""
        if asked.request["type"] == "PI" and asked.request.get("pin") is not None and asked.request["value"] > 0 and asked.served:
            self._of.setdefault(asked.request["pin"], []).append(Decision(asked))

    def answered(self, asked: Asked, reply: dict[str, Any], *, on: bool) -> None:
        """Follow an answer; `on` tells whether the output is on at this moment."""
        kind, done = asked.request["type"], reply["state"] == "ACK"
        if kind == "off" and done:
            for decisions in self._of.values():
                decisions[:] = [decision for decision in decisions if decision.asked.number > asked.number]
        if kind != "PI" or asked.request.get("pin") is None:
            return
        decisions = self._of.setdefault(asked.request["pin"], [])
        if asked.request["value"] == 0:
            if done:
                decisions[:] = [decision for decision in decisions if not decision.settled and decision.asked.number > asked.number]
            return
        for decision in [decision for decision in decisions if decision.asked is asked]:
            if done or (on and reply["code"] in UNCERTAIN):
                decision.settled = True
            else:
                decisions.remove(decision)

    def ended(self, pin: int) -> None:
        """Note that an output went off: whatever was answered before ends with that."""
        decisions = self._of.get(pin, [])
        decisions[:] = [decision for decision in decisions if not decision.settled]

    def ended_all(self) -> None:
        """Note that the daemon has ended: whatever was asked of it is asked of nobody."""
        self._of.clear()

    def holds(self, pin: int) -> bool:
        """Return whether anybody's decision is that this output be on."""
        return bool(self._of.get(pin))

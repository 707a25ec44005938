"""Who wanted which output on: what clients asked for, and what has ended it since. A heater is on only by a decision that still holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from tests.life.clients import Asked

UNCERTAIN: Final = frozenset({"deadline", "client_gone"})
"""Errors after which a command may have been carried out already, but is not from then on."""


@dataclass
class Decision:
    """A set-point that is not off. `settled`: it was answered, so that the end of it is the end of the output's heat, too.

    `until`: a loop has let go of its output, which has so long to obey.
    """

    asked: Asked
    settled: bool = False
    until: float = float("inf")


def starts(request: dict[str, Any]) -> bool:
    """Return whether a request lets a loop drive its output."""
    return request["type"] == "loop" and (request.get("set", 0) > 0 or "tune" in request)


class Decisions:
    """What may be on at each pin, as a client can know it; a loop's decision holds through all that it does with its output."""

    def __init__(self) -> None:
        self._of: dict[int, list[Decision]] = {}
        self._of_loop: dict[str, list[Decision]] = {}

    def asked(self, asked: Asked) -> None:
        """Note a command. What was sent while no daemon served its connection is no decision any more when one comes."""
        if asked.request["type"] == "PI" and asked.request.get("pin") is not None and asked.request["value"] > 0 and asked.served:
            self._of.setdefault(asked.request["pin"], []).append(Decision(asked))
        if starts(asked.request) and asked.served:
            self._of_loop.setdefault(asked.request["name"], []).append(Decision(asked))

    def answered(self, asked: Asked, reply: dict[str, Any], *, on: bool) -> None:
        """Follow an answer; `on` tells whether the output is on at this moment."""
        kind, done = asked.request["type"], reply["state"] == "ACK"
        if kind == "off" and done:
            for decisions in (*self._of.values(), *self._of_loop.values()):
                decisions[:] = [decision for decision in decisions if decision.asked.number > asked.number]
        if kind == "loop":
            self._loop_answered(asked, "" if done else reply["code"])
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

    def _loop_answered(self, asked: Asked, code: str) -> None:
        """Follow what a loop has answered; `code` is that of an ERROR."""
        decisions = self._of_loop.setdefault(asked.request["name"], [])
        if asked.request.get("set") == 0 and not code:
            decisions[:] = [decision for decision in decisions if not decision.settled and decision.asked.number > asked.number]
        for decision in [decision for decision in decisions if decision.asked is asked]:
            if not code or code in UNCERTAIN:
                decision.settled = True
            else:
                decisions.remove(decision)

    def loop_ended(self, loop: str, until: float) -> None:
        """Note that a loop has let go of its output: whatever was answered before ends as soon as that is off, at the latest at `until`."""
        for decision in self._of_loop.get(loop, []):
            if decision.settled:
                decision.until = min(decision.until, until)

    def ended(self, pin: int, loops: Collection[str]) -> None:
        """Note that an output, which one of these `loops` may drive, went off: whatever was answered before ends with that.

        A loop may switch it on again, unless it has let go of it.
        """
        for loop in loops:
            self._of_loop[loop] = [decision for decision in self._of_loop.get(loop, []) if decision.until == float("inf")]
        decisions = self._of.get(pin, [])
        decisions[:] = [decision for decision in decisions if not decision.settled]

    def ended_all(self) -> None:
        """Note that the daemon has ended: whatever was asked of it is asked of nobody."""
        self._of.clear()
        self._of_loop.clear()

    def holds(self, pin: int, loops: Collection[str], now: float) -> bool:
        """Return whether anybody's decision is that this output, which one of these `loops` may drive, be on."""
        held = [decision for loop in loops for decision in self._of_loop.get(loop, []) if now < decision.until]
        return bool(self._of.get(pin) or held)

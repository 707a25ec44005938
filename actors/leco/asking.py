"""How a call from the network reaches sensors, outputs and the supervisor: as the request of any client does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from actors.errors import Fault
from actors.gateway.exchange import BUSY, Client
from actors.gateway.protocol import Component, Request
from actors.gateway.reading.read_plan import ReadPlan, plan_of
from actors.gateway.reading.reads import Reads
from actors.gateway.routes import Routes
from actors.gateway.writes import Writes
from actors.leco.desk import CONNECTION, Desk, Errand
from actors.leco.grabs import Grabs
from actors.leco.names import Thing
from actors.messages import Query, Tell
from pilotage.wire import leco

DEADLINE: Final = 0.8
"""Seconds within which every call is answered: a director of PyMoDAQ waits for 1 s."""
LATE: Final = Fault(
    "expired", "not applied: it may have waited on its way, or the network was joined a moment ago; if it is still wanted, ask again"
)
_MOST_PLANS: Final = 256


@dataclass(frozen=True, slots=True)
class Turn:
    """One call: the name it came for (`thing` is None at the bench's own), and who made it. `late`: it switches nothing on."""

    name: str
    thing: Thing | None
    sender: str
    conversation: bytes
    call: leco.Call
    client: Client
    late: bool

    @property
    def output(self) -> bool:
        """Whether it came for the name of an output, or of a loop."""
        return self.thing is not None and self.thing.drives

    @property
    def switches_off(self) -> bool:
        """Whether it is the action `off`, which has no arguments."""
        given = self.call.params
        return self.call.method == "call_action" and given.get("action") == "off" and not given.get("args") and not given.get("kwargs")


Then = Callable[[Any], None]


class Asking:
    """Everything belongs to the actor's thread. `answer(turn, payload)` sends the answer to a call."""

    def __init__(
        self, desk: Desk, reads: Reads, writes: Writes, grabs: Grabs, supervisor: Tell, answer: Callable[[Turn, bytes], None]
    ) -> None:
        self.reads, self.writes, self.grabs = reads, writes, grabs
        self._desk, self._supervisor, self._answer = desk, supervisor, answer
        self._routes: Routes = grabs.routes
        self._plans: dict[tuple[Component, ...], ReadPlan] = {}

    def give(self, turn: Turn, value: Any = None) -> None:
        """Answer with a value."""
        self._answer(turn, leco.result(turn.call.id, value))

    def refuse(self, turn: Turn, fault: Fault) -> None:
        """Answer with our own sentence; `data` has its code."""
        self._answer(turn, leco.error(turn.call.id, leco.REFUSED, fault.message, {"code": fault.code}))

    def wrong(self, turn: Turn, problem: str) -> None:
        """Answer that a parameter is not what it should be."""
        self._answer(turn, leco.error(turn.call.id, leco.BAD_PARAMETERS, problem))

    def read(self, turn: Turn, wanted: Iterable[Thing], then: Then) -> None:
        """Have `then` called with a number for each thing, or with the ERROR object of one that cannot be read."""
        components = tuple(thing.component for thing in wanted)
        if not components:
            then([])
            return
        plan = self._plans.get(components)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = self._plans[components] = plan_of(Request("AQ-MULTI", components), self._routes.to_read)
        known = None if turn.client.pending else self.reads.numbers(plan, self._desk.now())
        if known is not None:
            then(known)
            return
        errand = self._errand(turn, plan.request, then)
        if errand is not None:
            errand.plan = plan
            self.writes.send_held_back(plan.outputs)
            self.reads.start(errand)

    def set(self, turn: Turn, settings: Iterable[Component], then: Then) -> None:
        """Drive outputs, and have `then` called with the read-backs; the first thing that goes wrong is the answer."""

        def answered(replies: Any) -> None:
            faults = [reply for reply in replies if reply["state"] != "ACK"] if isinstance(replies, list) else [replies]
            if faults:
                self.refuse(turn, Fault(faults[0]["code"], faults[0]["value"]))
            else:
                then([reply["value"] for reply in replies])

        errand = self._errand(turn, Request("PI-MULTI", tuple(settings)), answered)
        if errand is not None:
            self.writes.start(errand, late=LATE if turn.late else None)

    def off(self, turn: Turn) -> None:
        """Send every output to its safe value, however much waits, and answer for each."""

        def answered(value: Any) -> None:
            if value.get("state") == "ERROR":
                self.refuse(turn, Fault(value["code"], value["value"]))
            else:
                self.give(turn, value)

        errand = self._errand(turn, Request("off"), answered, always=True)
        if errand is not None:
            self.writes.off(errand)

    def ask(self, turn: Turn, kind: str, arguments: dict[str, Any], then: Then) -> None:
        """Ask the supervisor, and have `then` called with what it says; a refusal is the answer."""

        def answered(value: Any) -> None:
            if isinstance(value, dict) and value.get("state") == "ERROR" and "code" in value:
                self.refuse(turn, Fault(value["code"], value["value"]))
            else:
                then(value)

        errand = self._errand(turn, Request(kind), answered)
        if errand is not None:
            self._desk.timer(errand.deadline, errand)
            ticket = self._desk.ticket(errand)
            errand.awaiting[ticket] = kind
            self._supervisor(Query(ticket, kind, arguments, self._desk.reply_to, errand.deadline))

    def _errand(self, turn: Turn, request: Request, then: Then, *, always: bool = False) -> Errand | None:
        """Return a new request in the name of whoever called; None when too many wait already, which is the answer."""
        now = self._desk.now()
        errand = Errand(
            client=turn.client, delimiter=False, asked=now, deadline=now + DEADLINE, request=request, connection=CONNECTION, then=then
        )
        if self._desk.accept(errand) or always:
            return errand
        errand.then = lambda _value: self.refuse(turn, BUSY)
        self._desk.settle(errand, errand.refusal(BUSY))
        return None

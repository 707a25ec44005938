"""The bench's seat in the network: the connection with its names, who was told what, and what `status` says of it all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from actors.bench.leco import Leco
from actors.errors import Fault
from actors.leco.link import DealerInbox, Link
from actors.leco.membership import Membership
from pilotage.wire import leco
from pilotage.wire.leco import Message

MOST_TOLD: Final = 256
"""Calls of ours of which it is remembered whom they were for, in case the coordinator says that nobody is there."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether the bench is in the network. `since` is monotonic; `names` are those signed in, `components` who has asked anything."""

    joined: bool = False
    namespace: str = ""
    since: float = 0.0
    names: tuple[str, ...] = ()
    components: tuple[str, ...] = ()


class LecoCell:
    """The latest word of one generation. Assigning it is atomic in CPython."""

    __slots__ = ("presence",)

    def __init__(self) -> None:
        self.presence = Presence()


class Network:
    """Belongs to the actor's thread, whose mailbox is `box`. `wall` returns Unix seconds."""

    def __init__(self, settings: Leco, names: tuple[str, ...], box: DealerInbox, now: float, wall: Callable[[], float]) -> None:
        self.membership = Membership(names, now)
        self.where = f"{settings.host}:{settings.port}"
        self._settings, self._box, self._wall = settings, box, wall
        self._link = Link()
        self._told: dict[bytes, str] = {}

    def connect(self) -> None:
        """Begin with a connection, or with another one."""
        identity = f"pilotage-{self._settings.name}" + ("-2" if self.membership.second else "")
        self._link.connect(self._settings.host, self._settings.port, identity, keep=self.membership.kept)
        self._follow_link()

    def _follow_link(self) -> None:
        self._box.dealer, self._box.former = self._link.dealer, self._link.former

    def revert(self, now: float) -> None:
        """Go on with the connection so far: it was silent, another one is being tried, and now it has said something."""
        self._link.revert(self._settings.port)
        self.membership.revert(now)
        self._follow_link()

    def advance(self, now: float) -> None:
        """Sign in, and give the signs of life that are due."""
        attempt = self.membership.attempt
        orders = self.membership.orders(now)
        if self.membership.attempt != attempt:
            self.connect()
        for order in orders:
            name = order.name if order.method == "sign_in" else self.membership.full(order.name)
            conversation = leco.conversation(self._wall())
            self._to_coordinator(name, conversation, order.method)
            if order.method is not None:
                self.membership.asked(order, conversation, now)

    def heard(self, name: str, message: Message, answer: leco.Answer, now: float) -> str | None:
        """Take in what the coordinator answers; return the component that it says is not there, if it says that."""
        if answer.code in {leco.NODE_UNKNOWN, leco.RECEIVER_UNKNOWN}:
            return self._told.pop(message.conversation, None)
        attempt, kept = self.membership.attempt, self.membership.kept
        self.membership.answered(name, message.sender, message.conversation, answer, now)
        if self.membership.attempt != attempt:
            self.connect()
        elif kept and not self.membership.kept:
            self._link.settle()
            self._follow_link()
        return None

    def call(self, name: str, component: str, method: str, params: dict[str, Any]) -> None:
        """Call a component, which is not waited for; should nobody be there, the coordinator names the conversation."""
        conversation = leco.conversation(self._wall())
        self._told[conversation] = component
        if len(self._told) > MOST_TOLD:
            del self._told[next(iter(self._told))]
        self.send(name, component, conversation, leco.call(method, params))

    def send(self, name: str, receiver: str, conversation: bytes, payload: bytes) -> None:
        """Send in the name of `name`, or lose what cannot leave now."""
        self._link.send(Message(receiver, self.membership.full(name), conversation, payload=(payload,)))

    def _to_coordinator(self, name: str, conversation: bytes, method: str | None) -> None:
        payload = () if method is None else (leco.call(method, number=1),)
        self._link.send(Message(leco.COORDINATOR, name, conversation, payload=payload))

    def rename(self, names: tuple[str, ...], now: float) -> None:
        """Go on under other names: what is gone is signed out, what is new signed in."""
        self._sign_out(self.membership.rename(names, now))

    def _sign_out(self, names: list[str]) -> None:
        for name in names:
            self._to_coordinator(self.membership.full(name), leco.conversation(self._wall()), "sign_out")

    def presence(self, fault: Fault | None, components: tuple[str, ...]) -> Presence:
        """Return what `status` is to say."""
        one = self.membership
        return Presence(fault is None, one.namespace, one.since, tuple(one.signed_in()), components)

    def leave(self) -> None:
        """Sign out, and end the connection."""
        self._sign_out(self.membership.signed_in())
        self._box.dealer = self._box.former = None
        self._link.close()

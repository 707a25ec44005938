"""A visit to a LECO network: who is there, and questions to all of them at once. For one thread, and for seconds."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

import zmq

from pilotage.endpoints import endpoint_of, host_and_port
from pilotage.errors import UnreachableError
from pilotage.wire import leco
from pilotage.wire.handshake import Handshake

LONGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer: a bench with hundreds of sensors has a long status."""
_GOODBYE: Final = 200
"""Milliseconds that the last words get to leave."""


class Visit:
    """A component under a name of its own, signed in while it is entered. Times are monotonic seconds."""

    def __init__(self, coordinator: str, timeout: float) -> None:
        """Remember the coordinator, `host` or `host:port`; all that is done here has `timeout` seconds. Raises ValueError in words."""
        self._endpoint = endpoint_of(coordinator, leco.PORT)
        self.where: Final = self._endpoint.removeprefix("tcp://")
        self._timeout, self.end = timeout, time.monotonic() + timeout
        self.name = f"pilotage-lab-{secrets.token_hex(4)}"
        self._full = self.name
        self._asked: dict[bytes, tuple[str, str]] = {}

    def __enter__(self) -> Self:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._dealer = self._context.socket(zmq.DEALER)
        self._dealer.setsockopt(zmq.LINGER, _GOODBYE)
        self._dealer.setsockopt(zmq.IMMEDIATE, 1)  # it can send only once it is connected
        self._dealer.setsockopt(zmq.SNDHWM, 0)  # a question for every name that there is
        self._dealer.setsockopt(zmq.IPV6, int("[" in self._endpoint))
        try:
            self._enter()
        except BaseException:
            self._close()
            raise
        return self

    def _enter(self) -> None:
        handshake = Handshake(self._dealer)
        try:
            self._dealer.connect(self._endpoint)
            if handshake.wait(self.end, None) is not None:
                raise UnreachableError("unreachable", self._why_not(handshake.last))
        finally:
            handshake.close()
        self.call(leco.COORDINATOR, "sign_in")
        for sender, _name, _method, answer in self._heard():
            if answer.code is None:
                self._full = f"{sender.rpartition('.')[0]}.{self.name}"  # as a component of another coordinator answers it
                return
        raise UnreachableError(
            "unreachable", f"what listens at {self.where} answers no sign-in: a LECO coordinator that is stopped or hangs, or none"
        )

    def _why_not(self, seen: int) -> str:
        host, port = host_and_port(self._endpoint)
        if seen & zmq.EVENT_CONNECTED:
            return f"whatever listens at {self.where} says nothing: is it the coordinator of a LECO network, and does it run?"
        if seen & zmq.EVENT_CLOSED:
            return f"no LECO coordinator listens at {self.where}"
        return f"{host} does not answer: is it on and in this network, and does its firewall let port {port} through?"

    def names(self) -> list[str]:
        """Return the full names of all components that the coordinator knows, of other coordinators that it is linked to as well."""
        self.call(leco.COORDINATOR, "send_global_components")
        for _name, _method, answer in self.answers():
            if isinstance(answer.result, dict):
                lists = {str(space): names for space, names in answer.result.items() if isinstance(names, list)}
                full = [f"{space}.{name}" for space, names in lists.items() for name in names if isinstance(name, str)]
                return sorted(name for name in full if leco.last_part(name) != self.name and name.isascii() and name.isprintable())
        raise UnreachableError("unreachable", f"the LECO coordinator at {self.where} does not say who is there: it is stopped or hangs")

    def call(self, name: str, method: str, params: dict[str, Any] | None = None) -> None:
        """Call a method of the component `name`; its answer is one of `answers`. What cannot leave is not answered."""
        conversation = leco.conversation(time.time())
        message = leco.Message(name, self._full, conversation, payload=(leco.call(method, params, len(self._asked) + 1),))
        self._asked[conversation] = (name, method)
        with suppress(zmq.Again):  # the coordinator has gone
            self._dealer.send_multipart(message.frames(), zmq.NOBLOCK)

    def answers(self) -> Iterator[tuple[str, str, leco.Answer]]:
        """Yield who was called, the method and the answer, as they come, until the last one or `end`; more may be called meanwhile."""
        yield from ((name, method, answer) for _sender, name, method, answer in self._heard())

    def _heard(self) -> Iterator[tuple[str, str, str, leco.Answer]]:
        while self._asked:
            if not self._dealer.poll(max(round((self.end - time.monotonic()) * 1000), 0)):
                return
            message = leco.decode(self._dealer.recv_multipart())
            for part in leco.content(message, LONGEST) if message is not None else ():
                if isinstance(part, leco.Answer) and message is not None and message.conversation in self._asked:
                    yield (message.sender, *self._asked.pop(message.conversation), part)

    def unanswered(self) -> list[str]:
        """Return whom was called and has said nothing."""
        return list(dict.fromkeys(name for name, _method in self._asked.values()))

    def silence(self) -> UnreachableError:
        """Return what is to be said of a component that has not answered."""
        return UnreachableError(
            "unreachable", f"the coordinator at {self.where} knows it, but it did not answer within {self._timeout:g} s"
        )

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.call(leco.COORDINATOR, "sign_out")
        self._close()

    def _close(self) -> None:
        self._dealer.close()
        self._context.term()

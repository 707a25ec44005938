"""A LECO network in one thread: a coordinator that also plays all of its components."""

import json
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import zmq

from pilotage.wire import leco

Play = Callable[[leco.Call], bytes | None]
"""What a component answers to a call; None: nothing at all."""


def a_bench(status: Mapping[str, Any], calls: list[str], refusal: tuple[str, str] | None = None) -> Play:
    """Play a bench: `calls` are the actions it was asked for; `refusal` is code and sentence that it answers these with."""

    def play(call: leco.Call) -> bytes:
        if call.method == "get_parameters":
            return leco.result(call.id, {"status": dict(status)})
        calls.append(call.params["action"])
        if refusal is not None:
            return leco.error(call.id, leco.REFUSED, refusal[1], {"code": refusal[0]})
        return leco.result(call.id, {})

    return play


def a_reading(call: leco.Call) -> bytes:
    """Play a reading of a bench."""
    return leco.error(call.id, leco.REFUSED, "there is no parameter 'status'", {"code": "unknown_parameter"})


def a_laser(call: leco.Call) -> bytes:
    """Play another program, that must never be told to do anything."""
    assert call.method == "get_parameters"
    return leco.error(call.id, leco.REFUSED, "AttributeError", "AttributeError: status")


def silent(call: leco.Call) -> None:
    """Play whoever hangs."""
    del call


class Network:
    """Runs while it is entered; `stopped`: it takes messages and does nothing."""

    def __init__(self, components: Mapping[str, Play], *, stopped: bool = False) -> None:
        self.components, self._stopped = components, stopped
        self.guests: list[str] = []
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._router = self._context.socket(zmq.ROUTER)
        self._router.linger = 0
        self.where = f"127.0.0.1:{self._router.bind_to_random_port('tcp://127.0.0.1')}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._router.close()
        self._context.term()

    def _serve(self) -> None:
        while not self._over.is_set():
            if self._router.poll(20):
                identity, *frames = self._router.recv_multipart()
                message = leco.decode(frames)
                if message is not None and not self._stopped:
                    self._route(identity, message)

    def _route(self, identity: bytes, message: leco.Message) -> None:
        (call,) = leco.content(message)
        assert isinstance(call, leco.Call)
        name = leco.last_part(message.receiver)
        sender = "lab.COORDINATOR" if name == leco.COORDINATOR else message.receiver
        payload = self._answer(call, leco.last_part(message.sender)) if name == leco.COORDINATOR else self._component(name, call)
        if payload is not None:
            back = leco.Message(message.sender, sender, message.conversation, payload=(payload,))
            self._router.send_multipart([identity, *back.frames()])

    def _component(self, name: str, call: leco.Call) -> bytes | None:
        play = self.components.get(name)
        return leco.error(None, leco.RECEIVER_UNKNOWN, "Receiver is not in the addresses list.") if play is None else play(call)

    def _answer(self, call: leco.Call, guest: str) -> bytes:
        if call.method == "sign_in":
            self.guests.append(guest)
        elif call.method == "sign_out":
            self.guests.remove(guest)
        names = {"lab": [*self.components, "one_that_left", *self.guests]} if call.method == "send_global_components" else None
        return json.dumps({"jsonrpc": "2.0", "id": call.id, "result": names}).encode()

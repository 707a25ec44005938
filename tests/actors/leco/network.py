"""A LECO coordinator under test, with components that are the test itself: it routes when it is told to, and never by itself."""

import json
from collections.abc import Callable
from typing import Any

import zmq

from actors.bench.leco import Leco
from pilotage.wire import leco
from pilotage.wire.leco import Message
from tests.supervisor.tree.daemon import Daemon

NAMESPACE = "N1"


class Coordinator:
    """One coordinator. `sent` is what came for components that are not on a connection: those of the test."""

    def __init__(self) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.directory: dict[str, bytes] = {}
        self.components: set[str] = set()
        self.sent: list[Message] = []
        self.signed_out: list[str] = []
        self.stopped = False
        self.port = 0
        self.start()

    def start(self) -> None:
        """Begin, or begin anew at the same port without knowing anybody."""
        self.router = self.context.socket(zmq.ROUTER)
        self.router.linger = 0
        if self.port:
            self.router.bind(f"tcp://127.0.0.1:{self.port}")
        else:
            self.port = self.router.bind_to_random_port("tcp://127.0.0.1")
        self.directory.clear()

    def kill(self) -> None:
        """End without a word."""
        self.router.close()

    def close(self) -> None:
        if not self.router.closed:
            self.router.close()
        self.context.term()

    def pump(self) -> bool:
        """Route what has arrived; return whether anything had."""
        some = False
        while not self.stopped and not self.router.closed and self.router.poll(0):
            identity, *frames = self.router.recv_multipart()
            message = leco.decode(frames)
            assert message is not None
            self._route(identity, message)
            some = True
        return some

    def _route(self, identity: bytes, message: Message) -> None:
        name = leco.last_part(message.sender)
        held = self.directory.get(name)
        signing = bool(message.payload) and b'"sign_' in message.payload[0]
        if held != identity and not (held is None and signing):
            code = leco.NOT_SIGNED_IN if held is None else leco.NAME_TAKEN
            self._answer(identity, message, leco.error(None, code, "not you") if held is None or not signing else None, taken=signing)
        elif message.receiver == leco.COORDINATOR:
            for call in leco.content(message):
                assert isinstance(call, leco.Call | leco.Answer)
                if isinstance(call, leco.Call):
                    self._command(identity, name, call.method)
                    self._answer(identity, message, leco.result(call.id, None))
        elif leco.last_part(message.receiver) in self.components:
            self.sent.append(message)
        else:
            self._answer(identity, message, leco.error(None, leco.RECEIVER_UNKNOWN, "nobody", message.receiver))

    def _command(self, identity: bytes, name: str, method: str) -> None:
        if method == "sign_in":
            self.directory[name] = identity
        elif method == "sign_out":
            self.directory.pop(name, None)
            self.signed_out.append(name)

    def _answer(self, identity: bytes, message: Message, payload: bytes | None, *, taken: bool = False) -> None:
        payload = payload if payload is not None and not taken else leco.error(1, leco.NAME_TAKEN, "taken") if taken else payload
        assert payload is not None
        back = Message(message.sender, f"{NAMESPACE}.COORDINATOR", message.conversation, payload=(payload,))
        self.router.send_multipart([identity, *back.frames()])

    def deliver(self, receiver: str, sender: str, payload: tuple[bytes, ...], conversation: bytes) -> None:
        """Send the bench a message of a component."""
        message = Message(f"{NAMESPACE}.{receiver}", f"{NAMESPACE}.{sender}", conversation, payload=payload)
        self.router.send_multipart([self.directory[receiver], *message.frames()])


class Laboratory:
    """A daemon in the network of a coordinator; `wall` is the time of the components' clocks, `ahead` how far they are off."""

    def __init__(self, daemon: Daemon, coordinator: Coordinator) -> None:
        self.daemon, self.coordinator = daemon, coordinator
        self.ahead = 0.0
        self._number = 0

    def wall(self) -> float:
        """Unix time, as it passes in the test."""
        return 1.7e9 + self.daemon.clock.monotonic()

    def run(self, seconds: float) -> None:
        """Let time pass, and the coordinator route."""
        end = self.daemon.clock.monotonic() + seconds
        while self.daemon.clock.monotonic() < end:
            self._turn()
            self.daemon.run(min(0.25, max(end - self.daemon.clock.monotonic(), 0.001)))
        self._turn()

    def _turn(self) -> None:
        """Let what is on the wire arrive: a connection that has to be made takes real time."""
        for _ in range(3):
            self.coordinator.pump()
            self.daemon.rest()
            if not self.coordinator.router.closed:
                self.coordinator.router.poll(2 if self.joined() else 50)

    def until(self, condition: Callable[[], object], what: str, patience: float = 60.0) -> float:
        """Let time pass until `condition`; return how long that took."""
        begun = self.daemon.clock.monotonic()
        while not condition():
            assert self.daemon.clock.monotonic() < begun + patience, f"{what}: not within {patience} s; {self.coordinator.directory}"
            self.run(0.1)
        return self.daemon.clock.monotonic() - begun

    def joined(self) -> bool:
        record = self.daemon.supervisor.state.records.get("leco")
        return record is not None and record.running is not None and bool(record.running.cell.presence.joined)

    def send(self, receiver: str, sender: str, method: str, params: dict[str, Any] | None = None, *, age: float = 0.0) -> bytes:
        """Call a method as a component, made `age` seconds ago; return its conversation."""
        self._number += 1
        self.coordinator.components.add(sender)
        conversation = leco.conversation(self.wall() + self.ahead - age)
        self.coordinator.deliver(receiver, sender, (leco.call(method, params, self._number),), conversation)
        return conversation

    def ask(self, receiver: str, sender: str, method: str, params: dict[str, Any] | None = None, *, age: float = 0.0) -> Any:
        """Call a method and return the answer: a result, or the error object."""
        conversation = self.send(receiver, sender, method, params, age=age)
        self.until(lambda: self._of(conversation), f"the answer to {method}", 5.0)
        (answer,) = self._of(conversation)
        return answer.get("error", answer.get("result"))

    def _of(self, conversation: bytes) -> list[Any]:
        return [json.loads(message.payload[0]) for message in self.coordinator.sent if message.conversation == conversation]

    def calls(self, component: str) -> list[tuple[str, Any]]:
        """Take what the bench has called of a component: method and parameters."""
        mine = [message for message in self.coordinator.sent if leco.last_part(message.receiver) == component]
        found = [json.loads(message.payload[0]) for message in mine]
        self.coordinator.sent = [message for message in self.coordinator.sent if message not in mine]
        return [(each["method"], each.get("params")) for each in found if "method" in each]


def settings(coordinator: Coordinator, *, drive: bool = True, off: bool = False) -> Leco:
    return Leco("127.0.0.1", "bench1", coordinator.port, drive, off)

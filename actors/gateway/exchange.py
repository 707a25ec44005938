"""One client's side of the conversation: requests in order, answers in the same order, and what it has already seen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from actors.errors import Fault
from actors.gateway.net.newness import Line
from actors.gateway.protocol import DRIVING, Component, Request, acknowledged, error_object, refused
from actors.gateway.routes import OutputPort, Port, SensorPort
from actors.messages import Claim

GONE: Final = -1
"""Instead of a descriptor: the connection had ended before the request was looked at."""
INTERNAL: Final = Fault("internal_error", "the daemon failed on this request; its log says where")


@dataclass(slots=True)
class Plan:
    """A reading request, resolved once: what each component reads (or why it cannot), and what each sensor must deliver."""

    request: Request
    targets: tuple[tuple[Component, Port, str | None] | Fault, ...]
    components: tuple[tuple[Component, Port, str | None], ...]
    sensors: tuple[tuple[SensorPort, float | None], ...]
    outputs: tuple[OutputPort, ...]
    plain: bool
    """Whether every component can be answered by a mere number."""

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every port this request reads."""
        return (*(port for port, _ in self.sensors), *self.outputs)


@dataclass(slots=True, eq=False)
class Exchange:
    """One request on its way to its answer. `asked`, `deadline` and `held_until` are monotonic seconds.

    `connection`: of a request that drives, the descriptor it came through, or `GONE`.
    """

    client: Client
    delimiter: bool
    asked: float
    deadline: float
    request: Request | None = None
    plan: Plan | None = None
    held_until: float | None = None
    answers: dict[Any, Any] = field(default_factory=dict)
    awaiting: dict[int, Any] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    queue: deque[int] = field(default_factory=deque)
    reply: bytes | None = None
    connection: int | None = None

    @property
    def held(self) -> bool:
        """Whether it waits for news (pacing) and has not begun to fetch anything."""
        return self.held_until is not None

    @property
    def request_id(self) -> bytes | None:
        """The id that the answer repeats."""
        return self.request.id if self.request is not None else None

    @property
    def drives(self) -> bool:
        """Whether it changes outputs."""
        return self.request is not None and (self.request.type in DRIVING or self.request.type == "off")

    def refusal(self, fault: Fault) -> bytes:
        """Return the reply if nothing is done; of several readings each is an ERROR in its place.

        The older plugin of PyMoDAQ looks into the list only: without one its live grab never asks again.
        """
        if self.request is None or self.request.type != "AQ-MULTI":
            return refused(fault, self.request_id)
        return acknowledged([error_object(fault)] * len(self.request.components), self.request_id)


@dataclass(slots=True, eq=False)
class Client:
    """A ZeroMQ identity: its requests in order, the readings it was given last, and whether it leaves its answers unread (`deaf`).

    `connection` is the descriptor of its TCP connection, None while it is not known to have any, and `doubted` when it may be no more.
    `line` is what is known of the connection that its last request came through, `peer` is its address and port.
    `taken` and `sent` are the bytes of its requests and of its answers; `full_since` is when it stopped to take answers (monotonic).
    `key` and `public` are the name of its key and the public half, where it has one.
    """

    identity: bytes
    address: str
    since: float
    last_seen: float
    pending: deque[Exchange] = field(default_factory=deque)
    seen: dict[tuple[Port, str | None], tuple[Any, float]] = field(default_factory=dict)
    requests: int = 0
    deaf: bool = False
    connection: int | None = None
    doubted: bool = False
    line: Line | None = None
    peer: str = ""
    taken: int = 0
    sent: int = 0
    full_since: float | None = None
    key: str | None = None
    public: bytes = b""

    @property
    def who(self) -> str:
        """Where it is, and whose key it has, if any."""
        return self.address if self.key is None else f"{self.address} ({self.key})"

    def given_at(self, port: Port, channel: str | None, token: Any) -> float:
        """Return when this client was given what `token` identifies (monotonic), or minus infinity."""
        seen = self.seen.get((port, channel))
        return seen[1] if seen is not None and (seen[0] is token or seen[0] == token) else float("-inf")


def plan_of(request: Request, resolve: Any) -> Plan:
    """Resolve a reading request with `resolve(component) -> (port, channel) | Fault`."""
    targets: list[tuple[Component, Port, str | None] | Fault] = []
    sensors: dict[SensorPort, float | None] = {}
    outputs: dict[OutputPort, None] = {}
    for component in request.components:
        target = component if isinstance(component, Fault) else resolve(component)
        if isinstance(target, Fault):
            targets.append(target)
            continue
        assert isinstance(component, Component)  # noqa: S101 - narrows the type: only a component resolves to a target
        port, channel = target
        targets.append((component, port, channel))
        if isinstance(port, SensorPort):
            sensors[port] = _stricter(sensors[port], component.max_age, port.spec.max_age) if port in sensors else component.max_age
        else:
            outputs[port] = None
    return Plan(
        request,
        tuple(targets),
        tuple(target for target in targets if not isinstance(target, Fault)),
        tuple(sensors.items()),
        tuple(outputs),
        not any(isinstance(target, Fault) or target[0].detail for target in targets),
    )


def _stricter(one: float | None, other: float | None, default: float) -> float | None:
    if one is None and other is None:
        return None
    return min(default if one is None else one, default if other is None else other)

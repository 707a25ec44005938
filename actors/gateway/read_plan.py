"""Reading requests kept decoded: a client's live grab sends the same bytes again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from actors.errors import Fault
from actors.gateway.protocol import Component, Request
from actors.gateway.routes import OutputPort, Port, SensorPort

MOST: Final = 512
"""Requests that are kept."""
MOST_BYTES: Final = 8192
"""Length of a request above which it is not kept."""


class Plans:
    """The plan of a request by its bytes. One thread."""

    def __init__(self) -> None:
        self._plans: dict[bytes, Plan] = {}
        self.get = self._plans.get
        self.clear = self._plans.clear

    def keep(self, body: bytes, plan: Plan) -> Plan:
        """Keep `plan` and return it; one whose request has an id will not come again, and is not kept."""
        if len(body) <= MOST_BYTES and plan.request.id is None:
            if len(self._plans) >= MOST:
                self._plans.clear()
            self._plans[body] = plan
        return plan


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

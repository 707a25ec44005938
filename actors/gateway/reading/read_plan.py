"""Read plans: what a reading request needs. They are kept, because a live grab sends the same bytes again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from actors.errors import Fault
from actors.gateway.protocol import Component, Request
from actors.gateway.routes import ChildRoute, LoopRoute, OutputRoute, SensorRoute

MOST: Final = 512
"""Requests that are kept."""
MOST_BYTES: Final = 8192
"""Length of a request above which it is not kept."""


class ReadPlans:
    """The read plans of the last requests, by the bytes of the request. One thread."""

    def __init__(self) -> None:
        self._plans: dict[bytes, ReadPlan] = {}
        self.get = self._plans.get
        self.clear = self._plans.clear

    def keep(self, body: bytes, plan: ReadPlan) -> ReadPlan:
        """Keep `plan` and return it; not for a request with an id, because the next one will have another id."""
        if len(body) <= MOST_BYTES and plan.request.id is None:
            if len(self._plans) >= MOST:
                self._plans.clear()
            self._plans[body] = plan
        return plan


@dataclass(slots=True)
class ReadPlan:
    """A reading request, resolved once: what each component reads (or why it cannot), and what each sensor must deliver."""

    request: Request
    targets: tuple[tuple[Component, ChildRoute, str | None] | Fault, ...]
    components: tuple[tuple[Component, ChildRoute, str | None], ...]
    sensors: tuple[tuple[SensorRoute | LoopRoute, float | None], ...]
    outputs: tuple[OutputRoute, ...]
    plain: bool
    """Whether every component can be answered by a mere number."""

    @property
    def routes(self) -> tuple[ChildRoute, ...]:
        """Every route this request reads."""
        return (*(route for route, _ in self.sensors), *self.outputs)


def plan_of(request: Request, resolve: Any) -> ReadPlan:
    """Resolve a reading request with `resolve(component) -> (route, channel) | Fault`."""
    targets: list[tuple[Component, ChildRoute, str | None] | Fault] = []
    sensors: dict[SensorRoute | LoopRoute, float | None] = {}
    outputs: dict[OutputRoute, None] = {}
    for component in request.components:
        target = component if isinstance(component, Fault) else resolve(component)
        if isinstance(target, Fault):
            targets.append(target)
            continue
        assert isinstance(component, Component)  # noqa: S101 - narrows the type: only a component resolves to a target
        route, channel = target
        targets.append((component, route, channel))
        if isinstance(route, SensorRoute):
            sensors[route] = _stricter(sensors[route], component.max_age, route.spec.max_age) if route in sensors else component.max_age
        elif isinstance(route, LoopRoute):
            sensors[route] = None
        else:
            outputs[route] = None
    return ReadPlan(
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

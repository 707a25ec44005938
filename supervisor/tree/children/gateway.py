"""The child spec of the gateway."""

from __future__ import annotations

from collections.abc import Callable

from actors.bench.devices import GATEWAY, Bench
from actors.core.clock import Clock
from actors.gateway.actor import Gateway
from actors.interlocks.cell import Clientele
from actors.messages import Tell
from supervisor.rig.rig import Rig
from supervisor.tree.children.specs import GATEWAY_POLICY, ChildSpec, Running, teller, vitals_of


def gateway_child(
    bench: Callable[[], Bench], rig: Rig, clock: Clock, parent: Tell, bind: str, port: int, clientele: Clientele
) -> ChildSpec:
    """Return the child spec of the gateway, which serves what `bench` returns when it starts.

    Port 0 = any free one, kept by later generations.
    """
    taken = port

    def started(message: object) -> None:
        nonlocal taken
        taken = int(getattr(message, "detail", {}).get("port", taken))
        parent(message)

    def start(generation: int) -> Running:
        ref = Gateway.start(
            bench(), generation, parent=started, clock=clock, bind=bind, port=taken, simulated=rig.simulated, clientele=clientele
        )
        return Running(ref, teller(ref), vitals_of(ref), None, lambda: None, lambda: None)

    return ChildSpec(GATEWAY, "gateway", start, GATEWAY_POLICY, hang=5.0, where=f"{bind}:{port}")

"""The LECO actor as a child: it is told what the gateway is told, and started when everybody else is."""

from __future__ import annotations

from typing import Any, Final

from actors.bench.devices import LECO, Bench
from actors.core.clock import Clock
from actors.core.mailbox import teller
from actors.messages import Tell
from supervisor.rig.rig import Rig
from supervisor.tree.children.interlock import Watch
from supervisor.tree.children.record import ChildSpec, Running, route_of, vitals_of
from supervisor.tree.children.restart_policy import Policy

POLICY: Final = Policy(first=0.05, cap=1.0, slow=1.0)


def leco_child(bench: Bench, rig: Rig, clock: Clock, parent: Tell, watch: Watch) -> list[ChildSpec]:
    """Return the child spec of the LECO actor; an empty list for a bench that joins no network."""
    settings = bench.leco
    if settings is None:
        return []
    from actors.leco.actor import LecoActor
    from actors.leco.grabs import KeptGrabs
    from actors.leco.network import LecoCell

    def start(generation: int) -> Running:
        settings, cell = watch.bench.leco, LecoCell()
        assert settings is not None  # noqa: S101 - this child is gone with its entry
        shared: dict[str, Any] = {"together": watch.together, "kept": KeptGrabs(watch.grabs), "simulated": rig.simulated}
        routes = [route_of(record) for record in watch.records().values()]
        ref = LecoActor.start(settings, watch.bench, generation, parent=parent, clock=clock, cell=cell, routes=routes, **shared)
        return Running(ref, teller(ref), vitals_of(ref), cell, lambda: None, lambda: None)

    return [ChildSpec(LECO, "leco", start, POLICY, hang=5.0, where=f"{settings.host}:{settings.port}")]

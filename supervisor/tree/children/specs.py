"""Child specs: what the supervisor starts, how, and with which policy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from actors.bench.buses import BusPath, spot
from actors.bench.devices import GATEWAY, Bench, OutputSpec, SensorSpec
from actors.core.cells import OutputCell, SensorCell
from actors.core.clock import Clock
from actors.core.mailbox import teller
from actors.drivers import ACTUATOR_DRIVER_REGISTRY, SENSOR_DRIVER_REGISTRY
from actors.drivers.base import SensorDriver, Wiring
from actors.gateway.actor import Gateway
from actors.hardware.i2c.breaker import Breaker
from actors.hardware.i2c.contact import Contact
from actors.hardware.i2c.fence import FencedBus
from actors.hardware.i2c.line import Line
from actors.hardware.machine import other_buses
from actors.messages import Tell
from actors.outputs.actor import OutputActor
from actors.sensor import SensorActor
from supervisor.rig.rig import Rig
from supervisor.tree.children.interlock import Watch
from supervisor.tree.children.leco import leco_child
from supervisor.tree.children.record import ChildSpec, Running, vitals_of
from supervisor.tree.children.restart_policy import Policy

if TYPE_CHECKING:
    import pykka

SENSOR_POLICY: Final = Policy()
OUTPUT_POLICY: Final = Policy(first=0.25, cap=2.0, slow=2.0)
"""An output comes back within 2 s of its pigpiod: until then nobody verifies that the heater is off."""
HANG: Final = 3.0
"""Seconds of one measurement after which a sensor hangs, whose transfers are back in time."""
GATEWAY_POLICY: Final = Policy(first=0.05, cap=1.0, slow=1.0)


def sensor_child(spec: SensorSpec, rig: Rig, clock: Clock, parent: Tell, gateway: Tell, watch: Watch) -> ChildSpec:
    """Return the child spec of a sensor."""
    contact, kind = Contact(), SENSOR_DRIVER_REGISTRY[spec.driver]
    path, line = _line(spec, kind, rig, clock)
    patience: float = getattr(spec.options, "patience", kind.patience)

    def start(generation: int) -> Running:
        access = rig.access(spec.bus) if kind.medium == "i2c" else rig.elsewhere(spec, kind.medium)
        fenced = FencedBus(access.bus, clock, line, contact, path, spec.where)
        driver = kind(fenced, spec.address, spec.options, clock)
        cell = SensorCell(spec.id, gateway, watch.observed, watch.ring)
        claim = partial(fenced.claim, claim=access.claim)
        shared: dict[str, Any] = {"driver": driver, "cell": cell, "contact": contact, "parent": parent, "clock": clock}
        ref = SensorActor.start(spec, generation, claim=claim, close=access.close, advice=_elsewhere(rig), **shared)

        def revoke() -> None:
            fenced.revoke()
            cell.fence()

        return Running(ref, teller(ref), vitals_of(ref), cell, revoke, lambda: fenced.inside)

    on_bus = kind.on_i2c or spec.below is not None
    channels = len(kind.channels_of(spec.options))
    return ChildSpec(
        spec.id,
        "sensor",
        start,
        SENSOR_POLICY,
        hang=HANG + max(patience - SensorDriver.patience, 0.0) * channels,
        patience=patience,
        where=spec.where if spec.below is None else spot(path, spec.below[1]),
        line=line if on_bus else None,
        contact=contact if kind.on_i2c else None,
    )


def _line(spec: SensorSpec, kind: type[SensorDriver], rig: Rig, clock: Clock) -> tuple[BusPath | None, Line]:
    """Return the bus that a sensor's transfers are counted for: a chip that the kernel reads shares the fate of its adapter."""
    if kind.medium == "i2c":
        return spec.bus, rig.breakers.of(spec.bus)
    if spec.below is None:
        return None, Line(Breaker(spec.where, clock))
    path = None if rig.breakers.is_main(spec.below[0]) else spec.below[0]
    return path, rig.breakers.of(path)


def _elsewhere(rig: Rig) -> str:
    """Return where else a chip may be that has never answered; an empty text if nowhere."""
    others = other_buses(str(rig.describe().get("bus", "")))
    return f"or connected to another bus ({', '.join(others)}: `pilotage doctor` looks there)" if others else ""


def output_child(spec: OutputSpec, rig: Rig, clock: Clock, parent: Tell, gateway: Tell, watch: Watch) -> ChildSpec:
    """Return the child spec of an output; its cell outlives the generations, so that a fan can be set again."""
    cell = OutputCell(spec.id, gateway, watch.observed, watch.ring)
    where = spec.where

    def start(generation: int) -> Running:
        watch.settle(where, cell)
        wiring = Wiring(
            spec.pin,
            spec.address,
            spec.pwm_frequency,
            spec.min,
            spec.max,
            spec.active_low,
            spec.safe,
            spec.channel,
            spec.full_scale,
            spec.chip,
        )
        kind = ACTUATOR_DRIVER_REGISTRY[spec.driver]
        begin = partial(OutputActor.start, spec, generation, cell=cell, parent=parent, clock=clock, where=where)
        begin = partial(begin, needs_permit=watch.needs_permit(spec.id), heat=watch.heat, store=watch.store if spec.restore else None)
        if spec.address is None:
            ref = begin(driver=kind(rig.gpio, wiring), leased=rig.gpio if spec.leased else None)
            return Running(ref, teller(ref), vitals_of(ref), cell, partial(_fence, ref), lambda: None)
        access = rig.access(spec.bus)
        bus = FencedBus(access.bus, clock, rig.breakers.of(spec.bus), path=spec.bus)
        ref = begin(driver=kind(rig.gpio, wiring, bus), close=access.close)
        return Running(ref, teller(ref), vitals_of(ref), cell, bus.revoke, lambda: bus.inside)

    return ChildSpec(
        spec.id,
        "output",
        start,
        OUTPUT_POLICY,
        hang=5.0,
        where=where,
        line=None if spec.address is None else rig.breakers.of(spec.bus),
        leased=spec.leased,
    )


def _fence(ref: pykka.ActorRef[Any]) -> None:
    """Let a generation drive nothing any more, for one that hangs and may wake up. Any thread."""
    vitals_of(ref).fenced = True


def child_specs(bench: Bench, rig: Rig, clock: Clock, parent: Tell, gateway: Tell, watch: Watch) -> list[ChildSpec]:
    """Return the child specs of `bench` in the order in which they are started: outputs, interlocks, sensors, loops, LECO."""
    watch.follow(bench)

    def waiting(news: Any) -> None:
        gateway(news)
        watch.tell_network(news)

    outputs = [output_child(spec, rig, clock, parent, waiting, watch) for spec in bench.outputs]
    sensors = [sensor_child(spec, rig, clock, parent, waiting, watch) for spec in bench.sensors]
    loops = [watch.loops.child(spec, bench, clock, parent, waiting) for spec in bench.loops]
    return [*outputs, *watch.child(bench, clock, parent), *sensors, *loops, *leco_child(bench, rig, clock, parent, watch)]


def gateway_child(bench: Callable[[], Bench], rig: Rig, clock: Clock, parent: Tell, bind: str, port: int, watch: Watch) -> ChildSpec:
    """Return the child spec of the gateway, which serves what `bench` returns when it starts.

    Port 0 = any free one, kept by later generations.
    """
    taken = port

    def started(message: object) -> None:
        nonlocal taken
        taken = int(getattr(message, "detail", {}).get("port", taken))
        parent(message)

    def start(generation: int) -> Running:
        shared: dict[str, Any] = {"together": watch.together, "ring": watch.ring, "simulated": rig.simulated}
        ref = Gateway.start(bench(), generation, parent=started, clock=clock, bind=bind, port=taken, **shared)
        return Running(ref, teller(ref), vitals_of(ref), None, lambda: None, lambda: None)

    return ChildSpec(GATEWAY, "gateway", start, GATEWAY_POLICY, hang=5.0, where=f"{bind}:{port}")

"""What a bench has to offer, as documents: `scan` for the PyMoDAQ clients, `describe` for programs. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.bench.devices import Bench
from actors.core import requests
from actors.gateway.protocol import Request, acknowledged
from actors.gateway.routes import OutputRoute, Routes, SensorRoute


def scan(routes: Routes, *, simulated: bool) -> dict[str, Any]:
    """Return every configured output and sensor, present or not, in the shape that both plugin generations read."""
    return {
        "actuator": [_actuator(route, simulated=simulated) for route in routes.outputs],
        "detector": [_detector(route, simulated=simulated) for route in routes.sensors.values()],
    }


def answer(request: Request, routes: Routes, bench: Bench, mark: Callable[[], str | None], *, simulated: bool) -> bytes:
    """Return the reply to `scan` or `describe`; `mark` returns that of the connection, which only `scan` tells."""
    if request.type == "describe":
        return acknowledged(describe(routes, bench, simulated=simulated), request.id)
    lists = {**scan(routes, simulated=simulated), "boot": mark()}
    return acknowledged(lists, request.id, **lists)


def _actuator(route: OutputRoute, *, simulated: bool) -> dict[str, Any]:
    spec = route.spec
    return {
        "title": spec.title,
        "name": spec.name,
        "pin": spec.pin,
        "driver": spec.driver,
        "frequency": spec.pwm_frequency,
        "units": spec.units,
        "minVal": spec.min,
        "maxVal": spec.max,
        "address": _hex(spec.address),
        "child": route.child,
        "state": route.state,
        "simulated": simulated,
    }


def _detector(route: SensorRoute, *, simulated: bool) -> dict[str, Any]:
    spec = route.spec
    return {
        "name": spec.name,
        "units": spec.units,
        "address": _hex(spec.address),
        "pin": None,
        "title": spec.title,
        "driver": spec.driver,
        "child": route.child,
        "channels": list(route.channels),
        "state": route.state,
        "simulated": simulated,
    }


def _hex(address: int | None) -> str | None:
    return None if address is None else f"0x{address:02x}"


def describe(routes: Routes, bench: Bench, *, simulated: bool) -> dict[str, Any]:
    """Return every channel and output with what a program needs to use it, and the requests there are."""
    return {
        "simulated": simulated,
        "deadline_s": bench.deadline,
        "frame_interval_s": bench.frame_interval,
        "sensors": [_sensor(route) for route in routes.sensors.values()],
        "outputs": [_output(route) for route in routes.outputs],
        "requests": requests.fields(),
    }


def _sensor(route: SensorRoute) -> dict[str, Any]:
    spec = route.spec
    channels = []
    for channel in route.channels.values():
        entry: dict[str, Any] = {
            "name": channel.name,
            "units": route.units(channel.name),
            "resolution": channel.resolution,
            "accuracy": channel.accuracy,
            "default": channel.name == route.default_channel,
        }
        calibration = spec.calibration.get(channel.name)
        if calibration is not None:
            entry["calibration"] = {"offset": calibration.offset, "scale": calibration.scale}
        channels.append(entry)
    return {
        "name": spec.name,
        "child": route.child,
        "title": spec.title,
        "driver": spec.driver,
        "address": _hex(spec.address),
        "period_s": spec.period,
        "max_age_s": spec.max_age,
        "rate_hz": round(1 / spec.max_age, 3) if spec.max_age > 0 else None,
        "channels": channels,
    }


def _output(route: OutputRoute) -> dict[str, Any]:
    spec = route.spec
    return {
        "name": spec.name,
        "child": route.child,
        "title": spec.title,
        "driver": spec.driver,
        "pin": spec.pin,
        "address": _hex(spec.address),
        "units": spec.units,
        "min": spec.min,
        "max": spec.max,
        "safe": spec.safe,
        "kind": spec.kind,
        "kind_reason": spec.kind_reason,
        "frequency_hz": spec.pwm_frequency,
        "ramp": spec.ramp,
        "linger_s": spec.linger,
        "resolution": 0.01 if spec.driver == "PWM" else spec.max - spec.min,
    }

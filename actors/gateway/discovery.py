"""What a bench has to offer, as documents: `scan` for the PyMoDAQ clients, `describe` for programs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from actors.bench.buses import DEFAULT
from actors.bench.devices import Bench
from actors.core import requests
from actors.gateway.protocol import Request
from actors.gateway.replies import acknowledged
from actors.gateway.routes import LoopRoute, OutputRoute, Routes, SensorRoute


def scan(routes: Routes, *, simulated: bool) -> dict[str, Any]:
    """Return every configured output and sensor, present or not, in the shape that both plugin generations read."""
    return {
        "actuator": [
            *(_actuator(route, simulated=simulated) for route in routes.outputs),
            *(_loop_as_actuator(route, simulated=simulated) for route in routes.loops),
        ],
        "detector": [entry for route in routes.sensors for entry in _detectors(route, simulated=simulated)],
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
        "address": _hex(spec.number),
        "child": route.child,
        "state": route.state,
        "simulated": simulated,
    }


def _loop_as_actuator(route: LoopRoute, *, simulated: bool) -> dict[str, Any]:
    """Return a loop as an output at its virtual pin; 0, which is off, belongs to its range."""
    spec = route.spec
    return {
        "title": spec.title,
        "name": spec.name,
        "pin": spec.pin,
        "driver": "LOOP",
        "frequency": None,
        "units": spec.channel.units,
        "minVal": min(spec.min, 0.0),
        "maxVal": max(spec.max, 0.0),
        "address": None,
        "child": route.child,
        "state": route.state,
        "simulated": simulated,
    }


def _detectors(route: SensorRoute, *, simulated: bool) -> Iterator[dict[str, Any]]:
    """Yield a sensor under its own number, and each further channel that has one: to a client without channels it is a sensor too."""
    own = _own_number(route)
    yield _detector(route, own, route.default_channel, simulated=simulated)
    for number, channel in route.spec.numbers.items():
        if number != own:
            yield _detector(route, number, channel or route.default_channel, simulated=simulated)


def _own_number(route: SensorRoute) -> int | None:
    """Return the number that stands for the sensor's default channel."""
    return next((number for number, channel in route.spec.numbers.items() if channel in {DEFAULT, route.default_channel}), None)


def _detector(route: SensorRoute, number: int | None, channel: str, *, simulated: bool) -> dict[str, Any]:
    spec = route.spec
    further = "" if number == _own_number(route) else channel
    return {
        "name": f"{spec.name}.{further}" if further else spec.name,
        "units": route.units(channel),
        "address": _hex(number),
        "pin": None,
        "title": f"{spec.title}, {further}" if further else spec.title,
        "driver": spec.driver,
        "child": f"{route.child}.{further}" if further else route.child,
        "channels": [further] if further else list(route.channels),
        "channel": channel,
        "sensor": route.child,
        "where": spec.where,
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
        "sensors": [_sensor(route) for route in routes.sensors],
        "outputs": [_output(route) for route in routes.outputs],
        "loops": [_loop(route) for route in routes.loops],
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
            "wire": _hex(spec.wires.get(channel.name)),
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
        "address": _hex(_own_number(route)),
        "where": spec.where,
        "period_s": spec.period,
        "max_age_s": spec.max_age,
        "rate_hz": round(1 / spec.max_age, 3) if spec.max_age > 0 else None,
        "channels": channels,
    }


def _loop(route: LoopRoute) -> dict[str, Any]:
    spec = route.spec
    return {
        "name": spec.name,
        "child": route.child,
        "title": spec.title,
        "pin": spec.pin,
        "pins": {name: spec.pin + index for index, name in enumerate(route.pins)},
        "sensor": spec.channel.sensor,
        "channel": spec.channel.channel,
        "output": spec.output.id,
        "units": spec.channel.units,
        "min": spec.min,
        "max": spec.max,
    }


def _output(route: OutputRoute) -> dict[str, Any]:
    spec = route.spec
    return {
        "name": spec.name,
        "child": route.child,
        "title": spec.title,
        "driver": spec.driver,
        "pin": spec.pin,
        "address": _hex(spec.number),
        "where": spec.where,
        "units": spec.units,
        "min": spec.min,
        "max": spec.max,
        "safe": spec.safe,
        "kind": spec.kind,
        "kind_reason": spec.kind_reason,
        "frequency_hz": spec.pwm_frequency,
        "ramp": spec.ramp,
        "linger_s": spec.linger,
        "resolution": 0.01 if spec.driver in {"PWM", "PCA9685", "MCP4725"} else spec.max - spec.min,
    }

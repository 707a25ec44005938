"""Serving AQ and AQ-MULTI: from what is there, else from a new measurement, paced by information."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.core.cells import under_way
from actors.core.clock import iso
from actors.errors import Fault
from actors.gateway.exchange import Client, Exchange
from actors.gateway.protocol import Component, acknowledged, acknowledged_numbers, error_object, refused
from actors.gateway.read_plan import Plan
from actors.gateway.routes import OutputPort, Port, SensorPort, for_clients
from actors.gateway.sessions import Desk
from actors.messages import Failure, Measure, ReadBack, Reading

_Known = dict[Port, Reading | Failure | Fault | float]


class Reader:
    """The reading half of the gateway. Every method runs in the gateway's thread."""

    def __init__(self, desk: Desk, frame_interval: float, deadline: float, *, simulated: bool) -> None:
        self._desk = desk
        self._interval = frame_interval
        self._deadline = deadline
        self._quality = "simulated" if simulated else "good"

    def rewire(self, frame_interval: float, deadline: float) -> None:
        """Go on with the times of another bench."""
        self._interval = frame_interval
        self._deadline = deadline

    def at_once(self, client: Client, plan: Plan, now: float) -> bytes | None:
        """Return the reply if it needs nothing that is not here already and need not wait for news; None otherwise."""
        if plan.outputs:
            return None
        known = self._known(plan, now)
        if known is None or self._repeats_until(client, plan, known, now) is not None:
            return None
        return self._composed(client, plan, known, now)

    def start(self, exchange: Exchange) -> None:
        """Begin to serve `exchange`: hold it for news, or fetch what it lacks."""
        plan, now = exchange.plan, self._desk.now()
        assert plan is not None  # noqa: S101 - only reading exchanges come here
        known = self._known(plan, now)
        held_until = None if known is None else self._repeats_until(exchange.client, plan, known, now)
        if held_until is not None:
            exchange.held_until = held_until
            self._desk.timer(held_until, exchange)
            self._await_news(exchange, plan.ports)
            if self._repeats_until(exchange.client, plan, self._known(plan, now) or {}, now) is not None:
                return
        self.release(exchange)

    def release(self, exchange: Exchange) -> None:
        """Stop holding `exchange` and fetch what it lacks now."""
        plan = exchange.plan
        assert plan is not None  # noqa: S101 - only reading exchanges come here
        self.forget(exchange)
        exchange.held_until = None
        exchange.asked = self._desk.now()
        exchange.deadline = exchange.asked + self._deadline
        self._desk.timer(exchange.deadline, exchange)
        for port in plan.outputs:
            self._ask_output(exchange, port)
        self.news(exchange)

    def news(self, exchange: Exchange) -> None:
        """Look again whether `exchange` can be answered; what is still missing is asked for."""
        if exchange.reply is not None:
            return
        if exchange.held:
            self.release(exchange)
            return
        plan = exchange.plan
        assert plan is not None  # noqa: S101 - only reading exchanges come here
        missing = [(port, age) for port, age in plan.sensors if _sensor(port, exchange.asked, age) is None]
        if missing:
            self._await_news(exchange, [port for port, _ in missing])
            for port, age in missing:
                if port.tell is not None:
                    port.tell(Measure(exchange.asked, exchange.asked - _age(port, age), age == 0))
            # A reading published between the look and the wish to be told would be missed without a second look.
            missing = [(port, age) for port, age in missing if _sensor(port, exchange.asked, age) is None]
        if not missing and not exchange.awaiting:
            self._finish(exchange)

    def late(self, exchange: Exchange) -> None:
        """Answer with what is there: the deadline has come, the missing components are ERRORs in their place."""
        self._finish(exchange)

    def output_answered(self, exchange: Exchange, port: OutputPort, result: Any) -> None:
        """Take the read-back of one output."""
        exchange.answers[port] = result
        self.news(exchange)

    def _finish(self, exchange: Exchange) -> None:
        plan = exchange.plan
        assert plan is not None  # noqa: S101 - only reading exchanges come here
        self.forget(exchange)
        exchange.awaiting.clear()
        known: _Known = {}
        for port, age in plan.sensors:
            known[port] = _sensor(port, exchange.asked, age) or self._too_late(port)
        for output in plan.outputs:
            known[output] = exchange.answers.get(output, self._too_late(output))
        self._desk.settle(exchange, self._composed(exchange.client, plan, known, self._desk.now()))

    def _too_late(self, port: Port) -> Fault:
        return Fault("deadline", f"{port.child} did not answer within {self._deadline:g} s (it is {port.state})")

    def _ask_output(self, exchange: Exchange, port: OutputPort) -> None:
        down = port.down()
        if down is not None:
            exchange.answers[port] = down
        elif port.tell is not None:
            ticket = self._desk.ticket(exchange)
            exchange.awaiting[ticket] = port
            port.waiters[exchange] = None
            port.tell(ReadBack(ticket, exchange.deadline, self._desk.reply_to))
        else:
            exchange.awaiting[-1 - len(exchange.awaiting)] = port
            self._await_news(exchange, [port])

    def route_changed(self, exchange: Exchange, port: Port) -> None:
        """Look again: a child that `exchange` waits for has come, gone or changed."""
        if isinstance(port, OutputPort) and not exchange.held and exchange.reply is None:
            for ticket in [ticket for ticket, waited in exchange.awaiting.items() if waited is port]:
                del exchange.awaiting[ticket]
                self._desk.forget(ticket)
            if port not in exchange.answers:
                self._ask_output(exchange, port)
        self.news(exchange)

    def _await_news(self, exchange: Exchange, ports: Any) -> None:
        for port in ports:
            port.waiters[exchange] = None
            if port.cell is not None:
                port.cell.wanted = True

    def forget(self, exchange: Exchange) -> None:
        """Wait for nobody's news any more on behalf of `exchange`."""
        if exchange.plan is not None:
            for port in exchange.plan.ports:
                port.waiters.pop(exchange, None)

    def _known(self, plan: Plan, now: float) -> _Known | None:
        known: _Known = {}
        for port, age in plan.sensors:
            outcome = _sensor(port, now, age)
            if outcome is None:
                return None
            known[port] = outcome
        return known

    def _repeats_until(self, client: Client, plan: Plan, known: Mapping[Port, Any], now: float) -> float | None:
        """Return until when this request should wait for news, or None when it brings any, or asks seldom enough.

        A component is a repeat while the client was given that very reading of that channel less than a frame interval ago.
        """
        if self._interval <= 0:
            return None
        given = [
            client.given_at(port, channel, self._token(port, known))
            for _, port, channel in plan.components
            if isinstance(port, OutputPort) or isinstance(known.get(port), Reading)
        ]
        until = max(given, default=float("-inf")) + self._interval
        return until if given and min(given) > float("-inf") and until > now else None

    @staticmethod
    def _token(port: Port, known: Mapping[Port, Any]) -> Any:
        """Return what identifies the news a port has: the reading itself, or the count of an output's changes."""
        if isinstance(port, OutputPort):
            return port.cell.sequence if port.cell is not None else 0
        return known.get(port)

    def _composed(self, client: Client, plan: Plan, known: Mapping[Port, Any], now: float) -> bytes:
        if self._interval > 0:
            for _, port, channel in plan.components:
                client.seen[port, channel] = (self._token(port, known), now)
        request = plan.request
        if plan.plain:
            values = [_plain(known[port], channel) for _, port, channel in plan.components]
            numbers = [value for value in values if value is not None]
            if len(numbers) == len(values):
                return acknowledged_numbers(numbers, request.id) if request.type == "AQ-MULTI" else acknowledged(numbers[0], request.id)
        if request.type == "AQ":
            value = self._element(plan.targets[0], known, now)
            return refused(value, request.id) if isinstance(value, Fault) else acknowledged(value, request.id)
        elements = [self._element(target, known, now) for target in plan.targets]
        return acknowledged([error_object(value) if isinstance(value, Fault) else value for value in elements], request.id)

    def _element(self, target: tuple[Component, Port, str | None] | Fault, known: Mapping[Port, Any], now: float) -> Any:
        if isinstance(target, Fault):
            return target
        component, port, channel = target
        outcome = known[port]
        if isinstance(outcome, Fault):
            return outcome
        if isinstance(outcome, Failure):
            return for_clients(outcome.fault)
        if isinstance(outcome, Reading):
            value = outcome.values.get(channel or "", Fault("unknown_channel", f"{port.child} gave no {channel}"))
            if not component.detail or isinstance(value, Fault):
                return value
            return self._detail(port, channel or "", value, outcome, now)
        return outcome if not component.detail else self._output_detail(port, outcome)

    def _detail(self, port: Any, channel: str, value: float, reading: Reading, now: float) -> dict[str, Any]:
        described = port.channels[channel]
        detail = {
            "value": value,
            "units": port.units(channel),
            "channel": channel,
            "time": iso(reading.time),
            "age_s": round(max(now - reading.at, 0.0), 4),
            "quality": self._quality,
            "accuracy": described.accuracy,
        }
        calibration = port.spec.calibration.get(channel)
        if calibration is not None:
            detail["raw"] = reading.raw[channel]
            detail["accuracy"] = None if described.accuracy is None else described.accuracy * abs(calibration.scale)
        return detail

    def _output_detail(self, port: Any, value: float) -> dict[str, Any]:
        return {
            "value": value,
            "units": port.spec.units,
            "channel": None,
            "time": iso(self._desk.wall()),
            "age_s": 0.0,
            "quality": self._quality,
            "accuracy": None,
            **{key: value for key, value in under_way(port.cell, self._desk.now()).items() if value is not None},
        }


def _plain(outcome: Any, channel: str | None) -> float | None:
    """Return the number a channel gave, or None where there is more to say than a number."""
    value = outcome.values.get(channel or "") if type(outcome) is Reading else outcome
    return value if type(value) is float else None


def _age(port: SensorPort, max_age: float | None) -> float:
    return port.spec.max_age if max_age is None else max_age


def _sensor(port: SensorPort, asked: float, max_age: float | None) -> Reading | Failure | Fault | None:
    return port.down() or port.outcome(asked, max_age)

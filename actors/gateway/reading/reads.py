"""Serving AQ and AQ-MULTI: with the last readings while they are recent enough, else with new ones; mere repeats wait for news."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.core.cells import under_way
from actors.core.clock import iso
from actors.errors import Fault
from actors.gateway.exchange import Client, Exchange
from actors.gateway.protocol import Component
from actors.gateway.reading.read_plan import ReadPlan
from actors.gateway.replies import acknowledged, acknowledged_numbers, error_object, refused
from actors.gateway.routes import ChildRoute, LoopRoute, OutputRoute, SensorRoute, for_clients
from actors.gateway.sessions import Sessions
from actors.messages import Failure, Measure, ReadBack, Reading

_Known = dict[ChildRoute, Reading | Failure | Fault | float]


class Reads:
    """The reading half of the gateway. Every method runs in the gateway's thread."""

    def __init__(self, sessions: Sessions, frame_interval: float, deadline: float, *, simulated: bool) -> None:
        self._sessions = sessions
        self._interval = frame_interval
        self._deadline = deadline
        self._quality = "simulated" if simulated else "good"

    def rewire(self, frame_interval: float, deadline: float) -> None:
        """Go on with the times of another bench."""
        self._interval = frame_interval
        self._deadline = deadline

    def at_once(self, client: Client, plan: ReadPlan, now: float) -> bytes | None:
        """Return the reply if every reading is known already and they are not mere repeats; None otherwise."""
        try:
            known = None if plan.outputs else self._known(plan, now)
            if known is None or self._repeats_until(client, plan, known, now) is not None:
                return None
            return self._composed(client, plan, known, now)
        except Exception:  # noqa: BLE001 - the long way meets the same bug, records it and answers
            return None

    def numbers(self, plan: ReadPlan, now: float) -> list[float] | None:
        """Return the numbers if every reading is known already and is no more than one; None otherwise. For whoever is given no repeats."""
        known = self._known(plan, now) if plan.plain and not plan.outputs else None
        if known is None:
            return None
        values = [value for _, route, channel in plan.components if (value := _plain(known[route], channel)) is not None]
        return values if len(values) == len(plan.components) else None

    def start(self, exchange: Exchange) -> None:
        """Begin to serve `exchange`: hold it if it would only repeat what its client knows, else fetch what is missing."""
        plan, now = exchange.plan, self._sessions.now()
        assert plan is not None  # noqa: S101 - only reading exchanges come here
        known = self._known(plan, now)
        held_until = None if known is None else self._repeats_until(exchange.client, plan, known, now)
        if held_until is not None:
            exchange.held_until = held_until
            self._sessions.timer(held_until, exchange)
            self._await_news(exchange, plan.routes)
            if self._repeats_until(exchange.client, plan, self._known(plan, now) or {}, now) is not None:
                return
        self.release(exchange)

    def release(self, exchange: Exchange) -> None:
        """Stop holding `exchange`, and fetch what is missing now."""
        plan = exchange.plan
        assert plan is not None  # noqa: S101 - only reading exchanges come here
        self.forget(exchange)
        exchange.held_until = None
        exchange.asked = self._sessions.now()
        exchange.deadline = exchange.asked + self._deadline
        self._sessions.timer(exchange.deadline, exchange)
        for route in plan.outputs:
            self._ask_output(exchange, route)
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
        missing = [(route, age) for route, age in plan.sensors if _sensor(route, exchange.asked, age) is None]
        if missing:
            self._await_news(exchange, [route for route, _ in missing])
            for route, age in missing:
                if route.tell is not None and isinstance(route, SensorRoute):
                    route.tell(Measure(exchange.asked, exchange.asked - _age(route, age), age == 0))
            # A reading published between the look and the wish to be told would be missed without a second look.
            missing = [(route, age) for route, age in missing if _sensor(route, exchange.asked, age) is None]
        if not missing and not exchange.awaiting:
            self._finish(exchange)

    def late(self, exchange: Exchange) -> None:
        """Answer with what is there: the deadline has come, the missing components are ERRORs in their place."""
        self._finish(exchange)

    def output_answered(self, exchange: Exchange, route: OutputRoute, result: Any) -> None:
        """Take the read-back of one output."""
        exchange.answers[route] = result
        self.news(exchange)

    def _finish(self, exchange: Exchange) -> None:
        plan = exchange.plan
        assert plan is not None  # noqa: S101 - only reading exchanges come here
        self.forget(exchange)
        exchange.awaiting.clear()
        known: _Known = {}
        for route, age in plan.sensors:
            known[route] = _sensor(route, exchange.asked, age) or self._too_late(route)
        for output in plan.outputs:
            known[output] = exchange.answers.get(output, self._too_late(output))
        self._sessions.settle(exchange, self._composed(exchange.client, plan, known, self._sessions.now()))

    def _too_late(self, route: ChildRoute) -> Fault:
        return Fault("deadline", f"{route.child} did not answer within {self._deadline:g} s (it is {route.state})")

    def _ask_output(self, exchange: Exchange, route: OutputRoute) -> None:
        down = route.down()
        if down is not None:
            exchange.answers[route] = down
        elif route.tell is not None:
            ticket = self._sessions.ticket(exchange)
            exchange.awaiting[ticket] = route
            route.waiters[exchange] = None
            route.tell(ReadBack(ticket, exchange.deadline, self._sessions.reply_to))
        else:
            exchange.awaiting[-1 - len(exchange.awaiting)] = route
            self._await_news(exchange, [route])

    def route_changed(self, exchange: Exchange, route: ChildRoute) -> None:
        """Look again: a child that `exchange` waits for has come, gone or changed."""
        if isinstance(route, OutputRoute) and not exchange.held and exchange.reply is None:
            for ticket in [ticket for ticket, waited in exchange.awaiting.items() if waited is route]:
                del exchange.awaiting[ticket]
                self._sessions.forget(ticket)
            if route not in exchange.answers:
                self._ask_output(exchange, route)
        self.news(exchange)

    def _await_news(self, exchange: Exchange, routes: Any) -> None:
        for route in routes:
            route.waiters[exchange] = None
            if route.cell is not None:
                route.cell.wanted = True

    def forget(self, exchange: Exchange) -> None:
        """Take `exchange` off the lists of those who wait for news."""
        if exchange.plan is not None:
            for route in exchange.plan.routes:
                route.waiters.pop(exchange, None)

    def _known(self, plan: ReadPlan, now: float) -> _Known | None:
        known: _Known = {}
        for route, age in plan.sensors:
            outcome = _sensor(route, now, age)
            if outcome is None:
                return None
            known[route] = outcome
        return known

    def _repeats_until(self, client: Client, plan: ReadPlan, known: Mapping[ChildRoute, Any], now: float) -> float | None:
        """Return until when this request is held (monotonic); None if it is answered without.

        It is held if each of its readings was given to this client already, less than a frame interval ago.
        """
        if self._interval <= 0:
            return None
        given = [
            client.given_at(route, channel, self._token(route, known))
            for _, route, channel in plan.components
            if isinstance(route, OutputRoute) or isinstance(known.get(route), Reading)
        ]
        until = max(given, default=float("-inf")) + self._interval
        return until if given and min(given) > float("-inf") and until > now else None

    @staticmethod
    def _token(route: ChildRoute, known: Mapping[ChildRoute, Any]) -> Any:
        """Return what tells one piece of news from the next: the reading itself, of an output the count of its changes."""
        if isinstance(route, OutputRoute):
            return route.cell.sequence if route.cell is not None else 0
        return known.get(route)

    def _composed(self, client: Client, plan: ReadPlan, known: Mapping[ChildRoute, Any], now: float) -> bytes:
        if self._interval > 0:
            for _, route, channel in plan.components:
                client.seen[route, channel] = (self._token(route, known), now)
        request = plan.request
        if plan.plain:
            values = [_plain(known[route], channel) for _, route, channel in plan.components]
            numbers = [value for value in values if value is not None]
            if len(numbers) == len(values):
                return acknowledged_numbers(numbers, request.id) if request.type == "AQ-MULTI" else acknowledged(numbers[0], request.id)
        if request.type == "AQ":
            value = self._element(plan.targets[0], known, now)
            return refused(value, request.id) if isinstance(value, Fault) else acknowledged(value, request.id)
        elements = [self._element(target, known, now) for target in plan.targets]
        return acknowledged([error_object(value) if isinstance(value, Fault) else value for value in elements], request.id)

    def _element(self, target: tuple[Component, ChildRoute, str | None] | Fault, known: Mapping[ChildRoute, Any], now: float) -> Any:
        if isinstance(target, Fault):
            return target
        component, route, channel = target
        outcome = known[route]
        if isinstance(outcome, Fault):
            return outcome
        if isinstance(outcome, Failure):
            return for_clients(outcome.fault)
        if isinstance(outcome, Reading):
            value = outcome.values.get(channel or "", Fault("unknown_channel", f"{route.child} gave no {channel}"))
            if not component.detail or isinstance(value, Fault):
                return value
            return self._detail(route, channel or "", value, outcome, now)
        return outcome if not component.detail else self._output_detail(route, outcome)

    def _detail(self, route: Any, channel: str, value: float, reading: Reading, now: float) -> dict[str, Any]:
        accuracy = None if isinstance(route, LoopRoute) else route.channels[channel].accuracy
        detail = {
            "value": value,
            "units": route.units(channel),
            "channel": channel,
            "time": iso(reading.time),
            "age_s": round(max(now - reading.at, 0.0), 4),
            "quality": self._quality,
            "accuracy": accuracy,
        }
        calibration = None if isinstance(route, LoopRoute) else route.spec.calibration.get(channel)
        if calibration is not None:
            detail["raw"] = reading.raw[channel]
            detail["accuracy"] = None if accuracy is None else accuracy * abs(calibration.scale)
        return detail

    def _output_detail(self, route: Any, value: float) -> dict[str, Any]:
        return {
            "value": value,
            "units": route.spec.units,
            "channel": None,
            "time": iso(self._sessions.wall()),
            "age_s": 0.0,
            "quality": self._quality,
            "accuracy": None,
            **{key: value for key, value in under_way(route.cell, self._sessions.now()).items() if value is not None},
        }


def _plain(outcome: Any, channel: str | None) -> float | None:
    """Return the number a channel gave, or None where there is more to say than a number."""
    value = outcome.values.get(channel or "") if type(outcome) is Reading else outcome
    return value if type(value) is float else None


def _age(route: SensorRoute, max_age: float | None) -> float:
    return route.spec.max_age if max_age is None else max_age


def _sensor(route: SensorRoute | LoopRoute, asked: float, max_age: float | None) -> Reading | Failure | Fault | None:
    return route.down() or route.outcome(asked, max_age)

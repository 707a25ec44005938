"""The actor of a loop: it hears the readings of its sensor, and drives its output by commands that run out by themselves.

The law decides (`actors.loops.law`), the output obeys or refuses; here is who may do what when: in whose hand the output is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from actors.bench.devices import Bench
from actors.core import events
from actors.errors import Fault, PermanentError, RefusedError
from actors.loops import orders
from actors.loops.law import regulate, settled
from actors.loops.law.memory import Sample
from actors.loops.loop import DRIVES, Awaited, Loop
from actors.loops.orders import Order
from actors.loops.setting import Setting
from actors.loops.status import Mode
from actors.loops.tuner import Tuner
from actors.loops.tuning.hindrance import Wish
from actors.messages import Done, Failure, LoopOrder, Observed, Reading, Rewire, Route, Safe, Taken, Tick
from actors.outputs.regulated import LAPSED
from pilotage.words import number

FINAL: Final = frozenset({"interlock", "lease_expired", "lease_tripped", "lease_unavailable", "shutting_down", "unavailable", "revoked"})
"""Codes of refusals of its output after which a loop does not try again; it does after a transfer that failed."""
BROKEN: Final = frozenset({LAPSED, "lease_expired"})
"""Reasons of an output to be safe that mean that something is broken; interlocks and people have reasons of their own."""
LATER: Final = 0.001
"""Seconds after a deadline at which it has passed."""
SERVES: Final = frozenset({"running", "degraded"})


class LoopActor(Loop):
    """One loop: what happens to it. Everything here runs in the actor's thread."""

    def begin(self) -> None:
        """Let go of what a generation before may have left on, then serve."""
        self._hand.let_go(self.setting.output.safe, self._who)
        self._publish()
        self.serve()

    def handle(self, message: Any) -> None:
        """Take in what has happened."""
        if self.cell.generation != self.generation:
            raise PermanentError("replaced", "a later generation has this loop")
        match message:
            case Observed():
                self._observe(message.outcome)
            case LoopOrder():
                self._obey(message)
            case Done():
                self._answered(message)
            case Taken():
                self._taken(message)
            case Safe():
                self._switch_off(message.reason, message.client)
            case Route():
                self._follow(message)
            case Rewire():
                self._rewire(message.bench)
            case Tick():
                pass
            case _:
                self._log.error(events.INTERNAL_ERROR, problem=f"unknown message {type(message).__name__}")
        self._look_for_loss()

    def _observe(self, outcome: Reading | Failure | None) -> None:
        """Take a good reading in, and act on it; why there was none is remembered. None is a fan that has changed."""
        if outcome is None:
            self._feel_fan()
        if isinstance(outcome, Failure):
            self._trouble = outcome.fault.message
        if not isinstance(outcome, Reading):
            return
        spec, value = self.setting.spec, outcome.values.get(self.setting.spec.channel.channel)
        if not isinstance(value, float | int):
            self._trouble = value.message if isinstance(value, Fault) else "it is not measured"
            return
        self._sample = Sample(float(value), outcome.at)
        self._recent = settled.remember(self._recent, outcome.at, float(value), spec.period)
        if self._mode.name in DRIVES and not self._hand.on:
            self._miss()
        elif self._mode.name == "auto" and self._awaited is None:
            self._regulate(self._sample)
        elif self._mode.name == "tune" and self._awaited is None:
            self._try(self._sample)
        self._publish()

    def _feel_fan(self) -> None:
        """Answer a fan that has changed before the value feels it."""
        if self._mode.name == "auto" and self._hand.on and self._awaited is None:
            self._regulate(None)
            self._publish()

    def _miss(self) -> None:
        """Wait for the word of who has the output: it comes before the next reading, but for an order withdrawn at the last moment."""
        if self._missed is self._hand.claim:
            self._switch_off("somebody else has its output")
        self._missed = self._hand.claim

    def _obey(self, message: LoopOrder) -> None:
        """Do what a client asks, if that is still wanted, and answer; a loop that takes its output over answers when that has obeyed."""
        if message.claim.withdrawn:
            return
        if self.clock.monotonic() > message.expires:
            text = f"the order for {self.setting.spec.name} came too late and was not carried out"
            message.reply(Done(message.ticket, Fault("expired", text)))
            return
        try:
            waits = self._do(orders.read(message.order), message)
        except RefusedError as error:
            message.reply(Done(message.ticket, Fault.of(error)))
            return
        self._publish()
        if not waits:
            message.reply(Done(message.ticket, dict(self.cell.state)))

    def _do(self, order: Order, message: LoopOrder) -> bool:
        """Carry an order out; return whether its answer has to wait for the output's. Raises RefusedError."""
        if order.looks:
            return False
        if order.off:
            ticket = self._switch_off("off" if order.mode else "set to 0", message.client, ordered=True)
            if ticket is not None:  # off is said when the output is off
                now = self.clock.monotonic()
                self._offs = {at: each for at, each in self._offs.items() if each.expires > now} | {ticket: message}
            return ticket is not None
        if order.mode == "manual":
            self._leave(message.client)
        elif order.tune is not None:
            return self._begin_tuning(order.tune, message)
        else:
            return self._hold(order, message)
        return False

    def _hold(self, order: Order, message: LoopOrder) -> bool:
        """Hold a set-point, or follow a program; return whether the output has to be taken over first."""
        targets = [step.target for step in order.program.steps] if order.program else [self._target(order)]
        self._require_no_tuning()
        self._require(targets)
        before = 0.0 if self._memory is None else self._memory.target
        running = self._mode.name == "auto" and self._hand.on and self._memory is not None
        memory = self._memory if running and self._memory is not None else regulate.engage(targets[0], order.ramp)
        self._memory = regulate.follow(memory, order.program) if order.program else regulate.aim(memory, targets[0], order.ramp)
        if not running or before != targets[-1]:
            units = self.setting.spec.channel.units
            self._log.info(events.LOOP_SET, value=targets[-1], before=before, units=units, client=message.client)
        if running:
            self._found = self._found if before == self._memory.target else None  # it belongs to the set-point before
            self._mode = replace(self._mode, driven_by=message.client)
            if self._awaited is not None:  # the output may still refuse
                self._awaited.orders.append(message)
            return self._awaited is not None
        former, self._found = self._mode, None
        self._mode = Mode("auto", f"{message.client} set it", time.time(), message.client)
        self._awaited = Awaited(self._hand.take(self._valid_until(), self._who, message.claim), [message], former)
        return True

    def _require_no_tuning(self) -> None:
        if self._mode.name == "tune":
            name = self.setting.spec.name
            raise RefusedError("tuning", f"{name} is being tuned; wait, or break it off: `pilotage hold {name} off`")

    def _begin_tuning(self, wanted: Mapping[str, Any], message: LoopOrder) -> bool:
        """Begin a tuning, which answers when it has the output. Raises RefusedError."""
        self._require_no_tuning()
        self._require_sight()
        around, fan = wanted.get("around"), bool(wanted.get("fan"))
        if around is not None:
            self._require_range([around])
        value = 0.0 if self._sample is None else self._sample.value
        try:
            wish = Wish(self.setting.spec, value, around, fan, self._model)
            self._tuner = Tuner(self.setting, self.clock, self._hand, self._fan_hand, message.client, wish)
        except ValueError as error:
            raise RefusedError("bad_value", str(error)) from None
        former, self._memory, self._found = self._mode, None, None
        self._mode = Mode("tune", f"{message.client} has it tuned", time.time(), message.client)
        ticket = self._hand.take(self._valid_until(), self._tuner.who, message.claim, self.setting.output.safe)
        self._awaited = Awaited(ticket, [message], former)
        return True

    def _target(self, order: Order) -> float:
        """Return the set-point of an order; `auto` alone holds what there is now."""
        if order.set is not None:
            return order.set
        return 0.0 if self._sample is None else round(self._sample.value, 2)

    def _leave(self, client: str) -> None:
        """Leave the output as it is, to whoever asked for that. Raises RefusedError while it is tuned."""
        self._require_no_tuning()
        value = self._hand.read_back
        if self._mode.name == "auto" and value is not None:
            self._hand.leave(value, client)
            self._enter("manual", f"{client} took it over", client)

    def _answered(self, done: Done) -> None:
        """Take the output's answer to a command: the first one of a set-point is the client's, too."""
        awaited, off = self._awaited, self._offs.pop(done.ticket, None)
        if off is not None:
            self._publish()
            off.reply(Done(off.ticket, done.result if isinstance(done.result, Fault) else dict(self.cell.state)))
        elif awaited is not None and done.ticket == awaited.ticket:
            self._awaited = None
            self._taken_over(awaited, done.result)
        elif isinstance(done.result, Fault) and done.result.code in FINAL and self._hand.is_mine(done.ticket):
            self._switch_off(done.result.message)

    def _taken_over(self, awaited: Awaited, result: Any) -> None:
        """Learn whether the output is the loop's now, and answer whoever waits for that."""
        last, former = awaited.orders[-1], awaited.former
        if isinstance(result, Fault):
            self._hand.forget()
            self._tuner = None if self._mode.name == "tune" else self._tuner
            self._memory, self._mode = None, former if former.name not in DRIVES else Mode("off", result.message, time.time())
        elif last.claim.withdrawn:
            self._switch_off("the order was withdrawn")
        elif self._mode.name == "tune":
            self._log.info(events.TUNE_STARTED, client=last.client)
        else:
            self._log.info(events.LOOP_MODE, mode="auto", reason=self._mode.why, client=last.client)
        self._publish()
        for order in awaited.orders:
            order.reply(Done(order.ticket, result if isinstance(result, Fault) else dict(self.cell.state)))

    def _taken(self, message: Taken) -> None:
        """Learn that somebody else has the output, or the fan of a tuning: a hand, or whatever makes it safe."""
        reason, client = message.reason, message.client
        if message.claim is self._fan_hand.claim and self._mode.name == "tune":
            self._switch_off(f"the fan was taken away: {client or reason}")
        if message.claim is not self.cell.claim or self._mode.name not in DRIVES:
            return
        reached, name = self._hand.reach(), self.setting.output.name
        if reason != "hand":
            said = reason == "off" or reason.startswith("interlock")
            self._switch_off(reason if said else f"{name}: {reason}", client, lost=reason in BROKEN)
        elif self._mode.name == "tune":
            self._switch_off(f"{client} set {name}", client)
        elif reached is None or reached.cell.asked == self.setting.output.safe:
            self._enter("off", f"{client} switched {name} off", client)
        else:
            self._enter("manual", f"{client} set {name}", client)

    def _follow(self, route: Route) -> None:
        """Learn that the sensor or the output is another one, or gone: without its output a loop is off, a sensor has a little time."""
        if route.fault is not None and route.child == self.setting.spec.channel.sensor:
            self._trouble = route.fault.message
        if route.child == self.setting.output.id and route.state not in SERVES and self._mode.name in DRIVES:
            self._switch_off(f"{self.setting.output.name} is {route.state}", lost=True)

    def _rewire(self, bench: Bench) -> None:
        """Take another `config.py` over: what is held goes on if the loop is still about the same."""
        spec = next((each for each in bench.loops if each.id == self.child), None)
        if spec is None:
            return  # it is about to be told to end
        if self._mode.name == "tune":
            self._switch_off("config.py was read again")
        before, self.setting = self.setting, Setting.of(spec, bench)
        self._model = self.setting.model(self._models.recall(spec.id))
        if not before.holds_in(self.setting) or (self._model is None and spec.hysteresis is None):
            self._switch_off("config.py has changed what it is about")
        self._publish()

    def _look_for_loss(self) -> None:
        """Switch off when there has been no good reading for too long, or when the output does not answer."""
        until, now = self._valid_until(), self.clock.monotonic()
        answer_by = float("inf") if self._awaited is None else self._awaited.orders[-1].expires
        if self._mode.name in DRIVES and now > answer_by:
            self._switch_off(f"{self.setting.output.name} did not answer", lost=True)
        if self._mode.name in DRIVES and now >= until:
            seconds = number(self.setting.spec.lost_after)
            self._switch_off(f"{self.setting.spec.channel} has given no good reading for {seconds} s ({self._trouble})", lost=True)
        self.wake_at(min(until, answer_by + LATER) if self._mode.name in DRIVES else None)

"""One tuning: the experiment on the output, and on the fan if that is wanted, and what there is to say of it. The loop's thread."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Final

from actors.bench.loops import LoopSpec
from actors.core.clock import Clock
from actors.loops.hand import Hand
from actors.loops.law.memory import Sample
from actors.loops.law.model import Model
from actors.loops.setting import Setting
from actors.loops.tuning import hindrance, tune
from actors.loops.tuning.hindrance import Wish
from actors.loops.tuning.verdict import Verdict
from actors.messages import Claim
from pilotage.words import number

SHOWN: Final = 120
"""Points of its record that are told: as many as a terminal has columns."""


class Spare:
    """Where the claim on the fan is."""

    def __init__(self) -> None:
        self.claim = Claim(withdrawn=True)


class Tuner:
    """A tuning under way, or what became of the last one. `client` is who asked for it."""

    def __init__(self, setting: Setting, clock: Clock, hand: Hand, fan: Hand, client: str, wish: Wish) -> None:
        """Begin. Raises ValueError with a sentence for a loop that cannot be tuned like that."""
        if problem := hindrance.forbidden(wish, setting.locks):
            raise ValueError(problem)
        self._setting = setting
        self._clock = clock
        self._hand = hand
        self._fan_hand = fan
        self._tune = tune.begin(setting.spec, clock.monotonic(), wish.around, fan=wish.fan)
        self._beware = hindrance.possible(wish, setting.locks)
        self._began = clock.monotonic()
        self._left: float | None = None
        self._took: float | None = None
        self._told = ""
        self._line: str | None = None
        self.client = client
        self.model: Model | None = None
        """What was found, once it is over and the verdict is good."""

    @property
    def who(self) -> str:
        """What its commands are called in the log."""
        return f"tuning of {self._setting.spec.name}"

    def step(self, sample: Sample, fan: float | None, ambient: float | None) -> bool:
        """Go on with a reading; return whether it is over."""
        spec, now = self._setting.spec, self._clock.monotonic()
        duty = self._setting.duty_of(self._hand.read_back)
        self._tune, action = tune.step(spec, self._tune, sample, duty, fan, ambient, now)
        self._left = action.left
        if action.outcome is not None:
            self._end(action.outcome, action.fan)
            return True
        self._hand.drive(action.duty * self._setting.output.max, action.valid_until, self.who)
        if action.fan is not None and spec.fan is not None:
            if not self._fan_hand.on:
                self._fan_hand.take(action.valid_until, self.who, Claim())
            self._fan_hand.drive(action.fan * spec.fan.full, action.valid_until, self.who)
        return False

    def abort(self, why: str) -> None:
        """End without a result; the fan, if it was the tuning's, goes to its safe value."""
        self._end(Verdict(None, (why,)), None)

    def _end(self, verdict: Verdict, fan: float | None) -> None:
        """Let the fan go on as before, and keep what was found."""
        ref = self._setting.spec.fan
        if ref is not None and fan is not None:
            self._fan_hand.leave(fan * ref.full, self.who)
        elif ref is not None:
            self._fan_hand.let_go(ref.safe, self.who)
        self._left, self._took = 0.0, self._clock.monotonic() - self._began
        self.model = None if verdict.model is None else replace(verdict.model, tuned_at=time.time())
        said = verdict.reasons if verdict.model is None else (_found(self._setting.spec, verdict.model),)
        self._told = "; ".join((*said, *verdict.warnings))
        self._line = None if self.model is None else line(self.model)

    @property
    def verdict(self) -> str:
        """What became of it, in words; empty while it is under way."""
        return self._told

    def document(self) -> dict[str, Any]:
        """Return what `status` says of it."""
        took = self._clock.monotonic() - self._began if self._took is None else self._took
        return {
            "phase": self._tune.phase if self._took is None else "over",
            "elapsed_s": round(took, 1),
            "left_s": None if self._left is None else round(self._left, 1),
            "accepted": None if self._took is None else self.model is not None,
            "beware": list(self._beware),
            "verdict": self._told or None,
            "line": self._line,
            "record": self._record(),
        }

    def _record(self) -> list[list[float]]:
        """Return [seconds, value, power in %] of a selection of its readings."""
        record = self._tune.record
        every = max(1, -(-len(record) // SHOWN))
        return [[round(point.at - record[0].at, 1), round(point.value, 3), round(100.0 * point.duty, 1)] for point in record[::every]]


def _found(spec: LoopSpec, model: Model) -> str:
    units = spec.channel.units
    return (
        f"full power raises it by {model.k:.3f} {units}/s, and in the end by {model.gain:.1f} {units}; "
        f"time constant {model.tau0:.0f} s, dead time {model.dead_time:.1f} s, the fit misses {model.residual:.2f} {units} rms"
        + (f"; losses with the fan {', '.join(number(round(each, 2)) for each in model.fan_losses)}" if model.fan_losses else "")
    )


def line(model: Model) -> str:
    """Return the constants as keys of an entry of `LOOPS`: what to paste to have them in `config.py`."""
    losses = f', "fan_losses": {[round(each, 3) for each in model.fan_losses]}' if model.fan_losses else ""
    return f'"k": {model.k:.4g}, "gain": {model.gain:.4g}, "dead_time": {model.dead_time:.3g}{losses},'

"""What a loop says of itself: the document of `status` and of the request `loop`, and what its virtual pins read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from actors.core.clock import iso
from actors.errors import Fault
from actors.loops.law import settled
from actors.loops.law.memory import Finding, Memory, Sample
from actors.loops.law.model import Model, reachable
from actors.loops.setting import Setting, document_of
from actors.messages import Reading

NUMBERS: Final = {"off": 0.0, "manual": 1.0, "tune": 2.0, "approach": 3.0, "settled": 4.0, "saturated": 5.0}
"""What the third virtual pin reads; a loop that is `lost` is an ERROR."""


@dataclass(frozen=True, slots=True)
class Mode:
    """`name`: off, manual, auto or tune; `why` in words; `since` Unix time. `lost`: it is off because it could not go on."""

    name: str
    why: str
    since: float
    driven_by: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """All that there is to say of a loop at `now` (monotonic), `time` in Unix seconds."""

    setting: Setting
    mode: Mode
    model: Model | None
    memory: Memory | None
    found: Finding | None
    sample: Sample | None
    recent: settled.Readings
    duty: float | None
    tune: dict[str, Any] | None
    now: float
    time: float

    @property
    def state(self) -> str:
        """One word: the mode, or in `auto` what it has come to."""
        if self.mode.lost:
            return "lost"
        if self.mode.name != "auto":
            return self.mode.name
        found = self.found
        return "approach" if found is None else "saturated" if found.saturated else "approach" if found.settled_since is None else "settled"

    @property
    def set_point(self) -> float:
        """The set-point in force; 0 while it is off, in another's hand, or being tuned."""
        return 0.0 if self.memory is None else self.memory.target

    def reading(self) -> Reading:
        """Return what the virtual pins read."""
        state = self.state
        lost = Fault("loop_lost", f"{self.setting.spec.name} is off: {self.mode.why}")
        memory, value = self.memory, self.set_point if self.sample is None else self.sample.value
        working = 0.0 if memory is None else value if memory.at is None else memory.working
        values = {"set_point": self.set_point, "working": float(working), "state": NUMBERS.get(state, lost)}
        return Reading(values, values, self.now, self.now, self.time)

    def document(self) -> dict[str, Any]:
        """Return the whole state; `pilotage.documents.loops` says what each means."""
        memory, found, spec = self.memory, self.found, self.setting.spec
        value = None if self.sample is None else self.sample.value
        working = None if memory is None or memory.at is None else memory.working
        since = None if found is None or found.settled_since is None else self.time - (self.now - found.settled_since)
        return {
            "name": spec.name,
            "state": self.state,
            "why": self.mode.why,
            "since": iso(self.mode.since),
            "set_point": self.set_point,
            "working": _rounded(working),
            "value": _rounded(value),
            "error": None if memory is None or value is None else _rounded(memory.target - value),
            "units": spec.channel.units,
            "output_pct": _percent(self.duty),
            "feed_forward_pct": None if memory is None else _percent(memory.feed_forward),
            "integral_pct": None if memory is None else _percent(memory.integral),
            "mean_10s": _rounded(settled.mean(self.recent, self.recent[-1][0], spec.period) if self.recent else None),
            "sd_60s": _rounded(settled.scatter(self.recent)),
            "settled": since is not None,
            "settled_since": None if since is None else iso(since),
            "saturated": found is not None and found.saturated,
            "reachable": _rounded(self._reachable()),
            "program": _program(memory),
            "model": None if self.model is None else self._model(self.model),
            "driven_by": self.mode.driven_by,
            "tune": self.tune,
        }

    def _reachable(self) -> float | None:
        if self.found is not None and self.found.reachable is not None:
            return self.found.reachable
        return None if self.model is None else reachable(self.setting.spec, self.model, 0.0)

    @staticmethod
    def _model(model: Model) -> dict[str, Any]:
        document = document_of(model)
        return {**document, "tuned_at": None if model.tuned_at is None else iso(model.tuned_at)}


def _program(memory: Memory | None) -> dict[str, Any] | None:
    progress = None if memory is None else memory.program
    if progress is None:
        return None
    return {"step": progress.step + 1, "of": len(progress.program.steps), "soak_left_s": round(progress.left, 1), "over": progress.over}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _percent(duty: float | None) -> float | None:
    return None if duty is None else round(100.0 * duty, 2)

"""Every message between actors. All are told, never asked: a reply is a message of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from actors.errors import Fault

Tell = Callable[[Any], None]
"""How one actor reaches another: never raises, whatever became of the addressee."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement of all channels of a sensor; `raw` differs from `values` only where a calibration is configured.

    When the conversion began at the earliest (`begun`) and when it was read: `at` in monotonic seconds, `time` in Unix time.
    """

    values: Mapping[str, float | Fault]
    raw: Mapping[str, float | Fault]
    begun: float
    at: float
    time: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A measurement that gave nothing, and why; times as in `Reading`."""

    fault: Fault
    begun: float
    at: float
    time: float


Outcome = Reading | Failure


@dataclass(frozen=True, slots=True)
class Tick:
    """The actor's own wake-up: the time it asked for has come."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Gateway to sensor: measure at `after` (monotonic) or later, with `conversion` begun then; a failure before `asked` is no answer."""

    asked: float
    after: float
    conversion: bool


@dataclass(frozen=True, slots=True)
class News:
    """Sensor or output to gateway: child `child` has published what somebody waits for."""

    child: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """The ring of the last minutes to the gateway: it has something new, and somebody waits for it."""


@dataclass(slots=True)
class Claim:
    """Whether a command is still wanted: withdrawn when its client has gone, or when somebody else drives what its loop drove."""

    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class SetPoint:
    """Gateway or loop to output: drive the output to `value` unless `expires` (monotonic) has passed or the claim is withdrawn.

    A loop's commands carry one claim, and `valid_until` (monotonic): then the output makes itself safe, whatever became of the loop.
    """

    ticket: int
    value: float
    expires: float
    claim: Claim
    client: str
    reply: Tell
    valid_until: float | None = None

    @property
    def regulates(self) -> bool:
        """Whether a loop sends it."""
        return self.valid_until is not None


@dataclass(frozen=True, slots=True)
class LoopOrder:
    """Gateway to loop: do what `order` says, fields of the request `loop` (none: say how it is), on the terms of a `SetPoint`."""

    ticket: int
    order: Mapping[str, Any]
    expires: float
    claim: Claim
    client: str
    reply: Tell


@dataclass(frozen=True, slots=True)
class Taken:
    """Output to the loop that drove it: its claim is withdrawn. `reason` is why it was made safe; `hand`: `client` has set it."""

    claim: Claim
    reason: str
    client: str = ""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Gateway to output: say what the hardware does now."""

    ticket: int
    expires: float
    reply: Tell


@dataclass(frozen=True, slots=True)
class Safe:
    """To an output: go to the safe value at once, ahead of anything queued. With a `reply`, say how it went. `client`: who asked."""

    reason: str
    ticket: int = 0
    reply: Tell | None = None
    client: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """What an interlock makes of an output. One that `yields` drives it once and refuses nothing; one that `refuses` does nothing else."""

    interlock: str
    value: float
    why: str
    since: float
    latched: bool
    yields: bool = False
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class Permit:
    """Interlock actor to output, ahead of anything queued: all that holds the output now. One that `renews` says nothing else than before.

    Proof, until `until` (monotonic), that the rules are looked at. A later `generation` of that actor counts, an earlier one does not.
    """

    generation: int
    until: float
    holds: tuple[Hold, ...] = ()
    renews: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """Sensor or output to the interlock actor: what child `child` has just measured, or that its read-back changed (None)."""

    child: str
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class ResetInterlock:
    """Supervisor to the interlock actor: clear a latched trip, if its cause is gone, unless `expires` (monotonic) has passed."""

    name: str
    ticket: int
    reply: Tell
    expires: float = math.inf


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Supervisor to an output that has a lease: proof that the supervisor's loop was alive at `at` (monotonic)."""

    at: float


@dataclass(frozen=True, slots=True)
class ResetLease:
    """Supervisor to an output: let a lease that ran out begin anew, unless `expires` (monotonic) has passed; the output stays safe."""

    ticket: int
    reply: Tell
    expires: float = math.inf


@dataclass(frozen=True, slots=True)
class Done:
    """Output or supervisor to whoever asked: the answer to `ticket`, a value or why there is none."""

    ticket: int
    result: Any


@dataclass(frozen=True, slots=True)
class Started:
    """Child to supervisor: this generation serves."""

    child: str
    generation: int
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """Child to supervisor: a change between running and degraded; `fault` says what is wrong, None when all is well again."""

    child: str
    generation: int
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class Died:
    """Child to supervisor: this generation has ended. `expected` = it gave up its device on purpose, no bug."""

    child: str
    generation: int
    fault: Fault
    expected: bool


@dataclass(frozen=True, slots=True)
class Route:
    """Supervisor to gateway: a child's state, how it is told (None while nobody is there), and where that generation publishes."""

    child: str
    state: str
    fault: Fault | None
    generation: int
    tell: Tell | None
    cell: Any


@dataclass(frozen=True, slots=True)
class Reload:
    """Main thread to supervisor: take over this `actors.bench.devices.Bench`; only what differs from the present one is touched."""

    bench: Any


@dataclass(frozen=True, slots=True)
class Rewire:
    """Supervisor to gateway and interlocks: from now on this `actors.bench.devices.Bench` counts; the routes to what is new follow."""

    bench: Any


@dataclass(frozen=True, slots=True)
class Serve:
    """Supervisor to gateway: the outputs are safe and the children started; answer clients from now on."""


@dataclass(frozen=True, slots=True)
class Query:
    """Gateway to supervisor: a request of `actors.core.requests`; after `expires` (monotonic) it has been answered, and nothing is done."""

    ticket: int
    kind: str
    arguments: Mapping[str, Any]
    reply: Tell
    expires: float = math.inf


@dataclass(frozen=True, slots=True)
class Probe:
    """Liveness: the addressee answers `Alive(number)` through `reply` from its own loop."""

    number: int
    reply: Tell


@dataclass(frozen=True, slots=True)
class Alive:
    """The answer to `Probe`."""

    child: str
    number: int


@dataclass(frozen=True, slots=True)
class Stop:
    """To any child: end in good order."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """To the supervisor: end the whole daemon, outputs first."""

    reason: str

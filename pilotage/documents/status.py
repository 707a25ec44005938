"""The value of `status`: the supervision tree as it is."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from pilotage.documents.loops import LoopStatus


class Trouble(TypedDict):
    """Why there is no value: a stable code, a sentence for a person, and the kernel's error number if there was one."""

    code: str
    message: str
    errno: int | None


class LastReading(TypedDict):
    """The last measurement of a sensor: per channel a value or None; `faults` says why, under "" if nothing was measured at all.

    `broken` has the codes of those channels that ought to give a value: not of one that is not there because `config.py` says so.
    """

    values: dict[str, float | None]
    faults: dict[str, str]
    broken: NotRequired[dict[str, str]]
    time: str
    age_s: float


class ContactStatus(TypedDict):
    """The transfers with one chip since the daemon started, and the `share` of about the last hundred that failed; `bad`: too many."""

    transfers: int
    failed: int
    share: float
    bad: bool


class ChildStatus(TypedDict):
    """One child of the supervisor; `last` and `contact` for sensors only."""

    kind: str
    where: str
    state: str
    since_s: float
    generation: int
    restarts: int
    error: Trouble | None
    last_error: Trouble | None
    last_error_at: str | None
    next_attempt_s: float | None
    last: NotRequired[LastReading | None]
    contact: NotRequired[ContactStatus]


class LeaseStatus(TypedDict):
    """What keeps a heater on: `held`, `expired` (it was switched off, and stays so until a reset) or `unknown`."""

    state: str
    seconds: float
    since_s: float
    trips: int


class OutputStatus(TypedDict):
    """What an output was asked and does; `safe` is why it was sent to its safe value, None if it was not; `lease` for heaters.

    `kind` is what it is taken for, and `kind_reason` why. `target` and `target_in_s`: where a ramp leads, and in how many seconds;
    `lingers_s`: for how many seconds a fan runs on; None where there is no such thing. `safe_value` is where `off` sends it, `regulated`
    whether a loop drives it, `scale` what stands behind a value of it, for `pilotage.words.level`.
    """

    asked: float | None
    read_back: float | None
    frequency_hz: float | None
    safe: str | None
    lease: LeaseStatus | None
    kind: NotRequired[str]
    kind_reason: NotRequired[str]
    goes_on: NotRequired[bool]
    """Whether it goes on as it is when the daemon dies."""
    target: NotRequired[float | None]
    target_in_s: NotRequired[float | None]
    lingers_s: NotRequired[float | None]
    safe_value: NotRequired[float]
    regulated: NotRequired[bool]
    scale: NotRequired[str]


class BusStatus(TypedDict):
    """One I2C bus: `up` or `down`, since when, and why."""

    state: str
    since_s: float
    error: Trouble | None


class InterlockStatus(TypedDict):
    """One interlock; `state` in one word, `why` and `since_s` (seconds) while it holds an output, `cause` what its rule sees now."""

    kind: str
    state: str
    armed: bool
    tripped: bool
    holding: bool
    latched: bool
    why: str | None
    since: str | None
    since_s: float | None
    cause: str | None
    outputs: dict[str, float]
    looked_at_s: float | None


class LecoStatus(TypedDict):
    """The LECO network of the bench: whether and since when it is joined, under which names, who has asked; `error`: why not.

    `drive`: whether it may be driven from there, `off`: whether it may at least be switched off.
    """

    coordinator: str
    name: str
    drive: bool
    off: NotRequired[bool]
    joined: bool
    since_s: float | None
    namespace: str | None
    names: list[str]
    components: list[str]
    error: Trouble | None


class ClientStatus(TypedDict):
    """One client of the daemon; `key` is the name of its key, if it has one, `role` is `drive`, `read` or `none`."""

    address: str
    key: str | None
    role: str
    connected_s: float
    idle_s: float
    requests: int


class Refused(TypedDict):
    """A client that was refused: its address, and its key's name if that is known; why, how often, and how long ago the last time."""

    client: str
    reason: str
    count: int
    ago_s: float


class Refusals(TypedDict):
    """How often anybody was refused since the gateway started, and the last of them, the latest first."""

    total: int
    last: list[Refused]


class CurveStatus(TypedDict):
    """The port with keys, and how many clients have one."""

    port: int
    clients: int


class Shared(TypedDict):
    """A ZeroMQ identity of more than one connection: the last two addresses, how often one took it from the other, and how long ago."""

    addresses: list[str]
    times: int
    last_s: float


class AccessStatus(TypedDict):
    """Who may connect (`allow`: None is everybody) and drive, who may only read, who was refused, and who has another's identity."""

    allow: list[str] | None
    read_only: list[str]
    curve: CurveStatus | None
    refused: Refusals
    shared_identities: list[Shared]


class Status(TypedDict):
    """The value of `status`: the supervision tree as it is."""

    version: str
    simulated: bool
    uptime_s: float
    clock_synchronised: bool | None
    config: str
    hardware: dict[str, Any]
    healthy: bool
    buses: dict[str, BusStatus]
    children: dict[str, ChildStatus]
    outputs: dict[str, OutputStatus]
    interlocks: dict[str, InterlockStatus]
    loops: NotRequired[dict[str, LoopStatus]]
    leco: NotRequired[LecoStatus | None]
    left_on: list[str]
    """Outputs that a reload removed, and that are not known to be off."""
    abandoned_threads: int
    clients: list[ClientStatus]
    access: AccessStatus | None
    log: dict[str, Any] | None


class Retried(TypedDict):
    """The value of `retry`."""

    child: str
    state: str

"""A child in the tree: how it is started, what runs of it now, and its life."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from actors.core.mailbox import Vitals
from actors.hardware.i2c.contact import Contact
from actors.hardware.i2c.line import Line
from actors.messages import Route, Tell
from supervisor.tree.children.restart_policy import Life, Policy

if TYPE_CHECKING:
    import pykka


@dataclass(frozen=True, slots=True)
class Running:
    """One live generation of a child: how to reach it, its heartbeat, and how to fence it."""

    ref: pykka.ActorRef[Any]
    tell: Tell
    vitals: Vitals
    cell: Any
    revoke: Callable[[], None]
    inside: Callable[[], tuple[str, float] | None]


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """OTP's child spec. `restart` is permanent for all: a bench wants every device it has. `hang` and `shutdown` in seconds.

    `hang` bounds the handling of one message, `start_up` the time until a generation serves (importing a chip's library takes
    seconds on a small Pi), and `patience` one transfer.
    """

    id: str
    kind: str
    start: Callable[[int], Running]
    policy: Policy
    hang: float
    start_up: float = 20.0
    patience: float = 0.5
    shutdown: float = 1.0
    where: str = ""
    line: Line | None = None
    """The way to its bus, for what is on one."""
    leased: bool = False
    contact: Contact | None = None

    @property
    def on_bus(self) -> bool:
        """Whether it is on an I2C bus."""
        return self.line is not None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What a mailbox that was not empty looked like: whose, how many messages had been taken out of it, and since when (monotonic)."""

    vitals: Vitals
    taken: int
    since: float


@dataclass(slots=True)
class Record:
    """What the supervisor knows of a child: its spec, its life, its running generation if there is one."""

    spec: ChildSpec
    life: Life = field(default_factory=Life)
    running: Running | None = None
    reported: tuple[str, str] = ("", "")
    detail: dict[str, Any] = field(default_factory=dict)
    mailbox: Mailbox | None = None
    leaving: bool = False
    """Whether it was told to end because `config.py` no longer has it as it is; it is not started again."""
    silent: bool = False
    """Whether neither the log nor the gateway is told of it: it is no child of the bench."""
    at_rest: bool = False
    """Whether its last generation ended with its output at the safe value, as the hardware said."""

    def ended(self) -> None:
        """Let go of the generation that has ended, or was given up."""
        cell = self.running.cell if self.running is not None else None
        self.at_rest, self.running = getattr(cell, "rests", False), None


def vitals_of(ref: pykka.ActorRef[Any]) -> Vitals:
    """Return the heartbeat of a `actors.core.actor.Child`."""
    inbox: Any = ref.actor_inbox
    vitals: Vitals = inbox.vitals
    return vitals


def route_of(record: Record) -> Route:
    """Return where a child is reached now and what state it is in."""
    running, life = record.running, record.life
    tell, cell = (running.tell, running.cell) if running is not None else (None, None)
    return Route(record.spec.id, life.state, life.fault, life.generation, tell, cell)

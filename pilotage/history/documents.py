"""What the value of a `history` request contains, as types; docs/reference/protocol.md explains each."""

from __future__ import annotations

from typing import TypedDict


class Readings(TypedDict):
    """What one channel measured: times on the boot clock (s), numbers, and in the place of a missing number the code of its fault."""

    at: list[float]
    value: list[float | None]
    fault: list[str | None]


class Drives(TypedDict):
    """How one output changed: times on the boot clock (s), what was asked for and what it did, in its units, and who asked."""

    at: list[float]
    asked: list[float | None]
    value: list[float | None]
    by: list[str]


class Events(TypedDict):
    """What the log recorded: times on the boot clock (s), and the sentence of each event."""

    at: list[float]
    event: list[str]
    level: list[str]
    actor: list[str | None]
    message: list[str]


class History(TypedDict):
    """The value of `history`: what is new since a cursor. An instant `at` was at `time - now + at` of the wall clock, in Unix seconds.

    `missed` tells that what came right after the cursor is lost, `more` that there is more to ask for at once.
    """

    cursor: int
    missed: bool
    more: bool
    boot_id: str
    now: float
    time: float
    clock_synchronised: bool | None
    simulated: bool
    readings: dict[str, Readings]
    outputs: dict[str, Drives]
    events: Events

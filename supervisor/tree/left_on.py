"""Outputs that a reload removed and that could not be switched off: each is tried again until it is known to be. Supervisor thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import structlog

from actors.bench.devices import OutputSpec
from actors.core import events
from actors.messages import Stop
from supervisor.tree.children.record import ChildSpec, Record

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LeftOn:
    """One of them: what it was, and the child that switches it off. No client reaches that child, and no record tells of its attempts."""

    spec: OutputSpec
    record: Record


def renamed(spec: OutputSpec) -> OutputSpec:
    """Return `spec` under an id that no output of a bench has."""
    return replace(spec, id=f"{spec.id}@{spec.where}")


def first_off(spec: OutputSpec) -> OutputSpec:
    """Return `spec` as one that is switched off before all others when its GPIO is back; a fan may go on."""
    return spec if spec.cools else replace(spec, kind="heater")


def following(
    before: Iterable[LeftOn],
    leaving: Iterable[tuple[OutputSpec, Any]],
    outputs: Iterable[OutputSpec],
    child: Callable[[OutputSpec], ChildSpec],
) -> dict[str, LeftOn]:
    """Return, by child id, what is not known to be off and has no place among `outputs`: of `before`, and of those `leaving`.

    `leaving` are outputs that have been told to end, each with its cell, which tells whether its actor saw it off.
    """
    places = {spec.place for spec in outputs}
    found = {one.record.spec.id: one for one in before if one.spec.place not in places}
    for one in found.values():
        one.record.leaving = False
    for spec, cell in leaving:
        if spec.place not in places and (cell is None or not cell.rests):
            reason = "config.py no longer has it, and it is not known to be at its safe value"
            log.critical(events.OUTPUT_FAULT, actor=spec.id, error_code="left_on", reason=reason)
            alone = replace(renamed(spec), restore=False, linger=None, ramp=None)
            found[alone.id] = LeftOn(spec, Record(child(alone), silent=True))
    return found


def end_served(one: LeftOn) -> None:
    """Have a child that has switched its output off end: as it does, it looks once more."""
    if one.record.running is not None:
        one.record.running.tell(Stop())


def is_off(one: LeftOn) -> bool:
    """Return whether the child, which has just ended, left its output at its safe value; that is worth a record."""
    cell = one.record.running.cell if one.record.running is not None else None
    if cell is None or not cell.rests:
        return False
    reason = "config.py no longer has it, and now its hardware could be reached"
    log.warning(events.OUTPUT_SAFE, actor=one.spec.id, reason=reason, value=one.spec.safe, units=one.spec.scale)
    return True

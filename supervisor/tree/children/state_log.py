"""What becomes of a child: here alone its record changes, and here alone the log is told. Supervisor thread.

One record per change of state, none per failed probe.
"""

from __future__ import annotations

from typing import Any, Final

import structlog

from actors.core import events
from actors.errors import Fault
from actors.hardware.i2c.breaker import BUS_CODES, Breaker
from supervisor.tree.children.record import Record
from supervisor.tree.children.restart_policy import Happening, step

log = structlog.get_logger()

_NO_NEWS: Final = frozenset({Happening.RETURNED, Happening.RETRY, Happening.BLAMED})
"""What happens around a child, not to it: its next state says it."""


def change(record: Record, event: Happening, now: float, fault: Fault | None = None, *, jitter: float = 0.0, crashed: bool = False) -> None:
    """Take `event` into the record of a child, and tell the log what is new; `jitter` is that of `step`, `crashed` whether it is a bug."""
    record.life = step(record.life, event, now, record.spec.policy, fault=fault, jitter=jitter)
    as_told = record.leaving and not record.life.alive
    if event not in _NO_NEWS and not as_told and not record.silent:
        _report(record, now, crashed=crashed)


def _report(record: Record, now: float, *, crashed: bool) -> None:
    life = record.life
    code = life.fault.code if life.fault is not None else ""
    told, record.reported = record.reported, (life.state, code)
    if crashed:
        _say(record, "error", events.CHILD_CRASHED)
    if told == record.reported or code in BUS_CODES:
        return
    match life.state:
        case "running" if told[0] in {"", "starting"} and life.generation == 1:
            _say(record, "info", events.CHILD_STARTED)
        case "running" if told[0] == "degraded":
            pass
        case "running":
            _say(record, "info", events.CHILD_RESTARTED, restarts=life.restarts)
        case "absent":
            _say(record, "warning", events.SENSOR_ABSENT)
        case "failed":
            _say(record, "error", events.CHILD_FAILED, next_probe_s=round((life.due or now) - now, 1))
        case "backoff" if code == "hung":
            _say(record, "error", events.CHILD_HUNG)
        case "backoff" if told[0] not in {"absent", "failed"} and not crashed:
            _say(record, "warning", events.CHILD_LOST, back_off_s=round(life.delay, 2))
        case _:
            pass


def report_bus(breaker: Breaker) -> bool:
    """Record each change of the bus, down, another cause, up: once, not once for every sensor on it. Return whether it came up in between.

    Supervisor thread.
    """
    came_up = False
    for fault in breaker.news():
        if fault is None:
            came_up = True
            log.info(events.BUS_RECOVERED, bus=breaker.name)
        else:
            log.error(
                events.BUS_STUCK if fault.code == "bus_stuck" else events.BUS_LOST,
                bus=breaker.name,
                error_code=fault.code,
                reason=fault.message,
            )
    return came_up


def _say(record: Record, level: str, event: str, **facts: Any) -> None:
    life = record.life
    if life.fault is not None:
        facts |= {"error_code": life.fault.code, "errno": life.fault.errno, "reason": life.fault.message}
    getattr(log, level)(event, child=record.spec.id, generation=life.generation, **_place(record.spec.where), **facts)


def _place(where: str) -> dict[str, str]:
    """Return an I2C address or a pin as the field it is in every record."""
    return {"address": where} if where.startswith(("0x", "i2c-")) else {"pin": where} if where.startswith("GPIO") else {}

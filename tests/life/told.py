"""What `status` says, against what is known of the bench: it must be true."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from tests.life.broken import BrokenPromiseError

if TYPE_CHECKING:
    from tests.life.promises import Promises

BACK: Final = 4.0
"""Seconds after which what was repaired has no more influence on read-backs."""


def judge(promises: Promises, status: dict[str, Any] | None) -> None:
    """Judge a status document."""
    world = promises.world
    if status is None or promises.reload_from is not None or not world.serving:
        return
    names = {key.partition("@")[0] for key in status["children"]}
    if missing := world.plan.children - names:
        raise BrokenPromiseError(f"{missing} are in config.py and not in status")
    if missing := {rule["name"] for rule in world.plan.interlocks} - status["interlocks"].keys():
        raise BrokenPromiseError(f"the interlocks {missing} are in config.py and not in status")
    pins = {child_of(entry, status["outputs"]): entry["pin"] for entry in world.plan.outputs}
    for name, told in status["interlocks"].items():
        if told["tripped"] and told["latched"]:
            held = [output for output, value in told["outputs"].items() if value == 0 and pins.get(output) is not None]
            promises.tripped.update({pins[output]: name for output in held})
    for pin, entry in world.plan.heaters.items():
        name = child_of(entry, status["outputs"])
        lease = status["outputs"].get(name, {}).get("lease")
        if lease and lease["state"] == "expired":
            promises.latched[pin] = entry["name"]
    _reads_back(promises, status)


def _reads_back(promises: Promises, status: dict[str, Any]) -> None:
    if promises.now - promises.changed_at < 1.6 or promises.troubled("pigpiod", "hang", within=BACK):
        return
    for entry in promises.world.plan.outputs:
        name = child_of(entry, status["outputs"])
        told = status["outputs"].get(name)
        state = status["children"].get(name, {}).get("state")
        if entry["pin"] is None or told is None or told["read_back"] is None or state != "running":
            continue
        true = promises.world.hardware.duties.get(entry["pin"], 0.0) * entry["max"]
        if abs(told["read_back"] - true) > 0.02 * entry["max"]:
            raise BrokenPromiseError(f"{entry['name']} reads back {told['read_back']}, and its pin does {true:g}")


def child_of(entry: dict[str, Any], known: Collection[str]) -> str:
    """Return what the daemon calls an output: by its place, too, where its name is one of the daemon's own."""
    name: str = entry["name"]
    return name if name in known else f"{name}@GPIO{entry['pin']}"

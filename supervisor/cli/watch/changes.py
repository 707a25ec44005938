"""What happened between two `status` documents, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from pilotage.documents import ChildStatus, LastReading, Status
from pilotage.words import level
from supervisor.cli.report import Scales, interlock_reason, leases

Tone = Literal["good", "bad", "plain"]


class Change(NamedTuple):
    """One event: what it says, and how it is coloured."""

    text: str
    tone: Tone


def changes(before: Status, after: Status, scales: Scales) -> list[Change]:
    """Return what has changed between two documents of the same daemon; `scales` has the units of the outputs."""
    return [
        *_buses(before, after),
        *_children(before, after),
        *_outputs(before, after, scales),
        *_leases(before, after),
        *_interlocks(before, after),
        *_loops(before, after),
    ]


def started_anew(status: Status) -> list[Change]:
    """Return what there is to say of a daemon that was started since the document before."""
    return [Change("the daemon was started anew", "plain"), *first_sight(status)]


def first_sight(status: Status) -> list[Change]:
    """Return what is wrong in a document that is the first one."""
    found = [
        Change(f"{name} is {bus['state']}{_reason(bus['error'])}", "bad") for name, bus in status["buses"].items() if bus["state"] != "up"
    ]
    for name, child in status["children"].items():
        if child["state"] not in {"running", "starting"}:
            found.append(Change(f"{name} is {child['state']}{_reason(child['error'])}", "bad"))
        found += [Change(f"{name}{channel}: {text}", "bad") for channel, text in _faults(child).items()]
    for name, entry in status["interlocks"].items():
        if entry["tripped"]:
            found.append(Change(f"{name} has tripped: {interlock_reason(entry)}", "bad"))
    return found


def _buses(before: Status, after: Status) -> Iterator[Change]:
    for name, bus in after["buses"].items():
        old = before["buses"].get(name)
        if old is not None and old["state"] != bus["state"]:
            yield Change(f"{name} is {bus['state']}{_reason(bus['error'])}", "good" if bus["state"] == "up" else "bad")


def _children(before: Status, after: Status) -> Iterator[Change]:
    for name in before["children"].keys() - after["children"].keys():
        yield Change(f"{name} was taken out of the bench", "plain")
    for name, child in after["children"].items():
        old = before["children"].get(name)
        if old is None:
            yield Change(f"{name} was added to the bench", "plain")
        else:
            yield from _child(name, old, child)


def _child(name: str, old: ChildStatus, new: ChildStatus) -> Iterator[Change]:
    if old["state"] != new["state"]:
        yield Change(f"{name}: {old['state']} -> {new['state']}{_reason(new['error'])}", "good" if new["state"] == "running" else "bad")
    elif new["restarts"] > old["restarts"] and new["state"] == "running":
        yield Change(f"{name} was lost and is back{_reason(new['last_error'])}", "plain")
    elif new["error"] is not None and (old["error"] is None or old["error"]["code"] != new["error"]["code"]):
        yield Change(f"{name}{_reason(new['error'])}", "bad")
    was, now = _faults(old), _faults(new)
    yield from (Change(f"{name}{channel}: {text}", "bad") for channel, text in now.items() if channel not in was)
    yield from (Change(f"{name}{channel} is measured again", "good") for channel in was if channel not in now and new["state"] == "running")


def _outputs(before: Status, after: Status, scales: Scales) -> Iterator[Change]:
    for name, output in after["outputs"].items():
        old = before["outputs"].get(name)
        if old is None:
            continue
        if output["safe"] and output["safe"] != old["safe"]:
            yield Change(f"{name} went to its safe value: {output['safe']}", "plain")
        elif output["asked"] != old["asked"] and output["asked"] is not None and not output.get("regulated"):
            yield Change(f"{name} was set to {level(output['asked'], scales.get((name, None), ('', None))[0])}", "plain")


def _interlocks(before: Status, after: Status) -> Iterator[Change]:
    for name, entry in after["interlocks"].items():
        was, now = before["interlocks"].get(name, entry)["state"], entry["state"]
        if was != now and {was, now} & {"tripped", "holding"}:
            yield Change(
                f"{name}: {was} -> {now}" + (f": {entry['why']}" if entry["why"] else ""),
                "bad" if now in {"tripped", "holding"} else "good",
            )


def _loops(before: Status, after: Status) -> Iterator[Change]:
    for name, loop in after.get("loops", {}).items():
        old = before.get("loops", {}).get(name)
        if old is None:
            continue
        if loop["set_point"] not in {0.0, old["set_point"]}:
            yield Change(f"{name} was set to {loop['set_point']:g} {loop['units']}", "plain")
        if loop["state"] != old["state"] and {loop["state"], old["state"]} != {"off", "approach"}:
            tone: Tone = "good" if loop["state"] == "settled" else "bad" if loop["state"] in {"lost", "saturated"} else "plain"
            yield Change(f"{name}: {old['state']} -> {loop['state']}: {loop['why']}", tone)


def _leases(before: Status, after: Status) -> Iterator[Change]:
    old = dict(leases(before))
    for name, lease in leases(after):
        if name in old and old[name]["state"] != lease["state"]:
            yield Change(f"the lease of {name} is {lease['state']}", "good" if lease["state"] == "held" else "bad")


def _faults(child: ChildStatus) -> dict[str, str]:
    last: LastReading | None = child.get("last")
    if last is None or child["state"] not in {"running", "degraded"}:
        return {}
    return {f".{channel}": text for channel, text in last["faults"].items() if channel}


def _reason(trouble: object) -> str:
    return f": {trouble['message']}" if isinstance(trouble, dict) else ""

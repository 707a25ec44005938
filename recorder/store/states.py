"""What every output did last: it is known to go on so until there is news, and only while somebody looks."""

from __future__ import annotations

from pilotage.history.documents import Drives, Events, History

UNSEEN = "not_recorded"
"""Who is said to have driven an output from when nobody looked any more."""

_NO_EVENTS: Events = {"at": [], "event": [], "level": [], "actor": [], "message": []}


class States:
    """Follows the outputs through the parts."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float | None, float | None, str]] = {}
        self._now: tuple[str, float] | None = None

    def follow(self, part: History) -> History:
        """Take in a part and return it; if anything is missing before it, with outputs that are not known from when that began."""
        before = self._now
        if part["missed"] and before is not None and before[0] == part["boot_id"]:
            outputs = {name: _put_before(before[1], part["outputs"].get(name)) for name in {**self._last, **part["outputs"]}}
            part = {**part, "outputs": outputs}
        for name, drives in part["outputs"].items():
            self._last[name] = drives["asked"][-1], drives["value"][-1], drives["by"][-1]
        self._now = part["boot_id"], part["now"]
        return part

    def part(self, last: History) -> History:
        """Return a part right behind `last` with nothing but what every output does: a file says so in its own right."""
        outputs: dict[str, Drives] = {
            name: {"at": [last["now"]], "asked": [asked], "value": [value], "by": [by]} for name, (asked, value, by) in self._last.items()
        }
        return {**last, "missed": False, "readings": {}, "outputs": outputs, "events": _NO_EVENTS}


def _put_before(at: float, drives: Drives | None) -> Drives:
    there: Drives = drives or {"at": [], "asked": [], "value": [], "by": []}
    return {
        "at": [at, *there["at"]],
        "asked": [None, *there["asked"]],
        "value": [None, *there["value"]],
        "by": [UNSEEN, *there["by"]],
    }

"""The bench as the page shows it: one document a second, made only while somebody looks."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from pilotage.client import Client
from pilotage.documents import ChildStatus, Description, SensorDescription, Status
from pilotage.errors import ClientError
from pilotage.history.documents import History
from pilotage.history.live import units_of
from pilotage.words import level, scale

TREND: Final = 60.0
"""Seconds over which a value rises or falls."""
STEADY: Final = 2.0
"""Resolutions by which it has to."""
LOOKED: Final = 10.0
"""Seconds for which the daemon is asked on after the last look: a page that is loaded anew gets its values at once."""
_NEW_BENCH: Final = frozenset({"config_reloaded", "daemon_started"})


class Board:
    """Follows the recorder, and asks the daemon for its state while anybody looks. `take` runs in the recorder's thread.

    It asks through the recorder's own client: what that asks is no sign of life of a person, and keeps no interlock `idle` quiet.
    """

    def __init__(self, client: Client, tell: Callable[[dict[str, Any]], object]) -> None:
        self._client, self._tell = client, tell
        self._trends: dict[str, deque[tuple[float, float]]] = {}
        self.looked = -LOOKED
        """When somebody last looked (monotonic)."""
        self._described = False
        self.description: Description | None = None
        self.status: Status | None = None
        self.status_at = float("-inf")
        """The state of the daemon, and when it was asked (monotonic)."""
        self.reloaded = threading.Event()
        """Set when the daemon has taken over another `config.py`."""

    def units(self) -> dict[str, str]:
        """Return name -> units of all that the daemon has, as far as is known. Any thread."""
        return {} if self.description is None else units_of(self.description)

    def look(self) -> None:
        """Have the daemon asked for some seconds. Any thread."""
        self.looked = time.monotonic()

    def take(self, part: History) -> None:
        """Take in what has happened, and tell it."""
        shift = part["time"] - part["now"]
        self._follow(part, shift)
        events = part["events"]
        if "config_reloaded" in events["event"]:
            self.reloaded.set()
        self._described = self._described and not _NEW_BENCH & set(events["event"])
        if not self._described:
            self._ask(self._describe)
        document: dict[str, Any] = {"time": part["time"], "simulated": part["simulated"], "clock": part["clock_synchronised"]}
        document["events"] = [
            {"time": at + shift, "event": event, "level": grade, "actor": actor, "message": message}
            for at, event, grade, actor, message in zip(*(events[key] for key in _EVENT), strict=True)
        ]
        if time.monotonic() - self.looked < LOOKED and self.description is not None:
            self._ask(lambda: document.update(self._state(self._looked_at(), self.description)))
        self._tell(document)

    def _describe(self) -> None:
        self.description, self._described = self._client.describe(), True

    def _looked_at(self) -> Status:
        self.status, self.status_at = self._client.status(), time.monotonic()
        return self.status

    @staticmethod
    def _ask(act: Callable[[], object]) -> None:
        """Ask the daemon; one that does not answer is the recorder's to notice."""
        try:
            act()
        except ClientError:
            return

    def _follow(self, part: History, shift: float) -> None:
        for name, column in part["readings"].items():
            trend = self._trends.setdefault(name, deque(maxlen=600))
            for at, value in zip(column["at"], column["value"], strict=True):
                if value is None:
                    trend.clear()
                else:
                    trend.append((at + shift, value))
            while trend and trend[-1][0] - trend[0][0] > TREND:
                trend.popleft()

    def _trend(self, name: str, resolution: float | None) -> int:
        trend = self._trends.get(name)
        if not trend:
            return 0
        change = trend[-1][1] - trend[0][1]
        least = STEADY * (resolution or 0.0)
        return 0 if abs(change) <= least else (1 if change > 0 else -1)

    def _state(self, status: Status, description: Description | None) -> dict[str, Any]:
        if description is None:
            return {}
        children, names = status["children"], {each["child"]: each["name"] for each in description["outputs"]}
        document: dict[str, Any] = {
            "sensors": {
                each["name"]: self._sensor(each, children[each["child"]]) for each in description["sensors"] if each["child"] in children
            },
            "outputs": {},
            "interlocks": {
                name: {
                    **{key: value for key, value in lock.items() if key in _LOCK},
                    "outputs": [names.get(child, child) for child in lock["outputs"]],
                }
                for name, lock in status["interlocks"].items()
            },
            "loops": status.get("loops", []),
        }
        for each in description["outputs"]:
            output, child = status["outputs"].get(each["child"]), children.get(each["child"])
            if output is None or child is None:
                continue
            words = scale(each["units"], each["driver"], each["min"], each["max"])
            document["outputs"][each["name"]] = {
                "state": child["state"],
                "error": _trouble(child),
                "asked": output["asked"],
                "value": output["read_back"],
                "asked_words": level(output["asked"], words),
                "value_words": level(output["read_back"], words),
                "safe": output["safe"],
                "kind": output.get("kind"),
                "lease": output["lease"]["state"] if output["lease"] else None,
            }
        return document

    def _sensor(self, each: SensorDescription, child: ChildStatus) -> dict[str, Any]:
        last = child.get("last")
        values, faults = (last["values"], last["faults"]) if last else ({}, {})
        channels = {}
        for channel in each["channels"]:
            name = each["name"] if channel["default"] else f"{each['name']}.{channel['name']}"
            channels[name] = {
                "value": values.get(channel["name"]),
                "fault": faults.get(channel["name"]) or (faults.get("") if last else None),
                "trend": self._trend(name, channel["resolution"]),
            }
        return {"state": child["state"], "error": _trouble(child), "age": last["age_s"] if last else None, "channels": channels}


_LOCK: Final = ("kind", "state", "tripped", "holding", "latched", "why", "since_s", "cause")
_EVENT: Final = ("at", "event", "level", "actor", "message")


def _trouble(child: ChildStatus) -> str | None:
    return child["error"]["message"] if child["error"] else None

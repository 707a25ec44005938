"""The mark of a client's connection, with which the daemon does a command at once: `boot` in docs/reference/protocol.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

DRIVING: Final = frozenset({"PI", "PI-MULTI"})
Ask = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""How a request, its type and its fields, gets its reply."""


class Mark:
    """What the daemon last told of the connection that there is now."""

    def __init__(self) -> None:
        self._told: Any = None

    def ask(self, ask: Ask, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the reply to a request; one that drives goes with the mark, so that the daemon knows that it has not waited anywhere.

        If ZeroMQ has made the connection anew, unnoticed, the daemon refuses the former mark: then the command is sent once more.
        """
        if kind not in DRIVING or "boot" in fields:
            return self._learn(ask(kind, fields))
        if self._told is None:
            self._learn(ask("scan", {}))
        former = self._told
        reply = ask(kind, {**fields, "boot": former})
        if _expired(reply) and former is not None:
            self._learn(ask("scan", {}))
            if self._told != former:
                reply = ask(kind, {**fields, "boot": self._told})
        return reply

    def _learn(self, reply: dict[str, Any]) -> dict[str, Any]:
        self._told = reply.get("boot", self._told)
        return reply


def _expired(reply: Mapping[str, Any]) -> bool:
    """Return whether a command was refused as too old, the whole of it or a part."""
    parts = reply["value"] if isinstance(reply.get("value"), list) else []
    return any(isinstance(each, dict) and each.get("code") == "expired" for each in [reply, *parts])

"""Reading requests kept decoded: a client's live grab sends the same bytes again and again."""

from __future__ import annotations

from typing import Final

from actors.gateway.exchange import Plan

MOST: Final = 512
"""Requests that are kept."""
MOST_BYTES: Final = 8192
"""Length of a request above which it is not kept."""


class Plans:
    """The plan of a request by its bytes. One thread."""

    def __init__(self) -> None:
        self._plans: dict[bytes, Plan] = {}
        self.get = self._plans.get
        self.clear = self._plans.clear

    def keep(self, body: bytes, plan: Plan) -> Plan:
        """Keep `plan` and return it; one whose request has an id will not come again, and is not kept."""
        if len(body) <= MOST_BYTES and plan.request.id is None:
            if len(self._plans) >= MOST:
                self._plans.clear()
            self._plans[body] = plan
        return plan

"""Bounds that no client can push the daemon over; `LIMITS` in `config.py` sets them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`body`: bytes of a request; `components`: of one request; `outstanding_per_client` and `outstanding`: requests not answered yet.

    `clients`: connections, and clients remembered.
    """

    body: int = 64 * 1024
    components: int = 256
    outstanding_per_client: int = 256
    outstanding: int = 4096
    clients: int = 1024

"""`LECO` of `config.py`: which network of the laboratory a bench joins, under which name, and whether it may be driven from there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leco:
    """The coordinator at `host`:`port`; `name` is the bench's, and `drive` whether set-points that come this way are taken.

    `off`: whether the action `off` is, of a bench that may not be driven from there.
    """

    host: str
    name: str
    port: int = 12300
    drive: bool = False
    off: bool = False

"""The page that a browser shows: what `WEB` says of it, and what its process is told. Pure; light, for that process loads little else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from actors.bench.access import Access
from actors.bench.interlocks import ChannelRef, Interlock

PORT = 8080


@dataclass(frozen=True, slots=True)
class Page:
    """Where the page is served; `drive`: whether a person who logged in may set outputs; `hosts`: further names of this machine."""

    port: int = PORT
    bind: str = "127.0.0.1"
    drive: bool = False
    hosts: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where a browser of this machine finds it."""
        host = "127.0.0.1" if self.bind in {"*", "0.0.0.0", "::"} else self.bind  # noqa: S104 - compared with, not bound to
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Limit:
    """A line in the curve: an interlock acts where `channel` of `sensor` is beyond `value`, in the units of the channel."""

    interlock: str
    sensor: str
    channel: str
    value: float


@dataclass(frozen=True, slots=True)
class Settings:
    """What the process is told: the daemon it follows, the folder of the history, and the page, None for no page.

    `guards` are pairs of an output and a sensor that watches it, by their child ids. `parent`: it ends when its
    standard input does. `reload` is the command that tells all of it anew, as JSON.
    """

    endpoint: str
    folder: str
    page: Page | None = None
    allow: tuple[str, ...] | None = None
    read_only: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    guards: tuple[tuple[str, str], ...] = ()
    parent: bool = False
    reload: tuple[str, ...] = field(default=())

    @property
    def access(self) -> Access:
        """Who may look, and who may drive."""
        return Access(self.allow, self.read_only)

    def text(self) -> str:
        """Return it as JSON in one line."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Self:
        """Return what `text` has made of it; raises ValueError, KeyError or TypeError for anything else."""
        told: dict[str, Any] = json.loads(text)
        page = told.pop("page")
        limits = tuple(Limit(**one) for one in told.pop("limits"))
        told["guards"] = tuple((output, sensor) for output, sensor in told["guards"])
        for name in ("allow", "read_only", "reload"):
            told[name] = None if told[name] is None else tuple(told[name])
        return cls(page=None if page is None else Page(**{**page, "hosts": tuple(page["hosts"])}), limits=limits, **told)


def limits_of(interlocks: Iterable[Interlock]) -> tuple[Limit, ...]:
    """Return the thresholds of the interlocks that have one for a channel."""
    found = []
    for lock in interlocks:
        channel = getattr(lock, "channel", None)
        if isinstance(channel, ChannelRef):
            values = [getattr(lock, side, None) for side in ("above", "below")]
            found += [Limit(lock.name, channel.sensor, channel.channel, float(value)) for value in values if value is not None]
    return tuple(found)


def guards_of(interlocks: Iterable[Interlock]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of an output and a sensor by which an interlock switches it off."""
    found: dict[tuple[str, str], None] = {}
    for lock in interlocks:
        channel = getattr(lock, "channel", None)
        if isinstance(channel, ChannelRef):
            found.update({(drive.output.id, channel.sensor): None for drive in lock.drives if drive.is_safe})
    return tuple(found)

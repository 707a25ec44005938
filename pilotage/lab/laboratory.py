"""All benches of a laboratory, asked at once: a bench that says nothing costs one time-out, and keeps nobody else waiting.

from pilotage import Laboratory

for bench in Laboratory(coordinators=["192.168.1.10"]).status():
    print(bench.name, bench.error or bench.status["healthy"])
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from pilotage.client import Client
from pilotage.documents import Status
from pilotage.endpoints import DEFAULT_TIMEOUT, endpoint_of
from pilotage.errors import ClientError
from pilotage.lab import network
from pilotage.lab.safety import lingering, unsafe
from pilotage.wire import leco

FORBIDDEN: Final = frozenset({"not_allowed", "read_only"})
"""Codes of an `off` that was not done because of who asked."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One bench: its name in the network, or its address; how it is, or why that is not known. `strangers`: see `Laboratory`."""

    name: str
    status: Status | None = None
    error: ClientError | None = None


@dataclass(frozen=True, slots=True)
class Off:
    """What became of one bench that was to be made safe: how it was read afterwards, and what the `off` itself was refused with, if it was.

    It is safe only if it was read, everything on it reads back its safe value, and nobody forbade the `off`: an `off` that could not
    reach an output counts for nothing once that output is read at its safe value.
    """

    name: str
    status: Status | None = None
    error: ClientError | None = None

    @property
    def problems(self) -> list[str]:
        """What is not safe, or not known to be, in words."""
        said = [] if self.error is None else [str(self.error)]
        if self.status is None:
            return said or ["it was not read back"]
        found = unsafe(self.status)
        if self.error is not None and self.error.code in FORBIDDEN and not found:
            found = ["everything is at its safe value at the moment, but nobody may switch it off from here"]
        return [*found, *said] if found else []

    @property
    def safe(self) -> bool:
        """Whether everything on it is known to be at its safe value."""
        return not self.problems

    @property
    def lingers(self) -> dict[str, float]:
        """The fans that run on by themselves, and for how many seconds."""
        return {} if self.status is None else lingering(self.status)


T = TypeVar("T", Bench, Off)


@dataclass(slots=True)
class Laboratory:
    """The benches at `endpoints`, each an address with a key file or None, and those that LECO `coordinators` know, each `host[:port]`.

    `strangers` are the components met there that are no benches. Raises ClientError `bad_endpoint` for what is no address.
    """

    endpoints: Iterable[tuple[str, str | Path | None]] = ()
    coordinators: Iterable[str] = ()
    timeout: float = DEFAULT_TIMEOUT
    strangers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.endpoints, self.coordinators = list(dict.fromkeys(self.endpoints)), list(dict.fromkeys(self.coordinators))
        for coordinator in self.coordinators:
            try:
                endpoint_of(coordinator, leco.PORT)
            except ValueError as error:
                raise ClientError("bad_endpoint", str(error)) from None

    def status(self) -> list[Bench]:
        """Return how every bench is. A coordinator that is not reached is one entry, with the error."""

        def visited(coordinator: str) -> list[Bench]:
            found = network.statuses(coordinator, self.timeout)
            self.strangers += found.strangers
            return [Bench(name, *_parts(value)) for name, value in found.values.items()]

        return self._all(lambda client: Bench(_address(client), client.status()), visited, Bench)

    def off(self) -> list[Off]:
        """Make every bench safe, all at once, and return for each how it was read afterwards."""

        def visited(coordinator: str) -> list[Off]:
            found = network.all_off(coordinator, self.timeout)
            self.strangers += found.strangers
            return [Off(name, *_parts(found.values[name], found.refusals.get(name))) for name in found.values]

        return self._all(_off, visited, Off)

    def _all(self, ask: Callable[[Client], T], visit: Callable[[str], list[T]], made: type[T]) -> list[T]:
        """Ask each bench and each coordinator in a thread of its own: what ZeroMQ looks up slowly for one keeps no other waiting."""

        def one(endpoint: str, key: str | Path | None) -> list[T]:
            try:
                with Client(endpoint, self.timeout, key) as client:
                    return [ask(client)]
            except ClientError as error:
                return [made(endpoint.removeprefix("tcp://"), None, error)]

        def many(coordinator: str) -> list[T]:
            try:
                return visit(coordinator)
            except ClientError as error:
                return [made(f"LECO {coordinator}", None, error)]

        self.strangers.clear()
        addresses, coordinators = list(self.endpoints), list(self.coordinators)
        with ThreadPoolExecutor(max(len(addresses) + len(coordinators), 1)) as pool:
            jobs = [pool.submit(one, *address) for address in addresses] + [pool.submit(many, each) for each in coordinators]
            return sorted((found for job in jobs for found in job.result()), key=_in_order)


def _off(client: Client) -> Off:
    refused: ClientError | None = None
    try:
        client.off()
    except ClientError as error:
        refused = error
    try:
        return Off(_address(client), client.status(), refused)
    except ClientError as error:
        return Off(_address(client), None, refused or error)


def _in_order(found: Bench | Off) -> list[tuple[int, str]]:
    """Return by what entries are sorted: `bench2` comes before `bench10`."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", found.name)]


def _parts(value: Status | ClientError, refusal: ClientError | None = None) -> tuple[Status | None, ClientError | None]:
    return (None, refusal or value) if isinstance(value, ClientError) else (value, refusal)


def _address(client: Client) -> str:
    return client.endpoint.removeprefix("tcp://")

"""The breakers of a bench: one for each root adapter, each multiplexer and each channel in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from actors.bench.buses import BusPath
from actors.core.clock import Clock
from actors.hardware.i2c.breaker import Breaker
from actors.hardware.i2c.line import Line


class Breakers:
    """Made when they are first asked for. The supervisor's thread asks; any thread may look at `all`.

    `main` is the number of the bench's own bus, `name` says what a root adapter is called.
    """

    def __init__(self, main: int, clock: Clock, name: Callable[[int], str]) -> None:
        self._clock = clock
        self._name = name
        self._lines: dict[BusPath, Line] = {}
        self._muxes: dict[tuple[int, int], Breaker] = {}
        self._main = BusPath(main)
        self.all: tuple[Breaker, ...] = ()
        """Root adapters before their multiplexers, and these before their channels."""
        self.main = self.of(None).root
        """That of the bench's own bus."""

    def of(self, path: BusPath | None) -> Line:
        """Return the way to a bus; None is the bench's own."""
        path = self._main if path is None else path
        if path not in self._lines:
            self._lines[path] = self._made(path)
            self._note()
        return self._lines[path]

    def is_main(self, path: BusPath) -> bool:
        """Return whether it is the bench's own bus."""
        return path == self._main

    def keep(self, paths: Iterable[BusPath]) -> None:
        """Forget whatever is not on the way to one of `paths`, or to the bench's own bus."""
        wanted = {*paths, self._main}
        wanted |= {BusPath(path.root) for path in wanted}
        self._lines = {path: self.of(path) for path in sorted(wanted, key=str)}
        muxes = {(path.root, path.mux) for path in wanted}
        self._muxes = {place: mux for place, mux in self._muxes.items() if place in muxes}
        self._note()

    def _made(self, path: BusPath) -> Line:
        if path.mux is None:
            return Line(Breaker(self._name(path.root), self._clock))
        root = self.of(BusPath(path.root)).root
        mux = self._muxes.get((path.root, path.mux))
        if mux is None:
            mux = self._muxes[path.root, path.mux] = Breaker(f"multiplexer 0x{path.mux:02X} on {root.name}", self._clock)
        return Line(root, mux, Breaker(f"channel {path.channel} of {mux.name}", self._clock))

    def _note(self) -> None:
        self.all = tuple(dict.fromkeys(breaker for line in self._lines.values() for breaker in line.breakers))

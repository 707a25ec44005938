"""A real driver in which things go wrong on demand."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from actors.drivers.base import Value
from actors.drivers.temperature.tmp102 import TMP102
from tests.fakes import wait


class Troubles:
    """What is to go wrong at which address, and where: in the constructor, in `connect`, before `measure` or `after` it.

    A trouble is an exception to raise, or a callable. Drivers that wait at `gate` go on when it is set.
    """

    def __init__(self) -> None:
        self.gate = threading.Event()
        self._planned: dict[tuple[int, str], list[BaseException | Callable[[], object]]] = {}

    def plan(self, address: int, where: str, trouble: BaseException | Callable[[], object], times: int = 1) -> None:
        self._planned.setdefault((address, where), []).extend([trouble] * times)

    def hang(self, address: int, where: str = "measure") -> None:
        """Let a driver wait at the gate."""
        self.plan(address, where, lambda: wait(self.gate))

    def suffer(self, address: int, where: str) -> None:
        planned = self._planned.get((address, where))
        if planned:
            trouble = planned.pop(0)
            if isinstance(trouble, BaseException):
                raise trouble
            trouble()


class Fragile(TMP102):
    """A TMP102 whose driver fails as planned."""

    troubles: ClassVar[Troubles]

    def __init__(self, bus: Any, address: int, options: Any, clock: Any) -> None:
        super().__init__(bus, address, options, clock)
        self.troubles.suffer(address, "constructor")

    def connect(self) -> None:
        self.troubles.suffer(self.address, "connect")
        super().connect()

    def measure(self) -> Mapping[str, Value]:
        self.troubles.suffer(self.address, "measure")
        values = super().measure()
        self.troubles.suffer(self.address, "after")
        return values

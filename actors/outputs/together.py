"""What the ways into a bench, the gateway and LECO, know of each other: whose clients drive, and that an `off` overtakes them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from actors.core.cells import Clientele

Overtake = Callable[[], None]


class Together:
    """Each way in has a `Clientele` of its own, which its thread writes; the interlocks read them as one."""

    def __init__(self) -> None:
        self.gateway, self.leco = Clientele(), Clientele()
        self._clienteles = (self.gateway, self.leco)
        self._others: tuple[Overtake, ...] = ()

    @property
    def asked(self) -> float:
        """When any client asked anything last (monotonic)."""
        return max(clientele.asked for clientele in self._clienteles)

    @property
    def gone(self) -> Mapping[str, float]:
        """Output -> since when all clients that drove it have gone, whichever way they came (monotonic)."""
        found: dict[str, float] = {}
        for clientele in self._clienteles:
            for output, since in clientele.gone.items():
                if not any(other.drives(output) for other in self._clienteles if other is not clientele):
                    found[output] = max(since, found.get(output, since))
        return found

    def enter(self, overtake: Overtake) -> None:
        """Have `overtake` called, in whatever thread, when an `off` comes another way."""
        self._others = (*self._others, overtake)

    def leave(self, overtake: Overtake) -> None:
        """Forget a way in that has ended."""
        self._others = tuple(each for each in self._others if each != overtake)

    def off(self, here: Overtake) -> None:
        """Withdraw what came another way and has not been done yet. The thread of whoever serves the `off`, before it does."""
        for overtake in self._others:
            if overtake != here:
                overtake()

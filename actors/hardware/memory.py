"""Which pins are driven no more as they were, because what drove them was replaced. Whoever owns it guards it against other threads."""

from __future__ import annotations

from collections.abc import Collection

from actors.errors import DeviceError


class Memory:
    """Each pin says once that it was forgotten, to whoever looks at it or drives it next: that one begins again, from the safe value."""

    def __init__(self) -> None:
        self.driven: set[int] = set()
        """Pins driven since the last replacement."""
        self.forgotten: set[int] = set()
        """Pins driven before it that have not said so yet, however many replacements ago."""

    def replaced(self, but: Collection[int] = ()) -> None:
        """Forget all pins `but` those that go on by themselves."""
        self.forgotten |= self.driven - set(but)
        self.driven = set()

    def require(self, pin: int, what: str) -> None:
        """Raise DeviceError `gpio_unavailable`, saying `what` happened, for a forgotten pin; once."""
        if pin in self.forgotten:
            self.forgotten.discard(pin)
            raise DeviceError("gpio_unavailable", f"{what}, and GPIO{pin} is no longer driven as it was")

    def told(self, pin: int) -> None:
        """Note that whoever drives `pin` knows by another error that it must begin again."""
        self.driven.discard(pin)
        self.forgotten.discard(pin)

    def clear(self) -> None:
        """Know of no pin any more."""
        self.driven.clear()
        self.forgotten.clear()

"""What a bench owner may say about an EMC2101."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EMC2101Options:
    """ValueError for bad values."""

    alert_pin: bool = False
    """The ALERT/TACH pin is wired as ALERT and stays so: then there is no `fan` to read."""

    def __post_init__(self) -> None:
        """Refuse what is no bool."""
        if self.alert_pin not in {True, False} or not isinstance(self.alert_pin, bool):
            raise ValueError(f"alert_pin is {self.alert_pin!r}, allowed: True, False")

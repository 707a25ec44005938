"""What a bench owner may say about an EMC2101."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EMC2101Options:
    """ValueError for bad values."""

    alert_pin: bool = False
    """The ALERT/TACH pin is wired as ALERT and stays so: then there is no `fan` to read."""

    external_diode: bool = True
    """A diode is connected to DP and DN; without one, say False: then there is no `external` to read, and nothing is broken."""

    def __post_init__(self) -> None:
        """Refuse what is no bool."""
        for name in ("alert_pin", "external_diode"):
            if type(getattr(self, name)) is not bool:
                raise ValueError(f"{name} is {getattr(self, name)!r}, allowed: True, False")

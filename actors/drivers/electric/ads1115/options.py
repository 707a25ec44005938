"""What a bench owner may say about the inputs of an ADS1115 that is a voltmeter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from actors.drivers.channels import LOWEST, OFFSET, SCALE, UNITS, Key, is_number, named
from actors.drivers.electric.ads1115.codes import RATES, Rate

INPUTS: Final = {"AIN0": 4, "AIN1": 5, "AIN2": 6, "AIN3": 7, "AIN0-AIN1": 0, "AIN0-AIN3": 1, "AIN1-AIN3": 2, "AIN2-AIN3": 3}
"""An input against ground, or two against each other -> MUX bits (SBAS444, config register)."""
GAINS: Final = (2 / 3, 1, 2, 4, 8, 16)
"""By the PGA bits (SBAS444, config register)."""
FULL_SCALES: Final = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256)
"""V at each gain (SBAS444, full-scale range)."""
DEFAULT: Final = {"voltage": {"input": "AIN0"}}


def gain_code(value: Any) -> int:
    """Return the PGA bits of a gain, -1 for one that there is not."""
    if not is_number(value):
        return -1
    return next((code for code, gain in enumerate(GAINS) if abs(value - gain) < 0.01), -1)  # noqa: PLR2004 - 2/3 may be rounded


KEYS: Final = {
    "input": Key(lambda value: value in INPUTS, ", ".join(map(repr, INPUTS)), "AIN0"),
    "gain": Key(lambda value: gain_code(value) >= 0, "2/3, 1, 2, 4, 8 or 16: up to 6.144, 4.096, 2.048, 1.024, 0.512 or 0.256 V", 1),
    "scale": SCALE,
    "offset": OFFSET,
    "units": UNITS._replace(default="V"),
    "min": LOWEST,
    "max": LOWEST,
}


@dataclass(frozen=True)
class VoltmeterOptions:
    """Which inputs are read. ValueError for bad values."""

    channels: dict[str, Any] | None = None
    """By name: `input`, `gain`, `scale` and `offset` (value = V * scale + offset), `units`, `min`, `max` (no value beyond); V at AIN0."""
    data_rate: Rate = 128
    """Samples per second: fewer are quieter and slower."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        named(self.channels or DEFAULT, KEYS)
        if self.data_rate not in RATES:
            raise ValueError(f"data_rate is {self.data_rate!r}, allowed: {', '.join(map(repr, RATES))}")
        if len(self.channels or DEFAULT) * 1.2 / self.data_rate > 1:  # a measurement must be over before it looks like a hang
            raise ValueError(f"data_rate is {self.data_rate!r}, allowed: {len(self.channels or ()) * 1.2:.0f} or more for so many channels")

    @property
    def lines(self) -> dict[str, dict[str, Any]]:
        """The channels with every key."""
        return named(self.channels or DEFAULT, KEYS)

"""What a bench owner may say about a PT-100 and its bridge."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from actors.drivers.electric.ads1115.codes import RATES, Rate
from actors.drivers.temperature.pt100.platinum import Law

Input = Literal["AIN0", "AIN1", "AIN2", "AIN3"]


@dataclass(frozen=True)
class PT100Options:
    """The probe stands between its input and ground, the series resistor between the input and the rail. ValueError for bad values."""

    law: Law = "linear"
    """`linear` continues old records; `iec60751` is the standard's law."""
    series_resistance: float = 97.7
    """Ω; 0.1 Ω here is 0.27 °C."""
    rail_voltage: float = 3.2875
    """V on the series resistor, as measured once; 1 % here is 5 °C at 0 °C and 13 °C at 200 °C."""
    rail_input: Input | None = None
    """The ADC input wired to the rail, if there is one: it is measured each time, and `rail_voltage` is not used."""
    probe_input: Input = "AIN0"
    lead_resistance: float = 0.0
    """Ω of both leads together, taken off."""
    nominal_resistance: float = 100.0
    """Ω at 0 °C."""
    data_rate: Rate = 128
    """Samples per second: fewer are quieter and slower."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        _one_of("law", self.law, get_args(Law))
        _one_of("probe_input", self.probe_input, get_args(Input))
        _one_of("rail_input", self.rail_input, tuple(name for name in (None, *get_args(Input)) if name != self.probe_input))
        _one_of("data_rate", self.data_rate, RATES)
        for name in ("series_resistance", "rail_voltage", "nominal_resistance"):
            _number(name, getattr(self, name), zero=False)
        _number("lead_resistance", self.lead_resistance, zero=True)


def _one_of(name: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}, allowed: {', '.join(repr(choice) for choice in allowed)}")


def _number(name: str, value: object, *, zero: bool) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    if not number or (value == 0 and not zero):
        raise ValueError(f"{name} is {value!r}, allowed: {'0 or ' if zero else ''}a number above 0")

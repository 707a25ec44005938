"""What the words of an ADS1115 (TI SBAS444) mean."""

from __future__ import annotations

from typing import Final, Literal, get_args

Rate = Literal[8, 16, 32, 64, 128, 250, 475, 860]
RATES: Final = get_args(Rate)
"""Samples per second by the code of bits 7:5 (SBAS444, config register)."""
LSB: Final = 125e-6
"""Volts per count at gain 1, full scale 4.096 V (SBAS444, full-scale range)."""
SINGLE_SHOT: Final = 0x8103
"""Start, single-shot, comparator off (SBAS444, config register)."""
GROUND: Final = 4
"""MUX bits of AIN0 against ground; those of the other inputs follow (SBAS444, config register)."""
IDLE, POWER_UP = 0x8000, 0x8583
"""The bit that is 0 while it converts, and the configuration after power-up."""
OUTSIDE: Final = frozenset({0x7FFF, -0x8000})
"""Codes of an input outside the full scale."""

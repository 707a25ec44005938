"""What somebody probably meant who wrote a number, a pin or an address in another way than this file has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from pilotage.places import HEADER
from supervisor.configuration.problems import address

_LONGEST: Final = 20
"""Characters of a number that anybody means."""
_ON_THE_HEADER: Final = re.compile(r"(?:j8|p1|board|header|physical|phys|pin)[\s:_.#-]*(\d{1,2})", re.IGNORECASE)
_BITS: Final = 7
"""Of an I2C address; an eighth behind them says whether it is read or written."""


def number_hint(value: Any, key: str) -> str:
    """Return what to write instead of `value`, which is no number that `key` may have; an empty string when there is nothing to say."""
    if isinstance(value, bool):
        return "True and False are no numbers"
    if isinstance(value, float) and value.is_integer():
        return f"write {_written(int(value), key)}, without the decimal point"
    if isinstance(value, tuple):
        return _of_comma(value)
    if isinstance(value, int):
        return _of_pin(value) if key == "pin" else _of_eight_bits(value) if key == "address" else ""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return ""
    return _of_text(value.strip(), key)


def _of_text(text: str, key: str) -> str:
    if text.casefold() in {"none", ""}:
        return "write None, without the quotes"
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        return f"write {text.replace(',', '.')}, with a decimal point and without the quotes"
    if key == "pin" and (header := _ON_THE_HEADER.fullmatch(text)):
        return _of_pin(int(header[1]))
    number = re.sub(r"^(?:gpio|bcm)[\s_-]*", "", text, flags=re.IGNORECASE)
    try:
        return f"write {_written(int(number, 0), key)}, without the quotes"
    except ValueError:
        pass
    try:
        return f"write {float(number):g}, without the quotes"
    except ValueError:
        return ""


def _of_comma(value: Sequence[Any]) -> str:
    """Name the comma that made two numbers of one, or a tuple of a number at the end of a line."""
    if not value or not all(type(each) is int for each in value):
        return ""
    if len(value) == 1:
        return f"the comma behind it makes a tuple of it: write {value[0]}"
    return f"the comma makes two numbers of it: write {value[0]}.{value[1]}" if len(value) == 2 and value[1] >= 0 else ""  # noqa: PLR2004


def _of_pin(pin: int) -> str:
    return f"pin {pin} of the header is GPIO{HEADER[pin]}: write {HEADER[pin]}" if pin in HEADER else ""


def _of_eight_bits(number: int) -> str:
    if not 1 << _BITS <= number < 1 << (_BITS + 1):
        return ""
    return f"{address(number)} has the bit for reading or writing in it: the address alone is {address(number >> 1)}"


def address_hint(where: int, possible: Sequence[int]) -> str:
    """Return what was meant by `where`, which is none of the addresses that are `possible` for a chip."""
    meant = int(str(where), 16)
    return f"{where} without 0x is decimal: write {address(meant)}" if meant in possible else ""


def _written(number: int, key: str) -> str:
    return address(number) if key == "address" else str(number)

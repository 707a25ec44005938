"""What a record says to a person: the sentence of its event, filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.core.events import VOCABULARY
from pilotage.words import level

_MEASURED: Final = frozenset({"value", "before", "asked"})
"""Fields shown with the record's units."""
_UNSAID: Final = frozenset({"event", "level", "actor", "child", "traceback", "repeated"})
"""Fields that a composed sentence does not list at its end."""


def sentence(record: Mapping[str, Any]) -> str:
    """Return the sentence of `record`; one is composed of its fields for an event without words, or when a field is missing."""
    name = str(record.get("event", ""))
    entry = VOCABULARY.get(name)
    shown = _Shown(record)
    text = ""
    for template in entry.sentences if entry is not None else ():
        try:
            text = template.format_map(shown)
            break
        except (KeyError, ValueError, IndexError, AttributeError):
            continue
    text = text or _composed(name, record, shown)
    repeated = record.get("repeated")
    return f"{text} (before that, {repeated} like it were not recorded one by one)" if repeated else text


def text_of(value: Any) -> str:
    """Return any value as text, whatever its own `str` does."""
    try:
        return f"{value:.10g}" if isinstance(value, float) else str(value)
    except Exception:  # noqa: BLE001 - a record must never fail because of what it carries
        return f"<{type(value).__name__}>"


class _Shown(dict[str, str]):
    """The fields of a record as a sentence shows them, found one by one."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        super().__init__()
        self._record = record

    def __missing__(self, name: str) -> str:
        value = self._record[name]
        text = text_of(value)
        units = self._record.get("units") if name in _MEASURED else None
        return level(value, str(units)) if units and isinstance(value, int | float) else text


def _composed(name: str, record: Mapping[str, Any], shown: Mapping[str, str]) -> str:
    who = text_of(record["actor"]) + ": " if "actor" in record else ""
    rest = ", ".join(f"{key} {shown[key]}" for key in record if key not in _UNSAID)
    what = name.replace("_", " ")
    return f"{who}{what} ({rest})" if rest else f"{who}{what}"

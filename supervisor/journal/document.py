"""docs/reference/events.md, made from the vocabulary. `python -m supervisor.journal.document` writes it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from actors.core.events import CHILD_STARTED, VOCABULARY
from actors.core.vocabulary import FIELDS, Entry

CHILD: Final = VOCABULARY[CHILD_STARTED].fields
PATH: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "events.md"
HEAD: Final = """# Events

Everything the daemon records is one of these events.
The names are stable: [journal.md](../use/journal.md) shows how to search for them, and how to have a command run when one happens.

This page is made from `actors/core/events.py` by `python -m supervisor.journal.document`.

## The events

An event marked with * is explained by `journalctl -x`.
"of a child" stands for the fields {child}, as far as they apply.
"""
SUMMED_UP: Final = """
## What is summed up

When the same actor repeats changes of one of these sorts, the first ones are recorded one by one, then one in a while, and the last:
"""
FIELD_HEAD: Final = """
## The fields

In the journal a field's name is in capitals: `actor` is `ACTOR=`.
Each record also has `EVENT=`, `MESSAGE=` (the sentence) and `PRIORITY=` (critical 2, error 3, warning 4, info 6, debug 7).
"""


def document() -> str:
    """Return the whole page."""
    rows = [_row(entry) for entry in VOCABULARY.values()]
    fields = [f"| `{name}` | {meaning} |" for name, meaning in sorted(FIELDS.items())]
    sums = [f"- {_listed(entry.name for entry in VOCABULARY.values() if entry.steady == sort)}" for sort in _sorts()]
    parts = [
        HEAD.replace("{child}", _listed(CHILD)),
        "| event | level | meaning | reads as | fields |\n| --- | --- | --- | --- | --- |",
        *rows,
        SUMMED_UP,
        *sums,
        FIELD_HEAD,
        "| field | meaning |\n| --- | --- |",
        *fields,
    ]
    return "\n".join(parts) + "\n"


def _sorts() -> list[str]:
    return list(dict.fromkeys(entry.steady for entry in VOCABULARY.values() if entry.steady))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _row(entry: Entry) -> str:
    star = "*" if entry.message_ids else ""
    reads = entry.sentences[0].replace("\n", " ") if entry.sentences else ""
    own = [name for name in entry.fields if name not in CHILD]
    fields = ", ".join(["of a child", *([_listed(own)] if own else [])]) if set(CHILD) <= set(entry.fields) else _listed(entry.fields)
    return f"| `{entry.name}`{star} | {' or '.join(entry.levels)} | {entry.meaning} | {reads} | {fields} |".replace("|  |", "| |")


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")

"""The history on the card: segments, each an SQLite file. Nothing here knows where readings come from, or who looks at them."""

from __future__ import annotations

from recorder.store.store import Store

__all__ = ["Store"]

"""One file per kind of interlock: its keys in `config.py`, what it remembers, its rule, and what is proposed with it.

A file that is put here is a kind: nothing else has to name it. Nothing here reads a file, drives an output or knows a clock.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from actors.interlocks.kinds.base import KINDS

for _module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = ["KINDS"]

"""A private world of modules: a library and all it imports, for one sensor alone, with a clock of ours and without Blinka.

The libraries share buffers among all their objects, so that two threads would get each other's bytes. Here nothing is shared.
"""

from __future__ import annotations

import builtins
import time
from collections.abc import Mapping, Sequence
from importlib.machinery import PathFinder
from importlib.util import module_from_spec, resolve_name
from types import ModuleType
from typing import Any

from actors.core.clock import Clock

_PRIVATE = ("adafruit_", "circuitpython_typing")
_STUBS: Mapping[str, tuple[str, ...]] = {
    "busio": ("I2C", "SPI", "UART"),
    "digitalio": ("DigitalInOut", "Direction", "Pull"),
    "micropython": (),
}


class World:
    """Modules by name; nothing of them appears in `sys.modules`. Used by one thread."""

    def __init__(self, clock: Clock) -> None:
        self._modules: dict[str, ModuleType] = {name: _stub(name, classes) for name, classes in _STUBS.items()}
        clocks = dict.fromkeys(("monotonic", "perf_counter", "time"), clock.monotonic)
        self._modules["time"] = ModuleType("time")
        vars(self._modules["time"]).update({**vars(time), **clocks, "sleep": clock.sleep})
        vars(self._modules["time"])["monotonic_ns"] = lambda: int(clock.monotonic() * 1e9)

    def load(self, name: str) -> ModuleType:
        """Return a module, imported into this world. Raises ImportError as `import` does, and whatever the module raises."""
        if name in self._modules:
            return self._modules[name]
        parent, _, tail = name.rpartition(".")
        package = self.load(parent) if parent else None
        spec = PathFinder.find_spec(name, None if package is None else package.__path__)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        module = self._modules[name] = module_from_spec(spec)
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": self._import}
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del self._modules[name]
            raise
        if package is not None:
            setattr(package, tail, module)
        return module

    def _import(self, name: str, scope: Any = None, names: Any = None, wanted: Sequence[str] | None = (), level: int = 0) -> ModuleType:
        full = resolve_name("." * level + name, scope["__package__"]) if level else name
        if full not in self._modules and not full.startswith(_PRIVATE):
            return builtins.__import__(name, scope, names, wanted or (), level)
        module = self.load(full)
        for each in wanted or ():
            if not hasattr(module, each) and hasattr(module, "__path__"):
                self.load(f"{full}.{each}")
        return module if wanted else self.load(full.partition(".")[0])


def _stub(name: str, classes: Sequence[str]) -> ModuleType:
    module = ModuleType(name)
    vars(module).update({each: type(each, (), {}) for each in classes} | {"const": lambda value: value})
    return module

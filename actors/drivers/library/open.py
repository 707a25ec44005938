"""Opening a library's class in a world of its own, on a guarded bus; and what to type where the library is missing."""

from __future__ import annotations

import sys
from typing import Any, Final

from actors.drivers.library.circuitpython import CircuitPythonI2C, Transfer
from actors.drivers.library.guard import Guard
from actors.drivers.library.world import World
from actors.drivers.registers import confirmed, repeated
from actors.errors import DeviceError, PermanentError

BESIDE: Final = ("busdevice", "register", "typing")
"""What nearly every library needs of Adafruit's, and what Blinka otherwise brings."""


def line(library: str) -> str:
    """Return the line that installs a library, by the name of its module."""
    names = dict.fromkeys((library.partition(".")[0].removeprefix("adafruit_").replace("_", "-"), *BESIDE))
    packages = " ".join(f"adafruit-circuitpython-{name}" for name in names)
    return f"{sys.executable} -m pip install --no-deps {packages} typing-extensions"


def missing(library: str, error: Exception) -> PermanentError:
    """Return the error `library_missing`, with what to type."""
    return PermanentError("library_missing", f"{library} does not import ({error}): run {line(library)}")


def opened(guard: Guard, library: str, kind: str, transfer: Transfer, **arguments: Any) -> Any:
    """Return an object of class `kind`. Raises PermanentError `library_missing`, and whatever the constructor raises."""
    try:
        found = getattr(World(guard).load(library), kind)
    except DeviceError:
        raise
    except Exception as error:  # whatever a module does when it is imported
        raise missing(library, error) from error
    return found(CircuitPythonI2C(transfer), **arguments)


def steady(guard: Guard) -> Transfer:
    """Return transfers that read twice and write again what was not acknowledged: for chips that neither of that disturbs."""

    def transfer(address: int, data: bytes | None, length: int) -> bytes:
        return confirmed(guard, address, data, length) if length else repeated(guard, address, data)

    return transfer

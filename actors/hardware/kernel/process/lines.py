"""Output lines of the GPIO character device, through libgpiod 2. Used in the output process only."""

from __future__ import annotations

import errno
import importlib
import os
from typing import Any, Final

from actors.errors import DeviceError, PermanentError

LABELS: Final = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")
"""How the kernel drivers name the header's GPIO chip: up to a Pi 3, Pi 4, Pi 5. Its number differs between kernels."""
CONSUMER: Final = "pilotage"
"""What `gpioinfo` shows as the user of our lines."""


class Line:
    """One requested output line."""

    def __init__(self, pin: int, request: Any, values: Any) -> None:
        self.pin = pin
        self._request = request
        self._values = values

    def set(self, level: int) -> None:
        """Drive `level`; raises DeviceError `gpio_io`."""
        try:
            self._request.set_value(self.pin, self._values(level))
        except OSError as error:
            raise _io(self.pin, error) from error

    def get(self) -> int:
        """Return the level that is at the pin, whatever is driven; raises DeviceError `gpio_io`."""
        try:
            return int(self._request.get_value(self.pin).value)
        except OSError as error:
            raise _io(self.pin, error) from error


class Chip:
    """The GPIO chip of the header, found by its label when a line is first wanted; `path` names another one."""

    def __init__(self, path: str | None = None, devices: str = "/dev") -> None:
        self._path = path
        self._devices = devices

    def open(self, pin: int, level: int) -> Line:
        """Request `pin` as an output that drives `level` from the first moment on.

        Raises PermanentError: `gpio_no_library`, `gpio_no_chip`, `gpio_no_permission`, `gpio_busy`, `gpio_refused`.
        """
        gpiod = library()
        if self._path is None:
            self._path = _find(gpiod, self._devices)
        direction, value = gpiod.line.Direction.OUTPUT, gpiod.line.Value(level)
        settings = gpiod.LineSettings(direction=direction, output_value=value)
        try:
            return Line(pin, gpiod.request_lines(self._path, {pin: settings}, CONSUMER), gpiod.line.Value)
        except (OSError, ValueError) as error:
            raise self._refusal(gpiod, pin, error) from error

    def _refusal(self, gpiod: Any, pin: int, error: OSError | ValueError) -> PermanentError:
        number = error.errno if isinstance(error, OSError) else None
        if number == errno.EBUSY:
            return PermanentError("gpio_busy", f"GPIO{pin} is in use by {_holder(gpiod, str(self._path), pin)}", number)
        if number in {errno.EACCES, errno.EPERM}:
            return PermanentError("gpio_no_permission", f"no permission to open {self._path} (is the user in group gpio?)", number)
        if number in {errno.ENOENT, errno.ENODEV}:
            return PermanentError("gpio_no_chip", f"there is no GPIO chip {self._path}", number)
        return PermanentError("gpio_refused", f"{self._path} refuses GPIO{pin} as an output: {error}", number)


def library() -> Any:
    """Return the module `gpiod`; raises PermanentError `gpio_no_library`."""
    try:
        gpiod = importlib.import_module("gpiod")
    except ImportError as error:
        text = "the Python package gpiod is not installed; install 'gpiod>=2.2.2' into the environment of pilotage"
        raise PermanentError("gpio_no_library", f"{text} ({error})") from error
    if not hasattr(gpiod, "request_lines"):
        raise PermanentError("gpio_no_library", "the Python package gpiod is version 1, and version 2 is needed")
    return gpiod


def _find(gpiod: Any, devices: str) -> str:
    barred = None
    with os.scandir(devices) as entries:
        paths = sorted(entry.path for entry in entries if entry.name.startswith("gpiochip"))
    for path in paths:
        try:
            with gpiod.Chip(path) as chip:
                if chip.get_info().label in LABELS:
                    return path
        except PermissionError:
            barred = path
        except OSError:
            continue
    if barred is not None:
        raise PermanentError("gpio_no_permission", f"no permission to open {barred} (is the user in group gpio?)", errno.EACCES)
    raise PermanentError("gpio_no_chip", f"no GPIO chip in {devices} is that of a Raspberry Pi's header ({', '.join(LABELS)})")


def _holder(gpiod: Any, path: str, pin: int) -> str:
    try:
        with gpiod.Chip(path) as chip:
            return repr(chip.get_line_info(pin).consumer)
    except (OSError, ValueError):
        return "another program"


def _io(pin: int, error: OSError) -> DeviceError:
    return DeviceError("gpio_io", f"the kernel failed to drive or read GPIO{pin}: {error.strerror or error}", error.errno)

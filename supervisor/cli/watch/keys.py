"""Single key presses from the terminal, on Unix and on Windows."""

from __future__ import annotations

import importlib
import os
import sys
import time
from types import TracebackType
from typing import Any, Final, Self

_UNIX: Final = {b"\x1b[A": "up", b"\x1b[B": "down", b"\x1b[5~": "page up", b"\x1b[6~": "page down", b"\x1bOA": "up", b"\x1bOB": "down"}
_WINDOWS: Final = {"H": "up", "P": "down", "I": "page up", "Q": "page down"}
_LETTERS: Final = {"k": "up", "j": "down", " ": "page down", "q": "quit", "Q": "quit", "\x03": "quit", "\x04": "quit"}
_TICK: Final = 0.05
"""Seconds between two looks at a keyboard that cannot be waited for."""


class Keyboard:
    """No keyboard: nobody ever presses a key. Within `with`, the keys of the real ones come one by one and unechoed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing to restore."""

    def wait(self, seconds: float) -> str:
        """Return `up`, `down`, `page up`, `page down`, `quit`, or nothing after `seconds` or another key."""
        time.sleep(max(seconds, 0.0))
        return ""


def keyboard() -> Keyboard:
    """Return the keyboard of this process."""
    if not sys.stdin.isatty():
        return Keyboard()
    return _WindowsKeyboard() if os.name == "nt" else _UnixKeyboard()


class _UnixKeyboard(Keyboard):
    def __enter__(self) -> Self:
        import termios
        import tty

        self._descriptor = sys.stdin.fileno()
        self._before: Any = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        import termios

        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def wait(self, seconds: float) -> str:
        import select

        if not select.select([self._descriptor], [], [], max(seconds, 0.0))[0]:
            return ""
        pressed = os.read(self._descriptor, 64)
        if not pressed:
            return "quit"  # the terminal has gone
        letters = pressed.decode("ascii", "replace")
        return _UNIX.get(pressed) or next((_LETTERS[letter] for letter in letters if letter in _LETTERS), "")


class _WindowsKeyboard(Keyboard):
    def wait(self, seconds: float) -> str:
        console: Any = importlib.import_module("msvcrt")
        until = time.monotonic() + seconds
        while not console.kbhit():
            if time.monotonic() >= until:
                return ""
            time.sleep(_TICK)
        pressed = console.getwch()
        return _WINDOWS.get(console.getwch(), "") if pressed in {"\x00", "\xe0"} else _LETTERS.get(pressed, "")

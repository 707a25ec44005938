"""A terminal for a command: a pty of 80x24 with a person behind it who presses keys and reads."""

import os
import re
import select
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.e2e.daemon import MODULE, environment
from tests.fakes import PATIENCE

_TAKE_THE_TERMINAL = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
"""Makes stdin the controlling terminal, so that Ctrl-C becomes SIGINT, and goes on as the command that follows."""
_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])")


class Terminal:
    """`pilotage ARGUMENTS` on a terminal of its own. Unix only."""

    def __init__(
        self, folder: Path, *arguments: str, width: int = 80, height: int = 24, variables: Mapping[str, str] | None = None
    ) -> None:
        import fcntl
        import pty
        import termios

        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        self._slave = slave
        self._raw = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_THE_TERMINAL, *MODULE, *arguments],
            cwd=folder,
            env=environment(folder, **{"TERM": "xterm", "LC_ALL": "C.UTF-8", **(variables or {})}),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def wait_for(self, text: str, patience: float = PATIENCE) -> str:
        """Return what has been printed since the last wait, without escape sequences, once it holds `text`."""
        until = time.monotonic() + patience
        while text not in self.text():
            left = until - time.monotonic()
            assert left > 0, f"{text!r} never came:\n{self.text()[-3000:]}"
            self._read(left)
        seen, self._raw = self.text(), b""
        return seen

    def text(self) -> str:
        return _ESCAPES.sub("", self._raw.decode("utf-8", "replace"))

    def end(self, patience: float = PATIENCE) -> tuple[int, bytes, bool]:
        """Return the exit code, the bytes printed last, and whether the terminal is set as it was before."""
        import termios

        until = time.monotonic() + patience
        while self.process.poll() is None and time.monotonic() < until:
            self._read(0.05)
        code = self.process.wait(PATIENCE)
        self._read(0.05)
        return code, self._raw, termios.tcgetattr(self._slave) == self.before

    def _read(self, seconds: float) -> None:
        if select.select([self._master], [], [], seconds)[0]:
            self._raw += os.read(self._master, 65536)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)
        os.close(self._slave)

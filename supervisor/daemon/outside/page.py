"""The page beside a simulated bench: a process of its own that ends with this one, and whose trouble costs nothing but the page."""

from __future__ import annotations

import dataclasses
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from actors.bench.devices import Bench
from actors.bench.page import Page, Settings, guards_of, limits_of

MODULE: Final = "supervisor.web"
ENDS_WITHIN: Final = 3.0
"""Seconds for it to write what waits; it is told to end before the daemon makes its outputs safe, and waited for after that."""


def settings_of(bench: Bench, endpoint: str, folder: str, page: Page | None, *, parent: bool = False) -> Settings:
    """Return what the process is told of `bench`, whose daemon answers at `endpoint`; `folder` is "" for a history that goes with it."""
    reload: tuple[str, ...] = (sys.executable, "-m", "supervisor", "web", "--config", bench.source, "--endpoint", endpoint, "--settings")
    if folder:
        reload += ("--state", folder)
    access = bench.access
    limits, guards = limits_of(bench.interlocks), guards_of(bench.interlocks)
    return Settings(endpoint, folder, page, access.allow, access.read_only, limits, guards, parent, reload)


def command(settings: Settings) -> list[str]:
    """Return what starts it."""
    return [sys.executable, "-m", MODULE, settings.text()]


class PageProcess:
    """Main thread. `page` is None where none is wanted."""

    def __init__(self, page: Page | None, folder: Path | None, warn: Callable[[str], object]) -> None:
        self._page, self._folder, self._warn = page, folder, warn
        self._process: subprocess.Popen[bytes] | None = None
        self.address: str | None = None
        """Where a browser finds it, as far as is known; None for nowhere."""

    def start(self, bench: Bench, endpoint: str) -> None:
        """Start it for the daemon at `endpoint`; say why not, where that cannot be."""
        if self._page is None:
            return
        try:
            page = _free(self._page)
            settings = settings_of(bench, endpoint, "" if self._folder is None else str(self._folder), page, parent=True)
            self._process = subprocess.Popen(  # noqa: S603 - this very Python, with a module of its own
                command(settings), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
            )
        except OSError as error:
            self._warn(f"port {self._page.port} cannot be had: {error.strerror or error}")
            return
        self.address = page.address

    def look(self) -> None:
        """Say once that it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            self._warn(f"its process has ended with code {self._process.returncode}")
            self.close()

    def end(self) -> None:
        """Tell it to end, and go on at once."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def close(self) -> None:
        """Have it ended."""
        self.address, process, self._process = None, self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free(page: Page) -> Page:
    """Return the page with the port it is to have, any free one for 0; raises OSError where the port is taken."""
    with socket.socket(socket.AF_INET6 if ":" in page.bind else socket.AF_INET) as listener:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("" if page.bind == "*" else page.bind, page.port))
        return dataclasses.replace(page, port=listener.getsockname()[1])

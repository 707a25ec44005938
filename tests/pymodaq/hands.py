"""Hands on the modules of a PyMoDAQ in another process: its answers are waited for, whatever it is doing."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

MODULES = Path(__file__).with_name("modules.py")
STARTING = 240.0
"""Seconds that PyMoDAQ gets to start: it loads half a gigabyte."""


class PyMoDAQ:
    """The process of one PyMoDAQ, run by `python`; `folder` is the home of its user. Everything raises AssertionError for an error."""

    def __init__(self, python: str, folder: Path) -> None:
        self.folder = folder
        self._errors = (folder / "pymodaq.err").open("wb")
        environment = {**os.environ, "HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}
        environment.pop("PYTHONPATH", None)
        self._process = subprocess.Popen(
            [python, str(MODULES)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )
        self._number = 0

    def ask(self, name: str, what: str, *arguments: Any) -> Any:
        """Do one thing to the module `name` and return what it gives."""
        self._number += 1
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([self._number, name, what, *arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"PyMoDAQ has ended: {self.log()}"
        answer = json.loads(line)
        assert "error" not in answer, f"{name} {what}: {answer['error']}"
        return answer["value"]

    def module(self, kind: str, name: str, actor: str, port: int) -> dict[str, Any]:
        """Add a module, type three settings and press `init`; return its state as soon as it says how that went."""
        self.ask(name, kind)
        self.ask(name, "set", {"actor_name": actor, "host": "127.0.0.1", "port": port})
        self.ask(name, "init")
        return self.until(name, lambda state: state["states"], 15.0)

    def state(self, name: str) -> dict[str, Any]:
        """Return what was noticed of a module."""
        found: dict[str, Any] = self.ask(name, "state")
        return found

    def until(self, name: str, condition: Callable[[dict[str, Any]], object], patience: float = 10.0) -> dict[str, Any]:
        """Return the state of a module as soon as it is so, or as it is when patience ends."""
        end = time.monotonic() + patience
        while not condition(state := self.state(name)) and time.monotonic() < end:
            time.sleep(0.05)
        return state

    def log(self) -> str:
        """Return what PyMoDAQ has written into its log."""
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in self.folder.rglob("pymodaq.log"))

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(20.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

"""A real headless Chromium, driven over its own protocol (Chrome DevTools Protocol) with what tornado has for that."""

import asyncio
import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tornado.websocket import WebSocketClientConnection, websocket_connect

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 40.0
"""Seconds for whatever a browser does; the machine may be busy."""


def program() -> str | None:
    """Return the browser of this machine, None for none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


class Browser:
    """One browser with one tab. Not for several threads at once."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars"]
        options += ["--disable-background-networking", "--disable-component-update", "--disable-extensions", "--remote-debugging-port=0"]
        self._process = subprocess.Popen(
            [program() or "chromium", *options, f"--user-data-dir={self._folder.name}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._loop = asyncio.new_event_loop()
        self._number = 0
        self.requests: list[str] = []
        """Every address that the tab has asked."""
        self.complaints: list[str] = []
        """What the tab wrote on its console, and what it did not catch."""
        self._socket: WebSocketClientConnection = self._loop.run_until_complete(self._connect())
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    async def _connect(self) -> WebSocketClientConnection:
        port = Path(self._folder.name) / "DevToolsActivePort"
        end = time.monotonic() + PATIENCE
        while not (port.exists() and port.read_text().strip()):
            assert time.monotonic() < end, "the browser does not start"
            await asyncio.sleep(0.05)
        number, path = port.read_text().split()
        socket = await websocket_connect(f"ws://127.0.0.1:{number}{path}", max_message_size=1 << 26)
        await socket.write_message(json.dumps({"id": 0, "method": "Target.getTargets"}))
        targets = json.loads(await socket.read_message() or "")["result"]["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        socket.close()
        return await websocket_connect(f"ws://127.0.0.1:{number}/devtools/page/{page}", max_message_size=1 << 26)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        return self._loop.run_until_complete(asyncio.wait_for(self._call(method, parameters), PATIENCE))

    async def _call(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        await self._socket.write_message(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(await self._socket.read_message() or "{}")
            if message.get("id") == self._number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self._heard(message.get("method"), message.get("params", {}))

    def _heard(self, method: str | None, told: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"].get("exception", {}).get("description", told["exceptionDetails"]["text"])))
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(f"console.{told['type']}")
        elif method == "Log.entryAdded":
            self.complaints.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")

    def open(self, url: str) -> None:
        """Open an address, and wait until its document is there."""
        self.call("Page.navigate", url=url)
        self.wait(f"location.href.startsWith({json.dumps(url)}) && document.readyState === 'complete'", f"{url} is loaded")

    def evaluate(self, script: str) -> Any:
        """Return what a script of the page comes to."""
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait(self, script: str, what: str) -> Any:
        """Wait until a script of the page comes to something that counts as true, and return it."""
        end = time.monotonic() + PATIENCE
        while not (found := self.evaluate(script)):
            assert time.monotonic() < end, f"never: {what}"
            self._loop.run_until_complete(asyncio.sleep(0.05))
        return found

    def text(self, selector: str) -> str:
        """Return what stands in a part of the page."""
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def click(self, selector: str) -> None:
        """Press something."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def screen(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        """Be a screen of this size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Write what the screen shows, or the whole page, as a PNG."""
        told = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(told["data"]))

    def close(self) -> None:
        """End the browser with everything it has started."""
        self._loop.run_until_complete(self._hang_up())
        self._loop.close()
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._folder.cleanup()

    async def _hang_up(self) -> None:
        self._socket.close()
        await asyncio.sleep(0.05)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

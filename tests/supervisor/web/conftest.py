"""One simulated bench with its page for all tests of this room, and one browser."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser, program
from tests.e2e.daemon import Daemon
from tests.fakes import eventually


class Site:
    """The page of a running daemon."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        eventually(lambda: daemon.records("page_ready"), "the page is served", 40)
        self.url = str(daemon.records("page_ready")[-1]["message"]).rpartition(" ")[2]
        self.port = int(self.url.rpartition(":")[2])
        eventually(lambda: self.get("/bench")["bench"], "the page has asked the daemon", 40)

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str | None) -> tuple[int, dict[str, str], str]:
        """Return status, headers and text of an answer; a header of None is left out."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host="Host" in headers)
            data = b"" if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
            for name, value in headers.items():
                if value is not None:
                    connection.putheader(name.replace("_", "-"), value)
            if body is not None:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            reply = connection.getresponse()
            return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read().decode()
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """Return a document."""
        status, _, text = self.ask(path)
        assert status == 200, text
        return json.loads(text)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Daemon(tmp_path_factory.mktemp("site"), "--simulate", "--web", "0") as daemon:
        yield Site(daemon.ready().running())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if program() is None:
        pytest.skip("there is no Chromium here; Debian's package is called `chromium`")
    with Browser() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path

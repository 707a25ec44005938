"""One simulated bench with its page for all tests of this room, and one browser."""

import http.client
import http.cookies
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from pilotage import Client, ClientError
from tests.browser import Browser, program
from tests.e2e.daemon import Daemon, command
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


class Person(Site):
    """A page from which somebody who has a code may drive."""

    cookie = token = ""

    def post(self, path: str, body: Any, **headers: str | None) -> tuple[int, dict[str, Any]]:
        """Send what the page sends, with some headers changed; return status and document."""
        usual = {
            "Origin": self.url,
            "Content_Type": "application/json",
            "Cookie": self.cookie or None,
            "X_Pilotage_Token": self.token or None,
        }
        status, _, text = self.ask(path, "POST", body, **{**usual, **headers})
        return status, json.loads(text)

    def login(self, name: str = "anna") -> None:
        told = command(self.folder, "web-login")
        assert told.returncode == 0, told.stderr
        status, headers, text = self.ask(
            "/login", "POST", {"code": told.stdout.split()[0], "name": name}, Origin=self.url, Content_Type="application/json"
        )
        assert status == 200, text
        assert {"HttpOnly", "SameSite=Strict"} <= {each.strip() for each in headers["set-cookie"].split(";")}
        (crumb,) = http.cookies.SimpleCookie(headers["set-cookie"]).values()
        assert crumb.key == f"pilotage-{self.port}"
        self.cookie = f"{crumb.key}={crumb.value}"
        self.token = json.loads(self.ask("/bench", Cookie=self.cookie)[2])["me"]["token"]

    @property
    def folder(self) -> Path:
        return self.daemon.log.parent


@contextmanager
def unplugged(site: Site, sensor: str) -> Iterator[None]:
    """Have a sensor unplugged for a while, and leave the bench as it was found: tests share it."""
    with Client(site.daemon.endpoint) as bench:

        def well() -> bool:
            status = bench.status()
            with suppress(ClientError):  # its cause is not gone yet
                for name in [name for name, lock in status["interlocks"].items() if lock["tripped"]]:
                    bench.reset(name)
            return status["healthy"] and not any(lock["tripped"] for lock in status["interlocks"].values())

        bench.fault(sensor, "unplug")
        try:
            yield
        finally:
            bench.fault(sensor, "clear")
            eventually(well, "the bench is well again", 40)


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


DEFAULT = Path("config.py").read_text(encoding="utf-8")
DRIVEN = f"{DEFAULT}\nWEB = {{'drive': True}}\n"


@pytest.fixture(scope="session")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """The page of a bench that may be driven from there, and somebody who has logged in."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "config.py").write_text(DRIVEN, encoding="utf-8")
    with Daemon(folder, "--simulate", "--web", "0", "--config", str(folder / "config.py")) as daemon:
        found = Person(daemon.ready().running())
        eventually(lambda: found.get("/bench")["last"], "the page knows the bench", 40)
        found.login()
        yield found


@pytest.fixture
def site(person: Person) -> Site:
    """The same page for somebody who has not."""
    return Site(person.daemon)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if program() is None:
        pytest.skip("there is no Chromium here; Debian's package is called `chromium`")
    with Browser() as found:
        yield found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have one process run all that needs the bench of this room: each process would start its own."""
    for item in items:
        if {"person", "site", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("page"))

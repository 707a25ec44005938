"""Browsers that vanish without a farewell, and those that sleep."""

from __future__ import annotations

import asyncio
import socket

import pytest
from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from supervisor.web import pages, serve
from supervisor.web.pages import GONE, sent


class Endless(RequestHandler):
    """Sends for as long as anybody takes it."""

    async def get(self) -> None:
        """Send, and note how that ended."""
        try:
            while True:
                self.write(b"x" * 1_000_000)
                await sent(self)
        except StreamClosedError:
            self.application.settings["ended"].set()


def test_a_browser_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "GONE", 0.2)

    async def look() -> None:
        ended, sockets = asyncio.Event(), bind_sockets(0, "127.0.0.1")
        server = HTTPServer(Application([("/", Endless)], ended=ended, log_function=lambda _: None))
        server.add_sockets(sockets)
        with socket.create_connection(sockets[0].getsockname()) as browser:
            browser.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            await asyncio.wait_for(ended.wait(), 30)
        server.stop()
        await server.close_all_connections()

    asyncio.run(look())


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="needs Linux")
def test_a_telephone_that_leaves_the_network_is_noticed_by_the_kernel() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serve.notice_who_is_gone(listening)
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == GONE * 1000

"""What a client makes of the recorder's answers, and of its refusals."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pilotage import ClientError, UnreachableError
from pilotage.history import web
from pilotage.history.columns import Columns, Series

KNOWN = Columns(0.0, 10.0, None, {"t": Series("°C", [1.0], [21.5], [None])})


class Played(BaseHTTPRequestHandler):
    """A recorder that knows `t`, and a page of somebody else."""

    def do_GET(self) -> None:
        names = parse_qs(urlsplit(self.path).query).get("names", [""])[0]
        bodies: dict[str, tuple[int, Any]] = {
            "t": (200, KNOWN.document()),
            "u": (400, {"code": "bad_question", "message": "nothing was kept of u"}),
            "v": (403, ["no", "reason"]),
        }
        status, body = bodies.get(names, (200, {"something": "else"}))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def page() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Played) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def code_of(page: str, name: str) -> str:
    with pytest.raises(ClientError) as refused:
        web.ask(page, [name], 0.0, 10.0, None)
    return refused.value.code


def test_an_answer_is_columns_again(page: str) -> None:
    assert web.ask(page, ["t"], 0.0, 10.0, None) == KNOWN


def test_a_refusal_is_said_in_the_words_of_the_recorder(page: str) -> None:
    with pytest.raises(ClientError, match="nothing was kept of u"):
        web.ask(page, ["u"], 0.0, 10.0, None)
    assert [code_of(page, name) for name in "uvw"] == ["unknown_name", "no_history", "no_history"]


def test_a_page_that_is_none_or_not_there_is_said() -> None:
    assert code_of("raspberrypi", "t") == "bad_endpoint"
    with pytest.raises(UnreachableError, match="no recorder answers"):
        web.ask("http://127.0.0.1:9", ["t"], 0.0, 10.0, None)


@pytest.mark.parametrize(("variable", "port"), [("", 8080), ("off", 8080), ("9000", 9000)])
def test_the_page_is_on_the_daemon_s_computer(variable: str, port: int) -> None:
    assert web.page_of("tcp://raspberrypi:5555", {"PILOTAGE_WEB": variable}) == f"http://raspberrypi:{port}"

"""What the server answers, and what it refuses: over the socket, with the real daemon behind it."""

import csv
import hashlib
import json
import socket
import subprocess
import time
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from actors.bench.page import Page, Settings
from pilotage.history import web
from supervisor.cli.commands.daemon.run import page_of
from supervisor.cli.main import build_parser
from supervisor.configuration import load
from supervisor.daemon.outside.page import PageProcess, command
from tests.fakes import eventually
from tests.supervisor.web.conftest import Site, free_port


def test_the_bench_is_told_with_its_limits_and_nobody_may_drive(site: Site) -> None:
    told = site.get("/bench")
    assert {sensor["name"] for sensor in told["bench"]["sensors"]} >= {"t_resistance", "rh_sortie"}
    assert told["limits"] == [{"interlock": "too_hot", "name": "t_resistance", "value": 90.0}]
    assert told["me"]["drive"] is False


def test_the_curve_the_table_and_the_client_on_another_computer_get_the_same_numbers(site: Site) -> None:
    def drawn() -> list[float]:
        series = site.get("/curve")["series"].get("t_resistance", {"value": []})
        return [value for value in series["value"] if value is not None]

    eventually(drawn, "something was measured", 30)
    found = drawn()
    end = time.time()
    rows = list(csv.reader(site.ask(f"/csv?names=t_resistance,rh_sortie.temp&from={end - 60}&to={end}&every=1")[2].splitlines()))
    assert rows[0] == ["time", "unix", "t_resistance", "rh_sortie.temp"]
    assert rows[1][2:] == ["°C", "°C"]
    numbers = [float(row[2]) for row in rows[2:] if row[2]]
    assert numbers
    columns = web.ask(site.url, ["t_resistance"], end - 60, end, None)
    values = [value for value in columns.series["t_resistance"].value if value is not None]
    assert {round(value) for value in (*found, *numbers, *values)} <= {21, 22, 23}
    french = site.ask(f"/csv?names=t_resistance&from={end - 60}&to={end}&decimal=comma")[2]
    assert french.splitlines()[0] == "time;unix;t_resistance"


@pytest.mark.parametrize(
    "path",
    [
        "/history?names=nobody",
        "/history?from=9&to=3",
        "/curve?from=nan&to=inf",
        "/csv?every=0",
        "/history?from=0&to=9e9",
        "/csv?names=t_resistance&from=1&to=9e9&every=1",
    ],
)
def test_a_question_without_an_answer_is_refused_in_words(site: Site, path: str) -> None:
    status, _, text = site.ask(path)
    assert status == 400
    assert json.loads(text)["code"] == "bad_question"


def test_prometheus_is_told_how_the_bench_is(site: Site) -> None:
    status, headers, text = site.ask("/metrics")
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert "pilotage_daemon_up 1" in text
    eventually(lambda: 'pilotage_temperature_celsius{sensor="t_resistance"' in site.ask("/metrics")[2], "the reading is told", 40)


def test_a_foreign_name_is_misdirected_and_no_answer_may_be_framed_kept_or_read_elsewhere(site: Site) -> None:
    for path in ("/", "/bench", "/stream", "/curve"):
        assert site.ask(path, Host="attacker.example")[0] == 421
    _, headers, _ = site.ask("/bench", Origin="http://attacker.example")
    assert "access-control-allow-origin" not in headers
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_nothing_but_its_own_files_is_served(site: Site) -> None:
    for path in ("/../service.py", "/%2e%2e/service.py", "/..%2fservice.py", "/uplot/../../serve.py", "/nothing"):
        assert site.ask(path)[0] in {403, 404}


def test_the_library_of_the_curve_is_the_one_whose_licence_is_beside_it() -> None:
    folder = Path("supervisor/web/static/uplot")
    data = (folder / "uPlot.min.js").read_bytes()
    assert hashlib.sha256(data).hexdigest() == "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"
    assert "MIT" in (folder / "LICENSE").read_text(encoding="utf-8")


def test_silent_and_half_sent_requests_are_closed_and_keep_nobody_out(site: Site) -> None:
    silent = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(150)]
    try:
        for one in silent[::2]:
            one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0")
        assert site.ask("/bench")[0] == 200
        for one in silent:
            one.settimeout(50)
            assert one.recv(1) == b""
    finally:
        for one in silent:
            one.close()


def test_a_port_that_is_taken_costs_the_page_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        warnings: list[str] = []
        page = PageProcess(Page(taken.getsockname()[1]), None, warnings.append)
        page.start(load(Path("config.py")), "tcp://127.0.0.1:9")
        assert page.address is None
        assert "cannot be had" in warnings[0]
        page.close()


def test_the_page_ends_with_who_began_it_however_that_ended(tmp_path: Path) -> None:
    settings = Settings("tcp://127.0.0.1:9", str(tmp_path / "kept"), Page(free_port()), parent=True)
    with subprocess.Popen(command(settings), stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "The page is at" in process.stderr.readline()
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(40) == 0


@pytest.mark.parametrize(
    ("words", "said", "port"),
    [
        ([], "", 8080),
        ([], "off", None),
        ([], "8123", 8123),
        (["--web", "8124"], "off", 8124),
        (["--no-web"], "8125", None),
    ],
)
def test_an_option_wins_over_the_environment(words: list[str], said: str, port: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PILOTAGE_WEB", said)
    arguments = build_parser(["daemon.run"]).parse_args(["run", "--simulate", *words])
    page = page_of(arguments, "simulated", load(Path("config.py")))
    assert (page and page.port) == port


def test_a_real_bench_is_told_where_its_page_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PILOTAGE_WEB")
    arguments = build_parser(["daemon.run"]).parse_args(["run", "--web", "8080"])
    with pytest.raises(ArgumentTypeError, match="pilotage web"):
        page_of(arguments, "hardware", load(Path("config.py")))

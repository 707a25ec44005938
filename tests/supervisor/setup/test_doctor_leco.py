"""What `pilotage doctor` says of the LECO network."""

import socket
from dataclasses import replace
from typing import Any

import pytest

from actors.bench.leco import Leco
from supervisor.configuration import load
from supervisor.setup.doctor import leco_checks
from tests.project.sources import ROOT

ALONE = load(ROOT / "config.py")
BENCH = replace(ALONE, leco=Leco("192.168.1.10", "bench1"))
NETWORK: dict[str, Any] = {"coordinator": "192.168.1.10:12300", "name": "bench1", "drive": False, "off": False, "error": None}


@pytest.mark.parametrize(
    ("changes", "level", "said"),
    [
        ({"joined": True, "namespace": "lab"}, "ok", "in the network of 192.168.1.10:12300 as lab.bench1, only read"),
        ({"joined": True, "namespace": "lab", "drive": True}, "ok", "may be driven from there"),
        ({"joined": True, "namespace": "lab", "off": True}, "ok", "may be switched off from there"),
        ({"joined": False}, "note", "is being joined"),
        ({"joined": False, "error": {"code": "not_joined", "message": "no coordinator answers"}}, "fix", "no coordinator answers"),
        ({"joined": False, "error": {"code": "name_taken", "message": "another component has it"}}, "fix", "another component has it"),
    ],
)
def test_a_daemon_says_as_whom_it_has_joined_or_why_not(changes: dict[str, Any], level: str, said: str) -> None:
    (finding,) = leco_checks.from_daemon(BENCH, {"leco": NETWORK | changes})
    assert finding.level == level
    assert said in finding.sentence
    assert bool(finding.remedy) == (level == "fix")


def test_a_bench_without_a_network_has_nothing_to_say_and_a_daemon_that_does_not_know_of_it_reloads() -> None:
    assert leco_checks.from_daemon(ALONE, {"leco": None}) == leco_checks.directly(ALONE) == []
    (finding,) = leco_checks.from_daemon(BENCH, {"leco": None})
    assert finding.remedy == ("sudo systemctl reload pilotage",)


def test_without_a_daemon_the_coordinator_is_knocked_at() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        here = replace(BENCH, leco=Leco("127.0.0.1", "bench1", server.getsockname()[1]))
        assert [finding.level for finding in leco_checks.directly(here)] == ["note"]
    (finding,) = leco_checks.directly(here)
    assert finding.level == "fix"
    assert "sudo pilotage install-service --leco" in finding.remedy

"""What the commands print and end with, on a real simulated daemon."""

import json
from pathlib import Path
from typing import Any

import pytest

from pilotage import Client
from supervisor.exits import exit_code
from tests.e2e.daemon import ROOT, Daemon
from tests.fakes import eventually
from tests.supervisor.cli.conftest import Run

NOWHERE = ("--endpoint", "127.0.0.1:1", "--timeout", "0.1")


@pytest.fixture
def at(daemon: Daemon, bench: Client) -> tuple[str, str]:
    """The option that leads a command to `daemon`, which is put right again afterwards."""
    return ("--endpoint", daemon.endpoint)


def as_json(text: str) -> Any:
    return json.loads(text)


def test_read_prints_the_value_with_its_units_and_that_it_is_simulated(run: Run, at: tuple[str, str]) -> None:
    code, out, err = run("read", "t_resistance", *at)
    assert (code, err) == (0, "")
    value, units, mark = out.split()
    assert 15 < float(value) < 40
    assert (units, mark) == ("°C", "(simulated)")


def test_read_ends_with_the_code_of_what_failed_and_prints_the_others(run: Run, at: tuple[str, str], bench: Client) -> None:
    bench.fault("t_sortie", "nak")
    eventually(lambda: bench.status()["children"]["t_sortie"]["state"] == "absent", "t_sortie is absent")
    code, out, err = run("read", "t_entree", "t_sortie", *at)
    assert code == 74
    assert out.startswith("t_entree")
    assert "no acknowledge at 0x4B" in err
    assert err.endswith("[no_ack]\n")
    assert run("read", "t_sortie", "--json", *at)[:2] == (74, "null\n")
    assert run("read", "nobody", *at).code == 64


def test_set_prints_the_read_back_and_what_was_asked_if_that_differs(run: Run, at: tuple[str, str]) -> None:
    assert run("set", "ventilateur", "25.5", *at) == (0, "ventilateur reads back 25.5 of 255 (10 %)\n", "")
    assert run("set", "GPIO18", "1e3", *at).out == "GPIO18 reads back 255 of 255 (100 %); 1000 was asked\n"
    assert as_json(run("set", "resistance", "0", "--json", *at).out) == {"name": "resistance", "asked": 0, "read_back": 0}
    assert run("off", *at).out == "resistance reads back 0\nventilateur reads back 0\n"
    assert as_json(run("off", "--json", *at).out) == {"ventilateur": 0, "resistance": 0}


def test_retry_and_fault_say_what_they_did(run: Run, at: tuple[str, str]) -> None:
    assert run("retry", "t_entree", *at) == (0, "t_entree is running\n", "")
    assert run("fault", "t_entree", "slow", "--delay", "0.001", "--times", "3", *at) == (0, "t_entree: slow\n", "")
    assert as_json(run("fault", "all", "clear", "--json", *at).out) == {"target": "all", "kind": "clear"}
    code, _, err = run("fault", "t_entree", "unplugged", *at)
    assert code == 64
    assert "unplug" in err


def test_status_is_0_when_all_is_well_1_when_not_2_when_not_reached(run: Run, at: tuple[str, str], bench: Client) -> None:
    eventually(lambda: bench.status()["healthy"], "all is well")
    code, out, err = run("status", *at)
    assert (code, err) == (0, "")
    assert "all is well" in out
    bench.fault("t_sortie", "nak")
    eventually(lambda: not bench.status()["healthy"], "something is not well")
    code, out, _ = run("status", *at)
    assert code == 1
    assert "NOT WELL: t_sortie" in out
    bench.fault("t_sortie", "clear")
    eventually(lambda: bench.status()["healthy"], "all is well")
    bench.fault("T_emc", "open")
    eventually(lambda: not bench.status()["healthy"], "the diode is broken")
    code, out, _ = run("status", *at)
    assert (code, "NOT WELL: T_emc.external is broken" in out) == (1, True)
    code, out, err = run("status", *NOWHERE)
    assert (code, out) == (2, "")
    assert "no daemon listens at 127.0.0.1:1: start it" in err


@pytest.mark.parametrize(
    "arguments", [["read", "x"], ["set", "x", "1"], ["off"], ["retry", "x"], ["fault", "x", "nak"], ["pymodaq-config"]], ids=" ".join
)
def test_a_daemon_that_is_not_there_is_69(arguments: list[str], run: Run) -> None:
    code, out, err = run(*arguments, *NOWHERE)
    assert (code, out) == (69, "")
    assert err.startswith("pilotage: no daemon listens at 127.0.0.1:1: start it with ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", [["status"], ["off"], ["watch"]], ids=" ".join)
def test_an_endpoint_that_is_none_is_a_usage_error(command: list[str], run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(*command, "--endpoint", "http://pi").code == 64
    monkeypatch.setenv("PILOTAGE_ENDPOINT", "http://pi")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    code, _, err = run(*command)
    assert code == 64
    assert "PILOTAGE_ENDPOINT" in err


def test_check_config_as_json_lists_errors_and_warnings(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("PORT = 'x'\nSENSORS_CONFIG = {}\n")
    code, out, _ = run("check-config", "--config", str(bad), "--json")
    found = as_json(out)
    assert code == 78
    assert [error["entry"] or error["key"] for error in found["errors"]] == ["PORT"]
    assert found["warnings"]
    code, out, _ = run("check-config", "--config", str(ROOT / "config.py"), "--json")
    assert code == 0
    assert as_json(out)["sensors"] == 6


def test_codes_of_the_daemon_become_exit_codes() -> None:
    expected = {
        "unreachable": 69,
        "unknown_channel": 64,
        "bad_value": 64,
        "bad_frame": 74,
        "no_ack": 74,
        "gpio_unavailable": 74,
        "deadline": 75,
        "busy": 75,
        "interlock": 77,
        "lease_tripped": 77,
        "not_simulated": 77,
        "internal_error": 70,
    }
    assert {code: exit_code(code) for code in expected} == expected

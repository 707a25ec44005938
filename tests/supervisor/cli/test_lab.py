"""`pilotage lab` and `pilotage off --all`: one row for each bench, and an exit code that a script can trust."""

import json
from pathlib import Path
from typing import Any

import pytest

from pilotage.lab.laboratory import Bench
from supervisor.cli.commands.lab.table import table
from tests.e2e.daemon import Daemon
from tests.pilotage.leco_network import Network, a_bench, a_laser, silent
from tests.pilotage.test_lab import OFF, an_output, bench_status
from tests.supervisor.cli.conftest import Run
from tests.supervisor.cli.documents import sensor, status, trouble

HOT = bench_status(heater=an_output(128.0))
LOOP: dict[str, Any] = {"state": "settled", "value": 45.01, "units": "°C", "set_point": 45.0}


def test_the_table_has_a_row_for_each_bench_and_what_is_not_well_below() -> None:
    lost = status({"t": sensor({}, state="absent", error=trouble())}, outputs={"heater": an_output(128.0)}, loops={"heat": LOOP})
    text = table([Bench("lab.bench1", OFF), Bench("lab.bench2", lost)], ["lab.laser"], 80)
    assert text.splitlines() == [
        "bench        how       heaters on               loops",
        "lab.bench1   well      -                        -",
        "lab.bench2   NOT WELL  heater 128 of 255 (50 %) heat settled, 45.01 °C of 45",
        "    t is absent",
        "",
        "2 benches: 1 well, 1 not well",
        "no benches: lab.laser",
    ]


@pytest.mark.parametrize(
    ("components", "code", "safe"),
    [
        ({"bench1": a_bench(OFF, []), "laser": a_laser}, 0, 0),
        ({"bench1": a_bench({**OFF, "healthy": False}, [])}, 1, 0),
        ({"bench1": a_bench(HOT, [])}, 0, 1),
        ({"bench1": a_bench(OFF, []), "bench2": silent, "bench2_t": silent}, 2, 2),
        ({"laser": a_laser}, 2, 2),
    ],
)
def test_the_exit_code_says_whether_all_are_well_and_all_are_safe(components: Any, code: int, safe: int, run: Run) -> None:
    with Network(components) as network:
        assert run("lab", "--leco", network.where, "--timeout", "0.5").code == code
        ended = run("off", "--all", "--leco", network.where, "--timeout", "0.5", "--json")
        assert ended.code == safe
        assert all(entry["safe"] for entry in json.loads(ended.out)) == (safe == 0 or not json.loads(ended.out))


def test_a_list_may_name_what_is_not_there_and_the_others_are_made_safe(
    daemon: Daemon, bench: object, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del bench
    file = tmp_path / "benches.txt"
    file.write_text(f"{daemon.endpoint}\n127.0.0.1:1\n", encoding="utf-8")
    assert run("set", "resistance", "100", "--endpoint", daemon.endpoint).code == 0
    monkeypatch.setenv("PILOTAGE_BENCHES", str(file))
    seen = run("lab", "--json", "--timeout", "2")
    benches = json.loads(seen.out)["benches"]
    assert (seen.code, benches["127.0.0.1:1"]["error"]["code"]) == (2, "unreachable")
    assert benches[daemon.endpoint.removeprefix("tcp://")]["heaters_on"] == {"resistance": "100 of 255 (39 %)"}
    ended = run("off", "--all", "--timeout", "2")
    assert ended.code == 2
    first, second = ended.out.splitlines()[:2]
    assert first.endswith("safe, read back"), "the one to look at comes last"
    assert "127.0.0.1:1     NOT KNOWN TO BE SAFE: no daemon listens at 127.0.0.1:1" in second
    assert run("read", "resistance", "--endpoint", daemon.endpoint).out.startswith("0")


def test_who_names_no_bench_or_many_for_one_is_told_what_to_write(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PILOTAGE_BENCHES", raising=False)
    for words in (("lab",), ("off", "--all")):
        ended = run(*words)
        assert ended.code == 64
        assert "--leco HOST, --benches FILE or --endpoint ADDRESS" in ended.err
    assert "write --all" in run("off", "--leco", "somewhere").err
    assert run("off", "--endpoint", "a", "--endpoint", "b").code == 64
    assert run("lab", "--benches", "/nowhere").code == 64

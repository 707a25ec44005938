"""The `status` document: the tree as it is, in words that JSON can carry."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.core import clock
from supervisor.tree import status
from tests.actors.interlocks.rules_of import LIMIT
from tests.actors.outputs.remote import Logbook
from tests.fakes import ManualClock
from tests.supervisor.tree.daemon import Daemon

CHILDREN = {"gateway", "fan", "heater", "hot", "cold", "fake"}


def document(daemon: Daemon) -> dict[str, Any]:
    """Return the document as a client gets it: it must be JSON without NaN."""
    copy: dict[str, Any] = json.loads(json.dumps(daemon.query("status", clients=[{"address": "10.0.0.7"}]), allow_nan=False))
    return copy


def test_a_healthy_daemon_says_so(daemon: Daemon) -> None:
    daemon.up().run(5)
    found = document(daemon)

    assert (found["healthy"], found["simulated"], found["config"], found["abandoned_threads"]) == (True, True, "bench.py", 0)
    assert set(found["children"]) == CHILDREN
    assert {child["state"] for child in found["children"].values()} == {"running"}
    assert found["clients"] == [{"address": "10.0.0.7"}]
    assert found["uptime_s"] == pytest.approx(daemon.clock.monotonic() - 1000.0, abs=0.1)
    assert [bus["state"] for bus in found["buses"].values()] == ["up"]


def test_a_running_sensor_shows_its_last_reading_and_its_age(daemon: Daemon) -> None:
    daemon.up().run(0.4)
    hot = document(daemon)["children"]["hot"]

    assert (hot["kind"], hot["where"], hot["generation"], hot["restarts"]) == ("sensor", "0x48", 1, 0)
    assert (hot["error"], hot["last_error"], hot["last_error_at"], hot["next_attempt_s"]) == (None, None, None, None)
    assert hot["last"]["values"]["temp"] == pytest.approx(22, abs=2)
    assert 0 <= hot["last"]["age_s"] <= 1.0
    assert datetime.now(UTC) - datetime.fromisoformat(hot["last"]["time"]) < timedelta(seconds=60)


def test_an_absent_sensor_shows_since_when_and_when_it_is_looked_for_next(daemon: Daemon) -> None:
    daemon.up().sim.fault("hot", "unplug")
    daemon.until(lambda: daemon.state("hot") == "absent", "the sensor is absent", 5)
    daemon.run(60)
    hot = document(daemon)["children"]["hot"]

    assert (hot["state"], hot["error"]["errno"] is not None, "last" in hot) == ("absent", True, False)
    assert hot["since_s"] == pytest.approx(60, abs=1.5)
    assert 0 <= hot["next_attempt_s"] <= 11
    assert hot["restarts"] == hot["generation"] - 1 > 5


def test_outputs_show_what_was_asked_what_is_read_back_and_the_true_frequency(daemon: Daemon) -> None:
    daemon.up()
    daemon.drive(18, 100)
    daemon.drive(23, 50)
    daemon.ask(type="off")
    daemon.drive(18, 120)
    daemon.run(1.5)
    outputs = document(daemon)["outputs"]

    fan, heater = outputs["fan"], outputs["heater"]
    assert (fan["asked"], fan["read_back"], fan["frequency_hz"], fan["safe"]) == (120.0, 120.0, 25_000.0, None)
    assert (heater["asked"], heater["read_back"], heater["frequency_hz"], heater["safe"]) == (0.0, 0.0, None, "off")


def test_a_channel_that_is_broken_shows_its_fault_beside_the_others(daemon: Daemon) -> None:
    from actors.core.cells import SensorCell
    from actors.errors import Fault
    from actors.messages import Reading

    cell = SensorCell("t", lambda _news: None)
    cell.publish(Reading({"temp": 20.0, "fan": Fault("no_tachometer", "nothing is connected")}, {}, 9.0, 10.0, 1_700_000_000.0))

    assert status.last_of(cell, 12.5) == {
        "values": {"temp": 20.0, "fan": None},
        "faults": {"fan": "nothing is connected"},
        "broken": {},
        "time": "2023-11-14T22:13:20.000Z",
        "age_s": 2.5,
    }


@pytest.mark.parametrize(("folder", "file", "expected"), [(True, True, True), (True, False, False), (False, False, None)])
def test_whether_the_clock_was_set_since_the_start_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, folder: bool, file: bool, expected: bool | None
) -> None:
    mark = tmp_path / "timesync" / "synchronized"
    if folder:
        mark.parent.mkdir()
    if file:
        mark.touch()
    monkeypatch.setattr(clock, "SYNCHRONISED", mark)

    assert clock.clock_synchronised() is expected


def test_faults_can_be_injected_on_a_simulated_bench_and_unknown_ones_are_refused_in_words(daemon: Daemon) -> None:
    daemon.up()
    refused = [
        daemon.query("fault", target="hott", kind="nak", options={}),
        daemon.query("fault", target="hot", kind="unplugged", options={}),
        daemon.query("fault", target="hot", kind="nak", options={"rate": 7}),
    ]
    injected = daemon.query("fault", target="hot", kind="unplug", options={})
    daemon.until(lambda: daemon.state("hot") == "absent", "the sensor is absent", 5)
    daemon.query("fault", target="all", kind="clear", options={})
    daemon.until(daemon.serves, "everything runs", 20)

    assert [fault.code for fault in refused] == ["unknown_target", "unknown_fault", "bad_option"]
    assert "hot" in refused[0].message
    assert injected == {"target": "hot", "kind": "unplug"}


def test_a_daemon_whose_interlocks_nobody_looks_at_is_not_healthy(clock: ManualClock, log: Logbook) -> None:
    daemon = Daemon(clock, log, interlocks=(LIMIT,))
    try:
        daemon.up().run(1.0)
        assert document(daemon)["healthy"]
        daemon.supervisor.state.watch.cell.looked_at -= 60.0
        found = document(daemon)
        assert (found["healthy"], found["interlocks"]["too_hot"]["state"]) == (False, "not looked at")
        daemon.run(1.0)
        assert document(daemon)["healthy"]
    finally:
        daemon.close()

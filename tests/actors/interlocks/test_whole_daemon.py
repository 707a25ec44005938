"""Interlocks in a whole daemon, in time moved by hand: the way of a reading to the pin, and the ways to lose the interlock actor."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import actors.gateway.actor
import actors.interlocks.actor
import actors.outputs.actor
import actors.sensor
import supervisor.tree.children.state_log
import supervisor.tree.queries
import supervisor.tree.reconfigure
import supervisor.tree.supervisor
from actors.bench.interlocks import Drive
from actors.core import events
from actors.interlocks import latch
from actors.outputs.permit import SILENT
from supervisor.tree.children.interlock import CHILD
from tests.actors.interlocks.rules_of import CLIENT_LOST, FAN, FAN_NEEDED, IDLE, LIMIT, OFF, STALE, change
from tests.actors.outputs.driving import FAN as FAN_SPEC
from tests.actors.outputs.driving import HEATER as HEATER_SPEC
from tests.actors.outputs.remote import Logbook, keep_log
from tests.fakes import ManualClock, eventually, wait
from tests.supervisor.tree.daemon import Daemon

TOO_HOT = change(LIMIT, drives=(*OFF, Drive(FAN, 255.0)))
PIN, FAN_PIN = 23, 18


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Logbook:
    modules = (actors.outputs.actor, actors.gateway.actor, actors.interlocks.actor, actors.sensor)
    return keep_log(
        monkeypatch,
        *modules,
        supervisor.tree.supervisor,
        supervisor.tree.queries,
        supervisor.tree.reconfigure,
        supervisor.tree.children.state_log,
    )


@pytest.fixture
def make(clock: ManualClock, log: Logbook) -> Iterator[Callable[..., Daemon]]:
    made: list[Daemon] = []

    def up(*interlocks: Any, **options: Any) -> Daemon:
        made.append(Daemon(clock, log, interlocks=interlocks, **options))
        return made[-1].up()

    yield up
    for daemon in made:
        daemon.close()


@pytest.fixture
def daemon(make: Callable[..., Daemon]) -> Daemon:
    """The heater is on, and watched by a limit and for a lost sensor."""
    daemon = make(TOO_HOT, STALE)
    assert daemon.drive(PIN, 128)["value"] == 128
    return daemon


def duty(daemon: Daemon, pin: int = PIN) -> float:
    return daemon.sim.pigpio.duty_at(pin)


def overheat(daemon: Daemon) -> None:
    daemon.sim.fault("hot", "shift", degrees=100.0)
    daemon.until(lambda: duty(daemon) == 0.0, "the heater is off", patience=3.0)


def leave(daemon: Daemon) -> None:
    """Close the client of the daemon, and wait until its loss is noticed."""
    daemon.leave()
    eventually(lambda: daemon.supervisor.state.watch.together.gone, "its loss is noticed")


def reload(daemon: Daemon, *interlocks: Any) -> None:
    daemon.progress.reloaded.clear()
    daemon.reload(change(daemon.bench, interlocks=interlocks))
    daemon.until(lambda: daemon.progress.reloaded.is_set() and daemon.serves(), "the other bench serves")


def interlocks(daemon: Daemon) -> Any:
    return daemon.ask(type="status")["value"]["interlocks"]


def test_a_reading_beyond_the_limit_switches_the_heater_off_and_runs_the_fan(daemon: Daemon, log: Logbook) -> None:
    overheat(daemon)
    daemon.rest()

    assert duty(daemon, FAN_PIN) == 1.0
    [record] = log.of(events.INTERLOCK_TRIPPED)
    assert (record["level"], record["interlock"], record["outputs"]) == ("critical", "too_hot", "heater: 0, fan: 255")
    assert record["reason"].startswith("hot.temp is 1")


def test_a_refused_set_point_says_all_and_the_safe_value_is_not_refused(daemon: Daemon) -> None:
    overheat(daemon)

    reply = daemon.drive(PIN, 10)
    assert (reply["state"], reply["code"]) == ("ERROR", "interlock")
    assert "interlock too_hot has held heater at 0 since" in reply["value"]
    assert "pilotage reset too_hot" in reply["value"]
    assert daemon.drive(PIN, 0)["value"] == 0


def test_a_reset_is_refused_while_the_cause_persists_and_succeeds_after_it(daemon: Daemon, log: Logbook) -> None:
    overheat(daemon)
    reply = daemon.ask(type="reset", interlock="too_hot")
    assert (reply["state"], reply["code"]) == ("ERROR", "interlock")
    assert "cannot be reset yet: hot.temp is" in reply["value"]

    daemon.sim.clear()
    daemon.run(2.0)
    assert daemon.ask(type="reset", interlock="too_hot") == {"state": "ACK", "value": {"interlock": "too_hot", "state": "clear"}}
    assert [record["reason"] for record in log.of(events.INTERLOCK_CLEARED)] == ["it was reset"]
    assert daemon.drive(PIN, 10)["value"] == 10


def test_status_tells_every_interlock(daemon: Daemon) -> None:
    quiet = interlocks(daemon)["too_hot"]
    assert (quiet["kind"], quiet["state"], quiet["armed"], quiet["tripped"], quiet["why"]) == ("limit", "armed", True, False, None)
    assert quiet["outputs"] == {"heater": 0.0, "fan": 255.0}

    overheat(daemon)
    daemon.run(10.0)
    told = interlocks(daemon)["too_hot"]
    assert (told["state"], told["tripped"], told["latched"]) == ("tripped", True, True)
    assert told["why"].startswith("hot.temp is")
    assert told["since_s"] == pytest.approx(10.0, abs=0.5)
    assert told["since"].endswith("Z")
    assert daemon.ask(type="status")["value"]["children"][CHILD]["kind"] == "interlock"


def test_while_the_interlock_actor_is_dead_a_heater_is_refused_and_a_fan_is_not(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(actors.interlocks.actor.InterlockActor, "begin", lambda _self: 1 / 0)
        broken.setattr(actors.interlocks.actor, "advance", lambda *_: 1 / 0)
        daemon.until(lambda: duty(daemon) == 0.0, "the heater is off")
        reply = daemon.drive(PIN, 64)
        assert (reply["code"], SILENT in reply["value"]) == ("interlock", True)
        assert daemon.drive(PIN, 0)["value"] == 0
        assert daemon.drive(FAN_PIN, 100)["value"] == 100
        daemon.until(lambda: daemon.state(CHILD) == "failed", "it has failed too often")
        assert daemon.ask(type="reset", interlock="too_hot")["code"] in {"unavailable", "deadline"}
    daemon.until(lambda: daemon.state(CHILD) == "running", "it is back all the same")
    assert daemon.drive(PIN, 64)["value"] == 64


def test_a_hanging_interlock_actor_switches_the_heater_off_within_two_seconds(
    daemon: Daemon, log: Logbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, entered = threading.Event(), threading.Event()
    daemon.at_close.append(gate.set)
    hangs = iter([True])

    def hang(*arguments: Any) -> Any:
        if next(hangs, False):
            entered.set()
            wait(gate)
        return latch.advance(*arguments)

    daemon.stuck.add(CHILD)
    running = daemon.record(CHILD).running
    assert running is not None
    monkeypatch.setattr(actors.interlocks.actor, "advance", hang)
    daemon.until(entered.is_set, "it hangs", patience=2.0)
    took = daemon.until(lambda: duty(daemon) == 0.0, "the heater is off")
    assert took <= 2.0
    daemon.until(lambda: daemon.state(CHILD) == "running" and daemon.generation(CHILD) == 2, "another has taken its place")
    assert log.of(events.CHILD_HUNG, child=CHILD)
    assert daemon.drive(PIN, 64)["value"] == 64

    gate.set()
    wait(running.ref.actor_stopped)
    daemon.run(2.0)
    assert duty(daemon) > 0.0
    assert daemon.supervisor.state.watch.cell.generation == 2


def test_a_fan_and_then_its_heater_in_one_request(make: Callable[..., Daemon]) -> None:
    daemon = make(FAN_NEEDED)
    assert daemon.drive(PIN, 64)["code"] == "interlock"
    components = [{"register": "pin", "pin": pin, "value": value} for pin, value in ((FAN_PIN, 255), (PIN, 64))]
    replies = daemon.ask(type="PI-MULTI", components=components)["value"]
    assert [reply["state"] for reply in replies] == ["ACK", "ACK"]

    daemon.drive(FAN_PIN, 0)
    daemon.until(lambda: duty(daemon) == 0.0, "the heater is off", patience=0.1)


def test_within_the_grace_a_heater_that_is_on_goes_on_but_is_not_set(make: Callable[..., Daemon]) -> None:
    daemon = make(change(FAN_NEEDED, grace=3.0))
    daemon.drive(FAN_PIN, 255)
    assert daemon.drive(PIN, 64)["value"] == 64

    daemon.drive(FAN_PIN, 0)
    daemon.run(2.5)
    refused = daemon.drive(PIN, 32)
    assert refused["code"] == "interlock"
    assert duty(daemon) == pytest.approx(64 / 255, abs=0.01)
    assert "interlock fan_needed refuses any set-point of heater but 0 since" in refused["value"]
    daemon.drive(FAN_PIN, 255)
    daemon.run(10.0)
    assert duty(daemon) > 0.0

    daemon.drive(FAN_PIN, 0)
    took = daemon.until(lambda: duty(daemon) == 0.0, "the grace is over", patience=10.0)
    assert took == pytest.approx(3.0, abs=0.1)


def test_silence_of_all_clients_switches_off_and_the_next_who_comes_drives(make: Callable[..., Daemon], log: Logbook) -> None:
    daemon = make(change(IDLE, seconds=30.0))
    daemon.drive(PIN, 64)
    took = daemon.until(lambda: duty(daemon) == 0.0, "the heater is off")
    assert took == pytest.approx(30.0, abs=0.6)
    assert daemon.drive(PIN, 64)["value"] == 64
    daemon.run(1.0)
    assert duty(daemon) > 0.0
    assert [record["event"] for record in log.items if record["event"].startswith("interlock_")] == [
        events.INTERLOCK_TRIPPED,
        events.INTERLOCK_CLEARED,
    ]


def test_a_client_that_leaves_takes_the_heater_along(make: Callable[..., Daemon]) -> None:
    daemon = make(CLIENT_LOST)
    daemon.drive(PIN, 64)
    daemon.run(60.0)
    assert duty(daemon) > 0.0
    leave(daemon)
    took = daemon.until(lambda: duty(daemon) == 0.0, "the heater is off")
    assert took == pytest.approx(10.0, abs=0.6)


def test_a_fan_lingers_after_off_beside_a_heater_that_was_on(make: Callable[..., Daemon]) -> None:
    daemon = make(outputs=(change(FAN_SPEC, linger=20.0), HEATER_SPEC))
    daemon.drive(FAN_PIN, 200)
    daemon.drive(PIN, 64)
    assert daemon.ask(type="off")["value"] == {"fan": 200.0, "heater": 0.0}
    assert duty(daemon) == 0.0
    took = daemon.until(lambda: duty(daemon, FAN_PIN) == 0.0, "the fan has stopped")
    assert took == pytest.approx(20.0, abs=1.1)


def test_a_fan_with_restore_turns_again_after_a_restart_of_the_daemon(
    make: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    outputs = (change(FAN_SPEC, restore=True), HEATER_SPEC)
    before = make(outputs=outputs)
    before.drive(FAN_PIN, 100)
    before.drive(PIN, 100)
    before.close()
    assert [file.name for file in tmp_path.iterdir()] == ["set_points_simulated.json"]

    after = make(outputs=outputs)
    assert duty(after, FAN_PIN) == pytest.approx(100 / 255, abs=0.001)
    assert duty(after) == 0.0


def test_another_file_with_other_interlocks_is_followed_and_trips_of_the_same_are_kept(daemon: Daemon) -> None:
    overheat(daemon)
    daemon.sim.clear()
    daemon.run(2.0)
    reload(daemon, TOO_HOT, change(IDLE, seconds=30.0))

    told = interlocks(daemon)
    assert [*told] == ["too_hot", "idle"]
    assert told["too_hot"]["tripped"]
    assert daemon.ask(type="reset", interlock="too_hot")["state"] == "ACK"
    assert daemon.drive(PIN, 64)["value"] == 64
    daemon.until(lambda: duty(daemon) == 0.0, "the new interlock acts", patience=32.0)


@pytest.mark.parametrize("meanwhile", [(), (TOO_HOT,)], ids=["all taken out", "one taken out"])
def test_interlocks_that_were_out_for_a_while_begin_their_watch_anew(meanwhile: Any, daemon: Daemon, log: Logbook) -> None:
    reload(daemon, *meanwhile)
    daemon.run(20.0)
    reload(daemon, TOO_HOT, STALE)
    daemon.run(10.0)

    assert log.of(events.INTERLOCK_TRIPPED) == []
    assert daemon.drive(PIN, 64)["value"] == 64
    daemon.sim.fault("hot", "nak")
    took = daemon.until(lambda: duty(daemon) == 0.0, "a lost sensor is noticed as ever")
    assert took == pytest.approx(STALE.seconds, abs=1.1)

"""How a daemon ends: outputs first, in bounded time, whatever hangs."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from actors.core import events
from actors.gateway.actor import Gateway
from actors.outputs.actor import OutputActor
from actors.sensor import SensorActor
from supervisor.tree.supervisor import SAFE_BOUND, STOP_BOUND
from tests.fakes import wait
from tests.supervisor.tree.daemon import Daemon

FAN_PIN, HEATER_PIN = 18, 23


def up_and_driving(daemon: Daemon) -> Daemon:
    daemon.up()
    daemon.drive(FAN_PIN, 100)
    daemon.drive(HEATER_PIN, 200)
    assert outputs(daemon) == [pytest.approx(100 / 255, abs=0.001), pytest.approx(200 / 255, abs=0.001)]
    return daemon


def outputs(daemon: Daemon) -> list[float]:
    return [daemon.sim.pigpio.duty_at(pin) for pin in (FAN_PIN, HEATER_PIN)]


def ended(daemon: Daemon) -> float:
    return daemon.until(daemon.progress.finished.is_set, "the daemon has ended", 10)


def test_the_outputs_are_safe_before_anybody_is_stopped(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, list[float]] = {}
    for kind in (Gateway, SensorActor, OutputActor):
        original: Callable[[Any], None] = kind.end

        def end(self: Any, original: Callable[[Any], None] = original) -> None:
            seen[self.child] = outputs(daemon)
            original(self)

        monkeypatch.setattr(kind, "end", end)
    up_and_driving(daemon).shut_down()
    took = ended(daemon)

    assert seen == {child: [0.0, 0.0] for child in ("gateway", "fan", "heater", "hot", "cold", "fake")}
    assert (daemon.progress.exit_code, daemon.progress.failure, took <= 0.5) == (0, None, True)
    assert [record["reason"] for record in daemon.log.of(events.OUTPUT_SAFE)] == ["stop", "stop"]
    assert len(daemon.log.of(events.DAEMON_STOPPING, reason="SIGTERM")) == 1


def test_an_output_whose_hardware_is_gone_does_not_keep_the_end_waiting(daemon: Daemon) -> None:
    up_and_driving(daemon).sim.fault("pigpiod", "gone", level=0)
    daemon.shut_down()

    assert ended(daemon) <= SAFE_BOUND + STOP_BOUND + 0.5
    assert daemon.progress.exit_code == 0


def test_a_child_lost_during_the_end_is_not_started_again_not_even_by_retry(daemon: Daemon) -> None:
    up_and_driving(daemon)
    running = [daemon.record(child).running for child in ("hot", "cold")]
    for child in ("hot", "cold"):
        daemon.sim.fault(child, "hang")
    daemon.until(lambda: all(one is not None and one.inside() is not None for one in running), "both sensors hang", 2)
    daemon.shut_down()
    daemon.rest()
    daemon.let_go("hot", running[0])
    daemon.rest()
    daemon.query("retry", child="hot")
    ended(daemon)

    assert {daemon.generation(child) for child in daemon.supervisor.state.records} == {1}


def test_an_output_that_does_not_answer_does_not_keep_the_others_waiting(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    up_and_driving(daemon)
    gate = threading.Event()
    daemon.at_close.append(gate.set)
    original: Callable[..., Any] = OutputActor._make_safe

    def stick(actor: Any, *arguments: Any, **options: Any) -> Any:
        if actor.child == "heater":
            gate.wait(20)
        return original(actor, *arguments, **options)

    monkeypatch.setattr(OutputActor, "_make_safe", stick)
    daemon.stuck = {"heater"}
    daemon.shut_down()
    daemon.rest()
    fan = outputs(daemon)[0]

    assert fan == 0.0
    assert SAFE_BOUND <= ended(daemon) <= SAFE_BOUND + STOP_BOUND


def test_a_set_point_that_comes_while_the_daemon_ends_is_refused(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    up_and_driving(daemon)
    gate, told, safe = threading.Event(), threading.Event(), threading.Event()
    daemon.at_close.append(gate.set)
    original: Callable[..., Any] = OutputActor._make_safe

    def delay(actor: Any, *arguments: Any, **options: Any) -> Any:
        if actor.child == "fan":
            told.set()
            gate.wait(20)  # the outputs are not all safe yet, so nobody is stopped
            return original(actor, *arguments, **options)
        done = original(actor, *arguments, **options)
        safe.set()
        return done

    monkeypatch.setattr(OutputActor, "_make_safe", delay)
    daemon.stuck = {"fan"}
    daemon.shut_down()
    wait(told)
    wait(safe)
    reply = daemon.drive(HEATER_PIN, 200)
    heater = outputs(daemon)[1]
    gate.set()
    ended(daemon)

    assert (reply["state"], reply["code"], heater) == ("ERROR", "shutting_down", 0.0)
    assert outputs(daemon) == [0.0, 0.0]


def test_the_end_is_no_busy_wait(daemon: Daemon) -> None:
    up_and_driving(daemon).sim.fault("hot", "hang")
    daemon.until(lambda: daemon.record("hot").running.inside() is not None, "the sensor hangs", 2)  # type: ignore[union-attr]
    before = daemon.rounds()
    daemon.shut_down()
    ended(daemon)

    assert daemon.rounds() - before <= 40

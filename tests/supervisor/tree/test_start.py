"""In what order a daemon starts, and what stops it from starting."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from actors.gateway.actor import Gateway
from actors.outputs.actor import OutputActor
from actors.sensor import SensorActor
from supervisor.tree.supervisor import OUTPUTS_FIRST
from tests.supervisor.tree.daemon import Daemon

FAN_PIN, HEATER_PIN = 18, 23


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch, daemon: Daemon) -> list[tuple[str, float]]:
    """Who has begun, in order, and what the heater did then."""
    noted: list[tuple[str, float]] = []
    for kind in (Gateway, OutputActor, SensorActor):
        original: Callable[[Any], None] = kind.begin

        def begin(self: Any, original: Callable[[Any], None] = original) -> None:
            noted.append((self.child, daemon.sim.pigpio.duty_at(HEATER_PIN)))
            original(self)

        monkeypatch.setattr(kind, "begin", begin)
    return noted


def test_the_port_is_taken_first_then_the_outputs_made_safe_then_the_sensors_started(
    daemon: Daemon, begun: list[tuple[str, float]]
) -> None:
    daemon.sim.pigpio.write(HEATER_PIN, 1)
    daemon.up()

    assert [name for name, _ in begun[:1]] == ["gateway"]
    assert {name for name, _ in begun[1:3]} == {"fan", "heater"}
    assert dict(begun[3:]) == {"hot": 0.0, "cold": 0.0, "fake": 0.0}


def test_outputs_out_of_reach_do_not_keep_the_sensors_waiting(daemon: Daemon) -> None:
    daemon.sim.fault("pigpiod", "gone")
    took = daemon.start().until(daemon.progress.ready.is_set, "the daemon is ready")
    daemon.until(lambda: daemon.state("hot") == "running", "the sensor runs")

    assert took <= OUTPUTS_FIRST + 0.5
    assert (daemon.state("heater"), daemon.read(0x48)["state"]) == ("backoff", "ACK")
    assert daemon.drive(HEATER_PIN, 10)["code"] == "gpio_unavailable"


def test_outputs_that_hang_at_the_start_get_a_second_and_no_more(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon.stuck = {"fan", "heater"}
    hold = threading.Event()
    daemon.at_close.append(hold.set)
    original = OutputActor.begin
    monkeypatch.setattr(OutputActor, "begin", lambda self: (hold.wait(), original(self)))
    begun = daemon.clock.monotonic()
    daemon.start().run(OUTPUTS_FIRST / 2)
    waiting = {daemon.generation(child) for child in ("hot", "cold", "fake")}
    daemon.until(daemon.progress.ready.is_set, "the daemon is ready")
    took = daemon.clock.monotonic() - begun

    assert waiting == {0}
    assert OUTPUTS_FIRST <= took <= OUTPUTS_FIRST + 0.5


def test_a_shutdown_while_the_port_is_being_tried_ends_the_daemon(daemon: Daemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as owner:
        daemon.start(owner.getsockname()[1])
        daemon.shut_down()
        daemon.until(daemon.progress.finished.is_set, "the daemon has ended", 5)

    assert daemon.sim.pigpio.is_driven(HEATER_PIN) is False

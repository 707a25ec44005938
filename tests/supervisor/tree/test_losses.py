"""Every way to lose a child is noticed, and healed without harm to anybody else."""

from collections.abc import Callable
from typing import Any

import pytest

from actors.core import events
from actors.core.mailbox import Letter
from actors.messages import Tick
from supervisor.tree.children.specs import GATEWAY_POLICY, OUTPUT_POLICY, SENSOR_POLICY
from tests.supervisor.tree.daemon import Daemon
from tests.supervisor.tree.troubles import Troubles

HOT = 0x48
BUGS = [ValueError("a bug"), SystemExit(0), KeyboardInterrupt()]
named = pytest.mark.parametrize("error", BUGS, ids=lambda error: type(error).__name__)


def healed(daemon: Daemon, child: str = "hot", generation: int = 2) -> Callable[[], bool]:
    return lambda: daemon.state(child) == "running" and daemon.generation(child) == generation


def others(daemon: Daemon, child: str = "hot") -> set[int]:
    return {daemon.generation(other) for other in ("gateway", *daemon.supervisor.state.records) if other != child}


def lost_at(daemon: Daemon, child: str = "hot") -> Any:
    life = daemon.record(child).life
    return life.last_fault and life.last_fault.code


@named
def test_a_constructor_that_raises(daemon: Daemon, troubles: Troubles, error: BaseException) -> None:
    troubles.plan(HOT, "constructor", error)
    daemon.start().until(healed(daemon), "the sensor runs", 1.0)

    assert (others(daemon), lost_at(daemon), len(daemon.log.of(events.CHILD_CRASHED, child="hot"))) == ({1}, "internal_error", 1)


@named
def test_a_start_that_raises(daemon: Daemon, troubles: Troubles, error: BaseException) -> None:
    troubles.plan(HOT, "connect", error)
    daemon.start().until(healed(daemon), "the sensor runs", 1.0)

    assert (others(daemon), lost_at(daemon), len(daemon.log.of(events.CHILD_CRASHED, child="hot"))) == ({1}, "internal_error", 1)


@named
def test_a_crash_at_work(daemon: Daemon, troubles: Troubles, error: BaseException) -> None:
    daemon.up()
    troubles.plan(HOT, "measure", error)
    daemon.until(lambda: daemon.state("hot") == "backoff", "the loss is noticed", 1.1)
    took = daemon.until(healed(daemon), "the sensor runs", 1.0)

    assert (others(daemon), lost_at(daemon), len(daemon.log.of(events.CHILD_CRASHED, child="hot"))) == ({1}, "internal_error", 1)
    assert took <= SENSOR_POLICY.first * (1 + SENSOR_POLICY.jitter) + 0.1
    assert daemon.read(HOT)["state"] == "ACK"


def test_an_actor_that_ends_without_a_word(daemon: Daemon) -> None:
    daemon.up()
    running = daemon.record("hot").running
    assert running is not None
    running.ref.actor_stopped.set()
    running.ref.actor_inbox.put(Letter(Tick()))  # type: ignore[arg-type]  # its loop ends with the message that it handles next
    daemon.until(healed(daemon), "the sensor runs", 1.0)
    running.ref.actor_inbox.close()  # type: ignore[attr-defined]  # as its end would have done

    assert (others(daemon), lost_at(daemon)) == ({1}, "vanished")


def test_a_gateway_that_crashes_comes_back_on_its_port_and_serves(daemon: Daemon) -> None:
    daemon.up()
    port = daemon.progress.port
    assert daemon.read(HOT)["state"] == "ACK"
    running = daemon.record("gateway").running
    assert running is not None
    running.tell(unhashable_route())
    daemon.until(healed(daemon, "gateway"), "the gateway runs", 3.0)

    assert (daemon.progress.port, others(daemon, "gateway")) == (port, {1})
    assert daemon.read(HOT)["state"] == "ACK"
    assert daemon.drive(18, 10)["value"] == 10.0


def unhashable_route() -> Any:
    """Return a message at which the gateway crashes."""
    from actors.messages import Route

    return Route([], "running", None, 1, None, None)  # type: ignore[arg-type]


def test_an_output_that_crashes_is_off_and_comes_back(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    from actors.outputs.actor import OutputActor

    daemon.up()
    daemon.drive(23, 200)
    daemon.drive(18, 100)

    def crash(_actor: Any) -> None:
        monkeypatch.undo()
        raise ZeroDivisionError

    monkeypatch.setattr(OutputActor, "_verify", crash)
    daemon.until(lambda: {daemon.generation("heater"), daemon.generation("fan")} == {1, 2}, "one output is restarted", 3.0)
    daemon.until(daemon.serves, "everything runs", 3.0)

    fan, heater = (daemon.sim.pigpio.duty_at(pin) for pin in (18, 23))
    crashed = "heater" if daemon.generation("heater") == 2 else "fan"
    assert heater == (0.0 if crashed == "heater" else pytest.approx(200 / 255, abs=0.001))
    assert fan == pytest.approx(100 / 255, abs=0.001)


def test_outputs_come_back_soon_after_their_pigpiod(daemon: Daemon) -> None:
    daemon.up()
    daemon.drive(23, 200)
    daemon.drive(18, 100)
    daemon.sim.fault("pigpiod", "gone", level=1)
    daemon.run(60)
    states = {daemon.state("fan"), daemon.state("heater")}
    daemon.sim.clear("pigpiod")
    took = daemon.until(daemon.serves, "everything runs")

    assert states <= {"backoff", "failed"}
    assert took <= OUTPUT_POLICY.slow * (1 + OUTPUT_POLICY.jitter) + 2.0
    assert (daemon.sim.pigpio.duty_at(23), daemon.drive(18, 100)["value"]) == (0.0, 100.0)


def test_a_gateway_that_cannot_come_back_is_tried_again_within_seconds(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    from actors.gateway.actor import Gateway

    daemon.up()
    original: Callable[[Any], None] = Gateway.begin
    failures = iter([1, 1, 1])

    def begin(self: Any) -> None:
        if next(failures, None):
            raise ValueError("not yet")
        original(self)

    monkeypatch.setattr(Gateway, "begin", begin)
    running = daemon.record("gateway").running
    assert running is not None
    running.tell(unhashable_route())
    took = daemon.until(healed(daemon, "gateway", 5), "the gateway runs", 10)

    assert took <= 4 * GATEWAY_POLICY.cap * (1 + GATEWAY_POLICY.jitter) + 0.5
    assert daemon.progress.failure is None
    assert daemon.read(HOT)["state"] == "ACK"


@pytest.mark.parametrize("first", ["fan", "heater"])
def test_a_quick_restart_of_pigpiod_is_healed_for_every_output_whoever_meets_it_first(daemon: Daemon, first: str) -> None:
    daemon.up()
    daemon.drive(18, 100)
    daemon.sim.fault("pigpiod", "restart", level=0)
    assert daemon.ask(type="AQ", register="pin", pin={"fan": 18, "heater": 23}[first])["code"] == "gpio_unavailable"
    daemon.run(10.0)

    assert (daemon.state("fan"), daemon.state("heater")) == ("running", "running")
    assert daemon.sim.pigpio.duty_at(18) == pytest.approx(100 / 255, abs=0.001)

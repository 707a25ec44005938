"""Lost threads for which the whole process must be replaced: it ends with the outputs safe, and systemd starts another one."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

import actors.interlocks.actor
from actors.core import events
from actors.gateway.actor import Gateway
from actors.messages import Tick
from actors.outputs.actor import OutputActor
from supervisor.exits import EX_SOFTWARE
from supervisor.tree.children.interlock import CHILD
from supervisor.tree.watch.hangs import MAX_ABANDONED
from tests.actors.interlocks.rules_of import LIMIT
from tests.fakes import wait
from tests.supervisor.tree.daemon import HOT, Daemon, sensor
from tests.supervisor.tree.troubles import Troubles


@pytest.fixture
def stuck_output(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    """A daemon whose heater is on and whose actor does not come back."""
    daemon.up()
    daemon.drive(18, 100)
    gate = threading.Event()
    daemon.at_close.append(gate.set)
    original: Callable[[Any], None] = OutputActor._verify

    def stick(actor: Any) -> None:
        if actor.child == "heater":
            gate.wait(20)
        original(actor)

    monkeypatch.setattr(OutputActor, "_verify", stick)
    daemon.stuck = {"heater"}
    return daemon


def test_an_output_that_hangs_ends_the_daemon_with_the_other_outputs_safe(stuck_output: Daemon) -> None:
    daemon = stuck_output
    took = daemon.until(daemon.progress.finished.is_set, "the daemon has ended", 30)

    assert (daemon.progress.exit_code, daemon.sim.pigpio.duty_at(18)) == (EX_SOFTWARE, 0.0)
    assert "heater" in (daemon.progress.failure or "")
    assert took <= 1.0 + daemon.record("heater").spec.hang + 2.5


def test_a_gateway_that_hangs_ends_the_daemon_with_the_outputs_safe(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon.up()
    daemon.drive(18, 100)
    gate = threading.Event()
    daemon.at_close.append(gate.set)
    monkeypatch.setattr(Gateway, "handle", lambda _gateway, _message: gate.wait(20))
    daemon.stuck = {"gateway"}
    running = daemon.record("gateway").running
    assert running is not None
    running.tell(Tick())
    daemon.until(daemon.progress.finished.is_set, "the daemon has ended", 30)

    assert (daemon.progress.exit_code, daemon.sim.pigpio.duty_at(18)) == (EX_SOFTWARE, 0.0)
    assert "gateway" in (daemon.progress.failure or "")


def test_too_many_lost_threads_end_the_daemon(make_daemon: Callable[..., Daemon], troubles: Troubles) -> None:
    sensors = tuple(sensor(f"t{number}", 0x08 + number) for number in range(MAX_ABANDONED))
    daemon = make_daemon(sensors=(*sensors, HOT)).up()
    for spec in sensors[1:]:
        troubles.hang(spec.address, "after")
    daemon.stuck = {spec.id for spec in sensors[1:]}
    daemon.until(lambda: len(daemon.supervisor.state.lost) == MAX_ABANDONED - 1, "all but one are lost", 60)
    alive = daemon.progress.failure is None
    troubles.hang(sensors[0].address, "after")
    daemon.stuck |= {sensors[0].id}
    daemon.until(daemon.progress.finished.is_set, "the daemon has ended", 60)

    assert (alive, daemon.progress.exit_code) == (True, EX_SOFTWARE)


def test_a_second_thread_of_the_interlocks_that_hangs_ends_the_daemon_with_the_outputs_safe(
    make_daemon: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = make_daemon(interlocks=(LIMIT,)).up()
    daemon.drive(18, 100)
    gate = threading.Event()
    daemon.at_close.append(gate.set)
    daemon.stuck = {CHILD}
    monkeypatch.setattr(actors.interlocks.actor, "advance", lambda *_arguments: wait(gate, 60))
    daemon.until(lambda: len(daemon.supervisor.state.lost) == 1, "the first one hangs", 10)
    alive = daemon.progress.failure is None
    daemon.until(daemon.progress.finished.is_set, "the daemon has ended", 20)

    assert (alive, daemon.progress.exit_code, daemon.sim.pigpio.duty_at(18)) == (True, EX_SOFTWARE, 0.0)
    assert [record["generation"] for record in daemon.log.of(events.CHILD_HUNG, child=CHILD)] == [1, 2]

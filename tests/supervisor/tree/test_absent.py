"""Sensors that are not there, come, go, and are something else."""

from actors.core import events
from supervisor.tree.children.specs import SENSOR_POLICY
from supervisor.tree.supervisor import LOOK_EVERY
from tests.supervisor.tree.daemon import Daemon

LONGEST = SENSOR_POLICY.cap * (1 + SENSOR_POLICY.jitter)


def running(daemon: Daemon, child: str = "hot") -> bool:
    return daemon.state(child) == "running"


def start_without(daemon: Daemon, kind: str = "unplug", **options: str) -> None:
    daemon.sim.fault("hot", kind, **options)
    daemon.start().until(daemon.progress.ready.is_set, "the daemon is ready")
    daemon.run(1)


def test_a_sensor_absent_at_the_start_is_no_reason_not_to_serve(daemon: Daemon) -> None:
    start_without(daemon)

    assert (daemon.state("hot"), daemon.read(0x49)["state"]) == ("absent", "ACK")
    reply = daemon.read(0x48)
    assert (reply["state"], reply["code"]) == ("ERROR", "no_ack")
    assert "0x48" in reply["value"]


def test_an_absent_sensor_is_looked_for_for_ever_and_never_more_often_than_its_back_off(daemon: Daemon) -> None:
    start_without(daemon)
    daemon.run(100)
    before = daemon.generation("hot")
    daemon.run(100)

    assert 100 / (LONGEST + LOOK_EVERY) - 1 <= daemon.generation("hot") - before <= 100 / (SENSOR_POLICY.cap * 0.9) + 1


def test_a_sensor_that_appears_is_found_and_served(daemon: Daemon) -> None:
    start_without(daemon)
    daemon.run(120)
    daemon.sim.clear("hot")
    took = daemon.until(lambda: running(daemon), "the sensor runs")

    assert took <= LONGEST + LOOK_EVERY
    assert daemon.read(0x48)["state"] == "ACK"
    assert len(daemon.log.of(events.CHILD_RESTARTED, child="hot")) == 1


def test_retry_finds_it_at_once(daemon: Daemon) -> None:
    start_without(daemon)
    daemon.run(120)
    daemon.sim.clear("hot")
    answer = daemon.query("retry", child="hot")
    took = daemon.until(lambda: running(daemon), "the sensor runs")

    assert (answer, took < 0.3) == ({"child": "hot", "state": "absent"}, True)


def test_a_sensor_pulled_out_at_work_is_degraded_then_absent_and_comes_back_when_it_is_plugged_in(daemon: Daemon) -> None:
    daemon.up()
    daemon.sim.fault("hot", "unplug")
    daemon.until(lambda: daemon.state("hot") == "degraded", "the sensor is degraded", 1.5)
    daemon.until(lambda: daemon.state("hot") == "absent", "the sensor is absent", 3.0)
    daemon.sim.clear("hot")
    daemon.until(lambda: running(daemon), "the sensor runs", 1.0)

    told = [record["event"] for record in daemon.log.items if "hot" in {record.get("child"), record.get("actor")}]
    assert told == [events.CHILD_STARTED, events.SENSOR_DEGRADED, events.SENSOR_ABSENT, events.CHILD_RESTARTED]
    assert {daemon.generation(child) for child in ("gateway", "cold", "fake", "fan", "heater")} == {1}


def test_another_chip_in_its_place_is_refused_by_name_and_at_last_looked_at_seldom(daemon: Daemon) -> None:
    start_without(daemon, "wrong_chip", model="ADS1115")
    daemon.until(lambda: daemon.state("hot") == "failed", "the sensor has failed", 60)
    before = daemon.generation("hot")
    daemon.run(10 * SENSOR_POLICY.slow)
    reply = daemon.read(0x48)

    assert 8 <= daemon.generation("hot") - before <= 12
    assert (daemon.state("hot"), reply["code"]) == ("failed", "wrong_chip")
    assert "ADS1115" in reply["value"]
    assert len(daemon.log.of(events.CHILD_FAILED, child="hot")) == 1


def test_retry_clears_failed_for_good(daemon: Daemon) -> None:
    start_without(daemon, "wrong_chip", model="ADS1115")
    daemon.until(lambda: daemon.state("hot") == "failed", "the sensor has failed", 60)
    answer = daemon.query("retry", child="hot")
    before = daemon.generation("hot")
    daemon.run(2)

    assert answer["state"] == "backoff"
    assert (daemon.state("hot"), daemon.generation("hot") - before >= 3) == ("backoff", True)


def test_a_stuck_bus_is_told_once_and_everybody_comes_back_with_it(daemon: Daemon) -> None:
    daemon.up()
    daemon.sim.fault("bus", "stuck")
    daemon.until(lambda: daemon.rig.breaker.fault is not None, "the bus is known to be stuck", 10)
    daemon.run(60)
    starts = sum(daemon.generation(child) for child in ("hot", "cold"))
    daemon.run(60)
    starts = sum(daemon.generation(child) for child in ("hot", "cold")) - starts
    told = [record["event"] for record in daemon.log.items]
    states = {child: daemon.state(child) for child in ("fake", "fan", "heater")}
    daemon.sim.clear("bus")
    found = daemon.until(lambda: daemon.rig.breaker.fault is None, "the bus is known to be well")
    took = daemon.until(daemon.serves, "everything runs")

    assert (told.count(events.BUS_STUCK), told.count(events.CHILD_FAILED)) == (1, 0)
    assert set(states.values()) == {"running"}
    assert 60 / 5 - 2 <= starts <= 60 / 5 + 1, "one prober every 5 s, and nobody else"
    assert (found <= 5.0 + LOOK_EVERY, took <= LOOK_EVERY) == (True, True)
    assert len(daemon.log.of(events.BUS_RECOVERED)) == 1


def test_a_daemon_with_something_missing_sleeps_most_of_the_time(daemon: Daemon) -> None:
    start_without(daemon)
    daemon.sim.fault("bus", "stuck")
    daemon.run(30)
    before = daemon.rounds()
    daemon.run(30)

    assert daemon.rounds() - before <= 30 / LOOK_EVERY + 60

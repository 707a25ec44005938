"""Sensors that are not there, come, go, and are something else."""

from actors.core import events
from actors.errors import BusError
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


def test_an_absent_sensor_is_recorded_once_however_long_it_is_absent(daemon: Daemon) -> None:
    start_without(daemon)
    daemon.run(300)

    assert [record["event"] for record in daemon.log.items if record.get("child") == "hot"] == [events.SENSOR_ABSENT]
    assert daemon.state("hot") == "absent"


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


def test_the_right_chip_after_the_wrong_one_is_found_by_itself(daemon: Daemon) -> None:
    start_without(daemon, "wrong_chip", model="ADS1115")
    daemon.until(lambda: daemon.state("hot") == "failed", "the sensor has failed", 60)
    daemon.sim.clear("hot")
    took = daemon.until(lambda: running(daemon), "the sensor runs")

    assert took <= SENSOR_POLICY.slow * (1 + SENSOR_POLICY.jitter) + LOOK_EVERY


def test_retry_clears_failed_for_good(daemon: Daemon) -> None:
    start_without(daemon, "wrong_chip", model="ADS1115")
    daemon.until(lambda: daemon.state("hot") == "failed", "the sensor has failed", 60)
    answer = daemon.query("retry", child="hot")
    before = daemon.generation("hot")
    daemon.run(2)

    assert answer["state"] == "backoff"
    assert (daemon.state("hot"), daemon.generation("hot") - before >= 3) == ("backoff", True)


def test_retry_of_a_running_child_leaves_it_alone(daemon: Daemon) -> None:
    daemon.up()
    answer = daemon.query("retry", child="hot")
    daemon.run(2)

    assert (answer["state"], daemon.state("hot"), daemon.generation("hot")) == ("running", "running", 1)


def test_retry_of_a_child_that_there_is_not_names_those_there_are(daemon: Daemon) -> None:
    daemon.up()
    fault = daemon.query("retry", child="nobody")

    assert fault.code == "unknown_child"
    assert "hot, cold, fake" in fault.message


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


def test_another_cause_while_the_bus_is_down_is_told_once_and_so_is_each_later_one(daemon: Daemon) -> None:
    daemon.up()
    bus_events = (events.BUS_STUCK, events.BUS_LOST, events.BUS_RECOVERED)
    daemon.sim.fault("bus", "stuck")
    daemon.until(lambda: daemon.rig.breaker.fault is not None, "the bus is known to be stuck", 10)
    for kind, code in (("gone", "no_adapter"), ("stuck", "bus_stuck"), ("gone", "no_adapter")):
        daemon.sim.fault("bus", kind)
        daemon.until(lambda code=code: daemon.rig.breaker.fault.code == code, f"the cause is {code}", 30)  # type: ignore[misc, union-attr]
        daemon.run(30)
    daemon.sim.clear("bus")
    daemon.until(daemon.serves, "everything runs", 10)

    told = [record["event"] for record in daemon.log.items if record["event"] in bus_events]
    assert told == [events.BUS_STUCK, events.BUS_LOST, events.BUS_STUCK, events.BUS_LOST, events.BUS_RECOVERED]
    assert daemon.log.of(events.CHILD_FAILED) == []


def test_a_bus_that_was_down_for_a_moment_between_two_looks_is_told_of_all_the_same(daemon: Daemon) -> None:
    daemon.up()
    daemon.rig.breaker.failed(0x48, BusError("no_adapter", "gone", 19))
    daemon.rig.breaker.succeeded()
    daemon.run(1)

    told = [record["event"] for record in daemon.log.items if record["event"] in {events.BUS_LOST, events.BUS_RECOVERED}]
    assert told == [events.BUS_LOST, events.BUS_RECOVERED]


def test_the_bus_is_told_to_be_well_before_its_children_are(daemon: Daemon) -> None:
    daemon.up()
    daemon.sim.fault("bus", "gone")
    daemon.until(lambda: daemon.state("hot") == "backoff", "the sensor is lost", 10)
    daemon.sim.clear("bus")
    daemon.until(daemon.serves, "everything runs", 10)

    told = [record["event"] for record in daemon.log.items]
    assert told.index(events.BUS_RECOVERED) < told.index(events.CHILD_RESTARTED)


def test_one_that_had_failed_before_its_bus_did_comes_back_with_the_bus_and_not_with_its_next_slow_probe(daemon: Daemon) -> None:
    daemon.up()
    daemon.sim.fault("hot", "timeout", seconds=0.1)
    daemon.until(lambda: daemon.state("hot") == "failed", "the sensor has failed", 60)
    daemon.sim.fault("bus", "stuck")
    daemon.until(lambda: daemon.rig.breaker.fault is not None, "the bus is known to be stuck", 40)
    daemon.sim.clear()
    daemon.until(lambda: daemon.rig.breaker.fault is None, "the bus is known to be well", 10)
    took = daemon.until(daemon.serves, "everything runs")

    assert took <= LOOK_EVERY


def test_status_says_when_a_sensor_is_tried_again_on_a_bus_that_is_down(daemon: Daemon) -> None:
    daemon.up()
    daemon.sim.fault("bus", "stuck")
    daemon.until(lambda: daemon.rig.breaker.fault is not None, "the bus is known to be stuck", 10)
    daemon.run(30.1)
    due = [daemon.query("status")["children"][child]["next_attempt_s"] for child in ("hot", "cold")]

    assert daemon.rig.breaker.next_probe is not None
    assert due == [round(daemon.rig.breaker.next_probe - daemon.clock.monotonic(), 2)] * 2


def test_a_daemon_with_something_missing_sleeps_most_of_the_time(daemon: Daemon) -> None:
    start_without(daemon)
    daemon.sim.fault("bus", "stuck")
    daemon.run(30)
    rounds: list[float] = []
    advance = daemon.supervisor._advance
    daemon.supervisor._advance = lambda: (rounds.append(0), advance())  # type: ignore[assignment, func-returns-value, method-assign]
    daemon.run(30)

    assert len(rounds) <= 30 / LOOK_EVERY + 60

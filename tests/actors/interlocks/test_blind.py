"""An interlock whose channel gives no number cannot judge: its heater is held from the first moment, and let go when it can again."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from actors.bench.interlocks import ChannelRef, Drive
from actors.core import events
from tests.actors.interlocks.rules_of import FAN, LIMIT, OFF, STALE, change
from tests.actors.outputs.remote import Logbook
from tests.fakes import ManualClock
from tests.supervisor.tree.daemon import Daemon, sensor

PIN, FAN_PIN = 23, 18
PROBE = sensor("hot", 0x48, "PT-100")
DIODE = sensor("hot", 0x4C, "EMC2101")
OUTSIDE = ChannelRef("hot", "external", "°C")
BOTH_OFF = (*OFF, Drive(FAN, 0.0))


@pytest.fixture
def make(clock: ManualClock, log: Logbook) -> Iterator[Callable[..., Daemon]]:
    made: list[Daemon] = []

    def build(spec: Any, *interlocks: Any) -> Daemon:
        made.append(Daemon(clock, log, sensors=(spec,), interlocks=interlocks))
        return made[-1]

    yield build
    for daemon in made:
        daemon.close()


@pytest.mark.parametrize(
    ("spec", "channel", "kind", "why"),
    [
        (PROBE, LIMIT.channel, "open", "the PT-100 or one of its leads is broken"),
        (PROBE, LIMIT.channel, "short", "the PT-100 or its leads are shorted"),
        (DIODE, OUTSIDE, "open", "is not connected, or its wire is broken"),
        (DIODE, OUTSIDE, "short", "the external diode of the EMC2101 is shorted"),
    ],
)
@pytest.mark.parametrize("interlock", [LIMIT, STALE], ids=["limit", "stale"])
def test_a_heater_whose_thermometer_is_broken_from_the_start_is_refused_from_the_first_moment(
    make: Callable[..., Daemon], interlock: Any, spec: Any, channel: Any, kind: str, why: str
) -> None:
    daemon = make(spec, change(interlock, channel=channel))
    daemon.sim.fault("hot", kind)
    daemon.up()
    answer = daemon.drive(PIN, 128)
    assert (answer["state"], answer["code"]) == ("ERROR", "interlock")
    assert f"{channel}: " in answer["value"]
    assert why in answer["value"]
    assert daemon.sim.pigpio.duty_at(PIN) == 0.0
    assert daemon.drive(PIN, 0)["state"] == "ACK"


def test_a_thermometer_that_breaks_switches_its_heater_off_and_a_mended_one_lets_it_be_driven_again(
    make: Callable[..., Daemon], log: Logbook
) -> None:
    daemon = make(DIODE, change(LIMIT, channel=OUTSIDE, drives=BOTH_OFF)).up()
    assert daemon.drive(PIN, 128)["value"] == 128
    assert daemon.drive(FAN_PIN, 100)["value"] == 100
    daemon.sim.fault("hot", "open")
    assert daemon.until(lambda: daemon.sim.pigpio.duty_at(PIN) == 0.0, "the heater is off", patience=5.0) <= 2.0
    daemon.run(3.0)
    assert daemon.sim.pigpio.duty_at(FAN_PIN) > 0.0
    assert daemon.query("status")["interlocks"]["too_hot"]["state"] == "holding"
    assert log.of(events.INTERLOCK_TRIPPED) == []
    daemon.sim.clear("hot")
    daemon.run(2.0)
    assert daemon.sim.pigpio.duty_at(PIN) == 0.0
    assert daemon.drive(PIN, 64)["value"] == 64


def test_a_channel_beyond_the_end_that_no_limit_is_about_holds_the_heater_too(make: Callable[..., Daemon]) -> None:
    daemon = make(sensor("hot", 0x48), STALE).up()
    assert daemon.drive(PIN, 128)["value"] == 128
    daemon.sim.fault("hot", "shift", degrees=110.0)
    assert daemon.until(lambda: daemon.sim.pigpio.duty_at(PIN) == 0.0, "the heater is off", patience=5.0) <= 2.0


def test_a_sensor_that_was_never_there_does_not_let_its_heater_on(make: Callable[..., Daemon]) -> None:
    daemon = make(PROBE, LIMIT)
    daemon.sim.fault("hot", "unplug")
    daemon.start().until(daemon.progress.ready.is_set, "it answers")
    answer = daemon.drive(PIN, 128)
    assert (answer["state"], answer["code"]) == ("ERROR", "interlock")
    assert daemon.sim.pigpio.duty_at(PIN) == 0.0
    daemon.sim.clear("hot")
    daemon.until(daemon.serves, "everything runs")
    daemon.run(1.0)
    assert daemon.drive(PIN, 128)["value"] == 128


def test_a_short_loss_of_a_sensor_that_was_well_is_left_to_the_rule_about_lost_ones(make: Callable[..., Daemon]) -> None:
    daemon = make(PROBE, STALE).up()
    assert daemon.drive(PIN, 128)["value"] == 128
    daemon.sim.fault("hot", "unplug")
    daemon.run(3.0)
    assert daemon.sim.pigpio.duty_at(PIN) > 0.0
    daemon.run(4.0)
    assert daemon.sim.pigpio.duty_at(PIN) == 0.0

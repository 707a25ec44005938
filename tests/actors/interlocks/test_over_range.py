"""Hotter, or colder, than a chip can tell: no number, and a trip at once of every rule to which that side matters."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from actors.bench.interlocks import ChannelRef, Drive
from actors.core import events
from actors.errors import OVER, UNDER
from actors.interlocks.snapshot import Word
from tests.actors.interlocks.rules_of import (
    FAN,
    HEATER,
    LIMIT,
    OFF,
    PROGRESS,
    STUCK_ON,
    TEMPERATURE,
    Bench,
    change,
)
from tests.actors.outputs.remote import Logbook
from tests.fakes import ManualClock
from tests.supervisor.tree.daemon import Daemon, sensor

PIN, FAN_PIN = 23, 18
HOTTER, COLDER = "the chip is hotter than it can tell", "the chip is colder than it can tell"


def beyond(bench: Bench, side: int, ref: ChannelRef = TEMPERATURE) -> Bench:
    """Let a measurement lie beyond an end of the chip, and look."""
    key = (ref.sensor, ref.channel)
    before, why = bench.channels.get(key, Word()), HOTTER if side > 0 else COLDER
    bench.channels[key] = Word(before.value, before.at, why, side, why)
    return bench.look()


def test_beyond_the_hot_end_is_above_every_limit_and_below_none() -> None:
    assert beyond(Bench(LIMIT).read(20.0), 1).why == f"hot.temp is above 90 °C: {HOTTER}"
    assert beyond(Bench(change(LIMIT, above=200.0)), 1).why == f"hot.temp is above 200 °C: {HOTTER}"
    assert beyond(Bench(change(LIMIT, above=None, below=5.0)), 1).trip is None


def test_beyond_the_cold_end_is_below_every_limit_and_above_none() -> None:
    below = change(LIMIT, above=None, below=5.0)
    assert beyond(Bench(below).read(20.0), -1).why == f"hot.temp is below 5 °C: {COLDER}"
    assert beyond(Bench(LIMIT).read(20.0), -1).trip is None


def test_a_limit_that_tripped_beyond_the_end_is_not_reset_before_the_channel_is_back_inside() -> None:
    bench = beyond(Bench(LIMIT).read(20.0), 1)
    assert HOTTER in (bench.reset() or "")
    bench.read(None)
    assert bench.reset() is not None
    bench.read(87.0)
    assert bench.reset() is not None
    bench.read(84.0)
    assert bench.reset() is None


def test_a_heater_that_takes_its_thermometer_beyond_the_hot_end_does_heat() -> None:
    bench = Bench(PROGRESS).read(20.0).drive(HEATER, 50.0)
    beyond(bench, 1)
    bench.pass_(120.0)
    assert bench.trip is None


def test_heat_beyond_the_hot_end_while_the_heater_is_off_is_a_heater_that_is_stuck() -> None:
    bench = Bench(STUCK_ON).read(20.0)
    bench.pass_(130.0, 80.0)
    beyond(bench, 1)
    assert bench.why.startswith("hot.temp rose from 80 to more than its chip can tell although heater is off")


@pytest.fixture
def make(clock: ManualClock, log: Logbook) -> Iterator[Callable[..., Daemon]]:
    made: list[Daemon] = []

    def up(driver: str, address: int, **limit: Any) -> Daemon:
        spec = change(LIMIT, drives=(*OFF, Drive(FAN, 255.0)), channel=ChannelRef("hot", "temp", "°C"), hysteresis=0.0, **limit)
        made.append(Daemon(clock, log, sensors=(sensor("hot", address, driver),), interlocks=(spec,)))
        return made[-1].up()

    yield up
    for daemon in made:
        daemon.close()


@pytest.mark.parametrize(("driver", "address", "threshold", "degrees"), [("AHT10", 0x38, 80.0, 63.0), ("TMP102", 0x48, 120.0, 107.0)])
def test_a_chip_that_is_hotter_than_it_can_tell_switches_the_heater_off_at_once_and_the_fan_to_full(
    make: Callable[..., Daemon], log: Logbook, driver: str, address: int, threshold: float, degrees: float
) -> None:
    daemon = make(driver, address, above=threshold)
    assert daemon.drive(PIN, 128)["value"] == 128
    daemon.sim.fault("hot", "shift", degrees=degrees)
    took = daemon.until(lambda: daemon.sim.pigpio.duty_at(PIN) == 0.0, "the heater is off", patience=10.0)
    assert took <= 2.5
    daemon.until(lambda: daemon.sim.pigpio.duty_at(FAN_PIN) == 1.0, "the fan is at full", patience=1.0)
    [trip] = log.of(events.INTERLOCK_TRIPPED)
    assert trip["reason"].startswith(f"hot.temp is above {threshold:g} °C: the {driver} is hotter than it can tell")


def test_the_sensor_does_not_die_of_it_and_says_which_end(make: Callable[..., Daemon]) -> None:
    daemon = make("TMP102", 0x48, above=120.0)
    daemon.sim.fault("hot", "shift", degrees=110.0)
    daemon.run(30.0)
    assert (daemon.state("hot"), daemon.generation("hot")) == ("running", 1)
    answer = daemon.read(0x48)
    assert (answer["state"], answer["code"]) == ("ERROR", OVER)
    assert answer["value"] == "the TMP102 is hotter than it can tell: above 127.875 °C"
    daemon.sim.fault("hot", "shift", degrees=-110.0)
    daemon.run(2.0)
    assert daemon.read(0x48)["code"] == UNDER

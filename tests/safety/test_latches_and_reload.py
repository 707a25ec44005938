"""A latch ends by a reset and by nothing else: no reload, rename or removal in `config.py` lets a heater heat again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

import actors.outputs.actor
import supervisor.tree.reconfigure
from actors.bench.devices import Bench
from actors.bench.interlocks import Drive, Interlock, OutputRef
from tests.actors.interlocks.rules_of import LIMIT, OFF, STALE
from tests.actors.outputs.driving import FAN, HEATER, VALVE
from tests.actors.outputs.remote import Logbook, keep_log
from tests.fakes import ManualClock
from tests.supervisor.tree.daemon import Daemon

PIN, OTHER_PIN = 23, 17
TOO_HOT = replace(LIMIT, drives=OFF)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Logbook:
    return keep_log(monkeypatch, actors.outputs.actor, supervisor.tree.reconfigure)


@pytest.fixture
def make(clock: ManualClock, log: Logbook) -> Iterator[Callable[..., Daemon]]:
    made: list[Daemon] = []

    def up(*interlocks: Interlock) -> Daemon:
        made.append(Daemon(clock, log, interlocks=interlocks, outputs=(FAN, HEATER, VALVE)).up())
        assert made[-1].drive(PIN, 128)["value"] == 128
        return made[-1]

    yield up
    for daemon in made:
        daemon.close()


def reload(daemon: Daemon, bench: Bench) -> None:
    daemon.progress.reloaded.clear()
    daemon.reload(bench)
    daemon.until(lambda: daemon.progress.reloaded.is_set() and serves(daemon), "the other bench serves", 10)


def serves(daemon: Daemon) -> bool:
    """Whether everybody is there; an output whose lease is latched says that something is wrong."""
    return all(record.life.serving_since is not None for record in daemon.supervisor.state.records.values())


def with_heater(daemon: Daemon, **changes: Any) -> Bench:
    return replace(daemon.bench, outputs=tuple(replace(spec, **changes) if spec.id == "heater" else spec for spec in daemon.bench.outputs))


def with_interlocks(daemon: Daemon, *interlocks: Interlock) -> Bench:
    return replace(daemon.bench, interlocks=interlocks)


def refused(daemon: Daemon, pin: int = PIN) -> str:
    """Return the code of the error to a set-point; the pin must be off."""
    reply = daemon.drive(pin, 1)
    assert daemon.sim.pigpio.duty_at(pin) == 0.0
    return str(reply.get("code"))


def reset(daemon: Daemon, name: str) -> Any:
    return daemon.ask(type="reset", interlock=name)


@pytest.fixture
def expired(make: Callable[..., Daemon]) -> Daemon:
    """The heater's lease has run out under heat."""
    daemon = make()
    daemon.clock.advance(3.0)
    daemon.run(1.0)
    assert refused(daemon) == "lease_expired"
    return daemon


CHANGES: dict[str, dict[str, Any]] = {
    "another title": {"title": "Heating resistor"},
    "another name": {"id": "oven", "name": "oven"},
    "other limits": {"max": 100.0},
    "the other way round": {"active_low": True},
    "another driver": {"driver": "DIGITAL", "pwm_frequency": None, "max": 1.0},
    "no heater any more": {"kind": "output"},
    "everything": {"id": "oven", "name": "oven", "title": "Oven", "units": "", "pwm_frequency": 50.0},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_a_latched_lease_stays_latched_whatever_becomes_of_the_entry_of_its_pin(expired: Daemon, changes: dict[str, Any]) -> None:
    off = float(changes.get("active_low", False))
    reload(expired, with_heater(expired, **changes))
    name = changes.get("id", "heater")

    reply = expired.drive(PIN, 1)
    assert (reply.get("code"), expired.sim.pigpio.duty_at(PIN)) == ("lease_expired", off)
    assert f"pilotage reset {name}" in reply["value"]
    assert expired.ask(type="status")["value"]["outputs"][name]["lease"]["state"] == "expired"
    assert reset(expired, name)["state"] == "ACK"
    assert expired.sim.pigpio.duty_at(PIN) == off
    assert expired.drive(PIN, 1)["value"] == pytest.approx(1.0, abs=0.01)


def test_a_heater_that_was_gone_for_a_while_is_still_latched(expired: Daemon) -> None:
    reload(expired, replace(expired.bench, outputs=(FAN, VALVE)))
    reload(expired, expired.bench)

    assert refused(expired) == "lease_expired"


@pytest.fixture
def tripped(make: Callable[..., Daemon]) -> Daemon:
    """Too hot a moment ago, and cold again: only the latch holds the heater."""
    daemon = make(TOO_HOT, STALE)
    daemon.sim.fault("hot", "shift", degrees=100.0)
    daemon.until(lambda: daemon.sim.pigpio.duty_at(PIN) == 0.0, "the heater is off", 3)
    daemon.sim.clear()
    daemon.run(2.0)
    assert refused(daemon) == "interlock"
    return daemon


ELSEWHERE = (Drive(OutputRef("valve", 0.0, 1.0), 0.0),)


@pytest.mark.parametrize(
    ("interlocks", "name"),
    [
        ((replace(TOO_HOT, above=120.0), STALE), "too_hot"),
        ((replace(TOO_HOT, hysteresis=1.0, latched=False), STALE), "too_hot"),
        ((replace(STALE, name="too_hot"),), "too_hot"),
        ((replace(TOO_HOT, name="overheat"), STALE), "overheat"),
        ((STALE,), "too_hot"),
        ((), "too_hot"),
        ((replace(TOO_HOT, drives=ELSEWHERE), STALE), "too_hot_former"),
        ((replace(TOO_HOT, name="overheat", above=120.0), STALE), "too_hot"),
    ],
    ids=["threshold", "not latched any more", "another kind", "renamed", "removed", "all removed", "re-pointed", "replaced"],
)
def test_a_latched_trip_holds_its_output_whatever_becomes_of_its_entry(tripped: Daemon, interlocks: Any, name: str) -> None:
    reload(tripped, with_interlocks(tripped, *interlocks))
    tripped.run(3.0)

    reply = tripped.drive(PIN, 1)
    assert (reply.get("code"), tripped.sim.pigpio.duty_at(PIN)) == ("interlock", 0.0)
    assert f"interlock {name} has held heater at 0" in reply["value"]
    assert "hot.temp is 1" in reply["value"], "the reason is that of the trip"
    told = tripped.ask(type="status")["value"]["interlocks"][name]
    assert (told["tripped"], told["latched"]) == (True, True)
    assert reset(tripped, name)["state"] == "ACK"
    assert tripped.drive(PIN, 64)["value"] == 64


def test_a_latched_trip_outlives_any_number_of_reloads_and_leaves_nothing_behind_after_its_reset(tripped: Daemon) -> None:
    reload(tripped, with_interlocks(tripped))
    reload(tripped, replace(with_heater(tripped, title="Heater 2"), interlocks=()))
    reload(tripped, replace(with_heater(tripped, id="oven", name="oven"), interlocks=()))
    assert refused(tripped) == "interlock"
    assert reset(tripped, "too_hot")["state"] == "ACK"
    assert tripped.drive(PIN, 64)["value"] == 64
    reload(tripped, replace(tripped.bench, interlocks=()))

    assert "interlocks" not in tripped.supervisor.state.records
    assert tripped.ask(type="status")["value"]["interlocks"] == {}
    assert reset(tripped, "too_hot")["code"] == "unknown_interlock"
    assert tripped.drive(PIN, 64)["value"] == 64


def test_what_was_not_latched_is_judged_anew(make: Callable[..., Daemon]) -> None:
    daemon = make(replace(TOO_HOT, latched=False))
    daemon.sim.fault("hot", "shift", degrees=100.0)
    daemon.until(lambda: daemon.sim.pigpio.duty_at(PIN) == 0.0, "the heater is off", 3)
    reload(daemon, with_interlocks(daemon))

    assert daemon.drive(PIN, 64)["value"] == 64


def test_the_latches_survive_the_actors_of_the_interlocks_and_of_the_output(tripped: Daemon) -> None:
    for child in ("interlocks", "heater"):
        running = tripped.record(child).running
        assert running is not None
        running.ref.stop(block=False)
        tripped.until(lambda child=child: tripped.generation(child) > 1 and tripped.serves(), "it is back", 30)  # type: ignore[misc]

    assert refused(tripped) == "interlock"
    assert tripped.ask(type="status")["value"]["interlocks"]["too_hot"]["tripped"]


def swapped(bench: Bench) -> Bench:
    pins = {"heater": OTHER_PIN, "valve": PIN}
    return replace(bench, outputs=tuple(replace(spec, pin=pins.get(spec.id, spec.pin)) for spec in bench.outputs))


def trips(daemon: Daemon) -> list[str]:
    return [name for name, said in daemon.ask(type="status")["value"]["interlocks"].items() if said["tripped"]]


def elsewhere(bench: Bench) -> Bench:
    """The heater at a pin of its own, the valve gone."""
    return replace(bench, outputs=(FAN, replace(HEATER, pin=OTHER_PIN)))


def under_another_name(bench: Bench) -> Bench:
    renamed = tuple(replace(spec, id="oven", name="oven") if spec.id == "heater" else spec for spec in bench.outputs)
    return replace(bench, outputs=renamed, interlocks=tuple(replace(spec, drives=OVEN_OFF) for spec in bench.interlocks))


def under_another_name_alone(bench: Bench) -> Bench:
    return replace(under_another_name(bench), interlocks=())


def with_renamed_interlocks(bench: Bench) -> Bench:
    return replace(bench, interlocks=tuple(replace(spec, name=f"{spec.name}_2") for spec in bench.interlocks))


def swapped_and_with_renamed_interlocks(bench: Bench) -> Bench:
    return with_renamed_interlocks(swapped(bench))


OVEN_OFF = (Drive(OutputRef("oven", 0.0, 255.0), 0.0),)
THERE: list[Callable[[Bench], Bench]] = [
    elsewhere,
    under_another_name,
    under_another_name_alone,
    with_renamed_interlocks,
    swapped_and_with_renamed_interlocks,
]


@pytest.mark.parametrize("change", THERE)
def test_a_trip_is_as_it_was_after_any_number_of_changes_there_and_back(tripped: Daemon, change: Callable[[Bench], Bench]) -> None:
    here, there = tripped.bench, change(tripped.bench)
    for bench in (there, here, there, here):
        reload(tripped, bench)
        tripped.run(1.0)
        pin = next(spec.pin for spec in bench.outputs if spec.id in {"heater", "oven"})
        assert pin is not None
        assert refused(tripped, pin) == "interlock"
        assert len(trips(tripped)) <= 2

    assert {*trips(tripped)} <= {"too_hot", "too_hot_former"}
    assert reset(tripped, "too_hot")["state"] == "ACK"
    assert (tripped.drive(PIN, 64)["value"], tripped.drive(OTHER_PIN, 1)["value"]) == (64, 1)


def test_a_heater_that_comes_to_the_pin_of_a_fan_that_a_trip_drove_is_held_off(make: Callable[..., Daemon]) -> None:
    cooled = replace(TOO_HOT, drives=(*OFF, Drive(OutputRef("fan", 0.0, 255.0), 255.0)))
    daemon = make(cooled, STALE)
    daemon.sim.fault("hot", "shift", degrees=100.0)
    daemon.until(lambda: daemon.sim.pigpio.duty_at(PIN) == 0.0, "the heater is off", 3)
    daemon.sim.clear()
    assert FAN.pin is not None
    reload(daemon, replace(daemon.bench, outputs=(replace(HEATER, pin=FAN.pin), VALVE), interlocks=(STALE,)))
    daemon.run(2.0)

    assert refused(daemon, FAN.pin) == "interlock"


def without_the_heater(bench: Bench, *interlocks: Interlock) -> Bench:
    return replace(bench, outputs=(FAN, VALVE), interlocks=interlocks)


@pytest.mark.parametrize("meanwhile", [(), (replace(STALE, drives=ELSEWHERE),)], ids=["none", "another"])
@pytest.mark.parametrize("afterwards", [(), (STALE,), (TOO_HOT, STALE)], ids=["none", "another", "all"])
def test_a_heater_that_was_gone_for_a_while_is_still_held(
    tripped: Daemon, meanwhile: tuple[Interlock, ...], afterwards: tuple[Interlock, ...]
) -> None:
    here = tripped.bench
    reload(tripped, without_the_heater(here, *meanwhile))
    tripped.run(1.0)
    assert trips(tripped) == ["too_hot"]
    reload(tripped, replace(here, interlocks=afterwards))

    assert refused(tripped) == "interlock"
    assert trips(tripped) == ["too_hot"]
    assert reset(tripped, "too_hot")["state"] == "ACK"
    assert tripped.drive(PIN, 64)["value"] == 64

"""A bad contact, or a cable that is too long: some transfers are not acknowledged, the next one is."""

from collections.abc import Callable, Iterator

import pytest

import actors.sensor
import supervisor.tree.children.state_log
import supervisor.tree.supervisor
from actors.bench.devices import SensorSpec
from actors.core import events
from actors.hardware.i2c.contact import BAD_CONTACT, Contact
from supervisor.tree.children.restart_policy import SOON
from tests.actors.outputs.remote import Logbook, keep_log
from tests.fakes import ManualClock, combinations
from tests.supervisor.tree.daemon import Daemon, sensor

AHT = sensor("hot", 0x38, "AHT10", 2.0)
AHT20 = sensor("hot", 0x38, "AHT20", 2.0)
EMC = sensor("hot", 0x4C, "EMC2101")
PROBE = sensor("hot", 0x48, "PT-100")
HOT = sensor("hot", 0x48)
ALL = [HOT, AHT, AHT20, EMC, PROBE]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Logbook:
    return keep_log(monkeypatch, actors.sensor, supervisor.tree.supervisor, supervisor.tree.children.state_log)


@pytest.fixture
def make(clock: ManualClock, log: Logbook) -> Iterator[Callable[[SensorSpec], Daemon]]:
    made: list[Daemon] = []

    def build(spec: SensorSpec) -> Daemon:
        made.append(Daemon(clock, log, sensors=(spec,)))
        return made[-1]

    yield build
    for daemon in made:
        daemon.close()


def answers(daemon: Daemon, spec: SensorSpec, times: int) -> int:
    """Return how many of so many readings, one each period, have a value."""
    good = 0
    for _ in range(times):
        daemon.run(spec.period)
        good += daemon.read(spec.address)["state"] == "ACK"
    return good


@pytest.mark.parametrize(("spec", "rate", "kind"), combinations(ALL, [0.05, 0.2], ["nak", "eio"]))
def test_a_chip_that_answers_four_times_out_of_five_gives_its_values_and_is_not_called_absent(
    make: Callable[[SensorSpec], Daemon], spec: SensorSpec, rate: float, kind: str
) -> None:
    daemon = make(spec).up()
    daemon.sim.fault("hot", kind, rate=rate)
    assert answers(daemon, spec, 100) >= 97
    assert {record.get("error_code") for record in daemon.log.items} - {None} <= {BAD_CONTACT}
    assert daemon.log.of(events.SENSOR_ABSENT) == []
    contact = daemon.query("status")["children"]["hot"]["contact"]
    assert 0.5 * rate < contact["failed"] / contact["transfers"] < 2 * rate


@pytest.mark.parametrize("spec", ALL)
def test_it_starts_on_such_a_cable(make: Callable[[SensorSpec], Daemon], spec: SensorSpec) -> None:
    daemon = make(spec)
    daemon.sim.fault("hot", "nak", rate=0.2)
    daemon.start()
    daemon.until(lambda: daemon.progress.ready.is_set() and daemon.record("hot").life.serving_since is not None, "it serves", 15.0)


def test_it_is_said_once_and_is_not_well_until_the_cable_is_mended(make: Callable[[SensorSpec], Daemon]) -> None:
    daemon = make(HOT).up()
    daemon.sim.fault("hot", "nak", rate=0.2)
    daemon.run(120.0)
    status = daemon.query("status")
    error = status["children"]["hot"]["error"]
    assert (status["healthy"], status["children"]["hot"]["state"], error["code"]) == (False, "degraded", BAD_CONTACT)
    assert error["message"].startswith("0x48 answers sometimes: ")
    assert error["message"].endswith("transfers failed; bad contact, or the cable is too long")
    assert len(daemon.log.of(events.SENSOR_CONTACT_BAD)) == 1
    daemon.sim.clear("hot")
    daemon.run(120.0)
    assert daemon.query("status")["healthy"]
    assert len(daemon.log.of(events.SENSOR_CONTACT_GOOD)) == 1


def test_a_chip_that_is_pulled_out_is_absent_and_one_that_is_back_is_well(make: Callable[[SensorSpec], Daemon]) -> None:
    daemon = make(HOT).up()
    daemon.run(10.0)
    daemon.sim.fault("hot", "unplug")
    daemon.until(lambda: daemon.state("hot") == "absent", "it is absent", 5.0)
    daemon.sim.clear("hot")
    daemon.until(daemon.serves, "it is back", 15.0)
    daemon.run(3.0)
    assert daemon.query("status")["healthy"]
    assert BAD_CONTACT not in {record.get("error_code") for record in daemon.log.items}


def test_one_that_answers_only_now_and_then_is_tried_again_soon(make: Callable[[SensorSpec], Daemon]) -> None:
    daemon = make(EMC).up()
    daemon.sim.fault("hot", "nak", rate=0.4)
    daemon.run(120.0)
    assert daemon.state("hot") in {"backoff", "running", "degraded", "starting"}
    assert daemon.record("hot").life.delay <= 1.1 * SOON
    assert daemon.log.of(events.SENSOR_ABSENT) == []


def seen(contact: Contact) -> tuple[bool, bool]:
    return contact.sometimes, contact.bad

"""Names of the bench and of the daemon itself: whatever an owner calls his things, they take nobody's place."""

from collections.abc import Callable, Iterator

import pytest

from actors.bench.devices import RESERVED, Bench
from actors.core import events
from actors.errors import Fault
from tests.actors.interlocks.rules_of import change
from tests.actors.outputs.remote import Logbook
from tests.fakes import ManualClock
from tests.supervisor.configuration.benches import accepted, fan, output, sensor
from tests.supervisor.tree.daemon import HOT, Daemon

PIN = 23
WORDS = sorted(RESERVED)


@pytest.fixture
def make(clock: ManualClock, log: Logbook) -> Iterator[Callable[[Bench], Daemon]]:
    made: list[Daemon] = []

    def up(bench: Bench) -> Daemon:
        made.append(Daemon(clock, log, bench.sensors, bench.outputs, bench.interlocks))
        return made[-1].up()

    yield up
    for daemon in made:
        daemon.close()


def named(word: str, *, of: str) -> Bench:
    """Return a bench with a heater that a limit watches, whose sensor or output has this name."""
    other = {"t": "t_resistance", "heater": "resistance", "fan": "ventilateur", of: word}
    return accepted(
        ACTUATORS_CONFIG=[output(name=other["heater"], kind="heater"), fan(name=other["fan"], kind="fan")],
        SENSORS_CONFIG={0x48: sensor(name=other["t"])},
        INTERLOCKS=[{"name": "hot", "kind": "limit", "sensor": other["t"], "above": 60, "outputs": [other["heater"]]}],
    )


@pytest.mark.parametrize("of", ["t", "heater", "fan"])
@pytest.mark.parametrize("word", WORDS)
def test_whatever_a_thing_is_called_the_daemon_starts_and_its_interlocks_switch_off(
    make: Callable[[Bench], Daemon], word: str, of: str
) -> None:
    daemon = make(named(word, of=of))
    document = daemon.query("status")
    assert document["healthy"]
    assert {child["kind"] for child in document["children"].values()} == {"gateway", "interlock", "sensor", "output"}
    assert len(document["children"]) == 5
    assert daemon.drive(PIN, 128)["value"] == 128
    daemon.sim.fault(0x48, "shift", degrees=60.0)
    daemon.until(lambda: daemon.sim.pigpio.duty_at(PIN) == 0.0, "the heater is off", patience=5.0)
    assert daemon.query("status")["interlocks"]["hot"]["tripped"]


@pytest.mark.parametrize("word", ["gateway", "interlocks"])
def test_a_reload_that_brings_such_a_name_takes_nobodys_place(make: Callable[[Bench], Daemon], word: str) -> None:
    daemon = make(named("t_resistance", of="t"))
    daemon.reload(change(named(word, of="t"), bind="127.0.0.1", source="bench.py"))
    daemon.until(lambda: daemon.progress.reloaded.is_set() and daemon.serves(), "the bench is another one")
    document = daemon.query("status")
    assert document["healthy"]
    assert {"gateway", "interlocks", f"{word}@0x48", "resistance"} <= set(document["children"])
    assert not isinstance(daemon.query("retry", child=f"{word}@0x48"), Fault)
    assert daemon.log.of(events.INTERNAL_ERROR) == []


@pytest.mark.parametrize("word", WORDS)
def test_no_bench_can_be_made_whose_child_takes_anothers_place(word: str) -> None:
    with pytest.raises(ValueError, match=word):
        Bench("bench.py", 1, (change(HOT, id=word),), ())
    with pytest.raises(ValueError, match="hot"):
        Bench("bench.py", 1, (HOT, HOT), ())

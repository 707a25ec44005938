"""Another `config.py` while clients are served: only what differs is touched, outputs by way of their safe values."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.bench.buses import BusPath
from actors.bench.devices import Bench, Calibration
from actors.errors import RefusedError
from actors.messages import Reload
from supervisor.configuration import check_whole, load
from supervisor.daemon import reload
from supervisor.daemon.run import _look_for_reload
from supervisor.tree.progress import Progress
from tests.actors.gateway.peer import aq, aq_pin, is_number, multi, pi
from tests.actors.gateway.whole import Whole
from tests.fakes import eventually, wait
from tests.project.sources import ROOT

FAN, HEATER = 18, 23
EVERYTHING = multi("AQ-MULTI", *(aq(address) for address in ("0x38", "0x48", "0x49", "0x4A", "0x4B", "0x4C")), aq_pin(FAN), aq_pin(HEATER))
BENCH = load(ROOT / "config.py")


def with_sensor(bench: Bench, child: str, **changes: Any) -> Bench:
    return replace(bench, sensors=tuple(replace(spec, **changes) if spec.id == child else spec for spec in bench.sensors))


def with_output(bench: Bench, child: str, **changes: Any) -> Bench:
    return replace(bench, outputs=tuple(replace(spec, **changes) if spec.id == child else spec for spec in bench.outputs))


def without(bench: Bench, *children: str) -> Bench:
    sensors = tuple(spec for spec in bench.sensors if spec.id not in children)
    return replace(bench, sensors=sensors, outputs=tuple(spec for spec in bench.outputs if spec.id not in children))


class Reloading(Whole):
    """A whole bench that can take over another one."""

    def take_over(self, bench: Bench) -> None:
        self.progress.reloaded.clear()
        self.ref.tell(Reload(bench))
        wait(self.progress.reloaded)

    def generations(self) -> dict[str, int]:
        return {child: record.life.generation for child, record in self.supervisor.state.records.items()} | {
            "gateway": self.supervisor.state.gateway.life.generation
        }

    @contextmanager
    def reader(self, request: Any = EVERYTHING) -> Iterator[list[dict[str, Any]]]:
        """A client that asks again as soon as it has its answer, all the while."""
        peer, replies, over = self.peer(), list[dict[str, Any]](), threading.Event()

        def read() -> None:
            while not over.is_set():
                replies.append(peer.ask(request))

        thread = threading.Thread(target=read)
        thread.start()
        try:
            eventually(lambda: len(replies) > 3, "the reader reads")
            yield replies
            count = len(replies)
            eventually(lambda: len(replies) > count + 3, "the reader goes on reading")
        finally:
            over.set()
            thread.join()


@pytest.fixture
def log() -> Iterator[list[Any]]:
    with capture_logs() as records:
        yield records


@pytest.fixture
def bench(log: list[Any]) -> Iterator[Reloading]:
    with Reloading(BENCH) as whole:
        yield whole.running()


def events(log: list[Any], name: str) -> list[Any]:
    return [record for record in log if record["event"] == name]


def test_the_same_bench_again_touches_nobody(bench: Reloading, log: list[Any]) -> None:
    before = bench.generations()
    with bench.reader() as replies:
        bench.take_over(load(ROOT / "config.py"))
    assert bench.generations() == before
    assert all(is_number(value) for reply in replies for value in reply["value"]), replies
    assert [record["changed"] for record in events(log, "config_reloaded")] == ["nothing"]


def test_only_a_changed_sensor_is_started_again_and_no_client_gets_an_error(bench: Reloading) -> None:
    before = bench.generations()
    bench.peer().value(pi(FAN, 100))
    with bench.reader() as replies:
        bench.take_over(with_sensor(BENCH, "t_entree", calibration={"temp": Calibration(offset=1000.0)}))
        eventually(lambda: replies[-1]["value"][3] > 900, "the new calibration counts")
    after = bench.generations()
    assert {child for child in after if after[child] != before[child]} == {"t_entree"}
    assert all(is_number(value) for reply in replies for value in reply["value"])
    assert bench.peer().value(aq_pin(FAN)) == 100


def test_a_changed_output_goes_through_its_safe_value_and_the_other_keeps_its_set_point(bench: Reloading) -> None:
    peer = bench.peer()
    assert (peer.value(pi(FAN, 100)), peer.value(pi(HEATER, 64))) == (100, 64)
    bench.take_over(with_output(BENCH, "resistance", max=200.0))
    assert bench.duty(HEATER) == 0
    assert (peer.value(aq_pin(FAN)), peer.value(aq_pin(HEATER))) == (100, 0)
    assert peer.value(pi(HEATER, 1000)) == 200


def test_changed_interlocks_are_taken_over_without_a_moment_in_which_nobody_looks(bench: Reloading, log: list[Any]) -> None:
    peer = bench.peer()
    peer.value(pi(HEATER, 64))
    before = bench.generations()
    bench.take_over(replace(BENCH, interlocks=BENCH.interlocks[:-1]))
    eventually(lambda: len(peer.value({"type": "status"})["interlocks"]) == len(BENCH.interlocks) - 1, "they are taken over")
    assert peer.value(aq_pin(HEATER)) == 64
    assert bench.generations() == before
    assert [record["changed"] for record in events(log, "config_reloaded")] == ["interlocks"]
    assert not events(log, "child_restarted")
    assert not events(log, "output_safe")


def test_a_pin_never_has_two_owners(bench: Reloading) -> None:
    peer = bench.peer()
    peer.value(pi(HEATER, 64))
    bench.take_over(with_output(replace(BENCH, loops=()), "resistance", id="chauffage", name="chauffage"))
    bench.running()
    assert bench.duty(HEATER) == 0
    assert peer.value(pi(HEATER, 10)) == 10
    assert "resistance" not in bench.supervisor.state.records


def test_whoever_waits_for_what_goes_away_is_told_at_once(log: list[Any]) -> None:
    patient = replace(BENCH, deadline=30.0)
    with Reloading(patient) as bench:
        peer, other = bench.running().peer(), bench.peer()
        peer.value({"type": "fault", "target": "t_sortie", "kind": "hang"})
        peer.send(multi("AQ-MULTI", aq("0x49"), aq("0x4B", max_age=0)))

        eventually(lambda: other.value({"type": "status"})["clients"][0]["requests"] == 2, "it waits")
        bench.ref.tell(Reload(without(patient, "t_sortie")))
        reply = peer.reply()
        assert is_number(reply["value"][0])
        assert reply["value"][1]["code"] in {"removed", "hung"}
        wait(bench.progress.reloaded)
        peer.value({"type": "fault", "target": "all", "kind": "clear"})
    assert events(log, "config_reloaded")


def test_what_only_a_restart_can_change_is_said_each_time_and_the_rest_is_taken_over(bench: Reloading, log: list[Any]) -> None:
    wanted = replace(with_sensor(BENCH, "t_sortie", period=5.0), port=6000, bind="::1", bus=7, frame_interval=0.5)
    for _ in range(2):
        bench.take_over(wanted)
    assert [record["setting"] for record in events(log, "config_postponed")] == ["I2C_BUS_ID", "BIND", "PORT"] * 2
    assert bench.supervisor.state.bench.port == BENCH.port
    assert bench.peer().value({"type": "describe"})["frame_interval_s"] == 0.5
    assert [record["changed"] for record in events(log, "config_reloaded")] == ["t_sortie", "nothing"]


@pytest.mark.parametrize("what", ["update", "specs"])
def test_a_bench_that_cannot_be_taken_over_leaves_the_one_before_in_force(
    bench: Reloading, log: list[Any], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    peer, before = bench.peer(), bench.supervisor.state.bench
    assert (peer.value(pi(FAN, 100)), peer.value(pi(HEATER, 64))) == (100, 64)
    update, follow = bench.rig.update, bench.supervisor.state.watch.follow

    def refuse(wanted: Bench) -> None:
        (update if what == "update" else follow)(wanted)
        if pins(wanted) != pins(before):
            raise ZeroDivisionError("a bug")

    if what == "update":
        monkeypatch.setattr(bench.rig, "update", refuse)
    else:
        monkeypatch.setattr(bench.supervisor.state.watch, "follow", refuse)
    bench.take_over(without(with_output(BENCH, "resistance", pin=24), "t_sortie"))
    bench.running()

    assert (bench.supervisor.state.bench, bench.progress.refused) == (before, True)
    assert (peer.value(aq_pin(FAN)), peer.value(aq_pin(HEATER)), bench.duty(HEATER)) == (100, 0, 0)
    assert peer.value(pi(HEATER, 64)) == 64
    eventually(lambda: is_number(peer.ask(aq("0x4A")).get("value")), "the removed sensor is served again")
    assert "ZeroDivisionError" in events(log, "config_refused")[0]["reason"]
    assert events(log, "config_reloaded") == []
    monkeypatch.undo()
    bench.take_over(without(BENCH, "t_sortie"))
    assert (bench.progress.refused, len(events(log, "config_reloaded"))) == (False, 1)


class Main:
    """The main thread's half, with everything around it recorded."""

    def __init__(self, bench: Bench) -> None:
        self.told: list[Any] = []
        self.words: list[str] = []
        self.claimed: list[Bench] = []
        self.known: list[Bench] = []
        self.progress = Progress()
        self.wanted = False
        self.reloader = reload.Reloader(
            bench, self.told.append, self.progress, self.claimed.append, self._word("reloading"), self._word("ready"), self.known.append
        )

    def _word(self, word: str) -> Callable[[], None]:
        return lambda: self.words.append(word)

    def taken(self) -> bool:
        wanted, self.wanted = self.wanted, False
        return wanted

    def ask(self) -> None:
        self.wanted = True
        self.reloader.look(self)  # type: ignore[arg-type]

    def look(self) -> None:
        self.reloader.look(self)  # type: ignore[arg-type]


@pytest.fixture
def main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Main:
    monkeypatch.setattr(
        reload, "check_apart", lambda path, bus, _meanwhile: check_whole(path, bus)
    )  # what a process of its own adds is tried where it is made
    path = tmp_path / "config.py"
    path.write_bytes((ROOT / "config.py").read_bytes())
    return Main(load(path))


def pins(bench: Bench) -> list[int | None]:
    return [spec.pin for spec in bench.outputs]


def rewrite(main: Main, old: str, new: str) -> None:
    path = Path(main.reloader.bench.source)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_good_file_reaches_the_supervisor_and_ready_waits_for_it(main: Main) -> None:
    rewrite(main, "RESISTANCE_PIN = 23", "RESISTANCE_PIN = 24")
    main.ask()
    assert main.words == ["reloading"]
    (message,) = main.told
    assert message.bench.outputs[1].pin == 24
    assert main.claimed == [message.bench]
    assert pins(main.known[-1]) == [18, 23, 24], "until it is complete both are known"
    main.look()
    assert (main.words, pins(main.reloader.bench)) == (["reloading"], [18, 23])
    main.progress.reloaded.set()
    main.look()
    assert (main.words, pins(main.reloader.bench)) == (["reloading", "ready"], [18, 24])
    assert pins(main.known[-1]) == [18, 24]


def test_what_the_supervisor_could_not_take_over_is_known_no_more_and_the_bench_before_is_in_force(main: Main) -> None:
    before = main.reloader.bench
    rewrite(main, "RESISTANCE_PIN = 23", "RESISTANCE_PIN = 24")
    main.ask()
    main.progress.refused = True
    main.progress.reloaded.set()
    main.look()
    assert (main.reloader.bench, main.known[-1].outputs) == (before, before.outputs)


def test_an_output_that_was_removed_and_is_not_known_to_be_off_stays_known(main: Main) -> None:
    heater = main.reloader.bench.outputs[1]
    rewrite(main, "RESISTANCE_PIN = 23", "RESISTANCE_PIN = 24")
    main.ask()
    main.progress.left_on = (heater,)
    main.progress.reloaded.set()
    main.look()
    assert pins(main.known[-1]) == [18, 24, 23]


@pytest.mark.parametrize("error", [RuntimeError("a bug"), SystemExit(3), KeyboardInterrupt(), MemoryError()])
def test_whatever_is_raised_while_the_file_is_read_the_bench_goes_on(
    main: Main, log: list[Any], monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def raises(*_: Any) -> Any:
        raise error

    before = main.reloader.bench
    monkeypatch.setattr(reload, "check_apart", raises)
    root: Any = SimpleNamespace(bench=before)
    stop: Any = SimpleNamespace(interrupted=False, hang_up=main)
    main.wanted = True
    _look_for_reload(main.reloader, root, stop)
    assert (main.told, main.words, main.known[-1].outputs) == ([], ["reloading", "ready"], before.outputs)
    assert type(error).__name__ in events(log, "config_refused")[0]["reason"]


def test_a_bad_file_is_told_to_the_log_alone_one_record_an_error(main: Main, log: list[Any]) -> None:
    before = main.reloader.bench
    rewrite(main, '"driver": "PWM"', '"driver": "PMW"')
    main.ask()
    assert (main.told, main.words, main.reloader.bench) == ([], ["reloading", "ready"], before)
    refused = events(log, "config_refused")
    assert len(refused) == 2
    assert all("did you mean `PWM`?" in record["reason"] for record in refused)


def test_a_bus_number_that_waits_for_a_restart_leaves_what_names_a_bus_where_it_says(main: Main, log: list[Any]) -> None:
    rewrite(
        main,
        "I2C_BUS_ID = 1",
        "I2C_BUS_ID = 3\nNEW = {'driver': 'TMP102', 'bus': 3, 'address': 0x4E}\nOLD = NEW | {'bus': 1, 'address': 0x4F}",
    )
    rewrite(main, "SENSORS_CONFIG = {", "SENSORS_CONFIG = {'new': NEW,")
    main.ask()
    assert main.told == []
    reasons = [record["reason"] for record in events(log, "config_refused")]
    assert len(reasons) == 1
    assert "'wire': 0x14E (I2C_BUS_ID is 1 until the daemon is started again)" in reasons[0]

    rewrite(main, "'new': NEW,", "'new': NEW | {'wire': 0x14E}, 'old': OLD | {'wire': 0x14F},")
    main.ask()
    wanted, claimed = main.told[-1].bench, main.claimed[-1]
    places = {spec.id: (spec.bus, spec.address) for spec in claimed.sensors}
    assert (wanted.bus, claimed.bus, claimed.roots) == (3, 1, (1, 3))
    assert (places["new"], places["old"], places["t_entree"][0]) == ((BusPath(3), 0x4E), (None, 0x4F), None)


def test_every_edit_of_the_same_size_is_seen(main: Main) -> None:
    for pin in (24, 25, 24, 26):
        rewrite(main, f"RESISTANCE_PIN = {main.reloader.bench.outputs[1].pin}", f"RESISTANCE_PIN = {pin}")
        main.ask()
        assert main.told[-1].bench.outputs[1].pin == pin
        main.progress.reloaded.set()
        main.look()


def test_hardware_that_somebody_else_has_is_a_refusal(main: Main, log: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def held(_bench: Bench) -> None:
        raise RefusedError("hardware_busy", "i2c-1 is in use by process 7")

    monkeypatch.setattr(main.reloader, "_claim", held)
    main.ask()
    assert main.told == []
    assert "process 7" in events(log, "config_refused")[0]["reason"]


def test_what_waits_for_a_restart_is_neither_claimed_nor_passed_off_as_present(main: Main) -> None:
    rewrite(main, "I2C_BUS_ID = 1", "I2C_BUS_ID = 7")
    main.ask()
    assert main.told[-1].bench.bus == 7, "the supervisor says that it waits"
    main.progress.reloaded.set()
    main.look()
    assert [bench.bus for bench in (*main.claimed, main.reloader.bench)] == [1, 1]


def test_a_wish_while_one_is_under_way_is_carried_out_afterwards(main: Main) -> None:
    main.ask()
    main.ask()
    assert len(main.told) == 1
    main.progress.reloaded.set()
    main.look()
    assert len(main.told) == 2

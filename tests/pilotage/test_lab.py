"""Many benches at once: who is a bench, how each is, and whether each is safe."""

import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest

from pilotage import ClientError, Laboratory
from pilotage.documents import LoopStatus
from pilotage.lab.laboratory import Off
from pilotage.lab.listed import read_list
from pilotage.lab.safety import unsafe
from pilotage.lab.visit import Visit
from tests.pilotage.leco_network import Network, a_bench, a_laser, a_reading, silent
from tests.supervisor.cli.documents import child, output, status, trouble


def bench_status(**outputs: dict[str, Any]) -> Any:
    children = {name: child() for name in outputs}
    return status(children, outputs=outputs, left_on=[])


def an_output(read_back: float | None, **more: Any) -> dict[str, Any]:
    return output(read_back=read_back, kind="heater", safe_value=0.0, scale="of 255", **more)


OFF = bench_status(heater=an_output(0.0))


def test_benches_are_found_among_all_components_and_nobody_else_is_told_anything() -> None:
    told: list[str] = []
    components = {
        "bench10": a_bench(OFF, told),
        "bench2": a_bench(OFF, told),
        "bench2_t": a_reading,
        "laser": a_laser,
        "heater_5169_director": silent,
    }
    with Network(components) as network:
        laboratory = Laboratory(coordinators=[network.where], timeout=0.5)
        found = laboratory.status()
        assert [(one.name, one.status is not None) for one in found] == [("lab.bench2", True), ("lab.bench10", True)]
        assert sorted(laboratory.strangers) == ["lab.heater_5169_director", "lab.laser"]
        assert not told
        assert [(one.name, one.safe) for one in laboratory.off()] == [("lab.bench2", True), ("lab.bench10", True)]
        assert told == ["off", "off"]
    assert not network.guests, "it has signed out"


def test_a_bench_that_hangs_is_one_row_and_keeps_no_other_from_being_switched_off() -> None:
    done = threading.Event()

    class Told(list[str]):
        def append(self, action: str) -> None:
            super().append(action)
            done.set()

    told = Told()
    components = {"bench1": silent, "bench1_emc": silent, "bench1_emc_fan": silent, "bench2": a_bench(OFF, told)}
    with Network(components) as network:
        laboratory = Laboratory(coordinators=[network.where], timeout=1.5)
        asking = threading.Thread(target=lambda: found.extend(laboratory.off()))
        found: list[Off] = []
        asking.start()
        assert done.wait(1.4), "bench2 is told at once, however long bench1 is waited for"
        asking.join()
    assert [(one.name, one.safe, one.status is None) for one in found] == [("lab.bench1", False, True), ("lab.bench2", True, False)]
    assert "did not answer within 1.5 s" in found[0].problems[0]


def test_a_bench_that_may_not_be_switched_off_is_said_to_be_so_even_if_everything_is_off_at_the_moment() -> None:
    refusal = ("read_only", "this bench is only read over LECO")
    with Network({"bench1": a_bench(OFF, [], refusal)}) as network:
        (found,) = Laboratory(coordinators=[network.where], timeout=5.0).off()
    assert not found.safe
    assert found.problems == [
        "everything is at its safe value at the moment, but nobody may switch it off from here",
        "this bench is only read over LECO",
    ]


@pytest.mark.parametrize("error", ["not_all_safe", "deadline"])
def test_an_off_that_failed_halfway_is_judged_by_what_is_read_afterwards(error: str) -> None:
    for read_back, safe in ((0.0, True), (12.0, False), (None, False)):
        found = Off("bench1", bench_status(heater=an_output(read_back)), ClientError(error, "heater: no answer"))
        assert found.safe == safe
        assert safe or found.problems[-1] == "heater: no answer"


def test_a_coordinator_that_is_stopped_or_not_there_is_one_row_with_the_reason() -> None:
    with Network({}, stopped=True) as network:
        (stopped,) = Laboratory(coordinators=[network.where], timeout=0.3).status()
    (gone,) = Laboratory(coordinators=[network.where], timeout=0.3).off()
    assert stopped.name == f"LECO {network.where}"
    assert "stopped or hangs" in str(stopped.error)
    assert gone.problems == [f"no LECO coordinator listens at {network.where}"]
    assert not gone.safe


def test_a_coordinator_that_dies_during_a_visit_leaves_whom_it_knew_without_an_answer() -> None:
    with Network({"bench1": a_bench(OFF, [])}) as network:
        visit = Visit(network.where, 10.0)
        visit.__enter__()
    for _ in range(50):  # before and after the end of the connection is noticed
        visit.call("lab.bench1", "get_parameters", {"parameters": ["status"]})
        visit.end = time.monotonic() + 0.005
        assert list(visit.answers()) == []
    assert visit.unanswered() == ["lab.bench1"]
    visit.__exit__(None, None, None)


def test_without_answer_a_bench_is_never_safe_and_nobody_is_no_bench() -> None:
    (silent_one,) = Laboratory([("127.0.0.1:1", None)], timeout=0.2).off()
    assert (silent_one.name, silent_one.safe) == ("127.0.0.1:1", False)
    assert Laboratory().status() == []
    with pytest.raises(ClientError, match="no address"):
        Laboratory(coordinators=["not an address"])


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ({"heater": an_output(0.0)}, []),
        ({"heater": an_output(0.004)}, []),
        ({"heater": an_output(128.0)}, ["heater reads back 128 of 255 (50 %), not 0"]),
        ({"heater": an_output(None)}, ["heater does not say where it is"]),
        ({"fan": an_output(50.0, lingers_s=20.0)}, []),
        ({"pump": an_output(0.0, target=30.0, target_in_s=3.0)}, ["pump reads back 0, and is on its way to 30 of 255 (12 %)"]),
        ({"old": output(read_back=0.0)}, ["old is at a value of which this daemon does not say whether it is safe"]),
    ],
)
def test_what_is_not_known_to_be_at_its_safe_value_is_not_safe(outputs: dict[str, Any], said: list[str]) -> None:
    assert unsafe(bench_status(**outputs)) == said


def test_a_lost_output_what_a_reload_left_and_a_loop_that_goes_on_are_not_safe() -> None:
    lost = status({"heater": child(state="absent", error=trouble("no acknowledge"))}, outputs={"heater": an_output(None)}, left_on=["pump"])
    lost["loops"] = {"heat": cast("LoopStatus", {"state": "settled"})}
    assert unsafe(lost) == [
        "pump may still be on, though config.py no longer has it",
        "heater does not say where it is (absent: no acknowledge)",
        "the loop heat is settled",
    ]


def test_a_list_names_addresses_keys_and_coordinators_and_says_where_it_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "benches.txt"
    file.write_text("# the laboratory\nraspberrypi   # the first\n\n192.168.1.20 laptop.key_secret\nleco 192.168.1.10\n", encoding="utf-8")
    assert read_list(file) == ([("raspberrypi", None), ("192.168.1.20", str(tmp_path / "laptop.key_secret"))], ["192.168.1.10"])
    for line, sentence in (("a b c", "line 1: a line is ADDRESS"), ("http://x", "line 1: 'http://x' is no address")):
        file.write_text(line, encoding="utf-8")
        with pytest.raises(ClientError, match=sentence):
            read_list(file)
    with pytest.raises(ClientError, match="cannot be read: No such file"):
        read_list(tmp_path / "nothing")

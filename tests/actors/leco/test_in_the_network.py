"""A bench in a LECO network: its names, what may be read and driven, and what a director of PyMoDAQ gets."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from actors.core import events
from actors.leco.desk import SILENT
from actors.outputs.actor import OutputActor
from pilotage.wire import leco
from tests.actors.interlocks.rules_of import LIMIT, STALE
from tests.actors.leco.network import Laboratory
from tests.actors.loops.bench import OVEN
from tests.actors.outputs.driving import FAN, HEATER
from tests.actors.outputs.remote import Logbook
from tests.supervisor.tree.daemon import COLD, HOT

Begin = Callable[..., Laboratory]
NAMES = {"bench1", "bench1_fan", "bench1_heater", "bench1_hot", "bench1_cold"}


def refused(answer: Any, code: str) -> bool:
    return isinstance(answer, dict) and answer.get("code") == leco.REFUSED and answer["data"]["code"] == code


def test_a_bench_has_a_name_for_itself_and_one_for_each_reading_and_output(begin: Begin, log: Logbook) -> None:
    laboratory = begin()
    assert laboratory.coordinator.directory.keys() == NAMES
    said = laboratory.daemon.query("status")["leco"]
    assert said["joined"] is True
    assert said["namespace"] == "N1"
    assert set(said["names"]) == NAMES
    assert [each["component"] for each in log.of(events.LECO_JOINED)] == ["N1.bench1"]
    assert log.of(events.LECO_OPEN)


def test_plain_programs_read_and_drive_and_reach_nothing_else(begin: Begin, log: Logbook) -> None:
    laboratory = begin()
    read = laboratory.ask("bench1", "prog", "get_parameters", {"parameters": ["hot", "cold.temp", "heater"]})
    assert set(read) == {"hot", "cold.temp", "heater"}
    assert all(isinstance(value, float) for value in read.values())
    assert laboratory.ask("bench1", "prog", "set_parameters", {"parameters": {"heater": 40}}) is None
    assert laboratory.ask("bench1_heater", "prog", "get_parameters", {"parameters": ["value", "units"]}) == {"value": 40.0, "units": "%"}
    assert [each["client"] for each in log.of(events.SET_POINT)] == ["LECO N1.prog"]
    assert laboratory.ask("bench1", "prog", "call_action", {"action": "off"}) == {"fan": 0.0, "heater": 0.0}
    assert laboratory.ask("bench1", "prog", "get_parameters", {"parameters": ["status"]})["status"]["healthy"] is True
    for name in ("__dict__", "hot.__class__", "nothing"):
        assert refused(laboratory.ask("bench1", "prog", "get_parameters", {"parameters": [name]}), "unknown_parameter")
    for method in ("shut_down", "set_log_level", "set_info", "_get_parameters", "serve"):
        assert laboratory.ask("bench1", "prog", method)["code"] == leco.UNKNOWN_METHOD
    methods = {each["name"] for each in laboratory.ask("bench1_hot", "prog", "rpc.discover")["methods"]}
    assert "get_actuator_value" in methods
    assert "move_abs" not in methods


def test_without_drive_a_bench_is_read_and_every_call_that_drives_is_refused_in_words(begin: Begin) -> None:
    laboratory = begin(drive=False)
    assert refused(laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 0.0}), "read_only")
    assert refused(laboratory.ask("bench1", "prog", "call_action", {"action": "off"}), "read_only")
    assert refused(laboratory.ask("bench1", "prog", "set_parameters", {"parameters": {"heater": 1}}), "read_only")
    assert "hot" in laboratory.ask("bench1", "prog", "get_parameters", {"parameters": ["hot"]})


def test_a_bench_that_is_only_read_can_be_let_be_switched_off_and_nothing_else(begin: Begin, log: Logbook) -> None:
    laboratory = begin(drive=False, off=True)
    assert laboratory.daemon.query("status")["leco"]["off"] is True
    assert laboratory.daemon.ask(type="PI", register="pin", pin=23, value=40)["value"] == 40.0
    assert laboratory.ask("bench1", "prog", "call_action", {"action": "off"}) == {"fan": 0.0, "heater": 0.0}
    assert laboratory.daemon.record("heater").running.cell.read_back == 0.0  # type: ignore[union-attr]
    for method, params in (
        ("call_action", {"action": "off", "args": ["heater"]}),
        ("call_action", {"action": "retry", "args": ["hot"]}),
        ("set_parameters", {"parameters": {"heater": 0}}),
    ):
        assert refused(laboratory.ask("bench1", "prog", method, params), "read_only")
    assert not log.of(events.LECO_OPEN)


def test_what_is_beyond_an_output_s_limits_is_clamped_and_an_interlock_refuses_in_words(begin: Begin, log: Logbook) -> None:
    laboratory = begin(interlocks=(LIMIT,))
    laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 4000.0})
    laboratory.run(0.3)
    assert laboratory.calls("mover")[-1] == ("set_move_done", {"data": {"position": 255.0}})
    assert laboratory.ask("bench1_heater", "prog", "get_parameters", {"parameters": ["value"]}) == {"value": 255.0}
    laboratory.daemon.sim.fault("hot", "shift", degrees=200.0)
    laboratory.until(lambda: laboratory.daemon.query("status")["interlocks"]["too_hot"]["tripped"], "it trips")
    for method, params in (("move_abs", {"position": 10.0}), ("set_parameters", {"parameters": {"value": 10.0}})):
        answer = laboratory.ask("bench1_heater", "mover", method, params)
        assert refused(answer, "interlock")
        assert "too_hot" in answer["message"]
    assert laboratory.ask("bench1_heater", "mover", "move_home") is None
    assert laboratory.daemon.record("heater").running.cell.read_back == 0.0  # type: ignore[union-attr]
    assert log.of(events.SET_POINT_REFUSED)[-1]["client"] == "LECO N1.mover"


def test_a_loop_has_a_name_whose_position_is_its_set_point(begin: Begin) -> None:
    laboratory = begin(loops=(OVEN,), interlocks=(LIMIT, STALE))
    assert "bench1_oven" in laboratory.coordinator.directory
    laboratory.ask("bench1_oven", "mover", "get_settings")
    assert laboratory.calls("mover") == [("set_units", {"units": "°C"}), ("send_position", {"data": {"position": 0.0}})]
    assert laboratory.ask("bench1_oven", "mover", "move_abs", {"position": 45.0}) is None
    assert laboratory.calls("mover") == [("set_move_done", {"data": {"position": 45.0}})]
    loop = laboratory.daemon.query("status")["loops"]["oven"]
    assert (loop["state"], loop["set_point"], loop["why"]) == ("approach", 45.0, "LECO N1.mover set it")
    assert laboratory.ask("bench1", "prog", "get_parameters", {"parameters": ["oven"]}) == {"oven": 45.0}
    assert refused(laboratory.ask("bench1_oven", "mover", "move_abs", {"position": 400.0}), "out_of_range")
    assert refused(laboratory.ask("bench1_oven", "mover", "move_home"), "unavailable")
    laboratory.ask("bench1", "prog", "call_action", {"action": "off"})
    assert laboratory.daemon.query("status")["loops"]["oven"]["state"] == "off"
    assert laboratory.ask("bench1_oven", "prog", "get_parameters", {"parameters": ["value", "units"]}) == {"value": 0.0, "units": "°C"}


def test_a_move_module_is_told_units_and_position_and_when_it_has_arrived(begin: Begin) -> None:
    laboratory = begin()
    assert laboratory.ask("bench1_heater", "mover", "pong") is None
    assert laboratory.ask("bench1_heater", "mover", "set_remote_name", {"name": "N1.mover"}) is None
    assert laboratory.ask("bench1_heater", "mover", "get_settings") is None
    assert laboratory.calls("mover") == [("set_units", {"units": "%"}), ("send_position", {"data": {"position": 0.0}})]
    assert laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 128.0}) is None
    laboratory.run(0.3)
    assert laboratory.calls("mover") == [("set_move_done", {"data": {"position": 128.0}})]
    laboratory.ask("bench1_heater", "mover", "move_rel", {"position": -28.00000000000011})
    laboratory.ask("bench1_heater", "mover", "get_actuator_value")
    laboratory.run(0.3)
    assert ("send_position", {"data": {"position": 100.0}}) in laboratory.calls("mover")
    laboratory.ask("bench1_heater", "mover", "move_home")
    laboratory.run(0.3)
    assert laboratory.calls("mover") == [("set_move_done", {"data": {"position": 0.0}})]
    for position in (None, "1", True):
        assert laboratory.ask("bench1_heater", "mover", "move_abs", {"position": position})["code"] == leco.BAD_PARAMETERS


def test_an_output_on_a_ramp_has_arrived_when_the_ramp_ends(begin: Begin) -> None:
    laboratory = begin(outputs=(replace(HEATER, ramp=10.0),))
    laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 20.0})
    laboratory.run(1.0)
    assert laboratory.calls("mover") == []
    laboratory.run(2.0)
    assert laboratory.calls("mover") == [("set_move_done", {"data": {"position": 20.0}})]
    laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 100.0})
    laboratory.run(1.0)
    laboratory.ask("bench1_heater", "mover", "stop_motion")
    laboratory.run(5.0)
    ((_, done),) = laboratory.calls("mover")[-1:]
    assert 20.0 < done["data"]["position"] < 60.0


def test_a_viewer_gets_each_new_reading_once_until_it_stops_or_is_gone(begin: Begin) -> None:
    laboratory = begin()
    assert laboratory.ask("bench1_hot", "viewer", "send_data_snap") is None
    ((method, frame),) = laboratory.calls("viewer")
    assert method == "set_data"
    assert frame["data"]["labels"] == ["hot (°C)"]
    assert frame["data"]["multichannel"] is True
    laboratory.ask("bench1_hot", "viewer", "send_data_grab")
    laboratory.run(5.0)
    assert 5 <= len(laboratory.calls("viewer")) <= 6
    laboratory.ask("bench1", "bench_viewer", "send_data_grab")
    laboratory.run(5.0)
    frames = laboratory.calls("bench_viewer")
    assert 4 <= len(frames) <= 7
    assert frames[0][1]["data"]["labels"] == ["hot (°C)", "cold (°C)"]
    laboratory.ask("bench1", "bench_viewer", "stop_grab")
    laboratory.calls("bench_viewer")
    laboratory.run(3.0)
    assert laboratory.calls("bench_viewer") == []
    laboratory.coordinator.components.discard("viewer")  # it has signed out
    laboratory.run(2.0)
    laboratory.coordinator.components.add("viewer")
    laboratory.coordinator.sent.clear()
    laboratory.run(3.0)
    assert laboratory.calls("viewer") == []


def test_a_sensor_that_gives_nothing_is_refused_and_never_sent_as_an_old_value(begin: Begin) -> None:
    laboratory = begin()
    laboratory.ask("bench1_hot", "viewer", "send_data_grab")
    laboratory.daemon.sim.fault("hot", "unplug")
    laboratory.until(lambda: laboratory.daemon.state("hot") in {"absent", "backoff", "failed"}, "the loss is noticed")
    laboratory.calls("viewer")
    laboratory.run(5.0)
    assert laboratory.calls("viewer") == []
    assert laboratory.ask("bench1_hot", "viewer", "send_data_snap")["code"] == leco.REFUSED
    assert laboratory.ask("bench1", "prog", "get_parameters", {"parameters": ["hot"]})["code"] == leco.REFUSED
    both = laboratory.ask("bench1", "prog", "get_parameters", {"parameters": ["hot", "cold"]})
    assert both["hot"] is None
    assert isinstance(both["cold"], float)


def test_who_has_driven_and_is_silent_counts_as_lost_and_as_there_again_when_it_asks(begin: Begin) -> None:
    laboratory = begin()
    together = laboratory.daemon.supervisor.state.watch.together
    laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 5.0})
    laboratory.run(SILENT - 5)
    assert together.gone == {}
    laboratory.run(10)
    assert set(together.gone) == {"heater"}
    before = together.asked
    laboratory.ask("bench1_heater", "mover", "pong")
    assert together.gone == {}
    assert together.asked > before
    laboratory.coordinator.components.discard("mover")
    laboratory.send("bench1_heater", "mover", "get_settings")
    laboratory.coordinator.components.discard("mover")
    laboratory.run(1.0)
    assert set(together.gone) == {"heater"}


def test_off_by_the_other_way_in_withdraws_what_has_not_been_done_yet(begin: Begin) -> None:
    laboratory = begin()
    together = laboratory.daemon.supervisor.state.watch.together
    taken: list[Any] = []

    def set_while_off_comes(output: OutputActor, command: Any) -> None:
        together.off(lambda: None)
        taken.append(command)
        real(output, command)

    real, OutputActor._set = OutputActor._set, set_while_off_comes  # type: ignore[assignment, method-assign]
    try:
        answer = laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 50.0})
    finally:
        OutputActor._set = real  # type: ignore[method-assign]
    assert taken
    assert refused(answer, "withdrawn")
    assert laboratory.daemon.record("heater").running.cell.read_back == 0.0  # type: ignore[union-attr]


@pytest.mark.parametrize("first", ["reload", "off"])
def test_an_off_that_meets_a_reload_is_answered_and_nothing_stays_on(begin: Begin, first: str) -> None:
    laboratory = begin()
    assert laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 40.0}) is None
    other = replace(laboratory.daemon.bench, sensors=(HOT,), outputs=(FAN, replace(HEATER, ramp=5.0)))
    if first == "reload":
        laboratory.daemon.reload(other)
    conversation = laboratory.send("bench1", "prog", "call_action", {"action": "off"})
    if first == "off":
        laboratory.daemon.reload(other)
    laboratory.until(lambda: any(message.conversation == conversation for message in laboratory.coordinator.sent), "off is answered", 5.0)
    laboratory.until(lambda: laboratory.coordinator.directory.keys() == NAMES - {"bench1_cold"}, "the reload is done")
    laboratory.run(2.0)
    found = laboratory.daemon.query("status")
    assert found["left_on"] == []
    assert found["outputs"]["heater"]["read_back"] == 0.0


def test_a_reload_signs_new_names_in_and_old_ones_out_and_an_end_signs_out_all(begin: Begin) -> None:
    laboratory = begin()
    bench = laboratory.daemon.bench
    other = replace(COLD, id="mild", name="mild")
    laboratory.daemon.reload(replace(bench, sensors=(HOT, other)))
    laboratory.until(lambda: "bench1_mild" in laboratory.coordinator.directory, "the new name is there")
    laboratory.run(1.0)
    assert "bench1_cold" in laboratory.coordinator.signed_out
    assert laboratory.ask("bench1_mild", "prog", "get_parameters", {"parameters": ["value"]}).keys() == {"value"}
    laboratory.daemon.reload(replace(bench, sensors=(HOT,), outputs=(FAN, HEATER), leco=None))
    laboratory.until(lambda: not laboratory.coordinator.directory, "every name is signed out")
    assert laboratory.daemon.query("status")["leco"] is None


def test_a_gateway_that_restarts_is_not_noticed_over_the_network(begin: Begin) -> None:
    laboratory = begin()
    laboratory.ask("bench1_hot", "viewer", "send_data_grab")
    laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 40.0})
    laboratory.daemon.record("gateway").running.ref.stop()  # type: ignore[union-attr]
    laboratory.until(lambda: laboratory.daemon.generation("gateway") == 2 and laboratory.daemon.serves(), "the gateway is back")
    assert laboratory.daemon.generation("leco") == 1
    laboratory.calls("viewer")
    laboratory.run(2.0)
    assert laboratory.calls("viewer")
    assert laboratory.ask("bench1", "prog", "get_parameters", {"parameters": ["heater"]}) == {"heater": 40.0}
    assert laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 50.0}) is None


def test_a_reload_during_a_grab_sends_what_the_bench_has_now_and_nothing_of_what_it_had(begin: Begin) -> None:
    laboratory = begin()
    laboratory.ask("bench1", "all", "send_data_grab")
    laboratory.ask("bench1_cold", "viewer", "send_data_grab")
    laboratory.run(2.0)
    laboratory.daemon.reload(replace(laboratory.daemon.bench, sensors=(HOT,)))
    laboratory.until(lambda: "bench1_cold" in laboratory.coordinator.signed_out, "the name is signed out")
    laboratory.run(1.0)
    for component in ("all", "viewer"):
        laboratory.calls(component)
    laboratory.run(3.0)
    assert laboratory.calls("viewer") == []
    assert {tuple(params["data"]["labels"]) for _method, params in laboratory.calls("all")} == {("hot (°C)",)}
    laboratory.daemon.reload(replace(laboratory.daemon.bench, sensors=(HOT, COLD)))
    laboratory.until(lambda: "bench1_cold" in laboratory.coordinator.directory, "the name is back")
    laboratory.run(3.0)
    assert tuple(laboratory.calls("all")[-1][1]["data"]["labels"]) == ("hot (°C)", "cold (°C)")

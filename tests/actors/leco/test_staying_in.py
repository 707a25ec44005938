"""Whatever becomes of the coordinator, the bench comes back; and what has waited in one switches nothing on."""

import itertools
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core import events
from actors.leco.grabs import RETURNS, KeptGrabs
from actors.leco.lateness import CONFIRMED, KEPT, LATE, Lateness
from actors.leco.link import Link
from actors.leco.membership import ANSWERS_WITHIN, Membership, Order
from pilotage.wire import leco
from tests.actors.leco.network import Laboratory
from tests.actors.leco.test_in_the_network import NAMES, refused
from tests.actors.outputs.remote import Logbook

Begin = Callable[..., Laboratory]


def frames(laboratory: Laboratory) -> list[Any]:
    """Take the frames that the viewer was given."""
    return [params for method, params in laboratory.calls("viewer") if method == "set_data"]


def heater(laboratory: Laboratory) -> Any:
    return laboratory.daemon.record("heater").running.cell.read_back  # type: ignore[union-attr]


def test_a_coordinator_that_is_killed_and_comes_back_has_every_name_again(begin: Begin, log: Logbook) -> None:
    laboratory = begin()
    laboratory.coordinator.kill()
    laboratory.run(6.0)
    assert not laboratory.joined()
    assert laboratory.daemon.state("leco") == "degraded"
    assert laboratory.daemon.query("status")["leco"]["error"]["code"] == "not_joined"
    laboratory.coordinator.start()
    assert laboratory.until(lambda: laboratory.coordinator.directory.keys() == NAMES, "it is back") <= 20.0
    laboratory.until(laboratory.joined, "it knows that it is back")
    assert laboratory.daemon.state("leco") == "running"
    assert len(log.of(events.LECO_LOST)) == 1
    assert laboratory.ask("bench1", "prog", "pong") is None


def test_without_a_coordinator_everything_else_works_and_the_network_is_joined_when_there_is_one(begin: Begin) -> None:
    laboratory = begin(wait=False)
    laboratory.daemon.run(5.0)  # the coordinator routes nothing
    assert laboratory.daemon.state("hot") == "running"
    assert laboratory.daemon.state("leco") == "degraded"
    laboratory.until(laboratory.joined, "it has joined")


def test_a_name_that_another_component_has_is_said_and_taken_when_it_is_free(begin: Begin, log: Logbook) -> None:
    laboratory = begin(wait=False)
    laboratory.coordinator.directory["bench1"] = b"somebody else"
    laboratory.run(8.0)
    assert laboratory.daemon.query("status")["leco"]["error"]["code"] == "name_taken"
    assert [each["error_code"] for each in log.of(events.LECO_LOST)][-1] == "name_taken"
    del laboratory.coordinator.directory["bench1"]
    laboratory.until(laboratory.joined, "it has its name")


def test_a_set_point_that_waited_in_a_stopped_coordinator_switches_nothing_on(begin: Begin) -> None:
    """With clocks an hour apart, as a laboratory's computers may be."""
    laboratory = begin()
    laboratory.ahead = 3600.0
    for _ in range(4):
        laboratory.ask("bench1_heater", "mover", "pong")
        laboratory.run(0.5)
    assert laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 20.0}) is None
    laboratory.coordinator.stopped = True
    laboratory.run(6.0)
    laboratory.coordinator.stopped = False
    assert refused(laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 77.0}, age=6.0), "expired")
    assert heater(laboratory) == 20.0
    assert refused(laboratory.ask("bench1_heater", "stranger", "move_abs", {"position": 77.0}, age=6.0), "expired")
    assert laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 0.0}, age=6.0) is None
    assert heater(laboratory) == 0.0
    assert laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 30.0}) is None
    assert heater(laboratory) == 30.0
    assert laboratory.ask("bench1", "stranger", "call_action", {"action": "off"}, age=60.0) == {"fan": 0.0, "heater": 0.0}


def test_a_flood_is_answered_busy_beyond_what_is_bounded_and_off_is_served(begin: Begin) -> None:
    laboratory = begin()
    laboratory.daemon.sim.fault("hot", "hang")
    for _ in range(600):
        laboratory.send("bench1_hot", "flood", "get_parameters", {"parameters": ["value"]})

    def answers() -> list[Any]:
        parts = [part for message in laboratory.coordinator.sent for part in leco.content(message)]
        return [part.code for part in parts if isinstance(part, leco.Answer)]

    laboratory.until(lambda: len(answers()) == 600, "every request is answered")
    assert set(answers()) <= {None, leco.REFUSED}
    laboratory.daemon.sim.clear("hot")
    assert laboratory.ask("bench1", "flood", "call_action", {"action": "off"}) == {"fan": 0.0, "heater": 0.0}
    laboratory.until(laboratory.daemon.serves, "everything runs again", 200.0)


def test_whatever_comes_through_the_coordinator_harms_nobody(begin: Begin, log: Logbook) -> None:
    laboratory = begin()
    identity, sender = laboratory.coordinator.directory["bench1_heater"], b"N1.stranger"
    laboratory.coordinator.components.add("stranger")
    head = leco.conversation(laboratory.wall())
    bodies = [b"", b"{", b"[]", b"[1]", b"null", b'{"method": 1, "id": 1}', b'{"method": "move_abs", "params": [1], "id": 1}', b"\xff" * 50]
    bodies += [
        b"[" * 100_000,
        b'{"id": 1, "method": "move_abs", "params": {"position": NaN}}',
        b'"\\ud800"',
        b'{"method":"\\ud800","id":1}',
    ]
    bodies += [b'{"error": 1}', b'{"result": 1, "id": [1]}', b'{"error": {"code": -32090}}', b'{"error": {"code": "x", "data": {}}}']
    frames = [[b"\0", b"N1.bench1_heater", sender, head + b"\0\0\0\1", body] for body in bodies]
    frames += [[], [b"\0"], [b"\1", b"a", b"b", head], [b"\0", b"", b"", b""], [b"\0", b"N1.bench1", b"\xff", head + b"\0\0\0\1", b"{}"]]
    frames += [
        [b"\0", b"N1.bench1_heater", sender, head + b"\0\0\0\xea", b"pickle"],
        [b"\0", b"N1.none", sender, head + b"\0\0\0\1", b"{}"],
    ]
    frames += [[b"\0", b"N1.bench1", b"N1.COORDINATOR", head + b"\0\0\0\1", b'{"error": {"code": -32091}}']]
    laboratory.ask("bench1_heater", "mover", "pong")
    for each in frames:
        laboratory.coordinator.router.send_multipart([identity, *each])
    laboratory.until(laboratory.joined, "it is in the network again: one message was an error of the coordinator")
    laboratory.run(3.5)
    assert laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 10.0}) is None
    assert log.of(events.INTERNAL_ERROR) == []
    assert laboratory.daemon.generation("leco") == 1


@given(st.lists(st.tuples(st.floats(0.01, 5.0), st.floats(0.0, 0.4)), min_size=6, max_size=60), st.floats(-1e6, 1e6), st.floats(2.0, 1e4))
def test_whoever_sends_regularly_is_never_late_and_what_waited_always_is(
    steps: list[tuple[float, float]], ahead: float, waited: float
) -> None:
    lateness, now = Lateness(), 5000.0
    for pause, delay in steps:
        now += pause + delay
        late = lateness.heard("one", now - delay + ahead, now, now, steady=True)
    if now > 5000.0 + steps[0][0] + CONFIRMED + 1:
        assert not late
    assert lateness.heard("one", now - waited + ahead, now, now, steady=True)
    assert lateness.heard("one", now - waited + ahead, now + waited, now + waited, steady=True)


def test_a_sender_whose_clock_was_set_back_is_known_again_after_two_rounds() -> None:
    lateness, now = Lateness(), 0.0
    while now < 10.0:
        now += 1.0
        lateness.heard("one", now, now, now, steady=True)
    assert lateness.heard("one", now - 30, now, now, steady=True)
    end = now + 2 * KEPT + 2
    while now < end:
        now += 1.0
        late = lateness.heard("one", now - 30, now, now, steady=True)
    assert not late


def test_a_stranger_drives_at_once_only_if_its_clock_is_right_and_nothing_can_be_queued() -> None:
    assert not Lateness().heard("one", 99.0, 5.0, 100.0, steady=True)
    assert Lateness().heard("one", 99.0, 5.0, 100.0, steady=False)
    assert Lateness().heard("one", 100.0 - LATE - 1, 5.0, 100.0, steady=True)
    assert Lateness().heard("one", None, 5.0, 100.0, steady=False)
    assert not Lateness().heard("one", None, 5.0, 100.0, steady=True)


def test_over_a_connection_that_nobody_answers_the_other_identity_is_tried_and_back_again() -> None:
    membership, now = Membership(("bench1", "bench1_hot"), 0.0), 0.0
    seen = []
    while now < 4 * ANSWERS_WITHIN + 2:
        for order in membership.orders(now):
            if order.method is not None:
                membership.asked(order, leco.conversation(now), now)
        seen.append(membership.second)
        now += 0.1
    assert [two for one, two in itertools.pairwise(seen) if one != two] == [True, False, True, False][: membership.attempt]
    assert membership.attempt >= 3
    assert not membership.steady(now)


@pytest.mark.parametrize("prompt", [True, False])
def test_only_prompt_answers_for_a_while_are_steady(prompt: bool) -> None:
    membership = Membership(("bench1",), 0.0)

    def answer(order: Order, sent: float, at: float) -> None:
        conversation = leco.conversation(sent)
        membership.asked(order, conversation, sent)
        membership.answered("bench1", "N1.COORDINATOR", conversation, leco.Answer(), at)

    delay = 0.01 if prompt else 1.5
    now = 0.0
    while now < 8.0:
        for order in membership.orders(now):
            if order.method is not None:
                answer(order, now, now + delay)
        now += 0.5
    assert membership.steady(now) is prompt
    assert not membership.steady(now + 6.0)


def test_a_live_grab_outlives_a_new_coordinator_that_does_not_know_its_director_yet(begin: Begin) -> None:
    laboratory = begin()
    laboratory.ask("bench1_hot", "viewer", "send_data_grab")
    laboratory.run(2.0)
    assert frames(laboratory)
    laboratory.coordinator.kill()
    laboratory.run(1.0)
    laboratory.coordinator.components.clear()
    laboratory.coordinator.start()
    laboratory.until(laboratory.joined, "it is back")
    laboratory.run(3.0)
    laboratory.coordinator.components.add("viewer")
    laboratory.run(3.0)
    assert frames(laboratory)


def test_a_live_grab_goes_on_after_a_restart_when_its_director_is_heard_again(begin: Begin) -> None:
    laboratory = begin()
    laboratory.ask("bench1_hot", "viewer", "send_data_grab")
    laboratory.ask("bench1_cold", "former", "send_data_grab")
    laboratory.ask("bench1_cold", "former", "stop_grab")
    laboratory.ask("bench1_cold", "gone", "send_data_grab")
    laboratory.coordinator.sent.clear()
    laboratory.daemon.record("leco").running.ref.stop()  # type: ignore[union-attr]
    laboratory.until(lambda: laboratory.daemon.generation("leco") == 2 and laboratory.joined(), "another one has joined")
    laboratory.run(3.0)
    assert laboratory.calls("viewer") == []
    for component in ("viewer", "former"):
        laboratory.ask("bench1_hot", component, "pong")
    laboratory.run(3.0)
    assert frames(laboratory)
    assert laboratory.calls("former") == []
    laboratory.run(RETURNS)
    laboratory.ask("bench1_cold", "gone", "pong")
    laboratory.run(3.0)
    assert laboratory.calls("gone") == []


def test_grabs_that_begin_and_end_all_the_time_are_not_written_down_each_time(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    remember = KeptGrabs.remember

    def count(self: KeptGrabs, name: str, value: bool | None) -> None:
        written.append(name)
        remember(self, name, value)

    laboratory = begin()
    monkeypatch.setattr(KeptGrabs, "remember", count)
    for _ in range(30):
        laboratory.ask("bench1_hot", "viewer", "send_data_grab")
        laboratory.ask("bench1_hot", "viewer", "stop_grab")
    assert len(written) < 10
    laboratory.ask("bench1_hot", "viewer", "send_data_grab")
    laboratory.run(6.0)
    assert written[-1] == "bench1_hot N1.viewer"


def test_a_reload_that_forbids_driving_signs_nobody_out_and_stops_no_grab(begin: Begin) -> None:
    laboratory = begin()
    laboratory.ask("bench1_hot", "viewer", "send_data_grab")
    for drive in (False, True):
        bench = laboratory.daemon.bench
        assert bench.leco is not None
        laboratory.daemon.reload(replace(bench, leco=replace(bench.leco, drive=drive)))
        laboratory.run(1.0)
        answer = laboratory.ask("bench1_heater", "mover", "move_abs", {"position": 20.0})
        assert (answer is None) if drive else refused(answer, "read_only")
    frames(laboratory)
    laboratory.run(2.0)
    assert frames(laboratory)
    assert laboratory.coordinator.signed_out == []
    assert laboratory.daemon.generation("leco") == 1


def test_a_silent_connection_that_speaks_again_is_gone_on_with_and_what_it_held_is_answered(begin: Begin) -> None:
    laboratory = begin()
    connection = laboratory.coordinator.directory["bench1"]
    laboratory.coordinator.stopped = True
    laboratory.run(6.0)
    laboratory.coordinator.stopped = False
    assert refused(laboratory.ask("bench1_heater", "stranger", "move_abs", {"position": 77.0}, age=6.0), "expired")
    laboratory.until(laboratory.joined, "it is in the network")
    laboratory.run(3.5)
    assert laboratory.coordinator.directory["bench1"] == connection
    assert heater(laboratory) == 0.0


def joined_and_then_silent(now: float) -> Membership:
    """Return the seats of a bench whose coordinator let it in, and has said nothing for `now` seconds since."""
    membership = Membership(("bench1", "bench1_hot"), 0.0)
    answer_all(membership, 0.0, leco.Answer())
    for tenth in range(1, int(now * 10) + 1):
        ask_all(membership, tenth / 10)
    return membership


def ask_all(membership: Membership, now: float) -> list[tuple[Order, bytes]]:
    asked = [(order, leco.conversation(now)) for order in membership.orders(now) if order.method is not None]
    for order, conversation in asked:
        membership.asked(order, conversation, now)
    return asked


def answer_all(membership: Membership, now: float, answer: leco.Answer) -> None:
    for order, conversation in ask_all(membership, now):
        membership.answered(order.name, "N1.COORDINATOR", conversation, answer, now)


@pytest.mark.parametrize("outage", [6.0, 60.0])
def test_after_a_pulled_cable_the_other_identity_shows_that_it_is_back_and_then_the_first_one_is_free(outage: float) -> None:
    """What was asked meanwhile arrives when the cable is back, once, and each of it is answered."""
    membership, waits = Membership(("bench1", "bench1_hot"), 0.0), dict[int, list[tuple[Order, bytes]]]()
    answer_all(membership, 0.0, leco.Answer())
    tenth = 0
    while tenth < outage * 10 or not membership.signed_in():
        tenth += 1
        now = tenth / 10
        asked = ask_all(membership, now)
        waits.setdefault(membership.attempt, []).extend(asked)
        assert membership.due(now) >= now
        if tenth < outage * 10:
            continue
        assert now <= outage + 1.0, "it is back at once"
        for order, conversation in waits.pop(membership.attempt, []):
            taken = membership.second  # the coordinator has our names for the first identity
            answer = leco.Answer(None, leco.NAME_TAKEN) if taken else leco.Answer()
            membership.answered(order.name, "N1.COORDINATOR", conversation, answer, now)
    assert (membership.kept, membership.second) == (False, False)
    assert membership.fault(now, "there") is None


def test_a_kept_connection_that_speaks_is_signed_in_over_again() -> None:
    membership = joined_and_then_silent(6.0)
    attempt = membership.attempt
    membership.revert(6.1)
    assert (membership.kept, membership.second, membership.attempt) == (False, False, attempt)
    answer_all(membership, 6.1, leco.Answer())
    assert membership.signed_in() == ["bench1", "bench1_hot"]


def read_to_its_end(connection: socket.socket) -> None:
    while connection.recv(1000):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="how a connection ends is told by /proc")
def test_a_silent_connection_ends_with_a_reset_and_one_that_was_gone_back_to_in_good_order() -> None:
    """An orderly end would wait behind what could not be delivered."""
    for back in (False, True):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(20.0)
            port = server.getsockname()[1]
            link = Link()
            link.connect("127.0.0.1", port, "one")
            first, _ = server.accept()
            first.settimeout(20.0)
            assert first.recv(10), "ZeroMQ begins"
            link.connect("127.0.0.1", port, "two", keep=True)
            second, _ = server.accept()
            if back:
                link.revert(port)
            link.close()
            if back:
                read_to_its_end(first)
            else:
                with pytest.raises(ConnectionResetError):
                    read_to_its_end(first)
            first.close()
            second.close()

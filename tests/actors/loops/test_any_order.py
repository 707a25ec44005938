"""A loop and its output, message by message, in whatever order threads may bring them: who decides last has the output."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.bench.devices import Bench
from actors.core.cells import LoopCell
from actors.errors import Fault
from actors.loops.actor import LoopActor
from actors.loops.setting import Setting
from actors.loops.store import Models
from actors.messages import Claim, LoopOrder, Observed, Permit, Reading, Safe, SetPoint, Tick
from tests.actors.interlocks.rules_of import LIMIT, STALE
from tests.actors.loops.bench import OVEN
from tests.actors.outputs.alone import HEATER, Output, hold
from tests.actors.outputs.driving import FAN
from tests.supervisor.tree.daemon import HOT

BENCH = Bench("bench.py", 1, (HOT,), (FAN, HEATER), interlocks=(LIMIT, STALE), loops=(OVEN,))
URGENT = (Safe, Permit)


class Pair:
    """Both actors without threads: each has a mailbox, and a message is handled when the test says so."""

    def __init__(self) -> None:
        self.output = Output()
        self.clock = self.output.clock
        self.to_output: list[Any] = []
        self.to_loop: list[Any] = []
        self.cell = LoopCell("oven", lambda _news: None)
        self.cell.generation = 1
        reached = SimpleNamespace(tell=self._put_output, cell=self.output.cell)
        models = Models(Path("nowhere") / "loops.json")
        reach: Any = lambda child: reached if child == HEATER.id else None  # noqa: E731 - one line
        shared: Any = {"cell": self.cell, "reach": reach, "models": models, "parent": lambda _message: None, "clock": self.clock}
        self.loop: Any = LoopActor(Setting.of(OVEN, BENCH), 1, **shared)
        self.loop._hand._hear = self.to_loop.append
        self.loop.begin()
        self.claims: list[Claim] = []
        self.answers: list[Any] = []
        self.last = "off"
        self.hands = False
        """Whether a hand has driven the output since everything was switched off."""

    def _put_output(self, message: Any) -> None:
        place = next((n for n, other in enumerate(self.to_output) if not isinstance(other, URGENT)), len(self.to_output))
        self.to_output.insert(place if isinstance(message, URGENT) else len(self.to_output), message)

    def reading(self, value: float) -> None:
        now = self.clock.monotonic()
        self.to_loop.append(Observed("hot", Reading({"temp": value}, {"temp": value}, now, now, 0.0)))

    def set(self, value: float) -> None:
        claim = Claim()
        self.claims.append(claim)
        self.to_loop.append(LoopOrder(1, {"set": value}, self.clock.monotonic() + 1.5, claim, "someone", self.answers.append))
        self.last = "loop"

    def hand(self, value: float) -> None:
        self._put_output(SetPoint(1, value, self.clock.monotonic() + 60.0, Claim(), "a hand", lambda _done: None))
        self.last, self.hands = "hand", True

    def off(self) -> None:
        """Do as the gateway does: withdraw what clients want, then the loop's claim, then tell everybody."""
        for claim in self.claims:
            claim.withdrawn = True
        for message in self.to_output:
            if isinstance(message, SetPoint) and message.client == "a hand":
                message.claim.withdrawn = True
        self.cell.claim.withdrawn = True
        self.to_loop.insert(0, Safe("off", client="someone"))
        self._put_output(Safe("off", client="someone"))
        self.last, self.hands = "off", False

    def trip(self) -> None:
        """Let an interlock trip, and be over at once: a set-point that is carried out after it is a new decision."""
        self._put_output(Permit(1, self.clock.monotonic() + 1e9, (hold(since=self.clock.monotonic()),)))
        self._put_output(Permit(1, self.clock.monotonic() + 1e9))

    def deliver(self, which: str) -> None:
        if which == "output" and self.to_output:
            self.output.tell(self.to_output.pop(0))
        elif which == "loop" and self.to_loop:
            self.loop.handle(self.to_loop.pop(0))

    def drain(self) -> None:
        while self.to_output or self.to_loop:
            self.deliver("output")
            self.deliver("loop")

    def silence(self, seconds: float) -> None:
        """Let time pass in which the loop hears nothing, and its output alone looks at the clock."""
        self.output.run(seconds)
        self.to_loop.append(Tick())


STEPS = st.one_of(
    st.tuples(st.just("deliver"), st.sampled_from(["output", "loop"])),
    st.tuples(st.just("deliver"), st.sampled_from(["output", "loop"])),
    st.tuples(st.just("reading"), st.floats(20.0, 60.0)),
    st.tuples(st.just("set"), st.sampled_from([30.0, 45.0, 60.0])),
    st.tuples(st.just("hand"), st.sampled_from([0.0, 40.0, 200.0])),
    st.tuples(st.just("off"), st.none()),
    st.tuples(st.just("trip"), st.none()),
    st.tuples(st.just("silence"), st.sampled_from([0.5, 1.0, 2.0])),
)


@settings(max_examples=50)
@given(steps=st.lists(STEPS, max_size=60))
def test_after_off_and_after_silence_the_output_is_safe_unless_a_hand_has_it(steps: list[tuple[str, Any]]) -> None:
    pair = Pair()
    for step, what in [("reading", 25.0), ("deliver", "loop"), *steps]:
        getattr(pair, step)(*(() if what is None else (what,)))
        assert 0.0 <= pair.output.pin.value <= 255.0
    last = pair.last
    if last == "off":
        pair.drain()
        assert pair.output.pin.value == 0.0
        pair.reading(25.0)
        pair.drain()
        assert pair.output.pin.value == 0.0
    pair.drain()
    pair.silence(4.0)
    pair.drain()
    pair.silence(4.0)
    assert pair.output.pin.value == 0.0 or pair.hands
    if pair.output.pin.value > 0.0:
        assert pair.loop._mode.name in {"off", "manual"}


@pytest.mark.parametrize("order", [("output", "loop"), ("loop", "output")])
def test_a_step_under_way_does_not_undo_a_hand(order: tuple[str, str]) -> None:
    pair = Pair()
    pair.reading(25.0)
    pair.set(45.0)
    pair.drain()
    pair.clock.advance(1.0)
    pair.reading(25.0)
    pair.hand(40.0)
    for which in order * 3:
        pair.deliver(which)
    pair.drain()
    assert pair.output.pin.value == 40.0
    assert pair.loop._mode.name == "manual"


@pytest.mark.parametrize("refused", [True, False])
def test_a_second_set_point_waits_for_the_output_as_the_first_does(refused: bool) -> None:
    pair = Pair()
    pair.reading(25.0)
    pair.deliver("loop")
    if refused:
        pair.output.tell(Permit(1, pair.clock.monotonic() + 1e9, (hold(since=pair.clock.monotonic()),)))
    for value in (45.0, 50.0):
        pair.set(value)
        pair.deliver("loop")
    assert pair.answers == []
    pair.drain()
    assert [isinstance(answer.result, Fault) for answer in pair.answers] == [refused, refused]
    assert pair.cell.state["set_point"] == (0.0 if refused else 50.0)


def test_an_output_that_never_answers_does_not_leave_a_loop_half_way() -> None:
    pair = Pair()
    pair.reading(25.0)
    pair.set(45.0)
    pair.deliver("loop")
    pair.deliver("loop")
    pair.to_output.clear()
    for _ in range(3):
        pair.silence(1.0)
        pair.reading(25.0)
        pair.drain()
    assert (pair.cell.state["state"], pair.output.pin.value) == ("lost", 0.0)
    assert [answer.result.code for answer in pair.answers] == ["withdrawn"]
    pair.set(45.0)
    pair.drain()
    assert pair.cell.state["state"] == "approach"


def test_off_is_answered_when_the_output_is_off() -> None:
    pair = Pair()
    pair.reading(25.0)
    pair.set(45.0)
    pair.drain()
    pair.clock.advance(1.0)
    pair.reading(25.0)
    pair.drain()
    assert pair.output.pin.value > 0.0
    pair.answers.clear()
    pair.set(0.0)
    pair.deliver("loop")
    assert (pair.answers, pair.cell.state["state"]) == ([], "off")
    pair.drain()
    assert pair.output.pin.value == 0.0
    assert pair.answers[0].result["output_pct"] == 0.0

"""No sequence of readings, losses and requests leaves a tripped output on: the real actors, one step at a time, without threads."""

import itertools
import time
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.bench.devices import OutputSpec
from actors.bench.interlocks import Drive, Interlock
from actors.core.cells import Clientele, OutputCell
from actors.drivers.base import OutputDriver, Wiring
from actors.errors import DeviceError, Fault
from actors.interlocks.actor import PERMIT, InterlockActor
from actors.interlocks.cell import InterlockCell
from actors.interlocks.latch import held
from actors.messages import Claim, Done, Failure, Observed, Reading, ResetInterlock, Route, Safe, SetPoint, Tick
from actors.outputs.actor import OutputActor
from tests.actors.interlocks.rules_of import EVERY, FAN, HEATER, LIMIT, RPM, TEMPERATURE, change
from tests.fakes import ManualClock

SPECS: tuple[Interlock, ...] = (change(LIMIT, drives=(Drive(HEATER, 0.0), Drive(FAN, 255.0))), *EVERY[1:])
OUTPUTS = {
    HEATER.id: OutputSpec("heater", "heater", "Heater", "PWM", 23, None, "%", 0.0, 255.0, 100.0, 0.0, "heater", ramp=100.0, ceiling=127.5),
    FAN.id: OutputSpec("fan", "fan", "Fan", "PWM", 18, None, "%", 0.0, 255.0, 25_000.0, 0.0, "fan", linger=30.0),
}
CHANNELS = {TEMPERATURE.sensor: TEMPERATURE.channel, RPM.sensor: RPM.channel}


class Pin(OutputDriver):
    """A pin that does what it is told, unless `broken`."""

    def __init__(self) -> None:
        super().__init__(None, Wiring(None, None, None, 0.0, 255.0))  # type: ignore[arg-type]
        self.value = 0.0
        self.broken = False

    def apply(self, value: float) -> float:
        if self.broken:
            raise DeviceError("gpio_refused", "a test says no")
        self.value = value
        return self.read_back()

    def read_back(self) -> float:
        return round(self.value, 2)


class Reached:
    """An output as the interlock actor finds it; what it is told waits until the output is given its turn."""

    def __init__(self, world: "World", spec: OutputSpec) -> None:
        self.cell = world.cells[spec.id]
        self.box: list[Any] = []
        self.tell = self.box.append
        world.generations += 1
        self.actor: Any = OutputActor(
            spec,
            world.generations,
            driver=world.pins[spec.id],
            cell=self.cell,
            parent=lambda _message: None,
            clock=world.clock,
            where="here",
            needs_permit=spec.kind == "heater",
            heat=lambda: world.cells[HEATER.id].on_at,
        )
        self.actor.begin()

    def turn(self) -> None:
        """Handle what waits, permits first, as the mailbox has it."""
        while self.box:
            urgent = [message for message in self.box if type(message).__name__ in {"Permit", "Safe"}]
            message = (urgent or self.box)[0]
            self.box.remove(message)
            self.actor.handle(message)
        self.actor.handle(Tick())


class World(RuleBasedStateMachine):
    """A heater, a fan, and every kind of interlock there is."""

    @initialize(chosen=st.lists(st.sampled_from(SPECS), unique=True, min_size=1, max_size=4))
    def begin(self, chosen: list[Interlock]) -> None:
        self.specs = tuple(spec for spec in SPECS if spec in chosen)
        self.clock = ManualClock()
        self.tickets = itertools.count(1)
        self.generations = 0
        self.clientele = Clientele()
        self.cell = InterlockCell()
        self.cells = {name: OutputCell(name, lambda _news: None) for name in OUTPUTS}
        self.pins = {name: Pin() for name in OUTPUTS}
        self.reached: dict[str, Reached | None] = {name: Reached(self, spec) for name, spec in OUTPUTS.items()}
        self.interlocks: Any = None
        self.start_interlocks()

    def start_interlocks(self) -> None:
        self.generations += 1
        self.interlocks = InterlockActor(
            self.specs,
            self.generations,
            cell=self.cell,
            clientele=self.clientele,
            reach=self.reached.get,
            parent=lambda _message: None,
            clock=self.clock,
        )
        self.interlocks.begin()

    def turns(self) -> None:
        """Let everybody handle what waits, until nothing does."""
        for _ in range(5):
            if self.interlocks is not None:
                self.interlocks.handle(Tick())
            for reached in self.reached.values():
                if reached is not None:
                    reached.turn()

    @rule()
    def all_is_well(self) -> None:
        """The fan turns, the heater is cool, and both are measured."""
        self.request("fan", 255.0, ord("a"))
        self.reading(TEMPERATURE.sensor, 22.0)
        self.reading(RPM.sensor, 2000.0)
        self.request("heater", 100.0, ord("a"))

    @rule()
    def too_hot(self) -> None:
        self.reading(TEMPERATURE.sensor, 95.0)

    @rule(value=st.floats(0.1, 255.0))
    def heat(self, value: float) -> None:
        self.request("heater", value, ord("b"))

    @rule(sensor=st.sampled_from([*CHANNELS]), value=st.floats(-50, 150) | st.sampled_from([22.0, 85.0, 90.0, 91.0, 600.0]))
    def reading(self, sensor: str, value: float) -> None:
        now = self.clock.monotonic()
        values = {CHANNELS[sensor]: value}
        self.observe(Observed(sensor, Reading(values, values, now, now, time.time())))

    @rule(sensor=st.sampled_from([*CHANNELS]), whole=st.booleans())
    def loss(self, sensor: str, whole: bool) -> None:
        now, fault = self.clock.monotonic(), Fault("no_ack", "no acknowledge")
        broken = {CHANNELS[sensor]: fault}
        self.observe(Observed(sensor, Failure(fault, now, now, 0.0) if whole else Reading(broken, broken, now, now, 0.0)))

    def observe(self, news: Observed) -> None:
        if self.interlocks is not None:
            self.interlocks.handle(news)
        self.turns()

    @rule(output=st.sampled_from([*OUTPUTS]), value=st.floats(0, 255) | st.sampled_from([0.0, 128.0, 255.0]), client=st.sampled_from(b"ab"))
    def request(self, output: str, value: float, client: int) -> None:
        """A client asks; the answer is what the pin then does, or a refusal that says why."""
        self.clientele.asked = self.clock.monotonic()
        self.clientele.drove(bytes([client]), output)
        reached = self.reached[output]
        if reached is None:
            return
        answers: list[Done] = []
        reached.tell(SetPoint(next(self.tickets), value, self.clock.monotonic() + 1.5, Claim(), "somebody", answers.append))
        self.turns()
        if not answers:  # it waits for an interlock that may clear itself
            self.clock.advance(0.25)
            self.turns()
        assert len(answers) == 1
        if isinstance(answers[0].result, Fault) and not self.pins[output].broken:
            assert answers[0].result.code == "interlock"
            assert value != 0.0

    @rule(client=st.sampled_from(b"ab"))
    def leave(self, client: int) -> None:
        self.clientele.lost(bytes([client]), self.clock.monotonic())

    @rule(client=st.sampled_from(b"ab"))
    def come_back(self, client: int) -> None:
        self.clientele.asked = self.clock.monotonic()
        self.clientele.back(bytes([client]))

    @rule()
    def reset(self) -> None:
        for spec in self.specs:
            if self.interlocks is not None:
                answers: list[Done] = []
                self.interlocks.handle(ResetInterlock(spec.name, 1, answers.append))
                assert isinstance(answers[0].result, Fault) == (self.cell.states[spec.name].trip is not None)
        self.turns()

    @rule()
    def off(self) -> None:
        for reached in self.reached.values():
            if reached is not None:
                reached.tell(Safe("off"))
        self.turns()

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 5.0, 20.0]), steps=st.integers(1, 5))
    def time_passes(self, seconds: float, steps: int) -> None:
        for _ in range(steps):
            self.clock.advance(seconds)
            self.turns()

    @rule(hours=st.integers(1, 20))
    def nothing_happens_for_long(self, hours: int) -> None:
        self.clock.advance(600.0 * hours)
        self.turns()

    @precondition(lambda self: self.interlocks is not None)
    @rule(politely=st.booleans())
    def interlocks_die(self, politely: bool) -> None:
        """Without a word they hang: their permits run out."""
        if politely:
            self.interlocks.end()
        self.interlocks = None
        self.clock.advance(0.0 if politely else PERMIT)
        self.turns()

    @precondition(lambda self: self.interlocks is None)
    @rule()
    def interlocks_come_back(self) -> None:
        self.start_interlocks()
        self.turns()

    @rule(output=st.sampled_from([*OUTPUTS]))
    def actuator_dies(self, output: str) -> None:
        reached = self.reached[output]
        if reached is not None and not self.pins[output].broken:
            reached.actor.end()
            self.reached[output] = None
        self.turns()

    @rule(output=st.sampled_from([*OUTPUTS]))
    def actuator_comes_back(self, output: str) -> None:
        if self.reached[output] is None:
            self.reached[output] = Reached(self, OUTPUTS[output])
            if self.interlocks is not None:
                self.interlocks.handle(Route(output, "running", None, 1, None, None))
        self.turns()

    @rule(output=st.sampled_from([*OUTPUTS]), value=st.floats(1, 255))
    def somebody_else_drives(self, output: str, value: float) -> None:
        self.pins[output].value = value
        self.clock.advance(1.01)
        self.turns()

    @rule(output=st.sampled_from([*OUTPUTS]), broken=st.booleans())
    def pin_breaks_or_mends(self, output: str, broken: bool) -> None:
        if self.reached[output] is not None:
            self.pins[output].broken = broken
            self.clock.advance(1.01)
            self.turns()

    @invariant()
    def what_is_held_is_off(self) -> None:
        heater = self.pins[HEATER.id]
        if heater.broken or self.reached[HEATER.id] is None:
            return
        if self.interlocks is None:
            assert heater.value == 0.0
        holding = [one for one in held(self.specs, self.cell.states) if not one.yields]
        if self.interlocks is not None and holding:
            assert heater.value == 0.0, holding
        assert (self.cells[HEATER.id].asked or 0.0) <= 127.5


World.TestCase.settings = settings(stateful_step_count=40)
TestNoSequence = World.TestCase

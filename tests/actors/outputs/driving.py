"""An output actor on the simulated pigpiod, through the real drivers and the real GPIO back end."""

import dataclasses
import itertools
from typing import Any

from actors.bench.devices import OutputSpec
from actors.core.cells import OutputCell
from actors.drivers.base import OutputDriver, Wiring
from actors.drivers.registry import ACTUATOR_DRIVER_REGISTRY
from actors.errors import Fault
from actors.hardware.pigpio.gpio import PigpioGpio
from actors.hardware.sim import faults
from actors.hardware.sim.pigpio.errors import SimulatedPigpioError
from actors.hardware.sim.pigpio.server import PIGPIOD, SimulatedPigpio
from actors.messages import Claim, Condition, Died, Done, Heartbeat, ReadBack, ResetLease, Safe, SetPoint
from actors.outputs.actor import CHECK_PERIOD, OutputActor
from tests.actors.outputs.remote import NO_COMMAND, Logbook, Remote, of_type
from tests.fakes import ManualClock, Recorder

FAN = OutputSpec("fan", "fan", "Fan", "PWM", 18, None, "%", 0.0, 255.0, 25_000.0, 0.0, "fan")
HEATER = OutputSpec("heater", "heater", "Heater", "PWM", 23, None, "%", 0.0, 255.0, 100.0, 0.0, "heater")
VALVE = OutputSpec("valve", "valve", "Valve", "DIGITAL", 17, None, "", 0.0, 1.0, None, 0.0, "output")


class Pins:
    """One simulated pigpiod and its outputs; each starts as often as a test wants, and keeps its cell."""

    def __init__(self, clock: ManualClock, log: Logbook) -> None:
        self.clock = clock
        self.log = log
        self.pi = SimulatedPigpio(clock)
        self.gpio = PigpioGpio(self._connect, (SimulatedPigpioError,), clock=clock)
        self.told: Recorder[Any] = Recorder()
        self.done: Recorder[Done] = Recorder()
        self.tickets = itertools.count(1)
        self.cells: dict[str, OutputCell] = {}
        self._remotes: list[Remote] = []

    def _connect(self) -> Any:
        self.pi.get_pigpio_version()
        return self.pi

    def start(
        self, spec: OutputSpec = HEATER, driver: type[OutputDriver] | None = None, *, leased: bool = False, **changes: Any
    ) -> "Output":
        """Start one generation of `spec` with `changes`, with or without a lease, and wait until it serves or has died."""
        spec = dataclasses.replace(spec, **changes)
        wiring = Wiring(spec.pin, spec.address, spec.pwm_frequency, spec.min, spec.max, spec.active_low, spec.safe)
        made = (driver or ACTUATOR_DRIVER_REGISTRY[spec.driver])(self.gpio, wiring)
        cell = self.cells.setdefault(spec.id, OutputCell(spec.id, lambda _news: None))
        told = len(self.told.items)
        where = f"GPIO{spec.pin}"
        lessor = self.gpio if leased else None
        ref = OutputActor.start(spec, 1, driver=made, cell=cell, parent=self.told.add, clock=self.clock, where=where, leased=lessor)
        remote = Remote(ref, self.clock, NO_COMMAND)
        self._remotes.append(remote)
        self.told.wait_for_count(told + 1)
        remote.settle()
        return Output(self, spec, remote, cell)

    def break_pigpiod(self, kind: str, **options: Any) -> None:
        self.pi.inject(kind, faults.checked(kind, faults.PIGPIOD, options))

    def repair_pigpiod(self) -> None:
        """Let pigpiod come back, and the back-off of the connection pass."""
        self.pi.faults.clear(PIGPIOD)
        self.clock.advance(10.0)

    def conditions(self) -> list[str | None]:
        return [message.fault and message.fault.code for message in of_type(Condition)(self.told.items)]

    def deaths(self) -> list[tuple[str, bool]]:
        return [(message.fault.code, message.expected) for message in of_type(Died)(self.told.items)]

    def close(self) -> None:
        for remote in self._remotes:
            remote.stop()


class Output:
    """One running output."""

    def __init__(self, pins: Pins, spec: OutputSpec, remote: Remote, cell: OutputCell) -> None:
        self.pins = pins
        self.spec = spec
        self.remote = remote
        self.cell = cell

    def _answer(self, ticket: int) -> Any:
        answers = [done.result for done in self.pins.done.items if done.ticket == ticket]
        return answers[0] if len(answers) == 1 else answers

    def set(self, value: float, *, expires: float = 1.5, withdrawn: bool = False) -> Any:
        """Ask for `value`; return the answer, [] for none."""
        ticket = next(self.pins.tickets)
        until = self.pins.clock.monotonic() + expires
        command = SetPoint(ticket, value, until, Claim(withdrawn=withdrawn), "10.0.0.7", self.pins.done.add)
        self.remote.tell(command)
        return self._answer(ticket)

    def read_back(self) -> Any:
        ticket = next(self.pins.tickets)
        self.remote.tell(ReadBack(ticket, self.pins.clock.monotonic() + 1.5, self.pins.done.add))
        return self._answer(ticket)

    def make_safe(self, reason: str = "off") -> Any:
        ticket = next(self.pins.tickets)
        self.remote.tell(Safe(reason, ticket, self.pins.done.add))
        return self._answer(ticket)

    def beat(self, age: float = 0.0) -> None:
        """Give proof that the supervisor was alive `age` seconds ago."""
        self.remote.tell(Heartbeat(self.pins.clock.monotonic() - age))

    def reset_lease(self) -> Any:
        ticket = next(self.pins.tickets)
        self.remote.tell(ResetLease(ticket, self.pins.done.add))
        return self._answer(ticket)

    def look(self) -> None:
        """Let the time come at which the output is looked at."""
        self.remote.advance(CHECK_PERIOD)

    @property
    def duty(self) -> float:
        """What the pin really does, 0..1."""
        assert self.spec.pin is not None
        return self.pins.pi.duty_at(self.spec.pin)

    @property
    def off(self) -> bool:
        """Whether the pin is driven to a plain low level."""
        assert self.spec.pin is not None
        return self.duty == 0.0 and self.pins.pi.get_mode(self.spec.pin) == 1


def code(answer: Any) -> str:
    assert isinstance(answer, Fault), answer
    return answer.code

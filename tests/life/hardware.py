"""The hardware of one bench, which outlives the daemons that drive it: the simulated chips, pins and pigpiod, in the time of `Moments`.

An output's call can be made to hang where the machine would (a driver, a card, a library), for as long as a test likes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from actors.bench.buses import BusPath
from actors.bench.devices import Bench
from actors.drivers.base import Bus, OutputDriver
from actors.drivers.registry import ACTUATOR_DRIVER_REGISTRY
from actors.hardware.sim.bench import SimulatedBench
from actors.hardware.sim.faults import FaultBoard, Injected
from actors.hardware.sim.wiring import Spot, meant, shown
from supervisor.rig.rig import BusAccess, SimulatedRig
from tests.life.benches import number_of
from tests.life.moments import MomentEvent, Moments

CALL: Final = 0.0015
"""Seconds of one call to pigpiod on a small, busy computer."""
AT_ONCE: Final = 0.006
"""Seconds of calls that are slept together."""


class Board(FaultBoard):
    """Faults whose waiting is known to the clock."""

    def __init__(self, moments: Moments) -> None:
        super().__init__(moments)
        self._moments = moments

    def wait(self, injected: Injected, seconds: float | None = None) -> bool:
        """Block until `injected` is cleared (True), or for `seconds` (False)."""
        return self._moments.wait(injected.released.is_set, seconds)


class Gates:
    """Outputs whose next call hangs. A gate catches one call of the output's own actor; everybody else passes."""

    def __init__(self, moments: Moments) -> None:
        self._moments = moments
        self._armed: dict[int, str] = {}
        self.hung: dict[int, list[float]] = {}
        """Pin -> since when its calls hang."""
        self._gates: dict[int, threading.Event] = {}

    def arm(self, pin: int, when: str) -> None:
        """Let the next call for `pin` hang "before" or "after" it does something."""
        self._armed[pin] = when

    def release(self) -> None:
        """Let every call go on, and catch none."""
        self._armed.clear()
        gates, self._gates = self._gates, {}
        for gate in gates.values():
            gate.set()

    def passes(self, pin: int | None, when: str) -> None:
        """Hang here if that is wanted. Any thread; an actor's has the number of a generation in its name."""
        if pin is None or self._armed.get(pin) != when or "#" not in threading.current_thread().name:
            return
        del self._armed[pin]
        gate = self._gates.setdefault(pin, MomentEvent(self._moments))
        since = self._moments.monotonic()
        self.hung.setdefault(pin, []).append(since)
        try:
            gate.wait()
        finally:
            self.hung[pin].remove(since)

    @property
    def hanging(self) -> list[int]:
        """The pins of which a call hangs now."""
        return [pin for pin, calls in self.hung.items() if calls]

    def gated(self, kind: type[OutputDriver]) -> type[OutputDriver]:
        """Return a driver that passes these gates."""
        gates = self

        class Gated(kind):  # type: ignore[valid-type,misc]
            def apply(self, value: float) -> float:
                gates.passes(self.wiring.pin, "before")
                found: float = super().apply(value)
                gates.passes(self.wiring.pin, "after")
                return found

            def read_back(self) -> float:
                gates.passes(self.wiring.pin, "before")
                found: float = super().read_back()
                return found

        Gated.__name__ = kind.__name__
        return Gated


class Hardware:
    """One bench's chips and pins. `edges` are the changes of each pin: time, pin, duty before and after."""

    def __init__(self, bench: Bench, moments: Moments) -> None:
        self.moments = moments
        self.sim = SimulatedBench(bench, moments)
        for bus in self.sim.buses.values():
            bus._lock, bus.faults = moments.turn(), Board(moments)  # type: ignore[assignment]
        self.sim.pigpio.faults = Board(moments)
        self.gates = Gates(moments)
        self.duties: dict[int, float] = {}
        self.on_edge: Callable[[int, float, float], object] = lambda _pin, _before, _after: None
        self._follow, self.sim.pigpio.on_change = self.sim.pigpio.on_change, self._changed
        self._edges = threading.Lock()
        self.connections = 0
        """How often every connection to pigpiod has ended."""

    def drivers(self) -> dict[str, type[OutputDriver]]:
        """Return the registry of output drivers that pass the gates."""
        return {name: self.gates.gated(kind) for name, kind in ACTUATOR_DRIVER_REGISTRY.items()}

    def watch(self) -> None:
        """Note what the pins do now."""
        with self._edges:
            for pin in range(2, 28):
                duty = self.sim.pigpio.duty_seen(pin)
                before = self.duties.get(pin, 0.0)
                if duty != before:
                    self.duties[pin] = duty
                    self.on_edge(pin, before, duty)

    def on(self) -> dict[int, float]:
        """Return the pins that are on, with their duty cycle, 0 to 1."""
        self.sim.pigpio.settle()
        self.watch()
        return {pin: duty for pin, duty in self.duties.items() if duty > 0}

    def chips(self) -> dict[int, str]:
        """Return every chip: the number by which its sensor is known -> what a fault calls it."""
        return {
            number_of(root, where): shown(self.sim.bench, Spot(root, where)) for root, bus in self.sim.buses.items() for where in bus.chips
        }

    def is_sound(self, number: int) -> bool:
        """Return whether nothing is wrong with a chip, nor with anything on its bus but other chips."""
        found = meant(self.sim.bench, self.chips()[number])
        if found is None:
            return False
        faults = self.sim.buses[found[0]].faults
        return faults.on(found[1]) is None and all(
            type(target) is int or (isinstance(target, tuple) and len(target) > len(("mux", "channel"))) for target in faults.active
        )

    def break_pigpiod(self, kind: str) -> None:
        """Put a fault on pigpiod; unless it only hangs, every connection ends with that."""
        self.connections += kind != "hang"
        self.sim.fault("pigpiod", kind)

    def repair(self) -> None:
        """End every fault and every hang."""
        self.sim.clear()
        self.gates.release()

    def _changed(self) -> None:
        if self._follow is not None:
            self._follow()
        self.watch()


class Pi:
    """What one process has of pigpiod: every call takes its time, and after the process there is none."""

    def __init__(self, hardware: Hardware, gone: Callable[[], bool]) -> None:
        self._hardware = hardware
        self._pigpio = hardware.sim.pigpio
        self._connection = hardware.connections
        self._moments = hardware.moments
        self._gone = gone
        self._unspent = 0.0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._pigpio, name)
        if not callable(found):
            return found

        def call(*arguments: Any) -> Any:
            if self._gone() or self._connection != self._hardware.connections:
                raise ConnectionResetError("this process, or that pigpiod, is no more")
            self._unspent += CALL
            if self._unspent >= AT_ONCE:
                spent, self._unspent = self._unspent, 0.0
                self._moments.sleep(spent)
            return found(*arguments)

        return call


class ProcessBus:
    """What one process has of the bus."""

    def __init__(self, bus: Bus, gone: Callable[[], bool]) -> None:
        self._bus = bus
        self._gone = gone

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        """Transfer, while there is a process."""
        if self._gone():
            raise OSError(19, "this process is no more")
        return self._bus.transfer(address, data, length)


class ProcessRig(SimulatedRig):
    """What one process stands on; the hardware below it stays when it goes."""

    def __init__(self, bench: Bench, hardware: Hardware, gone: Callable[[], bool]) -> None:
        self._gone = gone
        self._hardware = hardware
        super().__init__(bench, hardware.moments)
        self.bench = hardware.sim
        self.bench.update(bench)
        self.gpio._turn = hardware.moments.turn()

    def _connect(self) -> Any:
        pi = Pi(self._hardware, self._gone)
        pi.get_pigpio_version()
        return pi

    def access(self, path: BusPath | None = None) -> BusAccess:
        """Return a bus as this process has it."""
        return BusAccess(ProcessBus(self.bench.at(path), self._gone), lambda _address: None, lambda: None)

    def reach(self) -> dict[str, Any]:
        """Return where another process would find the outputs."""
        return {"backend": "pigpio", "pigpiod": ["127.0.0.1", 8888]}

    def close(self) -> None:
        """Let go of the outputs, and leave the hardware as it is."""
        self.gpio.close()

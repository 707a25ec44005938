"""Benches and helpers of these tests."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from actors.bench.devices import Bench, OutputSpec, SensorSpec
from actors.hardware.sim import faults
from actors.hardware.sim.bench import SimulatedBench
from actors.hardware.sim.bus import WHOLE_BUS, SimulatedBus
from actors.hardware.sim.pigpio.errors import SimulatedPigpioError
from tests.fakes import Recorder


def sensor(name: str, driver: str, address: int, coupling: float = 1.0, options: Any = None) -> SensorSpec:
    return SensorSpec(name, name, name, driver, address, "°C", 1.0, 1.0, coupling, options)


def output(name: str, kind: str, pin: int | None = None, *, address: int | None = None, active_low: bool = False) -> OutputSpec:
    driver = "EMC2101_FAN" if pin is None else "PWM"
    return OutputSpec(name, name, name, driver, pin, address, "", 0.0, 255.0, 100.0, 0.0, kind, active_low)


SENSORS = (
    sensor("rh_sortie", "AHT10", 0x38, 0.5),
    sensor("t_resistance", "TMP102", 0x48),
    sensor("t_entree", "TMP102", 0x4A, 0.0),
    sensor("T_emc", "EMC2101", 0x4C, 0.3),
    sensor("pt", "PT-100", 0x4B),
    sensor("fake", "SIMULE", 0x20),
)
OUTPUTS = (output("ventilateur", "fan", 18), output("resistance", "heater", 23))


def bench(sensors: tuple[SensorSpec, ...] = SENSORS, outputs: tuple[OutputSpec, ...] = OUTPUTS) -> Bench:
    return Bench("test", 1, sensors, outputs)


def break_(bus: SimulatedBus, target: int | str, kind: str, **options: Any) -> None:
    """Put a fault on a bare bus, with checked options as the bench would."""
    sort = faults.BUS if target == WHOLE_BUS else faults.CHIP
    bus.break_chip(target, kind, faults.checked(kind, sort, options))


class Call:
    """A call in a thread of its own; `outcome` is what it returned or raised."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.outcome: Recorder[object] = Recorder()
        self._act = act
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.outcome.add(self._act())
        except Exception as error:
            self.outcome.add(error)

    def still_blocked(self) -> bool:
        """Return whether the call is not back after a while: the only way to see that nothing happens."""
        self._thread.join(0.05)
        return self._thread.is_alive()

    def result(self) -> object:
        """Return the outcome as soon as it is there."""
        found = self.outcome.wait_for_count(1)[0]
        self._thread.join()
        return found


def constant(value: float) -> Callable[[float], float]:
    return lambda _at: value


def word(data: bytes) -> int:
    return int.from_bytes(data, "big")


def celsius(sim: SimulatedBench, address: int = 0x48) -> float:
    """Return what a TMP102 of the bench says."""
    return (word(sim.bus.transfer(address, b"\x00", 2)) >> 4) / 16


def number_of(act: Callable[[], object]) -> int:
    """Return the number of the error by which pigpiod refuses a command."""
    with pytest.raises(SimulatedPigpioError) as refused:
        act()
    return refused.value.number

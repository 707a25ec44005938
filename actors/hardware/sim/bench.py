"""The simulated bench: the chips and outputs of a `config.py`, tied by one thermal model, with faults on demand."""

from __future__ import annotations

import threading
from typing import Any

from actors.bench.devices import Bench, OutputSpec
from actors.core.clock import Clock
from actors.errors import RefusedError
from actors.hardware.sim import faults
from actors.hardware.sim.bus import BYTE_TIME, WHOLE_BUS, SimulatedBus
from actors.hardware.sim.chips.base import Chip
from actors.hardware.sim.chips.emc2101 import Emc2101
from actors.hardware.sim.chips.table import DRIVEN_BY, MODELS, Place
from actors.hardware.sim.pigpio.server import PIGPIOD, SimulatedPigpio
from actors.hardware.sim.thermal import Probe, ThermalModel

FULL_RPM = 3000.0  # an ordinary 80 mm fan
_STALL = 0.1  # the duty below which its motor does not turn
_DEFAULT_COUPLING = 0.0  # of a chip that is no sensor of the bench: it sits beside the air stream

_Wiring = tuple[str, float, Any]
"""Driver, coupling and options: what makes a chip the one it is."""


class SimulatedBench:
    """A bench in memory. `bus` and `pigpio` take the place of the real ones; the real drivers and actors run on them.

    The physics run `speed` times faster than `clock`; chips and bus keep its pace. The same `seed` gives the same noise and faults.
    Thread-safe; it has no thread and does nothing until it is asked.
    """

    def __init__(self, bench: Bench, clock: Clock, speed: float = 1.0, seed: int = 0, byte_time: float = BYTE_TIME) -> None:
        self.bench = bench
        self.clock = clock
        self.thermal = ThermalModel(clock, speed, seed)
        self.bus = SimulatedBus(clock, byte_time, seed)
        self.pigpio = SimulatedPigpio(clock, seed=seed, on_change=self._follow_pins)
        self._probes: dict[int, Probe] = {}
        self._output_faults: dict[str, str] = {}
        self._places: dict[int, float] = {}
        self._lock = threading.Lock()
        self._wirings: dict[int, _Wiring] = {}
        self._heaters: tuple[OutputSpec, ...] = ()
        self._fans: tuple[OutputSpec, ...] = ()
        self.update(bench)
        self.pigpio.on_lease_script = self._take_over
        self.thermal.before_look = self.pigpio.settle
        self._follow_outputs()

    def update(self, bench: Bench) -> None:
        """Wire the chips of `bench`: one that is as before goes on with its registers and faults, one it does not have is taken away."""
        wanted = _wirings(bench)
        for address in [address for address, wiring in self._wirings.items() if wanted.get(address) != wiring]:
            self.bus.detach(address)
            self._probes.pop(address, None)
            del self._wirings[address]
        for address in [address for address in wanted if address not in self._wirings]:
            self._wirings[address] = wanted[address]
            self._populate(address, *wanted[address])
        outputs = {output.id for output in bench.outputs}
        self._output_faults = {child: kind for child, kind in self._output_faults.items() if child in outputs}
        self.bench = bench
        if bench.gpio_backend == "kernel":
            self.pigpio.rates.also(output.pwm_frequency for output in bench.outputs if output.pwm_frequency is not None)
        self._heaters = tuple(each for each in bench.outputs if each.heats)
        self._fans = tuple(each for each in bench.outputs if each.cools)
        self._follow_outputs()

    def fault(self, target: str | int, kind: str, **options: Any) -> None:
        """Break `target` (an address, "0x49", a sensor's or output's name, "bus", "pigpiod") in the way of `kind`, one of `FAULT_KINDS`.

        A fault already on that target is cleared first. Raises RefusedError, with what was probably meant, for anything unknown.
        """
        sort, where = self._find(target)
        checked = faults.checked(kind, sort, options)
        if sort == faults.PIGPIOD:
            self.pigpio.inject(kind, checked)
        elif sort == faults.OUTPUT:
            self._output_faults[str(where)] = kind
            self._follow_outputs()
        else:
            self._break(where, kind, checked)

    def clear(self, target: str | int | None = None) -> None:
        """Repair `target`, or everything (None): whoever is blocked by its fault goes on. Nothing to repair is no error."""
        if target is None:
            self._clear_all()
            return
        sort, where = self._find(target)
        if sort == faults.PIGPIOD:
            self.pigpio.faults.clear(PIGPIOD)
        elif sort == faults.OUTPUT:
            self._output_faults.pop(str(where), None)
            self._follow_outputs()
        else:
            self.bus.faults.clear(where)
            self._shift(where, 0.0)

    def targets(self) -> list[str]:
        """Return every name `fault` understands."""
        names = [sensor.name for sensor in self.bench.sensors if sensor.address in self.bus.chips] + [
            output.name for output in self.bench.outputs
        ]
        return [WHOLE_BUS, PIGPIOD, *(f"0x{address:02X}" for address in self.bus.chips), *dict.fromkeys(names)]

    def _clear_all(self) -> None:
        self.bus.faults.clear_all()
        self.pigpio.faults.clear_all()
        self._output_faults.clear()
        for address in self._probes:
            self._shift(address, 0.0)
        self._follow_outputs()

    def _break(self, where: int | str, kind: str, options: dict[str, Any]) -> None:
        chip = self.bus.chips.get(where) if isinstance(where, int) else None
        if chip is None or not isinstance(where, int):
            self.bus.break_chip(where, kind, options)
            return
        if kind in {"open", "short"} and kind not in chip.broken:
            raise RefusedError("unknown_fault", f"the {chip.model} at 0x{where:02X} has no probe that could be {kind}")
        stand_in = self._stand_in(self._probes[where], chip, options["model"]) if kind == "wrong_chip" else None
        self.bus.break_chip(where, kind, options, stand_in)
        self._shift(where, options["degrees"] if kind == "shift" else 0.0)

    def _shift(self, where: int | str, degrees: float) -> None:
        if isinstance(where, int) and where in self._probes:
            self._probes[where].offset = self._places.get(where, 0.0) + degrees

    def place(self, address: int, degrees: float) -> None:
        """Put the sensor at `address` where it is warmer by `degrees`, for good: no other sensor then has its temperature."""
        self._places[address] = degrees
        self._shift(address, 0.0)

    def _stand_in(self, probe: Probe, chip: Chip, model: str | None) -> Chip:
        name = str(model).upper() if model else ("ADS1115" if chip.model != "ADS1115" else "TMP102")
        if name not in MODELS or name == chip.model:
            others = [other for other in MODELS if other != chip.model]
            raise RefusedError("bad_option", f"no other chip {name!r}{faults.did_you_mean(name, others)}")
        return MODELS[name](self._place(probe))

    def _populate(self, address: int, driver: str, coupling: float, options: Any = None) -> None:
        model = DRIVEN_BY.get(driver)
        if model is None:
            return
        probe = self.thermal.probe(coupling, f"0x{address:02X}")
        self._probes[address] = probe
        self.bus.attach(address, MODELS[model](self._place(probe, options)))

    def _place(self, probe: Probe, options: Any = None) -> Place:
        return Place(probe, self.clock, self._rpm, self._follow_outputs, options)

    def _rpm(self) -> float:
        return FULL_RPM * self.thermal.fan if self.thermal.fan >= _STALL else 0.0

    def _follow_pins(self) -> None:
        """Take over what a command to pigpiod has just changed, which the lease scripts had their turn before."""
        self._take_over(None)

    def _follow_outputs(self) -> None:
        """Take over what the outputs do now; runs in the thread that changed one."""
        self.pigpio.settle()
        self._take_over(None)

    def _take_over(self, at: float | None) -> None:
        """Let the physics follow from `at` (monotonic seconds; None = now)."""
        with self._lock:
            heat, fan = sum(map(self._power, self._heaters)), sum(map(self._power, self._fans))
            self.thermal.drive(heat, fan, at)

    def _power(self, output: OutputSpec) -> float:
        """Return what reaches the device, 0..1."""
        broken = self._output_faults.get(output.id)
        if broken:
            return 1.0 if broken == "shorted" else 0.0
        if output.pin is not None:
            return self._pin_power(output.pin, active_low=output.active_low)
        chip = self.bus.chips.get(output.address) if output.address is not None else None
        return chip.fan_duty() if isinstance(chip, Emc2101) else 0.0

    def _pin_power(self, pin: int, *, active_low: bool) -> float:
        # An undriven pin is held at "off" by the resistor of the transistor's gate.
        if not self.pigpio.is_driven(pin):
            return 0.0
        duty = self.pigpio.duty_seen(pin)
        return 1.0 - duty if active_low else duty

    def _find(self, target: str | int) -> tuple[str, int | str]:
        """Return what sort of target it is and its key."""
        if target in {WHOLE_BUS, PIGPIOD}:
            return (faults.BUS, WHOLE_BUS) if target == WHOLE_BUS else (faults.PIGPIOD, PIGPIOD)
        for sensor in self.bench.sensors:
            if target in {sensor.name, sensor.id}:
                if sensor.address not in self.bus.chips:
                    raise RefusedError("unknown_target", f"sensor {target!r} has no chip on the simulated bus (driver {sensor.driver})")
                return faults.CHIP, sensor.address
        for output in self.bench.outputs:
            if target in {output.name, output.id}:
                return faults.OUTPUT, output.id
        address = _address(target)
        if address in self.bus.chips:
            return faults.CHIP, address
        word = f"0x{target:02X}" if isinstance(target, int) else target
        raise RefusedError("unknown_target", f"nothing called {word!r} on this bench{faults.did_you_mean(word, self.targets())}")


def _wirings(bench: Bench) -> dict[int, _Wiring]:
    wirings: dict[int, _Wiring] = {sensor.address: (sensor.driver, sensor.coupling, sensor.options) for sensor in bench.sensors}
    for output in bench.outputs:
        if output.address is not None:
            wirings.setdefault(output.address, (output.driver, _DEFAULT_COUPLING, None))
    return wirings


def _address(target: str | int) -> int:
    """Return the address meant, -1 if none is."""
    if isinstance(target, int):
        return target
    try:
        return int(target, 16) if target.lower().startswith("0x") else -1
    except ValueError:
        return -1

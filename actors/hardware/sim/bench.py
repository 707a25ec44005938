"""The simulated bench: the chips and outputs of a `config.py`, tied by one thermal model, with faults on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from actors.bench.buses import BusPath
from actors.bench.devices import Bench, OutputSpec, SensorSpec
from actors.core.clock import Clock
from actors.drivers.base import Bus
from actors.errors import RefusedError
from actors.hardware.sim import faults
from actors.hardware.sim.bus import BYTE_TIME, WHOLE_BUS, SimulatedBus, SimulatedChannel, Target, is_chip
from actors.hardware.sim.chips.base import Chip
from actors.hardware.sim.chips.emc2101 import Emc2101
from actors.hardware.sim.chips.held import held_by_kernel
from actors.hardware.sim.chips.outputs import DrivingChip
from actors.hardware.sim.chips.table import DRIVEN_BY, MODELS, Place
from actors.hardware.sim.elsewhere import Device, device
from actors.hardware.sim.pigpio.server import PIGPIOD, SimulatedPigpio
from actors.hardware.sim.thermal import Probe, ThermalModel
from actors.hardware.sim.wiring import Spot, Wired, meant, place_of, places, shown, wirings

FULL_RPM = 3000.0  # an ordinary 80 mm fan
_STALL = 0.1  # the duty below which its motor does not turn


class SimulatedBench:
    """A bench in memory. `buses`, of which `bus` is its own, and `pigpio` take the place of the real ones; the drivers and actors are real.

    The physics run `speed` times faster than `clock`; chips and bus keep its pace. The same `seed` gives the same noise and faults.
    Thread-safe; it has no thread and does nothing until it is asked.
    """

    def __init__(self, bench: Bench, clock: Clock, speed: float = 1.0, seed: int = 0, byte_time: float = BYTE_TIME) -> None:
        self.bench = bench
        self.clock = clock
        self.thermal = ThermalModel(clock, speed, seed)
        self.bus = SimulatedBus(clock, byte_time, seed, bench.bus)
        self.buses = {bench.bus: self.bus}
        self._new_bus: Callable[[int], SimulatedBus] = partial(SimulatedBus, clock, byte_time, seed)
        self.pigpio = SimulatedPigpio(clock, seed=seed, on_change=self._follow_pins)
        self._probes: dict[Spot, Probe] = {}
        self._output_faults: dict[str, str] = {}
        self._places: dict[Spot, float] = {}
        self._lock = threading.Lock()
        self._wirings: dict[Spot, Wired] = {}
        self._heaters: tuple[OutputSpec, ...] = ()
        self._fans: tuple[OutputSpec, ...] = ()
        self.elsewhere: dict[str, Device] = {}
        self.update(bench)
        self.pigpio.on_lease_script = self._take_over
        self.thermal.before_look = self.pigpio.settle
        self._follow_outputs()

    def update(self, bench: Bench) -> None:
        """Wire the chips of `bench`: one that is as before goes on with its registers and faults, one it does not have is taken away."""
        wanted = wirings(bench)
        for root in {path.root for path in bench.ways}:
            if root not in self.buses:
                self.buses[root] = self._new_bus(root)
        for place in [place for place, wired in self._wirings.items() if wanted.get(place) != wired]:
            self.buses[place.root].detach(place.where)
            self._probes.pop(place, None)
            del self._wirings[place]
        for place in [place for place in wanted if place not in self._wirings]:
            self._wirings[place] = wanted[place]
            self._populate(place, wanted[place])
        outputs = {output.id for output in bench.outputs}
        self._output_faults = {child: kind for child, kind in self._output_faults.items() if child in outputs}
        before, self.bench = self.bench, bench
        self._place_elsewhere(before)
        if bench.gpio_backend == "kernel":
            self.pigpio.rates.also(output.pwm_frequency for output in bench.outputs if output.pwm_frequency is not None)
        self._heaters = tuple(each for each in bench.outputs if each.heats)
        self._fans = tuple(each for each in bench.outputs if each.cools)
        self._follow_outputs()

    def _place_elsewhere(self, before: Bench) -> None:
        """Make what is on no I2C bus of this program; what is as before goes on with its faults."""
        known, found = {sensor.id: sensor for sensor in before.sensors}, {}
        for sensor in self.bench.sensors:
            if known.get(sensor.id) == sensor and sensor.id in self.elsewhere:
                found[sensor.id] = self.elsewhere[sensor.id]
                continue
            place = place_of(self.bench, sensor)
            probe = self.thermal.probe(sensor.coupling, sensor.id) if place is None else self._probes.get(place)
            ask = (lambda: None) if sensor.below is None else partial(held_by_kernel, self.at(sensor.below[0]), sensor.below[1])
            if probe is not None and (made := device(sensor, probe, self.clock, ask)) is not None:
                found[sensor.id] = made
        self.elsewhere = found

    def fault(self, target: str | int, kind: str, **options: Any) -> None:
        """Break `target` in the way of `kind`, one of `FAULT_KINDS`.

        It is an address, "0x49", a sensor's or output's name, "bus", "pigpiod", "i2c-3", "i2c-1/0x70", "i2c-1/0x70/3" or "i2c-3:0x48".

        A fault already on that target is cleared first. Raises RefusedError, with what was probably meant, for anything unknown.
        """
        sort, root, where = self._find(target)
        checked = faults.checked(kind, sort, options)
        if sort == faults.PIGPIOD:
            self.pigpio.inject(kind, checked)
        elif sort == faults.OUTPUT:
            self._output_faults[str(where)] = kind
            self._follow_outputs()
        elif sort == faults.DEVICE:
            self._break_device(str(where), kind, checked)
        else:
            self._break(root, where, kind, checked)

    def clear(self, target: str | int | None = None) -> None:
        """Repair `target`, or everything (None): whoever is blocked by its fault goes on. Nothing to repair is no error."""
        if target is None:
            self._clear_all()
            return
        sort, root, where = self._find(target)
        if sort == faults.PIGPIOD:
            self.pigpio.faults.clear(PIGPIOD)
        elif sort == faults.OUTPUT:
            self._output_faults.pop(str(where), None)
            self._follow_outputs()
        elif sort == faults.DEVICE:
            self.elsewhere[str(where)].mend()
        else:
            self.buses[root].faults.clear(where)
            self._mislead(root, where)

    def targets(self) -> list[str]:
        """Return every name `fault` understands."""
        names = [sensor.name for sensor in self.bench.sensors if self._chip_of(sensor) or sensor.id in self.elsewhere] + [
            output.name for output in self.bench.outputs
        ]
        chips = [shown(self.bench, Spot(root, where)) for root, bus in self.buses.items() for where in bus.chips]
        return [WHOLE_BUS, PIGPIOD, *places(self.bench), *chips, *dict.fromkeys(names)]

    def _clear_all(self) -> None:
        for bus in self.buses.values():
            bus.faults.clear_all()
        for each in self.elsewhere.values():
            each.mend()
        self.pigpio.faults.clear_all()
        self._output_faults.clear()
        for place in self._probes:
            self._mislead(*place)
        self._follow_outputs()

    def _break_device(self, child: str, kind: str, options: dict[str, Any]) -> None:
        device = self.elsewhere[child]
        if kind in {"open", "short"} and kind not in device.broken:
            raise RefusedError("unknown_fault", f"the sensor {child} has no probe that could be {kind}")
        device.break_it(kind, options)

    def _break(self, root: int, where: Target, kind: str, options: dict[str, Any]) -> None:
        bus = self.buses[root]
        chip = bus.chips.get(where) if is_chip(where) else None
        if chip is None or not is_chip(where):
            bus.break_chip(where, kind, options)
            return
        place = Spot(root, where)
        if kind in {"open", "short"} and kind not in chip.broken:
            raise RefusedError("unknown_fault", f"the {chip.model} at {shown(self.bench, place)} has no probe that could be {kind}")
        stand_in = self._stand_in(self._probes[place], chip, options["model"]) if kind == "wrong_chip" else None
        bus.break_chip(where, kind, options, stand_in)
        self._mislead(root, where, kind, options.get("degrees", 0.0))

    def _mislead(self, root: int, where: Target, kind: str = "", degrees: float = 0.0) -> None:
        """Let a sensor feel what it does not measure rightly under a fault of `kind`, or all as it is."""
        if is_chip(where) and (place := Spot(root, where)) in self._probes:
            self._probes[place].mislead(kind, self._places.get(place, 0.0) + degrees, self.clock.monotonic())

    def at(self, path: BusPath | None = None) -> Bus:
        """Return a bus (None: the bench's own) as those have it who transfer there."""
        bus = self.bus if path is None else self.buses[path.root]
        if path is None or path.mux is None or path.channel is None:
            return bus
        return SimulatedChannel(bus, (path.mux, path.channel))

    def place(self, address: int, degrees: float) -> None:
        """Put the sensor at `address` of the bench's own bus where it is warmer by `degrees`, for good."""
        place = Spot(self.bench.bus, address)
        self._places[place] = degrees
        self._mislead(*place)

    def _stand_in(self, probe: Probe, chip: Chip, model: str | None) -> Chip:
        name = str(model).upper() if model else ("ADS1115" if chip.model != "ADS1115" else "TMP102")
        if name not in MODELS or name == chip.model:
            others = [other for other in MODELS if other != chip.model]
            raise RefusedError("bad_option", f"no other chip {name!r}{faults.did_you_mean(name, others)}")
        return MODELS[name](self._place(probe))

    def _populate(self, place: Spot, wired: Wired) -> None:
        model = DRIVEN_BY.get(wired.driver)
        if model is None:
            return
        probe = self.thermal.probe(wired.coupling, shown(self.bench, place))
        self._probes[place] = probe
        self.buses[place.root].attach(place.where, MODELS[model](self._place(probe, wired.options)))

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
        chip = self._chip_of(output)
        if isinstance(chip, DrivingChip):
            duty = chip.duty(output.channel or 0)
            return 1.0 - duty if output.active_low else duty
        return chip.fan_duty() if isinstance(chip, Emc2101) else 0.0

    def _pin_power(self, pin: int, *, active_low: bool) -> float:
        # An undriven pin is held at "off" by the resistor of the transistor's gate.
        if not self.pigpio.is_driven(pin):
            return 0.0
        duty = self.pigpio.duty_seen(pin)
        return 1.0 - duty if active_low else duty

    def _chip_of(self, spec: SensorSpec | OutputSpec) -> Chip | None:
        """Return the simulated chip of a sensor or an output, if it has one."""
        place = place_of(self.bench, spec)
        return self.buses[place.root].chips.get(place.where) if place is not None and place.root in self.buses else None

    def _find(self, target: str | int) -> tuple[str, int, Target]:
        """Return what sort of target it is, the root adapter it belongs to, and its key there."""
        own = self.bench.bus
        if target in {WHOLE_BUS, PIGPIOD}:
            return (faults.BUS, own, WHOLE_BUS) if target == WHOLE_BUS else (faults.PIGPIOD, own, PIGPIOD)
        for sensor in self.bench.sensors:
            if target in {sensor.name, sensor.id}:
                if (place := place_of(self.bench, sensor)) is not None and self._chip_of(sensor) is not None:
                    return faults.CHIP, *place
                if sensor.id in self.elsewhere:
                    return faults.DEVICE, own, sensor.id
                raise RefusedError("unknown_target", f"sensor {target!r} has no chip on the simulated bench (driver {sensor.driver})")
        for output in self.bench.outputs:
            if target in {output.name, output.id}:
                return faults.OUTPUT, own, output.id
        return self._place_of(target)

    def _place_of(self, target: str | int) -> tuple[str, int, Target]:
        root, where = meant(self.bench, target) or (-1, "")
        bus = self.buses.get(root)
        if bus is not None and is_chip(where) and where in bus.chips:
            return faults.CHIP, root, where
        if bus is not None and not is_chip(where) and (where == WHOLE_BUS or str(target).lower() in map(str.lower, places(self.bench))):
            return faults.MUX if isinstance(where, str) and where != WHOLE_BUS else faults.BUS, root, where
        word = f"0x{target:02X}" if isinstance(target, int) else target
        raise RefusedError("unknown_target", f"nothing called {word!r} on this bench{faults.did_you_mean(word, self.targets())}")

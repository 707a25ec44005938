"""What a bench stands on: real hardware or the simulated bench. All or nothing, never a mixture of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from actors.bench.buses import BusPath
from actors.bench.devices import Bench, SensorSpec
from actors.core.clock import Clock
from actors.drivers import SENSOR_DRIVER_REGISTRY
from actors.drivers.base import Bus, LeasedGpio
from actors.errors import RefusedError
from actors.hardware.i2c.breaker import Breaker
from actors.hardware.i2c.breakers import Breakers
from supervisor.rig import gpio


@dataclass(frozen=True, slots=True)
class BusAccess:
    """One child's own way to the bus: the bus, a check that no kernel driver owns an address, and how to let go of it."""

    bus: Bus
    claim: Callable[[int], None]
    close: Callable[[], None]


class Rig(Protocol):
    """The hardware below one daemon. Every method may be called from any thread."""

    simulated: bool
    gpio: LeasedGpio
    breakers: Breakers
    """The circuit breakers of all its buses."""

    @property
    def breaker(self) -> Breaker:
        """That of the bench's own bus."""
        return self.breakers.main

    def access(self, path: BusPath | None = None) -> BusAccess:
        """Return a new way to a bus (None: the bench's own), opened when it is first used."""

    def elsewhere(self, spec: SensorSpec, medium: str) -> BusAccess:
        """Return a new way to a sensor on no I2C bus, by its driver's `medium`: SPI, or files of the kernel."""

    def inject(self, target: str, kind: str, options: Mapping[str, Any]) -> None:
        """Break something on a simulated bench; raises RefusedError on a real one."""

    def update(self, bench: Bench) -> None:
        """Stand under another bench on the same bus; what it no longer has was let go of before. Supervisor thread."""

    def describe(self) -> dict[str, Any]:
        """Return where the hardware is, for `status` and the log."""

    def warnings(self) -> tuple[str, ...]:
        """Return what a person should know of the hardware, for the log."""

    def reach(self) -> dict[str, Any]:
        """Return how another process reaches the outputs: for the list of `pilotage safe`."""

    def close(self) -> None:
        """Let go of everything."""


def _nothing(*_ignored: Any) -> None:
    """Stand in where a simulated bus has nothing to claim or close."""


class SimulatedRig:
    """Simulated chips and pins under one thermal model (`actors.hardware.sim`)."""

    simulated = True

    def __init__(self, bench: Bench, clock: Clock, speed: float = 1.0) -> None:
        from actors.hardware.pigpio.gpio import PigpioGpio
        from actors.hardware.sim.bench import SimulatedBench
        from actors.hardware.sim.pigpio.errors import SimulatedPigpioError

        self.bench = SimulatedBench(bench, clock, speed)
        names = {bench.bus: "the simulated I2C bus"}
        self.breakers = Breakers(bench.bus, clock, lambda root: names.get(root, f"the simulated I2C bus {root}"))
        self.gpio = PigpioGpio(
            self._connect, (SimulatedPigpioError,), safe_pins=gpio.heater_levels(bench), clock=clock, on_leftover=gpio.report_leftover
        )
        self.gpio.take_any_frequency(free=bench.gpio_backend == "kernel")

    def _connect(self) -> Any:
        pigpio = self.bench.pigpio
        pigpio.get_pigpio_version()
        return pigpio

    @property
    def breaker(self) -> Breaker:
        """That of the bench's own bus."""
        return self.breakers.main

    def access(self, path: BusPath | None = None) -> BusAccess:
        """Return a simulated bus."""
        return BusAccess(self.bench.at(path), _nothing, _nothing)

    def elsewhere(self, spec: SensorSpec, medium: str) -> BusAccess:
        """Return its simulated files, or its simulated chip on SPI."""
        del medium
        return BusAccess(self.bench.elsewhere[spec.id], _nothing, _nothing)

    def inject(self, target: str, kind: str, options: Mapping[str, Any]) -> None:
        """Break `target` in the way of `kind`, or repair it (`kind` = "clear"); raises RefusedError with what was probably meant."""
        if kind == "clear":
            self.bench.clear(None if target == "all" else target)
        else:
            self.bench.fault(target, kind, **options)

    def update(self, bench: Bench) -> None:
        """Put chips where `bench` has new ones, and take away those it does not have."""
        self.bench.update(bench)
        self.breakers.keep(bench.ways)
        self.gpio.take_any_frequency(free=bench.gpio_backend == "kernel")
        self.gpio.set_safe_pins(gpio.heater_levels(bench))

    def describe(self) -> dict[str, Any]:
        """Return that nothing here is real."""
        return {"bus": "simulated", "gpio": "simulated"}

    def warnings(self) -> tuple[str, ...]:
        """Return nothing: nothing can happen here."""
        return ()

    def reach(self) -> dict[str, Any]:
        """Return that there is nothing to reach."""
        return {"backend": "simulated"}

    def close(self) -> None:
        """Release whoever is blocked by an injected fault."""
        self.bench.clear()
        self.gpio.close()


class HardwareRig:
    """`/dev/i2c-N` through smbus2, and pins through a pigpiod or the kernel: `backend` is its name and why it was chosen."""

    simulated = False

    def __init__(
        self, bench: Bench, clock: Clock, address: tuple[str, int], backend: tuple[str, str] = ("pigpio", "nothing else is")
    ) -> None:
        self._bus_id, self._bus_timeout, self._roots = bench.bus, bench.i2c_timeout, bench.roots
        self.breakers = Breakers(bench.bus, clock, "I2C bus {}".format)
        self._way = gpio.way(bench, clock, address, backend)
        self.gpio: LeasedGpio = self._way.gpio

    @property
    def breaker(self) -> Breaker:
        """That of the bench's own bus."""
        return self.breakers.main

    def access(self, path: BusPath | None = None) -> BusAccess:
        """Return a bus with a descriptor of its own: a chip that hangs then blocks its own actor and nobody else."""
        from actors.hardware.i2c.muxed import linux_bus

        bus = linux_bus(BusPath(self._bus_id) if path is None else path, self._bus_timeout)
        return BusAccess(bus, bus.claim, bus.close)

    def elsewhere(self, spec: SensorSpec, medium: str) -> BusAccess:
        """Return files of the kernel or an SPI device, with descriptors of its own."""
        from actors.hardware.files import FileBus
        from actors.hardware.spi.bus import SpiBus

        bus: FileBus | SpiBus = (
            SpiBus(spec.options.spi, mode=SENSOR_DRIVER_REGISTRY[spec.driver].spi_mode) if medium == "spi" else FileBus()
        )
        return BusAccess(bus, _nothing, bus.close)

    def inject(self, target: str, kind: str, options: Mapping[str, Any]) -> None:
        """Refuse: real hardware breaks by itself."""
        del target, kind, options
        raise RefusedError("not_simulated", "faults can be injected on a simulated bench only")

    def update(self, bench: Bench) -> None:
        """Tell the GPIO back end which pins are to be made safe from now on."""
        self._roots = bench.roots
        self.breakers.keep(bench.ways)
        self._way.update(bench)

    def describe(self) -> dict[str, Any]:
        """Return the bus node, the time-out that is set for its adapter, and the way to the outputs with its reason."""
        from actors.hardware.machine import bus_node

        nodes = [bus_node(root) for root in self._roots]
        more = {"buses": nodes} if len(nodes) > 1 else {}
        return {"bus": nodes[0] if nodes else bus_node(self._bus_id), **more, "i2c_timeout_s": self._bus_timeout, "gpio": self._way.where}

    def warnings(self) -> tuple[str, ...]:
        """Return what a person should know of this machine before trusting it with a heater."""
        return self._way.warnings

    def reach(self) -> dict[str, Any]:
        """Return where pigpiod is expected, or which lines the kernel drives."""
        return self._way.reach()

    def close(self) -> None:
        """Let go of the outputs."""
        self.gpio.close()


def hardware_rig(bench: Bench, clock: Clock) -> HardwareRig:
    """Return the real bench of this machine, with the GPIO back end that `bench` asks for or the machine offers. Raises RefusedError."""
    from actors.hardware.machine import pigpiod_address

    address = pigpiod_address()
    return HardwareRig(bench, clock, address, gpio.choose(bench, address))


def lock_names(bench: Bench) -> list[str]:
    """Return what of the hardware `bench` must have for itself. Raises RefusedError."""
    from actors.hardware.lock import bus_lock, spi_lock

    chips = [spec.options.spi for spec in bench.sensors if SENSOR_DRIVER_REGISTRY[spec.driver].medium == "spi"]
    return [bus_lock(root) for root in bench.roots] + [spi_lock(chip) for chip in sorted(chips)] + gpio.lock_names(bench)

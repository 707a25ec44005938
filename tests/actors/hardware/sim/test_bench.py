"""The simulated bench as a whole: outputs heat and cool, sensors feel it, faults hit what they are aimed at."""

import subprocess
import sys
import threading
from dataclasses import dataclass

import pytest

from actors.hardware.sim.bench import SimulatedBench
from actors.hardware.sim.bus import WHOLE_BUS
from actors.hardware.sim.chips.base import Chip
from actors.hardware.sim.chips.emc2101 import Emc2101
from tests.actors.hardware.sim.benches import OUTPUTS, Call, bench, celsius, output, sensor, word
from tests.fakes import ManualClock
from tests.project.sources import ROOT

FAN, HEATER = 18, 23


@pytest.fixture
def sim(clock: ManualClock) -> SimulatedBench:
    return SimulatedBench(bench(), clock)


def heat_up(sim: SimulatedBench, clock: ManualClock) -> None:
    sim.pigpio.write(HEATER, 1)
    clock.advance(6000.0)


def test_every_configured_sensor_has_its_chip_and_simule_has_none(sim: SimulatedBench) -> None:
    models = {address: chip.model for address, chip in sim.bus.chips.items()}

    assert models == {0x38: "AHT10", 0x48: "TMP102", 0x4A: "TMP102", 0x4C: "EMC2101", 0x4B: "ADS1115"}


def test_the_chips_were_powered_before_the_bench_was_looked_at(sim: SimulatedBench) -> None:
    assert all(sim.bus.probe(address) for address in sim.bus.chips)
    assert celsius(sim) == pytest.approx(22.0, abs=0.6)


def test_the_heater_heats_each_sensor_by_its_coupling(sim: SimulatedBench, clock: ManualClock) -> None:
    heat_up(sim, clock)

    assert celsius(sim, 0x48) == pytest.approx(62.0, abs=0.8)
    assert celsius(sim, 0x4A) == pytest.approx(22.0, abs=0.8)
    assert sim.bus.transfer(0x4C, b"\x00", 1)[0] == pytest.approx(34.0, abs=1.3)


def test_software_pwm_heats_by_its_duty_and_hardware_pwm_cools(sim: SimulatedBench, clock: ManualClock) -> None:
    sim.pigpio.set_PWM_frequency(HEATER, 100)
    sim.pigpio.set_PWM_dutycycle(HEATER, 255 * 2 // 5)
    sim.pigpio.hardware_PWM(FAN, 25_000, 1_000_000)

    clock.advance(6000.0)

    assert (sim.thermal.heat, sim.thermal.fan) == pytest.approx((0.4, 1.0))
    assert celsius(sim) == pytest.approx(22.0 + 16.0 / 3.3, abs=0.8)


def test_humidity_falls_when_it_gets_warm(sim: SimulatedBench, clock: ManualClock) -> None:
    def humidity() -> float:
        sim.bus.transfer(0x38, b"\xac\x33\x00")
        clock.advance(0.081)
        return (word(sim.bus.transfer(0x38, None, 6)[1:6]) >> 20) / 2**20 * 100

    cold = humidity()
    heat_up(sim, clock)

    assert cold == pytest.approx(45.0, abs=1.0)
    assert humidity() == pytest.approx(45.0 * 26.45 / 82.1, abs=1.0)


def test_the_speed_is_that_of_the_physics_not_of_the_chips(clock: ManualClock) -> None:
    sim = SimulatedBench(bench(), clock, speed=1000.0)
    sim.pigpio.write(HEATER, 1)
    sim.bus.transfer(0x38, b"\xac\x33\x00")
    clock.advance(0.07)
    busy = sim.bus.transfer(0x38, None, 1)[0] & 0x80
    clock.advance(5.0)

    assert busy
    assert celsius(sim) == pytest.approx(62.0, abs=0.8)


def test_the_same_seed_gives_the_same_bench(clock: ManualClock) -> None:
    def series(seed: int) -> list[bytes]:
        own = ManualClock()
        sim = SimulatedBench(bench(), own, seed=seed)
        found = []
        for _ in range(20):
            own.advance(0.25)
            found.append(sim.bus.transfer(0x4C, b"\x01", 1) + sim.bus.transfer(0x4C, b"\x10", 1))
        return found

    assert series(1) == series(1) != series(2)


@pytest.mark.parametrize(("level", "heat"), [(0, 1.0), (1, 0.0)])
def test_an_active_low_output_heats_at_level_0(clock: ManualClock, level: int, heat: float) -> None:
    sim = SimulatedBench(bench(outputs=(output("resistance", "heater", 13, active_low=True),)), clock)
    assert sim.thermal.heat == 0.0, "a pin that drives nothing heats nothing"

    sim.pigpio.write(13, level)

    assert sim.thermal.heat == heat


def test_an_output_of_another_kind_neither_heats_nor_cools(clock: ManualClock) -> None:
    sim = SimulatedBench(bench(outputs=(output("lamp", "other", 13),)), clock)

    sim.pigpio.write(13, 1)

    assert (sim.thermal.heat, sim.thermal.fan) == (0.0, 0.0)


@pytest.mark.parametrize("configured", [True, False])
def test_the_fan_drive_of_an_emc2101_cools(clock: ManualClock, configured: bool) -> None:
    fan = output("vent", "fan", address=0x4C)
    sensors = (sensor("T_emc", "EMC2101", 0x4C),) if configured else ()
    sim = SimulatedBench(bench(sensors, (fan,)), clock)

    sim.bus.transfer(0x4C, b"\x4c\x17")
    cooling = sim.thermal.fan
    sim.fault(0x4C, "brown_out")

    assert (cooling, sim.thermal.fan) == (0.5, 0.0)


def test_the_tachometer_counts_the_fan(sim: SimulatedBench) -> None:
    sim.bus.transfer(0x4C, b"\x03\x04")

    def count() -> int:
        return sim.bus.transfer(0x4C, b"\x46", 1)[0] | sim.bus.transfer(0x4C, b"\x47", 1)[0] << 8

    still = count()
    sim.pigpio.hardware_PWM(FAN, 25_000, 1_000_000)

    assert (still, count()) == (0xFFFF, 5_400_000 // 3000)


@dataclass(frozen=True)
class Wiring:
    """The options of a PT-100 whose bridge is another one."""

    series_resistance: float = 430.0
    rail_voltage: float = 3.3
    probe_input: str = "AIN2"
    rail_input: str | None = "AIN3"


@pytest.mark.parametrize(("mux", "code"), [(6, 3.3 * 108.57 / 538.57), (7, 3.3), (4, 0.0)])
def test_a_pt100_is_wired_as_its_options_say(clock: ManualClock, mux: int, code: float) -> None:
    sim = SimulatedBench(bench((sensor("pt", "PT-100", 0x48, 0.0, Wiring()),), ()), clock)
    sim.bus.transfer(0x48, bytes((1, 0x83 | mux << 4, 0x83)))
    clock.advance(0.02)

    assert word(sim.bus.transfer(0x48, b"\x00", 2)) == pytest.approx(code / 125e-6, abs=5)


def test_the_targets_listed_are_all_understood(sim: SimulatedBench) -> None:
    for target in sim.targets():
        sim.clear(target)

    assert {"bus", "pigpiod", "0x4C", "t_resistance", "resistance"} <= set(sim.targets())


def test_outputs_and_fan_drive_changed_by_many_threads_end_in_the_true_sum(clock: ManualClock) -> None:
    outputs = (*OUTPUTS, output("vent", "fan", address=0x4C))
    sim = SimulatedBench(bench(outputs=outputs), clock, byte_time=0.0)

    def press() -> None:
        for step in range(50):
            sim.pigpio.hardware_PWM(FAN, 25_000, step % 3 * 100_000)
            sim.bus.transfer(0x4C, bytes((0x4C, step % 2 * 23)))
            sim.pigpio.write(HEATER, step % 2)

    for call in [Call(press) for _ in range(4)]:
        call.result()
    chip = sim.bus.chips[0x4C]

    assert isinstance(chip, Emc2101)
    assert sim.thermal.heat == sim.pigpio.duty_at(HEATER)
    assert sim.thermal.fan == pytest.approx(sim.pigpio.duty_at(FAN) + chip.fan_duty())


def test_a_bench_has_no_thread(clock: ManualClock) -> None:
    before = threading.active_count()

    sim = SimulatedBench(bench(), clock)
    sim.fault(WHOLE_BUS, "slow")

    assert threading.active_count() == before
    assert all(isinstance(chip, Chip) for chip in sim.bus.chips.values())


def test_it_runs_where_the_kernel_is_not_linux() -> None:
    script = """
import errno, sys
del errno.EREMOTEIO
for name in ("fcntl", "grp", "pwd", "resource", "termios", "pigpio", "smbus2"):
    sys.modules[name] = None
from actors.core.clock import SystemClock
from actors.errors import from_os_error
from actors.hardware.sim.bench import SimulatedBench
from actors.bench.devices import Bench, SensorSpec
sim = SimulatedBench(Bench("x", 1, (SensorSpec("a", "a", "a", "TMP102", 0x48, "", 1.0, 1.0, 1.0, None),), ()), SystemClock())
assert sim.bus.probe(0x48) and not sim.bus.probe(0x49)
try:
    sim.bus.transfer(0x49, b"x")
except OSError as error:
    print(from_os_error(error, "0x49").code)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == ("no_ack", "")

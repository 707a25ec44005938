"""The simulated bench as a whole: outputs heat and cool, sensors feel it, faults hit what they are aimed at."""

import subprocess
import sys

import pytest

from actors.hardware.sim.bench import SimulatedBench
from actors.hardware.sim.chips.emc2101 import Emc2101
from tests.actors.hardware.sim.benches import OUTPUTS, Call, bench, celsius, output, word
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


def test_the_heater_heats_each_sensor_by_its_coupling(sim: SimulatedBench, clock: ManualClock) -> None:
    heat_up(sim, clock)

    assert celsius(sim, 0x48) == pytest.approx(62.0, abs=0.8)
    assert celsius(sim, 0x4A) == pytest.approx(22.0, abs=0.8)
    assert sim.bus.transfer(0x4C, b"\x00", 1)[0] == pytest.approx(34.0, abs=1.3)


def test_humidity_falls_when_it_gets_warm(sim: SimulatedBench, clock: ManualClock) -> None:
    def humidity() -> float:
        sim.bus.transfer(0x38, b"\xac\x33\x00")
        clock.advance(0.081)
        return (word(sim.bus.transfer(0x38, None, 6)[1:6]) >> 20) / 2**20 * 100

    cold = humidity()
    heat_up(sim, clock)

    assert cold == pytest.approx(45.0, abs=1.0)
    assert humidity() == pytest.approx(45.0 * 26.45 / 82.1, abs=1.0)


@pytest.mark.parametrize(("level", "heat"), [(0, 1.0), (1, 0.0)])
def test_an_active_low_output_heats_at_level_0(clock: ManualClock, level: int, heat: float) -> None:
    sim = SimulatedBench(bench(outputs=(output("resistance", "heater", 13, active_low=True),)), clock)
    assert sim.thermal.heat == 0.0, "a pin that drives nothing heats nothing"

    sim.pigpio.write(13, level)

    assert sim.thermal.heat == heat


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

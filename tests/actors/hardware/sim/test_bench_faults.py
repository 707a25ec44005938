"""Faults on a whole simulated bench hit what they are aimed at, and nothing else."""

from typing import Any

import pytest

from actors.errors import RefusedError
from actors.hardware.sim.bench import SimulatedBench
from tests.actors.hardware.sim.benches import bench, celsius, word
from tests.fakes import ManualClock

HEATER = 23


@pytest.fixture
def sim(clock: ManualClock) -> SimulatedBench:
    return SimulatedBench(bench(), clock)


def refusal(sim: SimulatedBench, target: str | int, kind: str, **options: Any) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        sim.fault(target, kind, **options)
    return refused.value


def test_clearing_everything_repairs_everything(sim: SimulatedBench, clock: ManualClock) -> None:
    sim.fault("bus", "stuck")
    sim.fault("pigpiod", "gone")
    sim.fault("T_emc", "open")
    sim.fault("t_resistance", "shift", degrees=50.0)
    sim.fault("resistance", "shorted")

    sim.clear()

    assert sim.pigpio.get_pigpio_version() == 79
    assert sim.thermal.heat == 0.0
    assert celsius(sim) == pytest.approx(22.0, abs=0.6)
    assert not sim.bus.transfer(0x4C, b"\x02", 1)[0] & 0x04


def test_the_wrong_chip_answers_until_the_right_one_is_back(sim: SimulatedBench) -> None:
    sim.fault("t_resistance", "wrong_chip")
    wrong = word(sim.bus.transfer(0x48, b"\x01", 2))

    sim.clear("t_resistance")

    assert (wrong, word(sim.bus.transfer(0x48, b"\x01", 2))) == (0x8583, 0x60A0)


@pytest.mark.parametrize(("kind", "code"), [("open", 0x7F), ("short", 0x7F)])
def test_a_probe_can_break_and_be_repaired(sim: SimulatedBench, kind: str, code: int) -> None:
    sim.fault("T_emc", kind)
    broken = sim.bus.transfer(0x4C, b"\x01", 1)[0]

    sim.clear("T_emc")

    assert broken == code
    assert sim.bus.transfer(0x4C, b"\x01", 1)[0] == pytest.approx(22, abs=1)


@pytest.mark.parametrize(("kind", "level", "heat"), [("shorted", 0, 1.0), ("disconnected", 1, 0.0)])
def test_an_output_can_stop_obeying_its_pin(sim: SimulatedBench, kind: str, level: int, heat: float) -> None:
    sim.fault("resistance", kind)
    sim.pigpio.write(HEATER, level)
    broken = sim.thermal.heat

    sim.clear("resistance")

    assert (broken, sim.thermal.heat) == (heat, float(level))


def test_a_pigpiod_that_dies_may_leave_the_heater_on(sim: SimulatedBench, clock: ManualClock) -> None:
    sim.pigpio.set_PWM_dutycycle(HEATER, 10)

    sim.fault("pigpiod", "gone", level=1)
    clock.advance(6000.0)

    assert celsius(sim) == pytest.approx(62.0, abs=0.8)


@pytest.mark.parametrize(
    ("target", "kind", "code", "hint"),
    [
        ("t_resistence", "nak", "unknown_target", "did you mean 't_resistance'?"),
        (0x49, "nak", "unknown_target", "0x49"),
        ("0xZZ", "nak", "unknown_target", "there are: bus, pigpiod, 0x38"),
        ("fake", "nak", "unknown_target", "has no chip"),
        ("t_resistance", "unplugged", "unknown_fault", "did you mean 'unplug'?"),
        ("pigpiod", "nak", "unknown_fault", "hang, gone, drop, restart"),
        ("resistance", "short", "unknown_fault", "did you mean 'shorted'?"),
        ("bus", "stuk", "unknown_fault", "did you mean 'stuck'?"),
    ],
)
def test_an_unknown_target_or_kind_is_refused_with_a_guess(sim: SimulatedBench, target: str | int, kind: str, code: str, hint: str) -> None:
    refused = refusal(sim, target, kind)

    assert refused.code == code
    assert hint in refused.message


def test_a_frozen_sensor_gives_one_reading_and_a_loose_one_cools_to_the_room(sim: SimulatedBench, clock: ManualClock) -> None:
    sim.pigpio.set_PWM_dutycycle(HEATER, 255)
    clock.advance(60.0)
    hot = celsius(sim)
    assert hot > 40.0

    sim.fault("t_resistance", "frozen")
    frozen = set()
    for _ in range(20):
        clock.advance(10.0)
        frozen.add(celsius(sim))
    [only] = frozen
    assert only == pytest.approx(hot, abs=0.3)

    sim.fault("t_resistance", "loose")
    clock.advance(100.0)
    assert celsius(sim) == pytest.approx(22.0, abs=1.0)
    sim.clear("t_resistance")
    clock.advance(1.0)
    assert celsius(sim) > 55.0

"""A simulated bench whose pins the kernel would drive makes what the kernel makes."""

import dataclasses

import pytest

from actors.drivers.base import Wiring
from actors.drivers.outputs.pwm import PWM
from actors.errors import DeviceError
from supervisor.rig.rig import SimulatedRig
from tests.actors.hardware.sim.benches import bench, output
from tests.fakes import ManualClock


@pytest.mark.parametrize(("pin", "hertz"), [(23, 30.0), (23, 0.5), (23, 33.3), (14, 25_000.0), (18, 25_000.0), (12, 50.0)])
def test_a_frequency_of_the_kernel_comes_true_in_simulation(pin: int, hertz: float) -> None:
    spec = dataclasses.replace(output("fan", "fan", 23), pin=pin, pwm_frequency=hertz)
    rig = SimulatedRig(dataclasses.replace(bench(outputs=(spec,)), gpio_backend="kernel"), ManualClock())
    driver = PWM(rig.gpio, Wiring(pin, None, hertz, 0.0, 255.0))
    assert (driver.apply(127.5), driver.frequency()) == (127.5, hertz)
    assert driver.apply(0.0) == 0.0
    rig.close()


def test_a_bench_that_changes_over_to_the_kernel_is_simulated_as_such() -> None:
    plain = bench(outputs=(dataclasses.replace(output("fan", "fan", 23), pin=23, pwm_frequency=30.0),))
    rig = SimulatedRig(plain, ManualClock())
    driver = PWM(rig.gpio, Wiring(23, None, 30.0, 0.0, 255.0))
    with pytest.raises(DeviceError, match="makes 40 Hz"):
        driver.apply(10.0)
    rig.update(dataclasses.replace(plain, gpio_backend="kernel"))
    assert driver.apply(10.0) == 10.0
    rig.close()

"""What a bench asks of its GPIO: the back end, its locks, and the levels it must know."""

import shutil
from dataclasses import replace
from typing import Any

import pytest

from actors.bench.devices import Bench, OutputSpec
from actors.core.clock import SystemClock
from actors.hardware.i2c.bus import LinuxBus
from actors.hardware.kernel.client import KernelGpio
from supervisor.rig import gpio
from supervisor.rig.rig import HardwareRig
from tests.e2e.test_life import free_port
from tests.pigpiod_emulator import Emulator

NOWHERE = ("127.0.0.1", 1)


def output(pin: int | None, driver: str = "PWM", frequency: float | None = 100.0, **more: Any) -> OutputSpec:
    settings: dict[str, Any] = {"address": None, "units": "", "min": 0, "max": 255, "safe": 0.0, "kind": "output", **more}
    return OutputSpec(f"o{pin}", f"o{pin}", "", driver, pin, pwm_frequency=frequency, **settings)


def bench(*outputs: OutputSpec, **more: Any) -> Bench:
    return Bench("config.py", 1, (), outputs, **more)


FAN = output(18, frequency=25_000.0, kind="fan")
HEATER = output(23, kind="heater")
VALVE = output(24, "DIGITAL", None, max=1, active_low=True)
OPEN = output(25, "DIGITAL", None, max=1, safe=1.0)


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIGPIO_ADDR", "PIGPIO_PORT", gpio.CHIP):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(shutil, "which", lambda _name: None)


def test_each_line_has_the_level_of_its_safe_value_and_a_fan_on_hardware_pwm_goes_on() -> None:
    hot = output(13, frequency=1000.0, kind="heater", active_low=True)
    slow = output(5, frequency=50.0, safe=255.0)
    assert gpio.line_levels(bench(FAN, HEATER, VALVE, OPEN, hot, slow)) == {23: 0, 24: 1, 25: 1, 13: 1, 5: 1}


def test_a_pigpiod_that_answers_is_used_and_one_that_does_not_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator() as emulator:
        assert gpio.choose(bench(HEATER), ("127.0.0.1", emulator.port), {}) == ("pigpio", "a pigpiod answers")
    assert gpio.choose(bench(HEATER), ("127.0.0.1", free_port()), {})[1].startswith("no pigpiod answers and this is no Raspberry Pi")


def test_an_installed_pigpiod_gets_time_to_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    with Emulator() as emulator:
        ports = iter([free_port(), free_port()])

        class Later(tuple[str, int]):
            """An address at which somebody listens from the third look on."""

            __slots__ = ()

            def __iter__(self) -> Any:
                return iter(("127.0.0.1", next(ports, emulator.port)))

        assert gpio.choose(bench(HEATER), Later(NOWHERE), {})[0] == "pigpio"


@pytest.mark.parametrize(
    ("setting", "environ", "names"),
    [
        ("pigpio", {}, ["pigpiod-localhost-8888"]),
        ("kernel", {}, ["gpio"]),
        ("kernel", {gpio.CHIP: "/dev/gpiochip1"}, ["gpio-dev-gpiochip1"]),
        ("auto", {}, ["pigpiod-localhost-8888", "gpio"]),
        ("auto", {"PIGPIO_ADDR": "bench.lab"}, ["pigpiod-bench.lab-8888"]),
    ],
)
def test_what_may_be_driven_is_locked(setting: str, environ: dict[str, str], names: list[str]) -> None:
    assert gpio.lock_names(bench(HEATER, gpio_backend=setting), environ) == names
    assert gpio.lock_names(bench(output(None, address=0x4C), gpio_backend=setting), environ) == []


def test_every_sensor_s_bus_has_the_time_out_of_the_bench() -> None:
    rig = HardwareRig(replace(bench(), i2c_timeout=0.25), SystemClock(), NOWHERE, ("kernel", "it was asked for"))
    bus = rig.access().bus
    assert isinstance(bus, LinuxBus)
    assert (bus.timeout, rig.describe()["i2c_timeout_s"]) == (0.25, 0.25)


def test_a_rig_on_the_kernel_tells_how_its_outputs_are_reached_and_takes_another_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gpio.CHIP, "/dev/gpiochip7")
    first = bench(FAN, HEATER)
    rig = HardwareRig(first, SystemClock(), NOWHERE, ("kernel", "it was asked for"))
    assert isinstance(rig.gpio, KernelGpio)
    assert rig.describe()["gpio"] == "the kernel, because it was asked for"
    settings = {"hardware": [18], "chip": "/dev/gpiochip7", "pwm": "/sys/class/pwm", "tree": "/proc/device-tree"}
    assert rig.reach() == {"backend": "kernel", "settings": settings}
    rig.update(replace(first, outputs=(HEATER,)))
    assert rig.reach()["settings"]["hardware"] == []
    rig.close()


def test_a_heater_on_a_kernel_that_keeps_levels_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    for outputs, count in (((HEATER,), 1), ((FAN, VALVE), 0)):
        rig = HardwareRig(bench(*outputs), SystemClock(), NOWHERE, ("kernel", "it was asked for"))
        assert len([text for text in rig.warnings() if "strict_gpiod" in text]) == count
        rig.close()

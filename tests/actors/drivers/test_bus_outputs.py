"""Outputs on the bus on chips of registers: what is asked for is what reads back, off is off, and a supply that dips is noticed."""

from collections.abc import Callable
from typing import Any

import pytest

from actors.drivers import ACTUATOR_DRIVER_REGISTRY
from actors.drivers.base import OutputDriver, Wiring
from actors.errors import DeviceError, TransientError
from actors.hardware.sim.bus import SimulatedBus
from actors.hardware.sim.chips.outputs import DrivingChip, Mcp4725, Mcp23017, Pca9685, Pcf8574
from tests.fakes import ManualClock

KINDS: dict[str, tuple[type[DrivingChip], int]] = {
    "PCA9685": (Pca9685, 0x40),
    "MCP4725": (Mcp4725, 0x60),
    "MCP23017": (Mcp23017, 0x20),
    "PCF8574": (Pcf8574, 0x21),
}
Make = Callable[..., tuple[OutputDriver, DrivingChip, SimulatedBus]]


@pytest.fixture
def make(clock: ManualClock, request: pytest.FixtureRequest) -> Make:
    """Return a maker of drivers on one simulated bus; outputs of one chip share it."""
    bus = SimulatedBus(clock)

    def made(name: str, *, channel: int | None = None, low: bool = False, top: float = 1.0, **more: Any) -> Any:
        kind, address = KINDS[name]
        chip = bus.chips.get(address)
        if chip is None:
            chip = kind(clock)
            bus.attach(address, chip)
        place = f"{request.node.name}:{address}"
        wiring = Wiring(None, address, more.pop("frequency", None), 0.0, top, low, 0.0, channel, where=place, **more)
        none: Any = None
        return ACTUATOR_DRIVER_REGISTRY[name](none, wiring, bus), chip, bus

    return made


@pytest.mark.parametrize(("value", "duty"), [(0, 0.0), (0.001, 1 / 4096), (63.75, 0.25), (255, 1.0)])
@pytest.mark.parametrize("low", [False, True])
def test_a_pca9685_makes_the_duty_cycle_that_it_reads_back(make: Make, value: float, duty: float, low: bool) -> None:
    driver, chip, _bus = make("PCA9685", channel=5, top=255.0, low=low)

    found = driver.apply(value)

    assert (found, driver.read_back()) == (round(duty * 255, 2),) * 2
    assert chip.duty(5) == pytest.approx(1 - duty if low else duty)
    assert {chip.duty(other) for other in range(16) if other != 5} == {0.0}


def test_a_pca9685_gets_its_frequency_once_and_no_all_call_address(make: Make) -> None:
    first, _chip, bus = make("PCA9685", channel=0, frequency=1000.0)
    second, _chip, _bus = make("PCA9685", channel=1, frequency=1000.0)
    first.apply(0.5)
    second.apply(1.0)

    assert bus.transfer(0x40, b"\xfe", 1)[0] == round(25e6 / 4096 / 1000) - 1
    assert bus.transfer(0x40, b"\x00", 1)[0] & 0x11 == 0
    assert first.read_back() == 0.5


@pytest.mark.parametrize("name", ["PCA9685", "MCP23017"])
def test_a_chip_that_has_lost_its_settings_is_noticed_and_set_again(make: Make, name: str) -> None:
    driver, chip, _bus = make(name, channel=3)
    driver.apply(1.0)
    chip.power_cycle()

    with pytest.raises(TransientError) as caught:
        driver.read_back()

    assert caught.value.code == "settings_lost"
    assert (driver.apply(0.0), chip.duty(3)) == (0.0, 0.0)
    assert (driver.apply(1.0), driver.read_back(), chip.duty(3)) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(("value", "code"), [(0.0, 0), (1.65, 2048), (2.5, 3103), (9.0, 4095)])
def test_an_mcp4725_gives_no_more_volts_than_asked_for(make: Make, value: float, code: int) -> None:
    driver, chip, bus = make("MCP4725", top=3.3)

    found = driver.apply(value)

    assert (chip.duty(0), found) == (code / 4096, round(code / 4096 * 3.3, 2))
    assert driver.read_back() == found
    bus.transfer(0x60, bytes((0x10, 0x00)))  # somebody switches its output off
    assert driver.read_back() == 0.0


def test_the_supply_of_an_mcp4725_may_be_more_than_the_most_that_may_be_asked_for(make: Make) -> None:
    driver, chip, _bus = make("MCP4725", top=2.0, full_scale=5.0)

    assert (driver.apply(2.0), chip.duty(0)) == (2.0, 1638 / 4096)
    assert "cannot make 'max' 2 V" in str(driver.refuse(Wiring(None, 0x60, None, 0, 2.0, full_scale=1.8)))


@pytest.mark.parametrize("name", ["MCP23017", "PCF8574"])
@pytest.mark.parametrize("low", [False, True])
def test_the_pins_of_an_expander_do_not_disturb_each_other(make: Make, name: str, low: bool) -> None:
    pins = {channel: make(name, channel=channel, low=low)[0] for channel in (0, 3, 7)}
    _driver, chip, _bus = make(name, channel=0)
    for driver in pins.values():
        driver.apply(0)
    for on in ({0}, {0, 7}, {3, 7}, set(), {3}):
        for channel, driver in pins.items():
            driver.apply(float(channel in on))
        assert {channel for channel, driver in pins.items() if driver.read_back()} == on
        assert {channel for channel in pins if bool(chip.duty(channel)) != low} == on


def test_an_output_that_does_not_follow_is_said_to(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, chip, _bus = make("PCF8574", channel=2)
    monkeypatch.setattr(chip, "write", lambda _data: None)

    with pytest.raises(DeviceError) as caught:
        driver.apply(0)

    assert caught.value.code == "output_untrue"


def test_nothing_of_them_drives_a_heater() -> None:
    assert not any(ACTUATOR_DRIVER_REGISTRY[name].heats for name in KINDS)

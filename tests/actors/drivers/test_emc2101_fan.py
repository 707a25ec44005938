"""The fan drive of an EMC2101 as an output: on a fake register file, and on the simulated chip beside the sensor."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.drivers.base import Bus, Wiring
from actors.drivers.library.emc2101.fan import EMC2101_FAN
from actors.drivers.library.emc2101.options import EMC2101Options
from actors.drivers.library.emc2101.sensor import EMC2101
from actors.errors import DeviceError
from actors.hardware.sim.bench import SimulatedBench
from tests.actors.drivers.fakebus import FakeBus, Registers
from tests.actors.hardware.sim.benches import bench, output, sensor
from tests.fakes import ManualClock

POWER_UP = {0x03: 0x04, 0x4A: 0x20, 0x4C: 0x00, 0x4D: 0x17, 0xFD: 0x16, 0xFE: 0x5D}


def make(bus: Bus, *, high: float = 255.0, active_low: bool = False) -> EMC2101_FAN:
    gpio: Any = None
    return EMC2101_FAN(gpio, Wiring(None, 0x4C, None, 0.0, high, active_low), bus)


class Chip(Registers):
    """The registers of the fan drive; the setting is written only while bit 5 of 0x4A is set, and has 6 bits."""

    def __init__(self, **values: int) -> None:
        super().__init__(1, POWER_UP | {int(name[1:], 16): value for name, value in values.items()})

    def __call__(self, data: bytes | None, length: int) -> bytes:
        if data and len(data) == 2:
            register, value = data
            if register == 0x4C and not self.at(0x4A) & 0x20:
                return b""
            self.values[register] = value & 0x3F if register == 0x4C else value
            return b""
        return super().__call__(data, length)

    def at(self, register: int) -> int:
        value = self.values[register]
        assert isinstance(value, int)
        return value


@pytest.mark.parametrize(
    ("value", "setting", "read"),
    [(0.0, 0, 0.0), (0.1, 1, 5.54), (127.5, 23, 127.5), (255.0, 46, 255.0), (400.0, 46, 255.0), (-3.0, 0, 0.0)],
)
def test_a_set_point_becomes_the_nearest_step_of_46_and_reads_back_as_that(value: float, setting: int, read: float) -> None:
    chip = Chip()
    fan = make(FakeBus(0x4C, chip))
    assert fan.apply(value) == read
    assert (chip.at(0x4C), fan.read_back()) == (setting, read)


@pytest.mark.parametrize(("registers", "full"), [({"r4D": 0x1F}, 62), ({"r4D": 0x00}, 2), ({"r03": 0x14}, 63)])
def test_full_scale_depends_on_how_the_chip_is_set_up(registers: dict[str, int], full: int) -> None:
    chip = Chip(**registers)
    make(FakeBus(0x4C, chip)).apply(255.0)
    assert chip.at(0x4C) == full


@given(steps=st.integers(1, 31), share=st.floats(0.0, 1.0), high=st.floats(0.5, 1e4), inverted=st.booleans(), active_low=st.booleans())
def test_what_is_read_back_is_within_one_step_of_what_was_set(
    steps: int, share: float, high: float, inverted: bool, active_low: bool
) -> None:
    chip = Chip(r4D=steps, r4A=0x30 if inverted else 0x20)
    fan = make(FakeBus(0x4C, chip), high=high, active_low=active_low)
    fan.apply(share * high)
    assert abs(fan.read_back() - share * high) <= high / (2 * steps) + 0.01
    fan.apply(0.0)
    assert fan.read_back() == 0.0
    assert chip.at(0x4C) == (2 * steps if inverted != active_low else 0)


def test_a_fan_that_the_chips_own_table_had_is_taken_from_it() -> None:
    chip = Chip(r4A=0x04)
    make(FakeBus(0x4C, chip)).apply(255.0)
    assert (chip.at(0x4A), chip.at(0x4C)) == (0x24, 46)


def test_nothing_else_of_the_chip_is_written() -> None:
    bus = FakeBus(0x4C, Chip())
    fan = make(bus)
    fan.apply(100.0)
    fan.read_back()
    assert bus.writes == [b"\x4c\x12"]


def test_a_setting_that_does_not_stay_is_an_error() -> None:
    chip = Chip()
    chip.values[0x4C] = lambda: 7
    with pytest.raises(DeviceError, match="46 of 46 steps but reads back 7") as caught:
        make(FakeBus(0x4C, lambda data, length: b"" if data and len(data) == 2 else chip(data, length))).apply(255.0)
    assert caught.value.code == "fan_untrue"


@pytest.mark.parametrize(
    ("wiring", "words"),
    [
        (Wiring(18, None, None, 0, 255), "always at 0x4C"),
        (Wiring(None, 0x4D, None, 0, 255), "always at 0x4C"),
        (Wiring(None, 0x4C, None, -5, 0), "more than 0"),
    ],
)
def test_what_cannot_work_is_refused_in_words(wiring: Wiring, words: str) -> None:
    assert words in (EMC2101_FAN.refuse(wiring) or "")
    assert EMC2101_FAN.refuse(Wiring(None, 0x4C, None, 0, 255)) is None


def test_output_and_sensor_of_one_chip_do_not_disturb_each_other() -> None:
    clock = ManualClock()
    simulated = SimulatedBench(bench((sensor("T_emc", "EMC2101", 0x4C, 0.0),), (output("fan", "fan", address=0x4C),)), clock)
    meter = EMC2101(simulated.bus, 0x4C, EMC2101Options(), clock)
    fan = make(simulated.bus)
    meter.connect()

    class Interrupting:
        """The sensor's bus: before each of its transfers the output does something."""

        def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
            fan.apply(128.0)
            fan.read_back()
            return simulated.bus.transfer(address, data, length)

    quiet = meter.measure()
    meter.bus = Interrupting()
    disturbed = meter.measure()
    for channel in ("internal", "external"):
        assert isinstance(disturbed[channel], float)
        assert disturbed[channel] == pytest.approx(quiet[channel], abs=1.5)
    meter.connect()
    assert fan.read_back() == 127.5
    assert simulated.thermal.fan == 0.5

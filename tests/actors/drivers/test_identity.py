import pytest

from actors.drivers.registers import chip_at, chip_with, require
from actors.errors import PermanentError, TransientError
from tests.actors.drivers.fakebus import FakeBus, Registers


@pytest.mark.parametrize(
    ("configuration", "chip"),
    [
        (0x60A0, "TMP102"),  # power-up
        (0x6080, "TMP102"),  # alert bit the other way
        (0x63B0, "TMP102"),  # extended mode, thermostat, asleep
        (0xE1A0, "TMP102"),  # a one-shot conversion done
        (0x8583, "ADS1115"),  # power-up
        (0xC383, "ADS1115"),  # single shot of AIN0, idle
        (0x4383, "ADS1115"),  # the same, converting
        (0xFFFF, "a bus that floats or is shorted (configuration register 0xFFFF)"),
        (0x0000, "a bus that floats or is shorted (configuration register 0x0000)"),
        (0x1234, "an unknown chip (configuration register 0x1234)"),
    ],
)
def test_the_configuration_register_names_the_chip(configuration: int, chip: str) -> None:
    assert chip_with(configuration) == chip


UNKNOWN = "an unknown chip (configuration register 0x8480); or an ADS1115 that another program has changed"


@pytest.mark.parametrize(
    ("registers", "found"),
    [
        ({1: 0x8480, 2: 0x8000, 3: 0x7FFF}, "ADS1115"),  # comparator on
        ({1: 0x8480, 2: 0x1000, 3: 0x2000}, UNKNOWN),
        ({1: 0x60A0, 2: 0x8000, 3: 0x7FFF}, "TMP102"),
        ({1: 0xFFFF, 2: 0xFFFF, 3: 0xFFFF}, "a bus that floats or is shorted (configuration register 0xFFFF)"),
    ],
)
def test_a_configuration_that_says_nothing_is_looked_behind(registers: dict[int, int], found: str) -> None:
    bus = FakeBus(0x48, Registers(2, registers))
    assert chip_at(bus, 0x48) == (found, registers[1])
    assert bus.writes == []


@pytest.mark.parametrize("kind", [PermanentError, TransientError])
def test_another_chip_is_refused_by_name_and_left_as_it_was(kind: type[PermanentError | TransientError]) -> None:
    bus = FakeBus(0x48, Registers(2, {1: 0x8583}))
    with pytest.raises(kind) as caught:
        require(bus, 0x48, "TMP102", "TMP102", kind)
    assert caught.value.code == "wrong_chip"
    assert caught.value.message == "config.py says TMP102, found ADS1115 at 0x48"
    assert bus.writes == []

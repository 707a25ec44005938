from __future__ import annotations

import pytest

from actors.drivers.identity import chip_with, require
from actors.errors import PermanentError, TransientError
from tests.drivers.fakebus import FakeBus, Registers


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


@pytest.mark.parametrize("kind", [PermanentError, TransientError])
def test_another_chip_is_refused_by_name_and_left_as_it_was(kind: type[PermanentError | TransientError]) -> None:
    bus = FakeBus(0x48, Registers(2, {1: 0x8583}))
    with pytest.raises(kind) as caught:
        require(bus, 0x48, "TMP102", "TMP102", kind)
    assert caught.value.code == "wrong_chip"
    assert caught.value.message == "config.py says TMP102, found ADS1115 at 0x48"
    assert bus.writes == []

"""Temperature, by contact and from a distance; and volts."""

from __future__ import annotations

from typing import Final

from actors.drivers.library.record import Part, Record


def _lm75(chip: str, addresses: tuple[int, ...], resolution: float, accuracy: float) -> Record:
    return Record(
        chip,
        "adafruit_pct2075",
        "PCT2075",
        (Part("temp", "temperature", "°C", -55.0, 125.0, resolution, accuracy),),
        addresses=addresses,
        proof={b"\x03": (2, 0xFFFF, 0x5000)},
        settle=0.3,
        max_age=0.3,
        min_period=0.3,
        lag=0.6,
    )


RECORDS: Final = (
    _lm75("PCT2075", (*range(0x28, 0x30), *range(0x35, 0x38), *range(0x48, 0x50), *range(0x70, 0x78)), 0.125, 1.0),
    _lm75("LM75", tuple(range(0x48, 0x50)), 0.5, 2.0),
    Record(
        "MLX90614",
        "adafruit_mlx90614",
        "MLX90614",
        (
            Part("object", "object_temperature", "°C", -70.0, 380.0, 0.02, 0.5),
            Part("ambient", "ambient_temperature", "°C", -40.0, 125.0, 0.02, 0.5),
        ),
        addresses=(0x5A,),
        settle=0.3,
        max_age=0.2,
        min_period=0.2,
        lag=0.4,
    ),
    Record(
        "PCF8591",
        "adafruit_pcf8591.pcf8591",
        "PCF8591",
        tuple(Part(f"ain{pin}", "read", "V", 0.0, 3.3, 0.013, 0.03, 3.3 / 255, arguments=(pin,)) for pin in range(4)),
        addresses=tuple(range(0x48, 0x50)),
    ),
)

"""Air: humidity and pressure."""

from __future__ import annotations

from typing import Final

from actors.drivers.library.record import Part, Record

_HUM: Final = Part("hum", "relative_humidity", "%RH", 0.0, 100.0, 0.01, 3.0)


def _temp(lowest: float, highest: float, accuracy: float) -> Part:
    return Part("temp", "temperature", "°C", lowest, highest, 0.01, accuracy)


def _pressure(lowest: float, highest: float, accuracy: float) -> Part:
    return Part("pressure", "pressure", "hPa", lowest, highest, 0.01, accuracy)


RECORDS: Final = (
    Record(
        "HDC302X",
        "adafruit_hdc302x",
        "HDC302x",
        (
            Part("temp", "measurements", "°C", -40.0, 125.0, 0.01, 0.1, index=0),
            Part("hum", "measurements", "%RH", 0.0, 100.0, 0.01, 1.0, index=1),
        ),
        addresses=(0x44, 0x45, 0x46, 0x47),
        trusted=True,
    ),
    Record("SI7021", "adafruit_si7021", "SI7021", (_temp(-40.0, 125.0, 0.4), _HUM), addresses=(0x40,)),
    Record(
        "BMP388",
        "adafruit_bmp3xx",
        "BMP3XX_I2C",
        (_temp(-40.0, 85.0, 0.5), _pressure(300.0, 1250.0, 0.5)),
        addresses=(0x76, 0x77),
        ids={b"\x00": (1, 0xFF, 0x50)},
    ),
    Record(
        "BMP390",
        "adafruit_bmp3xx",
        "BMP3XX_I2C",
        (_temp(-40.0, 85.0, 0.5), _pressure(300.0, 1250.0, 0.5)),
        addresses=(0x76, 0x77),
        ids={b"\x00": (1, 0xFF, 0x60)},
    ),
    Record(
        "DPS310",
        "adafruit_dps310.basic",
        "DPS310",
        (_temp(-40.0, 85.0, 0.5), _pressure(300.0, 1200.0, 1.0)),
        addresses=(0x76, 0x77),
        ids={b"\x0d": (1, 0xFF, 0x10)},
        settings=((b"\x06", 1), (b"\x07", 1), (b"\x09", 1)),
        settle=0.3,
        notices="power dip: settings",
    ),
    Record(
        "LPS22",
        "adafruit_lps2x",
        "LPS22",
        (_temp(-40.0, 85.0, 1.5), _pressure(260.0, 1260.0, 1.0)),
        addresses=(0x5C, 0x5D),
        ids={b"\x0f": (1, 0xFF, 0xB1)},
        settings=((b"\x10", 1),),
        settle=0.2,
        notices="power dip: settings",
    ),
    Record(
        "LPS25",
        "adafruit_lps2x",
        "LPS25",
        (_temp(-30.0, 105.0, 2.0), _pressure(260.0, 1260.0, 1.0)),
        addresses=(0x5C, 0x5D),
        ids={b"\x0f": (1, 0xFF, 0xBD)},
        settings=((b"\x20", 1),),
        settle=0.2,
        notices="power dip: settings",
    ),
)

"""Gas: carbon dioxide and volatile compounds."""

from __future__ import annotations

from typing import Final

from actors.drivers.library.record import Part, Record

_TEMP: Final = Part("temp", "temperature", "°C", -10.0, 60.0, 0.01, 0.8)
_HUM: Final = Part("hum", "relative_humidity", "%RH", 0.0, 100.0, 0.01, 6.0)


def _scd4x(chip: str, accuracy: float) -> Record:
    return Record(
        chip,
        "adafruit_scd4x",
        "SCD4X",
        (Part("co2", "CO2", "ppm", 1.0, 40000.0, 1.0, accuracy, forbidden=(0.0,)), _TEMP, _HUM),
        addresses=(0x62,),
        after=("start_periodic_measurement",),
        ready="data_ready",
        settle=5.2,
        max_age=5.0,
        min_period=5.0,
        lag=5.5,
        patience=1.5,
        start=(8.0, 300),
        trusted=True,
        notices="power dip: no new sample",
    )


RECORDS: Final = (
    _scd4x("SCD40", 50.0),
    _scd4x("SCD41", 40.0),
    Record(
        "SCD30",
        "adafruit_scd30",
        "SCD30",
        (
            Part("co2", "CO2", "ppm", 1.0, 40000.0, 1.0, 30.0, forbidden=(0.0,)),
            Part("temp", "temperature", "°C", -40.0, 70.0, 0.01, 0.4),
            Part("hum", "relative_humidity", "%RH", 0.0, 100.0, 0.01, 3.0),
        ),
        addresses=(0x61,),
        ready="data_available",
        settle=2.5,
        max_age=2.0,
        min_period=2.0,
        lag=2.5,
        patience=1.0,
        trusted=True,
        notices="power dip: no new sample",
    ),
    Record(
        "SGP30",
        "adafruit_sgp30",
        "Adafruit_SGP30",
        (
            Part("co2", "iaq_measure", "ppm", 400.0, 60000.0, 1.0, index=0, arguments=()),
            Part("tvoc", "iaq_measure", "ppb", 0.0, 60000.0, 1.0, index=1, arguments=()),
        ),
        addresses=(0x58,),
        settle=1.0,
        trusted=True,
        notices="an estimate, and 400 ppm for the first 15 s",
    ),
    Record(
        "SGP40",
        "adafruit_sgp40",
        "SGP40",
        (Part("raw", "raw", "", 1.0, 65534.0, 1.0),),
        addresses=(0x59,),
        trusted=True,
    ),
)

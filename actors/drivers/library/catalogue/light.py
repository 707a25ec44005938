"""Light and distance."""

from __future__ import annotations

from typing import Final

from actors.drivers.library.record import Part, Record

_COLOURS: Final = (415, 445, 480, 515, 555, 590, 630, 680)
"""nm of the eight filters of an AS7341, in the order in which the library gives them."""

RECORDS: Final = (
    Record("BH1750", "adafruit_bh1750", "BH1750", (Part("lux", "lux", "lx", 0.0, 54612.0, 0.8),), addresses=(0x23, 0x5C)),
    Record(
        "TSL2591",
        "adafruit_tsl2591",
        "TSL2591",
        (Part("lux", "lux", "lx", 0.0, 88000.0, 0.001), Part("infrared", "infrared", "", 0.0, 65534.0, 1.0)),
        addresses=(0x29,),
        ids={b"\xb2": (1, 0xFF, 0x50)},
        settings=((b"\xa0", 1), (b"\xa1", 1)),
        settle=0.3,
        max_age=0.2,
        min_period=0.2,
        lag=0.3,
        notices="power dip: settings; saturation",
    ),
    Record(
        "VEML7700",
        "adafruit_veml7700",
        "VEML7700",
        (Part("lux", "lux", "lx", 0.0, 120000.0, 0.004), Part("counts", "light", "", 0.0, 65534.0, 1.0)),
        addresses=(0x10,),
        settings=((b"\x00", 2),),
        settle=0.3,
        max_age=0.2,
        min_period=0.2,
        lag=0.3,
        notices="power dip: settings",
    ),
    Record(
        "AS7341",
        "adafruit_as7341",
        "AS7341",
        tuple(Part(f"f{nm}", "all_channels", "", 0.0, 65534.0, 1.0, index=place) for place, nm in enumerate(_COLOURS)),
        addresses=(0x39,),
        ids={b"\x92": (1, 0xFC, 0x24)},
        settings=((b"\x81", 1),),
        budget=(2.5, 600),
        notices="power dip: settings",
    ),
    Record(
        "VL53L0X",
        "adafruit_vl53l0x",
        "VL53L0X",
        (Part("distance", "range", "mm", 1.0, 2000.0, 1.0, 30.0),),
        addresses=(0x29,),
        arguments={"io_timeout_s": 0.5},
        ids={b"\xc0": (1, 0xFF, 0xEE)},
        settings=((b"\x01", 1),),
        budget=(1.0, 1500),
        notices="power dip: settings; nothing in sight",
    ),
    Record(
        "VL53L1X",
        "adafruit_vl53l1x",
        "VL53L1X",
        (Part("distance", "distance", "mm", 1.0, 4000.0, 1.0, 20.0, scale=10.0),),
        addresses=(0x29,),
        after=("start_ranging",),
        ready="data_ready",
        then=("clear_interrupt",),
        ids={b"\x01\x0f": (2, 0xFFFF, 0xEACC)},
        settle=0.2,
        lag=0.2,
        patience=1.0,
        notices="power dip: no new sample; nothing in sight",
    ),
)

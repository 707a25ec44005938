"""The chips of the catalogue by their drivers' names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.hardware.sim.chips.catalogue import air, gas, heat, light
from actors.hardware.sim.chips.catalogue.base import CatalogueChip

CATALOGUE: Final[Mapping[str, type[CatalogueChip]]] = {
    "SCD40": gas.Scd4x,
    "SCD41": gas.Scd4x,
    "SCD30": gas.Scd30,
    "SGP30": gas.Sgp30,
    "SGP40": gas.Sgp40,
    "HDC302X": gas.Hdc302x,
    "SI7021": gas.Si7021,
    "BMP388": air.Bmp388,
    "BMP390": air.Bmp390,
    "DPS310": air.Dps310,
    "LPS22": air.Lps22,
    "LPS25": air.Lps25,
    "PCT2075": heat.Pct2075,
    "LM75": heat.Pct2075,
    "MLX90614": heat.Mlx90614,
    "PCF8591": heat.Pcf8591,
    "BH1750": light.Bh1750,
    "TSL2591": light.Tsl2591,
    "VEML7700": light.Veml7700,
    "AS7341": light.As7341,
    "VL53L0X": light.Vl53l0x,
    "VL53L1X": light.Vl53l1x,
}

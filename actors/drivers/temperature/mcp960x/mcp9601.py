"""MCP9601 (Microchip DS20005426): an MCP9600 that notices a thermocouple that is broken or shorted."""

from __future__ import annotations

from typing import ClassVar

from actors.drivers.temperature.mcp960x.mcp9600 import MCP9600


class MCP9601(MCP9600):
    """As the MCP9600; of the Faults, `probe_open` and `probe_short` are its own."""

    chip = "MCP9601"
    ids: ClassVar = {0x20: (2, 0xFF00, 0x4100)}  # DS20005426, 5.3.1

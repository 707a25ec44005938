"""What the daemon's documents contain, as types: the values of `scan`, `status`, `describe` and of readings with detail.

They are plain dicts; a newer daemon may send more keys than are listed here. docs/reference/protocol.md explains each.
"""

from __future__ import annotations

from pilotage.documents.bench import ChannelDescription, Description, Detail, OutputDescription, SensorDescription
from pilotage.documents.loops import LoopDescription, LoopModel, LoopStatus, TuneStatus
from pilotage.documents.status import (
    AccessStatus,
    BusStatus,
    ChildStatus,
    ClientStatus,
    ContactStatus,
    CurveStatus,
    InterlockStatus,
    LastReading,
    LeaseStatus,
    OutputStatus,
    Refusals,
    Refused,
    Retried,
    Shared,
    Status,
    Trouble,
)
from pilotage.places import Detector, Lists, Output

__all__ = [
    "AccessStatus",
    "BusStatus",
    "ChannelDescription",
    "ChildStatus",
    "ClientStatus",
    "ContactStatus",
    "CurveStatus",
    "Description",
    "Detail",
    "Detector",
    "InterlockStatus",
    "LastReading",
    "LeaseStatus",
    "Lists",
    "LoopDescription",
    "LoopModel",
    "LoopStatus",
    "Output",
    "OutputDescription",
    "OutputStatus",
    "Refusals",
    "Refused",
    "Retried",
    "SensorDescription",
    "Shared",
    "Status",
    "Trouble",
    "TuneStatus",
]

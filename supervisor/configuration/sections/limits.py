"""`LIMITS`: what one client, and all of them together, may ask of the daemon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.bench.devices import Limits
from supervisor.configuration.entries import read, warn_unknown
from supervisor.configuration.model import Section, key
from supervisor.configuration.problems import Report, shown

SECTION: Final = "LIMITS"
FRAME: Final = 4 * 1024 * 1024
"""Bytes of a frame above which its connection is cut before anybody could answer (`actors.gateway.net.router`)."""
_DEFAULT = Limits()


class Keys(Section):
    """The keys of `LIMITS`."""

    body: int = key(_DEFAULT.body, f"1024 to {FRAME} bytes", "longest request; a longer one is answered ERROR unread", ge=1024, le=FRAME)
    components: int = key(_DEFAULT.components, "1 to 65536", "components of one `AQ-MULTI` or `PI-MULTI`", ge=1, le=65536)
    outstanding_per_client: int = key(
        _DEFAULT.outstanding_per_client,
        "1 to 4096, not above 'outstanding'",
        "requests of one client that wait for their answers",
        ge=1,
        le=4096,
    )
    outstanding: int = key(
        _DEFAULT.outstanding, "1 to 65536", "the same of all clients together; one more is answered `busy`", ge=1, le=65536
    )
    clients: int = key(
        _DEFAULT.clients, "8 to 16384", "connections; beyond them, those that never asked anything are cut first", ge=8, le=16384
    )


def read_limits(names: Mapping[str, Any], report: Report) -> Limits:
    """Validate `LIMITS`; every error is reported."""
    if SECTION not in names:
        return _DEFAULT
    section = names[SECTION]
    if not isinstance(section, dict):
        report.error("", SECTION, shown(section), "a dict: {'body': 65536, 'clients': 1024, ...}")
        return _DEFAULT
    entry = read(Keys, section, SECTION, report)
    warn_unknown(SECTION, section, Keys.model_fields, report)
    one, all_ = entry.good.get("outstanding_per_client", 0), entry.good.get("outstanding", 0)
    if entry.sound and one > all_:
        if "outstanding_per_client" in section:
            entry.error(report, "outstanding_per_client", str(one), f"not more than 'outstanding', which is {all_}")
        entry.good["outstanding_per_client"] = all_
    return Limits(**entry.good) if entry.sound else _DEFAULT

"""`LECO`: which network of the laboratory a bench joins, under which name, and whether it may be driven from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from actors.bench.leco import Leco
from pilotage.wire.leco import LONGEST_NAME, is_name
from supervisor.configuration.entries import Entry, read, warn_unknown
from supervisor.configuration.model import LONGEST, Section, Text, key
from supervisor.configuration.problems import Report, did_you_mean, shown

SECTION: Final = "LECO"
_DEFAULT = Leco("", "")
_NAMES: Final = "letters, digits and signs of ASCII, without dots and blanks"


class Keys(Section):
    """The keys of `LECO`."""

    host: Text = key(..., "the address or the host name of the computer where the coordinator runs", "the coordinator of the network")
    port: int = key(_DEFAULT.port, "1 to 65535", "the coordinator's port", ge=1, le=65535)
    name: Text = key(..., _NAMES, f"the bench's name in the network, up to {LONGEST} characters; no other component may have it")
    drive: bool = key(
        default=_DEFAULT.drive,
        allowed="True or False",
        meaning="True: set-points are taken from whoever reaches the coordinator, for LECO knows no keys; False: the bench is only read",
    )
    off: bool = key(
        default=_DEFAULT.off,
        allowed="True or False",
        meaning="True: whoever reaches the coordinator may switch everything off, also of a bench that is only read",
    )


@dataclass(frozen=True, slots=True)
class Things:
    """What has a name in the network beside the bench: sensors and outputs as entries, `ids` their names by label, and the loops' names."""

    sensors: Sequence[Entry]
    outputs: Sequence[Entry]
    ids: Mapping[str, str]
    loops: Sequence[str]

    def labels(self) -> dict[str, tuple[str, Entry | None]]:
        """Return child id -> the label that stands for it in `config.py`, and its entry if it has one."""
        entries = {self.ids[entry.label]: entry for entry in (*self.sensors, *self.outputs) if entry.label in self.ids}
        found: dict[str, tuple[str, Entry | None]] = {child: (entry.label, entry) for child, entry in entries.items()}
        return {**{name: (f"LOOPS ({name})", None) for name in self.loops}, **found}

    def named(self, bench: str) -> list[tuple[str, str, str | None]]:
        """Return the names in the network, each with its child."""
        from actors.leco.names import named

        channels = [(self.ids[entry.label], [each.name for each in entry.channels]) for entry in self.sensors if entry.label in self.ids]
        driven = [self.ids[entry.label] for entry in self.outputs if entry.label in self.ids]
        return named(bench, channels, [*driven, *self.loops])


def read_leco(names: Mapping[str, Any], things: Things, report: Report) -> Leco | None:
    """Validate `LECO`, and that everything of the bench can have a name there; every error is reported. None: no network is joined."""
    if SECTION not in names or names[SECTION] is None:
        return None
    section = names[SECTION]
    if not isinstance(section, dict):
        report.error("", SECTION, shown(section), "a dict: {'host': '192.168.1.10', 'name': 'bench1'}")
        return None
    entry = read(Keys, section, SECTION, report)
    warn_unknown(SECTION, section, Keys.model_fields, report)
    for name, allowed, right in (("host", "one address or name, without a port", _is_host), ("name", _NAMES, is_name)):
        if name in entry.good and not right(entry.good[name]):
            entry.error(report, name, shown(entry.good[name]), allowed)
    if not entry.sound:
        return None
    _check_names(entry.good["name"], things, report)
    return Leco(**entry.good)


def _is_host(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable() and not set(text) & set(" /[]@;%") and (text.count(":") != 1)


def _check_names(bench: str, things: Things, report: Report) -> None:
    """Refuse what cannot be a name in the network, and what would have the name of something else."""
    labels, taken = things.labels(), dict[str, str]()
    for name, child, _channel in things.named(bench):
        label, entry = labels[child]
        if entry is not None and not entry.sound:
            continue
        if not is_name(child):
            problem = f"in the LECO network: {_NAMES}", _plainer(child)
        elif len(name) > LONGEST_NAME // 2:
            problem = f"a name with which {name!r} has at most {LONGEST_NAME // 2} characters", ""
        elif taken.setdefault(name, child) != child:
            problem = f"another name: {name} in the LECO network stands for {taken[name]} already", ""
        else:
            continue
        if entry is None:
            report.error(label, "name", shown(child), *problem)
        else:
            entry.error(report, "name", shown(child), *problem)


def _plainer(name: str) -> str:
    """Return what a name could be instead."""
    return did_you_mean(name, ["".join(sign if is_name(sign) else "_" for sign in name)])

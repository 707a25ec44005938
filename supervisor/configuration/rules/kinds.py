"""What an output is taken for, and why: a fan or free where something says so plainly, and a heater in every other case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from actors.interlocks.kinds import KINDS
from supervisor.configuration.entries import Entry
from supervisor.configuration.model import composed
from supervisor.configuration.problems import Report
from supervisor.configuration.rules import names

_NOTHING: Final = "nothing says otherwise; write 'kind': 'fan' or 'kind': 'output' if it does not heat"
_NAMED: Final = 3
"""Words beside a fan's that the reason names."""


def decide(entry: Entry, heating: Mapping[str, str], report: Report) -> None:
    """Set what the output is taken for, and why; `heating` is the rule that says of a name that it heats."""
    rule = heating.get(entry.good.get("name", "")) or heating.get(f"{entry.good.get('name')}@{entry.where}")
    entry.kind, entry.why, contradiction = _by_itself(entry)
    entry.guessed = rule is None and (contradiction or entry.why == _NOTHING)
    if rule is not None:
        _follow(rule, entry, report, weak=contradiction or entry.why == _NOTHING)
    elif contradiction:
        report.warn(entry.label, f"it is taken for a heater: {entry.why}")


def _follow(rule: str, entry: Entry, report: Report, *, weak: bool) -> None:
    """Take an output for a heater because an interlock looks at its heat; `weak`: whatever else is said of it says less."""
    reason = f"interlock {rule} says that it heats"
    if entry.heats:
        entry.why = reason if weak else entry.why
    elif entry.driver is not None and not entry.driver.heats:
        entry.error(
            report, "driver", f"`{entry.good['driver']}`, while {reason}", "a driver that can heat, or another output in that interlock"
        )
    else:
        taken = f"{'an' if entry.kind == 'output' else 'a'} {entry.kind}: {entry.why}"
        hint = "name another 'output' in that interlock if it does not heat"
        report.warn(entry.label, f"it is taken for a heater, since {reason}; without that it would be {taken}; {hint}")
        entry.kind, entry.why = "heater", reason


def _by_itself(entry: Entry) -> tuple[str, str, bool]:
    """Return kind and reason, as far as the entry alone tells, and whether a fan's word was not believed."""
    good = entry.good
    if good.get("kind") is not None:
        return good["kind"], "'kind' says so", False
    if entry.driver is not None and entry.driver.fan_only:
        return "fan", f"`{good['driver']}` drives nothing else", False
    words = names.words(f"{good.get('name', '')} {good.get('title') or ''}")
    fan = names.fan_word(words)
    if fan is None:
        heater = names.heater_word(words)
        return "heater", _NOTHING if heater is None else f"its name says `{heater}`", False
    others = dict.fromkeys(other for word in words if (other := names.beside_a_fan(word)) and other not in names.HARMLESS)
    if not others:
        return "fan", f"its name says `{fan}`", False
    named = ", ".join(f"`{word}`" for word in [*others][:_NAMED])
    return "heater", f"its name says `{fan}`, but also {named}; write 'kind': 'fan' if it is one", True


def heating(section: Any) -> dict[str, str]:
    """Return output -> interlock for every output that a heating rule is about; `section` may be anything."""
    return dict(reversed([*_heating(section)]))


def _heating(section: Any) -> Iterator[tuple[str, str]]:
    for index, raw in enumerate(section if isinstance(section, list) else ()):
        kind = KINDS.get(raw["kind"]) if isinstance(raw, dict) and isinstance(raw.get("kind"), str) else None
        if kind is not None and kind.heats and isinstance(raw.get("output"), str):
            name = raw.get("name")
            yield composed(raw["output"]), name if isinstance(name, str) else f"INTERLOCKS[{index}]"

"""What an output is taken for, and why: a fan or free where something says so plainly, and a heater in every other case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from supervisor.configuration.entries import Entry
from supervisor.configuration.model import composed
from supervisor.configuration.problems import Report, address, gpio

FANS: Final = frozenset(
    {"fan", "fans", "ventilateur", "ventilateurs", "ventilo", "ventilos", "ventilator", "ventilatoren", "ventilation", "blower", "blowers"}
)
"""Whole words. `ventil` alone is a valve in German, and a `four ventilé` is an oven."""
_FAN_ENDINGS: Final = ("lufter", "luefter", "geblase", "geblaese")
_HEATERS: Final = (
    *("heat", "resist", "chauff", "chaud", "heiz", "warm", "oven", "ofen", "etuve", "furnace", "kiln", "boiler", "hotplate"),
    *("peltier", "cartouche", "cartridge", "patrone", "lamp"),
)
"""Parts of words. They decide nothing alone, since what says nothing is a heater too: they contradict a fan's word, and give the reason."""
_HEATER_WORDS: Final = frozenset({"four", "fours", "hot"})
_NO_HEATER: Final = re.compile(r"heat[\W_]*sinks?")
_NOTHING: Final = "nothing says otherwise; write 'kind': 'fan' or 'kind': 'output' if it does not heat"
_CONTRADICTION: Final = "contradict each other; write 'kind': ..."
HEATING_RULES: Final = ("progress", "stuck_on")
"""Kinds of interlocks whose `output` heats: they are about its heat."""


def sounds_hot(name: str, title: str) -> bool:
    """Return whether a name or title has a word of a heater in it: so does that of a thermometer at one."""
    return _heater_word(_words(f"{name} {title}")) is not None


def decide(entry: Entry, heating: Mapping[str, str], report: Report) -> None:
    """Set what the output is taken for, and why; `heating` is the rule that says of a name that it heats."""
    rule = _rule(entry.good, heating)
    entry.kind, entry.why = _by_itself(entry)
    entry.guessed = rule is None and (entry.why == _NOTHING or entry.why.endswith(_CONTRADICTION))
    if rule is not None:
        _follow(rule, entry, report)
    elif entry.why.endswith(_CONTRADICTION):
        report.warn(entry.label, f"it is taken for a heater: {entry.why}")


def _follow(rule: str, entry: Entry, report: Report) -> None:
    """Take an output for a heater because an interlock looks at its heat, whatever else is said of it."""
    reason = f"interlock {rule} says that it heats"
    if entry.kind == "heater":
        entry.why = reason if entry.why == _NOTHING or entry.why.endswith(_CONTRADICTION) else entry.why
    elif entry.driver is not None and not entry.driver.heats:
        entry.error(
            report, "driver", f"`{entry.good['driver']}`, while {reason}", "a driver that can heat, or another output in that interlock"
        )
    else:
        taken = f"{'an' if entry.kind == 'output' else 'a'} {entry.kind}: {entry.why}"
        hint = "name another 'output' in that interlock if it does not heat"
        report.warn(entry.label, f"it is taken for a heater, since {reason}; without that it would be {taken}; {hint}")
        entry.kind, entry.why = "heater", reason


def _by_itself(entry: Entry) -> tuple[str, str]:
    """Return kind and reason, as far as the entry alone tells."""
    good = entry.good
    if good.get("kind") is not None:
        return good["kind"], "'kind' says so"
    if entry.driver is not None and not entry.driver.heats:
        return "fan", f"`{good['driver']}` drives nothing else"
    words = _words(f"{good.get('name', '')} {good.get('title') or ''}")
    fan, heater = next((word for word in words if word in FANS or word.endswith(_FAN_ENDINGS)), None), _heater_word(words)
    if fan is not None and heater is not None:
        return "heater", f"`{fan}` and `{heater}` in its name {_CONTRADICTION}"
    if fan is not None:
        return "fan", f"its name says `{fan}`"
    return "heater", _NOTHING if heater is None else f"its name says `{heater}`"


def _heater_word(words: Iterable[str]) -> str | None:
    return next((word for word in words if word in _HEATER_WORDS or any(part in word for part in _HEATERS)), None)


def _words(text: str) -> list[str]:
    """Return the words of a name in small letters without accents; `FanLeft2` is `fan` and `left`, a heatsink is none."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", text)
    decomposed = unicodedata.normalize("NFKD", apart.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return re.findall(r"[^\W\d_]+", _NO_HEATER.sub(" ", plain))


def heating(section: Any) -> dict[str, str]:
    """Return output -> interlock for every output that a heating rule is about; `section` may be anything."""
    return dict(reversed([*_heating(section)]))


def _heating(section: Any) -> Iterator[tuple[str, str]]:
    for index, raw in enumerate(section if isinstance(section, list) else ()):
        if isinstance(raw, dict) and raw.get("kind") in HEATING_RULES and isinstance(raw.get("output"), str):
            name = raw.get("name")
            yield composed(raw["output"]), name if isinstance(name, str) else f"INTERLOCKS[{index}]"


def _rule(good: Mapping[str, Any], heating: Mapping[str, str]) -> str | None:
    """Return the rule that is about an output, under its name or its child id."""
    place = address(good.get("address")) if good.get("pin") is None else gpio(good["pin"])
    return heating.get(good.get("name", "")) or heating.get(f"{good.get('name')}@{place}")

"""What an output is taken for, and why: a fan or free where something says so plainly, and a heater in every other case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from actors.interlocks.kinds import KINDS
from supervisor.configuration.entries import Entry
from supervisor.configuration.model import composed
from supervisor.configuration.problems import Report, address, gpio

FANS: Final = frozenset(
    {"fan", "fans", "ventilateur", "ventilateurs", "ventilo", "ventilos", "ventilator", "ventilatoren", "ventilation", "blower", "blowers"}
)
"""Whole words. `ventil` alone is a valve in German, and a `four ventilé` is an oven."""
FAN_ENDINGS: Final = ("lufter", "luefter", "geblase", "geblaese")
"""Ends of German words; what stands before them is a word by itself."""
_HARMLESS: Final = {
    "articles and prepositions": """
        a an at for of on the to de des du l la le les au aux dans pour sur am an das dem den der die fur fuer im no n nr von vom zum
        zur""",
    "places": """
        left right top bottom front rear back side upper lower inner outer middle center centre gauche droit droite haut bas avant arriere
        cote milieu interieur exterieur links rechts oben unten vorn vorne hinten mitte innen aussen""",
    "what is cooled, and by what": """
        cpu gpu pi raspberry psu case chassis housing enclosure cabinet rack box cooler cooling heatsink air alimentation armoire boitier
        coffret dissipateur refroidissement gehause gehaeuse kuhl kuehl kuhler kuehler kuhlkorper kuehlkoerper kuhlung kuehlung netzteil
        schrank""",
    "the way of the air": "in out inlet outlet intake exhaust supply extract extraction entree sortie aspiration abluft zuluft",
    "how it is connected": "o output pwm gpio pin ch channel speed dc v mm rpm x",
    "numbers": "b c d one two three un deux trois eins zwei drei",
}
HARMLESS: Final = frozenset(word for words in _HARMLESS.values() for word in words.split())
"""Words that say nothing of heat. Beside any other word, one of a fan is not believed: no list of heaters' words is ever complete."""
_HEATERS: Final = (
    *("heat", "resist", "chauff", "chaud", "heiz", "warm", "oven", "ofen", "etuve", "furnace", "kiln", "boiler", "hotplate"),
    *("peltier", "cartouche", "cartridge", "patrone", "lamp"),
)
"""Parts of words. They decide nothing, since what says nothing is a heater too: they give the reason that is shown."""
_HEATER_WORDS: Final = frozenset({"four", "fours", "hot"})
_HEATSINK: Final = re.compile(r"heat[\W_]*sinks?")
_NOTHING: Final = "nothing says otherwise; write 'kind': 'fan' or 'kind': 'output' if it does not heat"
_NAMED: Final = 3
"""Words beside a fan's that the reason names."""


def sounds_hot(name: str, title: str) -> bool:
    """Return whether a name or title has a word of a heater in it: so does that of a thermometer at one."""
    return _heater_word(_words(f"{name} {title}")) is not None


def decide(entry: Entry, heating: Mapping[str, str], report: Report) -> None:
    """Set what the output is taken for, and why; `heating` is the rule that says of a name that it heats."""
    rule = _rule(entry.good, heating)
    entry.kind, entry.why, contradiction = _by_itself(entry)
    entry.guessed = rule is None and (contradiction or entry.why == _NOTHING)
    if rule is not None:
        _follow(rule, entry, report, weak=contradiction or entry.why == _NOTHING)
    elif contradiction:
        report.warn(entry.label, f"it is taken for a heater: {entry.why}")


def _follow(rule: str, entry: Entry, report: Report, *, weak: bool) -> None:
    """Take an output for a heater because an interlock looks at its heat; `weak`: whatever else is said of it says less."""
    reason = f"interlock {rule} says that it heats"
    if entry.kind == "heater":
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
    if entry.driver is not None and not entry.driver.heats:
        return "fan", f"`{good['driver']}` drives nothing else", False
    words = _words(f"{good.get('name', '')} {good.get('title') or ''}")
    fan = next((word for word in words if word in FANS or word.endswith(FAN_ENDINGS)), None)
    if fan is None:
        heater = _heater_word(words)
        return "heater", _NOTHING if heater is None else f"its name says `{heater}`", False
    others = dict.fromkeys(other for word in words if (other := _beside_a_fan(word)) and other not in HARMLESS)
    if not others:
        return "fan", f"its name says `{fan}`", False
    named = ", ".join(f"`{word}`" for word in [*others][:_NAMED])
    return "heater", f"its name says `{fan}`, but also {named}; write 'kind': 'fan' if it is one", True


def _beside_a_fan(word: str) -> str:
    """Return what a word says that is not a fan: nothing for `fan`, `gehause` for `gehauselufter`, all of any other word."""
    ending = next((ending for ending in FAN_ENDINGS if word.endswith(ending)), "")
    return "" if word in FANS else word.removesuffix(ending)


def _heater_word(words: Iterable[str]) -> str | None:
    return next((word for word in words if word in _HEATER_WORDS or any(part in word for part in _HEATERS)), None)


def _words(text: str) -> list[str]:
    """Return the words of a name in small letters without accents; `FanLeft2` is `fan` and `left`.

    A heatsink is none; a sign that is neither letter nor punctuation is one.
    """
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", text)
    decomposed = unicodedata.normalize("NFKD", apart.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return re.findall(r"[^\W\d_]+|[^\w\s\x00-\x7f\u00b0\u2010-\u2027]", _HEATSINK.sub(" ", plain))


def heating(section: Any) -> dict[str, str]:
    """Return output -> interlock for every output that a heating rule is about; `section` may be anything."""
    return dict(reversed([*_heating(section)]))


def _heating(section: Any) -> Iterator[tuple[str, str]]:
    for index, raw in enumerate(section if isinstance(section, list) else ()):
        kind = KINDS.get(raw["kind"]) if isinstance(raw, dict) and isinstance(raw.get("kind"), str) else None
        if kind is not None and kind.heats and isinstance(raw.get("output"), str):
            name = raw.get("name")
            yield composed(raw["output"]), name if isinstance(name, str) else f"INTERLOCKS[{index}]"


def _rule(good: Mapping[str, Any], heating: Mapping[str, str]) -> str | None:
    """Return the rule that is about an output, under its name or its child id."""
    place = address(good.get("address")) if good.get("pin") is None else gpio(good["pin"])
    return heating.get(good.get("name", "")) or heating.get(f"{good.get('name')}@{place}")

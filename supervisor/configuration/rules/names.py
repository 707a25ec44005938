"""What a name gives away: that it is a fan's, that it is at a heater, that it is in the air that comes in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

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
_AMBIENT: Final = ("entree", "inlet", "ambian", "ambien")


def coupling(name: str, title: str) -> float:
    """Return how much of the simulated heat reaches a sensor: 0 in the air that comes in, else 1."""
    return 0.0 if any(word in _plain(f"{name} {title}") for word in _AMBIENT) else 1.0


def sounds_hot(name: str, title: str) -> bool:
    """Return whether a name or title has a word of a heater in it: so does that of a thermometer at one."""
    return heater_word(words(f"{name} {title}")) is not None


def fan_word(found: Iterable[str]) -> str | None:
    """Return the first of these words that is a fan's."""
    return next((word for word in found if word in FANS or word.endswith(FAN_ENDINGS)), None)


def beside_a_fan(word: str) -> str:
    """Return what a word says that is not a fan: nothing for `fan`, `gehause` for `gehauselufter`, all of any other word."""
    ending = next((ending for ending in FAN_ENDINGS if word.endswith(ending)), "")
    return "" if word in FANS else word.removesuffix(ending)


def heater_word(found: Iterable[str]) -> str | None:
    """Return the first of these words that is a heater's."""
    return next((word for word in found if word in _HEATER_WORDS or any(part in word for part in _HEATERS)), None)


def words(text: str) -> list[str]:
    """Return the words of a name in small letters without accents; `FanLeft2` is `fan` and `left`.

    A heatsink is none; a sign that is neither letter nor punctuation is one.
    """
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", text)
    return re.findall(r"[^\W\d_]+|[^\w\s\x00-\x7f\u00b0\u2010-\u2027]", _HEATSINK.sub(" ", _plain(apart)))


def _plain(text: str) -> str:
    """Return `text` without accents and letter case."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))

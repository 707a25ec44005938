"""What is wrong with a `config.py`: one record per error, and the exception that carries all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from actors.errors import PilotageError

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """One error: where it is, what was found there, what is allowed."""

    file: str
    entry: str
    """`ACTUATORS_CONFIG[1] (resistance)`, `SENSORS_CONFIG[0x48] (t_resistance)`, `PORT`; empty for the file as a whole."""
    key: str
    found: str
    allowed: str
    """Empty when `found` is a sentence that says all."""
    hint: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        place = ", ".join(part for part in (self.entry, self.key) if part)
        text = f"{where}: {place}: " if place else f"{where}: "
        text += f"found {self.found}" if place and self.allowed else self.found
        return "; ".join(part for part in (text, self.allowed and f"allowed: {self.allowed}", self.hint) if part)


class ConfigurationError(PilotageError):
    """The configuration cannot be used; `problems` holds every error, `str()` prints one a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("configuration", "\n".join(str(problem) for problem in self.problems))


@dataclass(slots=True)
class Report:
    """Gathers what the checks say about one file."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def error(self, entry: str, key: str, found: str, allowed: str, hint: str = "") -> None:
        """Add one error."""
        self.problems.append(Problem(self.file, entry, key, found, allowed, hint))

    def warn(self, entry: str, sentence: str) -> None:
        """Add one warning; the bench starts all the same."""
        self.warnings.append(f"{self.file}: {entry}: {sentence}" if entry else f"{self.file}: {sentence}")


def shown(value: Any) -> str:
    """Return `value` as the file would write it, shortened; never raises, whatever object the file holds."""
    try:
        text = _written(value)
    except BaseException as error:  # noqa: BLE001 - an object of the user's own, or an integer too long to print
        return f"a {type(value).__name__} that cannot be shown ({type(error).__name__})"
    text = " ".join(text.encode("utf-8", "backslashreplace").decode().splitlines())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _written(value: Any) -> str:
    """Return the beginning of `repr(value)`, a little more than will be shown: the whole of a large structure may never end."""
    pieces: list[str] = []
    length = 0
    for piece in _pieces(value):
        pieces.append(piece)
        length += len(piece)
        if length > _LONGEST:
            break
    return "".join(pieces)


def _pieces(value: Any) -> Iterator[str]:
    kind = type(value)
    if kind is dict:
        yield "{"
        for number, (key, each) in enumerate(value.items()):
            yield ", " * (number > 0)
            yield from _pieces(key)
            yield ": "
            yield from _pieces(each)
        yield "}"
    elif kind in {list, tuple}:
        yield "[" if kind is list else "("
        for number, each in enumerate(value):
            yield ", " * (number > 0)
            yield from _pieces(each)
        yield "]" if kind is list else ",)" if len(value) == 1 else ")"
    elif kind is str:
        yield repr(value[: 2 * _LONGEST])
    else:
        yield repr(value)


def number(value: float) -> str:
    """Return a number as the file would write it: 255 whether it was read as 255 or 255.0."""
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(value)  # noqa: PLR2004 - whole beyond that anyway


def address(value: Any) -> str:
    """Return an I2C address as 0x4A; anything that cannot be one as the file writes it."""
    return f"0x{value:02X}" if type(value) is int and 0 <= value <= 0xFFFF else shown(value)  # noqa: PLR2004 - longer is no address


def gpio(value: Any) -> str:
    """Return a pin as GPIO23; anything that cannot be one as the file writes it."""
    return f"GPIO{value}" if type(value) is int and 0 <= value < 1000 else shown(value)  # noqa: PLR2004 - longer is no pin


def labelled(place: str, raw: Any) -> str:
    """Return `place` with the entry's name behind it, if it has one."""
    name = raw.get("name") if isinstance(raw, dict) else None
    return f"{place} ({shown(name)[1:-1]})" if isinstance(name, str) and name else place


def nearest(word: Any, known: Iterable[Any]) -> str | None:
    """Return the known word nearest to `word`, letter case aside, or None if none is near."""
    if not isinstance(word, str):
        return None
    import difflib

    folded = {name.casefold(): name for name in known if isinstance(name, str)}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def did_you_mean(word: Any, known: Iterable[Any]) -> str:
    """Return "did you mean `PWM`?" for the known word nearest to `word`, or an empty string."""
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else ""

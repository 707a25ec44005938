"""Values that nobody would write on purpose: objects whose every method raises, subclasses that lie, structures without an end."""

import copy
import dataclasses
import decimal
import pathlib
from collections import OrderedDict, defaultdict, deque
from typing import Any

from hypothesis import strategies as st

_METHODS = ("eq", "ne", "lt", "hash", "repr", "str", "bool", "int", "float", "index", "len", "iter", "contains", "getitem", "format")


def _hostile(error: type[BaseException], base: type[Any] = object) -> type[Any]:
    """Return a subclass of `base` all of whose methods raise `error`."""

    def fail(*_ignored: Any) -> Any:
        raise error

    more = {
        name: fail
        for name in ("keys", "items", "values", "get", "casefold", "lower", "strip", "is_integer", "encode")
        if base is not object
    }
    return type("Hostile", (base,), {**{f"__{name}__": fail for name in _METHODS}, **more})


ERRORS: tuple[type[BaseException], ...] = (ValueError, RecursionError, SystemExit, KeyboardInterrupt, MemoryError, GeneratorExit)
HOSTILE = [_hostile(error)() for error in ERRORS]
HOSTILE += [_hostile(error, base)() for error in ERRORS[:3] for base in (dict, list, tuple, str, int, float)]
HOSTILE += [
    _hostile(ValueError, base)(content) for base, content in ((dict, {"name": "a"}), (list, [{}]), (str, "heater"), (int, 18), (float, 1.5))
]


def _endless(kind: str) -> Any:
    ring: Any = [] if kind == "list" else {}
    if kind == "list":
        ring.append(ring)
    else:
        ring["kind"] = ring["name"] = ring["outputs"] = ring
    return ring


def _doubling(levels: int) -> Any:
    """Return a small structure whose text has 2 ** levels parts."""
    value: Any = ["x"]
    for _ in range(levels):
        value = [value, value]
    return value


def _deep(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {"a": [value]}
    return value


SPECIAL = [
    _endless("list"),
    _endless("dict"),
    _doubling(60),
    _deep(5000),
    10**400,
    -(10**5000),
    1e308,
    float("nan"),
    float("inf"),
    -0.0,
    1j,
    b"resistance",
    "resistance",
    "t_resistance",
    "\ud800",
    "a\0b",
    "x" * 100_000,
    "1" * 5000,
    "None",
    "12,5",
    (12, 5),
    range(10**12),
    {1, "a"},
    frozenset({2}),
    object,
    len,
    decimal.Decimal("NaN"),
    pathlib.Path("keys"),
    OrderedDict(name="a"),
    defaultdict(str, kind="limit"),
    deque([1]),
    Ellipsis,
    NotImplemented,
    memoryview(b"a"),
    iter(()),
    {"ventilateur": 255},
    ["resistance"],
    [["resistance"]],
    {"resistance": [1]},
    {None: None, 1.5: "a", (1, 2): "b", "name": "c"},
]

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | st.integers(0, 200) | st.none(), inner, max_size=4),
    max_leaves=8,
)


@dataclasses.dataclass(frozen=True)
class Odd:
    """Stands for `ODD[number]` while Hypothesis and pytest handle it: they print and compare what they draw."""

    number: int


class _Key(str):
    """A key that can be looked up, and raises when it is compared or printed."""

    __hash__ = str.__hash__
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise ValueError

    def __repr__(self) -> str:
        raise SystemExit


ODD = [*HOSTILE, *SPECIAL, _Key("nmae")]
ODDS = [Odd(number) for number in range(len(ODD))]
VALUES = st.sampled_from(ODDS) | PLAIN


def real(value: Any) -> Any:
    """Return `value` with what each `Odd` stands for."""
    if isinstance(value, Odd):
        return ODD[value.number]
    if type(value) is dict:
        return {real(key): real(each) for key, each in value.items()}
    return type(value)(map(real, value)) if type(value) in {list, tuple} else value


@st.composite
def disturbed(draw: st.DrawFn, whole: dict[str, Any]) -> dict[str, Any]:
    """Return the names of a good file with one to four things in them left out, doubled, renamed or replaced."""
    names = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 4))):
        place, key = _place(draw, names)
        match draw(st.sampled_from(["replace", "replace", "leave out", "double", "rename", "wrap"])):
            case "replace":
                place[key] = draw(VALUES)
            case "leave out":
                del place[key]
            case "double" if isinstance(place, list):
                place.append(place[key])
            case "double":
                place[draw(st.text(max_size=5) | st.integers(0, 200))] = place[key]
            case "rename" if isinstance(place, dict):
                place[draw(st.sampled_from([*place, "nmae", "", 5, None, ODDS[-1]]))] = place.pop(key)
            case _:
                place[key] = draw(
                    st.sampled_from([[place[key]], {"name": place[key]}, (place[key],), {key: place[key]} if isinstance(key, str) else []])
                )
    return names


def _place(draw: st.DrawFn, names: dict[str, Any]) -> tuple[Any, Any]:
    """Return a dict or list somewhere inside, and one of its keys or indices."""
    place: Any = names
    if not place:
        place["ACTUATORS_CONFIG"] = []
    while True:
        key = draw(st.sampled_from([*place] if type(place) is dict else [*range(len(place))]))
        inner = place[key]
        if type(inner) not in {dict, list} or not inner or len(inner) > 50 or draw(st.integers(0, 3)) == 0:
            return place, key
        place = inner

"""What nobody would send: requests mutated byte by byte or in their values, and frame lists of any number and content."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any, Final

PYTHON: Final = re.compile(r"Traceback|\b[A-Z]\w*(Error|Exception|Warning)\b|<class |\bNoneType\b|\bzmq\.|\.py\b|line \d+, in")
"""What must never reach a client: the names of exceptions and classes, files and lines of the program."""
SEEDS: Final = tuple(
    json.dumps(request).encode()
    for request in (
        {"type": "scan"},
        {"type": "status"},
        {"type": "describe", "id": 1},
        {"type": "AQ", "register": "add", "add": "0x38", "channel": "hum"},
        {"type": "AQ", "register": "pin", "pin": "18", "detail": True, "id": "x"},
        {"type": "AQ-MULTI", "components": [{"register": "add", "add": "0x48", "max_age": 0.5}, {"register": "pin", "pin": 18}, 7]},
        {"type": "PI", "register": "pin", "pin": 18, "value": "25.5"},
        {"type": "PI-MULTI", "components": [{"register": "pin", "pin": 23, "value": 0}, {"register": "add", "add": 0x4C, "value": 1e3}]},
        {"type": "reset", "interlock": "too_hot"},
        {"type": "retry", "child": "t_entree"},
        {"type": "fault", "target": "t_sortie", "kind": "nak", "times": 1},
        {"type": "log-level", "level": "warning"},
        {"type": "off"},
    )
)
TOKENS: Final = (
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b'"',
        b"null",
        b"true",
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"-0",
        b"0x",
        b"\\ud800",
        b"\\u0000",
        b"\xff",
    ),
    *(b"1" * 400, b"[" * 2000, b'"id"', b'"type"', b'"components"', b'"value"', b'"max_age"', b"\xc3", b"\x00", b"\xe2\x80\xa8", b" "),
)
VALUES: Final[tuple[Any, ...]] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        18,
        23,
        72,
        10**30,
        -(10**400),
        0.5,
        1e308,
        float("nan"),
        float("inf"),
        "",
        "18",
        "0x48",
        "off",
        "AQ",
        "PI-MULTI",
    ),
    *(
        "\ud800",
        "\0",
        "x" * 5000,
        "too_hot",
        "t_entree",
        [],
        [[]],
        [{}] * 300,
        {},
        {"type": "AQ"},
        [None, 1, "x"],
        [{"register": "pin", "pin": 18}],
    ),
)


class Inputs:
    """Drawn from `random`, so that a seed repeats them."""

    def __init__(self, rng: random.Random) -> None:
        self.random = rng

    def mutated(self) -> bytes:
        """Return a request with something wrong in it, most likely."""
        rng, body = self.random, bytearray(self.random.choice(SEEDS))
        for _ in range(rng.choice((0, 1, 1, 2, 4, 16))):
            at = rng.randrange(len(body) + 1)
            match rng.randrange(5):
                case 0:
                    body[at : at + rng.randrange(8)] = b""
                case 1:
                    body[at:at] = rng.choice(TOKENS)
                case 2:
                    body[at : at + 1] = bytes([rng.randrange(256)])
                case 3:
                    other = rng.choice(SEEDS)
                    body[at:at] = other[rng.randrange(len(other)) :]
                case _:
                    body[at:at] = body[: rng.randrange(len(body) + 1)]
        return bytes(body)

    def reshaped(self) -> bytes:
        """Return valid JSON with a value of another kind somewhere in it."""
        rng, request = self.random, json.loads(self.random.choice(SEEDS))
        parts = [request, *(part for part in request.get("components", ()) if isinstance(part, dict))]
        for _ in range(rng.choice((1, 1, 2, 3))):
            part = rng.choice(parts)
            part[rng.choice([*part, "id", "detail", "max_age", "channel", "value", "components", "type"])] = rng.choice(VALUES)
        return json.dumps(request).encode()

    def frames(self) -> list[bytes]:
        """Return any number of frames with anything in them."""
        rng = self.random
        kinds: tuple[Callable[[], bytes], ...] = (
            bytes,
            self.mutated,
            lambda: rng.choice(SEEDS),
            lambda: rng.randbytes(rng.choice((1, 5, 40, 300))),
            lambda: rng.randbytes(10) * rng.choice((1, 1, 1, 7000)),
        )
        return [rng.choice(kinds)() for _ in range(rng.choice((1, 1, 2, 2, 3, 5, 40)))]

    def any(self) -> list[bytes]:
        """Return a frame list of any kind."""
        match self.random.randrange(4):
            case 0:
                return [self.mutated()]
            case 1:
                return [self.reshaped()]
            case 2:
                return [b"", self.reshaped()]
            case _:
                return self.frames()

"""No code reaches a client that is in no table of docs/reference/protocol.md: every code that the source knows is in one."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from actors.core.codes import CLIENT, CODES, TABLE, UNSENT
from actors.errors import PilotageError
from tests.project.sources import ROOT

SOURCES = [path for package in ("actors", "pilotage", "supervisor") for path in sorted((ROOT / package).rglob("*.py"))]
CLIENTS = {code for codes, _ in CLIENT for code in codes.split()}
CODE = re.compile(r"[a-z][a-z0-9_]*")


def kinds(kind: type[PilotageError] = PilotageError) -> Iterator[str]:
    """Yield the names of all errors that carry a code."""
    yield kind.__name__
    for each in kind.__subclasses__():
        yield from kinds(each)


def codes_in(path: Path) -> Iterator[str]:
    """Yield the code of every `Fault(...)` and every error with a code that a file makes, or lists beside its error."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]) if name in MAKERS:
                yield from literals(first, module)
            case ast.Tuple(elts=[ast.Name(id=name), ast.Constant(value=str(code)), *_]) if name in MAKERS:
                yield code


def literals(node: ast.expr, module: str) -> Iterator[str]:
    """Yield the texts that an expression may be: of a name its value, of a choice both."""
    match node:
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp(body=one, orelse=other):
            yield from literals(one, module)
            yield from literals(other, module)
        case ast.Name(id=name) if name.isupper():
            yield str(getattr(importlib.import_module(module), name))


importlib.import_module("pilotage.client")
importlib.import_module("actors.gateway.protocol")
MAKERS = {"Fault", "ClientError", "UnreachableError", *kinds()}


def test_every_code_of_the_source_is_in_the_tables() -> None:
    found = {code: path.name for path in SOURCES if "sim" not in path.parts or path.name == "faults.py" for code in codes_in(path)}
    assert len(found) > 80, "the search finds what there is"
    assert {code: path for code, path in found.items() if code not in CODES | CLIENTS | UNSENT} == {}


def test_every_code_of_the_tables_is_in_the_source() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES if path != ROOT / "actors" / "core" / "codes.py")
    assert [code for code in CODES | CLIENTS | UNSENT if f'"{code}"' not in text] == []


def test_each_stands_in_one_table_once() -> None:
    rows = [code for codes, _ in (*TABLE, *CLIENT) for code in codes.split()]
    assert len(rows) == len(set(rows))
    assert all(CODE.fullmatch(code) for code in rows)
    assert not set(rows) & UNSENT

"""One vocabulary: the code, the documents and the catalog use the same words."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from actors.core import events
from actors.core.events import VOCABULARY
from actors.core.vocabulary import FIELDS, Entry
from supervisor.journal import LEVELS, document
from supervisor.journal.native import field_name
from tests.project.sources import ROOT, product_files, shown

METHODS = {*LEVELS, "exception"}
CATALOG = ROOT / "systemd" / "pilotage.catalog"
PLACEHOLDER = re.compile(r"{(\w+)}")
SECRET = re.compile(r"password|passwd|secret|token|credential|private|key(?!board)|argv|arguments|body")


@dataclass(frozen=True)
class Call:
    """A call in the code that records something."""

    where: str
    events: tuple[str, ...]
    level: str | None
    fields: tuple[str, ...]


def constants(path: Path, tree: ast.Module) -> dict[str, str]:
    """Return the text constants at the top of a driver: drivers may not import the vocabulary, and name its words themselves."""
    if "drivers" not in path.parts:
        return {}
    found = [node for node in tree.body if isinstance(node, ast.AnnAssign)]
    return {ast.unparse(node.target): str(node.value.value) for node in found if isinstance(node.value, ast.Constant)}


def named(argument: ast.expr, own: dict[str, str]) -> Iterator[str]:
    """Yield the events that an argument can be."""
    for node in ast.walk(argument):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "events" and node.attr.isupper():
            value = getattr(events, node.attr)
            if isinstance(value, str):
                yield value
        elif isinstance(node, ast.Name) and node.id in own:
            yield own[node.id]


def is_logger(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr in METHODS
        and ast.unparse(function.value).removeprefix("self.") in {"log", "_log", "structlog.get_logger()"}
    )


def calls() -> Iterator[Call]:
    """Yield every call of a logger, and every call that is handed an event."""
    for path in product_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = constants(path, tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            logger = is_logger(node.func)
            found = tuple(event for argument in node.args for event in named(argument, own if logger else {}))
            if logger or (found and isinstance(node.func, ast.Name | ast.Attribute)):
                yield Call(f"{shown(path)}:{node.lineno}", found, level(node, logger=logger), keywords(node))


def level(node: ast.Call, *, logger: bool) -> str | None:
    if logger and isinstance(node.func, ast.Attribute):
        return "error" if node.func.attr == "exception" else node.func.attr
    said = [argument.value for argument in node.args if isinstance(argument, ast.Constant) and argument.value in LEVELS]
    return str(said[0]) if said else None


def keywords(node: ast.Call) -> tuple[str, ...]:
    return tuple(keyword.arg for keyword in node.keywords if keyword.arg is not None)


CALLS = list(calls())


def test_every_log_call_names_an_event_of_the_vocabulary() -> None:
    assert [call.where for call in CALLS if not call.events or not set(call.events) <= set(VOCABULARY)] == []


def test_every_event_of_the_vocabulary_is_used() -> None:
    used = {event for call in CALLS for event in call.events}
    whole = "\n".join(path.read_text(encoding="utf-8") for path in product_files())
    used |= {name.lower() for name in re.findall(r"\bevents\.([A-Z_0-9]+)\b", whole)}
    assert set(VOCABULARY) - used == set()


def test_every_log_call_has_a_level_of_its_event() -> None:
    wrong = [
        (call.where, event, call.level)
        for call in CALLS
        for event in call.events
        if call.level is not None and call.level not in VOCABULARY[event].levels
    ]
    assert wrong == []


def test_every_field_of_a_log_call_is_one_of_its_event() -> None:
    wrong = [
        (call.where, field)
        for call in CALLS
        for field in call.fields
        if field != "exc_info" and not any(field in VOCABULARY[event].fields for event in call.events)
    ]
    assert wrong == []


def test_every_field_has_a_meaning_and_every_meaning_a_field() -> None:
    used = {field for entry in VOCABULARY.values() for field in entry.fields}
    assert used - set(FIELDS) == set()
    assert set(FIELDS) - used - {"repeated"} == set()


def test_every_field_keeps_its_name_in_the_journal() -> None:
    assert [name for name in FIELDS if field_name(name) != name.upper()] == []


def test_no_field_is_made_for_secrets() -> None:
    assert [name for name in FIELDS if SECRET.search(name)] == []
    assert SECRET.search("client_key")


@pytest.mark.parametrize("entry", VOCABULARY.values(), ids=list(VOCABULARY))
def test_an_event_is_complete(entry: Entry) -> None:
    said = {name for sentence in entry.sentences for name in PLACEHOLDER.findall(sentence)}
    assert entry.sentences
    assert said <= set(entry.fields)
    assert set(entry.levels) <= set(LEVELS)
    assert entry.meaning.endswith(".")


def test_message_ids_are_128_bits_and_unique() -> None:
    ids = [number for entry in VOCABULARY.values() for number in entry.message_ids.values()]
    assert [number for number in ids if not re.fullmatch(r"[0-9a-f]{32}", number)] == []
    assert len(ids) == len(set(ids)) >= 12


def catalog() -> dict[str, str]:
    """Return message id -> entry of the catalog."""
    parts = re.split(r"(?m)^-- ([0-9a-f]{32})\n", CATALOG.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_catalog_explains_every_event_with_a_message_id_and_nothing_else() -> None:
    explained = catalog()
    known = {number: entry for entry in VOCABULARY.values() for number in entry.message_ids.values()}
    assert set(explained) == set(known)
    for number, text in explained.items():
        fields = {name.lower() for name in re.findall(r"@([A-Z_]+)@", text)}
        assert fields <= set(known[number].fields), known[number].name
        assert re.match(r"Subject: .+\nDefined-By: pilotage\n\n\S", text), known[number].name
        assert max(map(len, text.splitlines())) <= 80


def test_the_page_of_events_is_the_one_that_the_vocabulary_makes() -> None:
    assert document.PATH.read_text(encoding="utf-8") == document.document(), "run: python -m supervisor.journal.document"


def test_the_page_says_what_every_event_means() -> None:
    page = document.document()
    assert [entry.name for entry in VOCABULARY.values() if entry.meaning not in page] == []
    assert [name for name in FIELDS if f"| `{name}` |" not in page] == []

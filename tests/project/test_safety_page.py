"""docs/understand/safety.md: every failure says what acts; what software covers names, in a second table, tests that exist and break it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "understand" / "safety.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its own first row."""
    lines = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0].splitlines()
    return [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in lines if line.startswith("| ")][1:]


PROTECTED = table("What protects you")
BROKEN = table("Which test breaks it")
FAILURES = (
    "killed",
    "stopped",
    "deadlocked",
    "supervisor actor dead",
    "interlock actor dead",
    "output actor dead",
    "sensor lost",
    "sensor stuck",
    "sensor wrong",
    "bus stuck",
    "pigpiod hangs",
    "pigpiod killed",
    "pigpiod restarted",
    "client gone",
    "host hung",
    "MOSFET shorted",
)
"""What the tables must have, at least."""


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def short(row: list[str]) -> str:
    return re.sub(r"\W+", "-", row[0])[:40]


@pytest.mark.parametrize("row", PROTECTED, ids=short)
def test_a_failure_says_what_acts_and_is_broken_by_a_test_or_left_to_hardware(row: list[str]) -> None:
    failure, acts, within, left = row
    assert failure
    assert acts
    assert within
    assert left
    assert failure in {broken for broken, _ in BROKEN} or "thermal fuse" in left, "neither a test nor hardware"


@pytest.mark.parametrize("row", BROKEN, ids=short)
def test_a_test_that_is_named_exists_and_its_failure_is_in_the_first_table(row: list[str]) -> None:
    failure, broken = row
    assert failure in {protected for protected, *_ in PROTECTED}
    known: set[str] = set()
    named = []
    for word in re.findall(r"\]\((.*?)\)|`(test_\w+)`", broken):
        if word[0]:
            known |= names_in((DOCUMENT.parent / word[0]).resolve())
        else:
            named.append(word[1])
    assert named
    assert set(named) <= known, set(named) - known


@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_is_in_the_table(failure: str) -> None:
    assert any(failure in row[0] for row in PROTECTED), [row[0] for row in PROTECTED]

"""docs/safety.md: every row that software covers names tests that exist and break exactly that."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "safety.md"
ROWS = [
    [cell.strip() for cell in line.strip()[1:-1].split("|")]
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| failure")
]
FAILURES = (
    "killed",
    "stopped",
    "deadlocked",
    "supervisor actor dead",
    "interlock actor dead",
    "actuator actor dead",
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
"""What the table must have, at least."""


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub(r"\W+", "-", row[0])[:40])
def test_a_row_is_complete_and_its_tests_exist(row: list[str]) -> None:
    assert len(row) == 5, row
    _failure, acts, within, left, broken = row
    assert acts
    assert within
    assert left
    known: set[str] = set()
    named = []
    for word in re.findall(r"\]\((.*?)\)|`(test_\w+)`", broken):
        if word[0]:
            known |= names_in((DOCUMENT.parent / word[0]).resolve())
        else:
            named.append(word[1])
    assert set(named) <= known, set(named) - known
    assert named or "thermal fuse" in left, "neither a test nor hardware"


@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_is_in_the_table(failure: str) -> None:
    assert any(failure in row[0] for row in ROWS), [row[0] for row in ROWS]

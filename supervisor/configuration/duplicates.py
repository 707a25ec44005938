"""Keys written twice in the dicts of a file: Python keeps the last in silence, so only the source shows two owners of an address."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from supervisor.configuration.bench import OUTPUTS
from supervisor.configuration.problems import Problem, Report, address, shown
from supervisor.configuration.sections.sensors import SENSORS, TEMPLATE


def repeated_keys(tree: ast.Module, names: Mapping[str, Any], report: Report) -> None:
    """Report every address that `SENSORS_CONFIG` has twice; warn of a key that one entry has twice."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        section = next((target.id for target in targets if isinstance(target, ast.Name) and target.id in {OUTPUTS, SENSORS}), None)
        if section is None or statement.value is None:
            continue
        for node in ast.walk(statement.value):
            if isinstance(node, ast.Dict):
                _check(node, section, names, report, is_table=section == SENSORS and node is statement.value)


def _check(node: ast.Dict, section: str, names: Mapping[str, Any], report: Report, *, is_table: bool) -> None:
    """Compare the keys of one dict display, as far as they are literals or plain names."""
    seen: dict[int | str, int] = {}
    for key in node.keys:
        value = key.value if isinstance(key, ast.Constant) else names.get(key.id) if isinstance(key, ast.Name) else None
        if key is None or not (type(value) is int or type(value) is str):
            continue
        if value not in seen:
            seen[value] = key.lineno
        elif is_table and value != TEMPLATE:
            found = f"{address(value)} for the second time, first in line {seen[value]}"
            allowed = f"one sensor per {'address' if isinstance(value, int) else 'name'}"
            report.problems.append(Problem(report.file, section, "", found, allowed, "", key.lineno))
        else:
            report.warn(section, f"line {key.lineno} repeats the key {shown(value)} of line {seen[value]}; only the last one counts")

"""The project's own files, for the tests that read them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("actors", "pilotage", "recorder", "supervisor")
FOLDERS = (*PRODUCT, "benchmarks", "docs", "examples", "systemd", "tests")


@cache
def product_files() -> list[Path]:
    """Return the Python files that are installed."""
    return [path for folder in PRODUCT for path in sorted((ROOT / folder).rglob("*.py"))]


def text_files() -> list[Path]:
    """Return every file that people read: code, documents, settings; no lock files."""
    found = [path for path in sorted(ROOT.iterdir()) if path.suffix in {".py", ".md", ".toml"} or path.name == "Makefile"]
    for folder in FOLDERS:
        found += [path for path in sorted((ROOT / folder).rglob("*")) if path.is_file() and path.suffix not in {".png", ".pyc"}]
    return found


def shown(path: Path) -> str:
    """Return the path as a person would name it."""
    return path.relative_to(ROOT).as_posix()


def module_name(path: Path) -> str:
    """Return the dotted name of a product file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def nodes(path: Path) -> tuple[tuple[ast.AST, ...], tuple[ast.AST, ...]]:
    """Return everything in a Python file, and what stands at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return tuple(ast.walk(tree)), tuple(tree.body)


def imported(path: Path, *, inside_functions: bool = True) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of the imports in a file; a name imported from a package counts as its module."""
    for node in nodes(path)[not inside_functions]:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{shown(path)}:{node.lineno}: relative import"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

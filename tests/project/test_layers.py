"""Who may import whom, and how large a file may grow."""

import ast
import io
import json
import re
import subprocess
import sys
import tokenize

import pytest

from tests.project.sources import ROOT, imported, module_name, nodes, product_files, shown, text_files

HEAVY = {"adafruit_blinka", "adafruit_bus_device", "adafruit_emc2101", "board", "busio", "digitalio", "gpiod", "pigpio", "rich", "smbus2"}
"""Libraries that are slow, print, or look for hardware when imported."""

MARKER = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|for no[w])\b")
BANNER = re.compile(r"#+\s*([-=#*~_]{4,}|@\w+|(end)?region\b)")


def nothing(found: list[str]) -> None:
    """Fail with one finding a line, untruncated."""
    assert not found, "\n".join(found)


def within(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(part + ".") for part in parts)


def test_no_other_actor_knows_the_gateway() -> None:
    files = [
        path
        for path in product_files()
        if module_name(path).startswith("actors.") and not module_name(path).startswith("actors.gateway.actor")
    ]
    nothing([f"{shown(path)}:{line}" for path in files for line, name in imported(path) if within(name, ("actors.gateway.actor",))])


def loaded_after(statements: str) -> set[str]:
    """Return the top-level names of all modules that a fresh interpreter has loaded after these statements."""
    script = f"import json, sys\n{statements}\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_importing_the_package_loads_no_library_at_all() -> None:
    assert loaded_after("import supervisor") & (HEAVY | {"pydantic", "pykka", "structlog", "zmq"}) == set()


def test_no_module_loads_a_heavy_library_before_it_is_used() -> None:
    names = [module_name(path) for path in product_files() if path.name not in {"__main__.py", "default_config.py"}]
    by_structlog = loaded_after("import structlog")  # which looks for rich on its own
    assert loaded_after("\n".join(f"import {name}" for name in names)) & HEAVY <= by_structlog


def test_no_module_imports_a_heavy_library_at_its_top() -> None:
    found = [(path, line, name) for path in product_files() for line, name in imported(path, inside_functions=False)]
    nothing([f"{shown(path)}:{line}: {name}" for path, line, name in found if name.partition(".")[0] in HEAVY])


def test_files_stay_small() -> None:
    wrong = []
    for path in product_files():
        name = module_name(path)
        host = within(name, ("actors.drivers.library",)) and not within(name, ("actors.drivers.library.emc2101",))
        shared = path.name in {"__init__.py", "base.py", "channels.py", "registers.py", "registry.py"}
        is_driver = within(name, ("actors.drivers",)) and not host and not shared
        limit, lines = 60 if is_driver else 300, path.read_text(encoding="utf-8").count("\n")
        if lines > limit:
            wrong.append(f"{shown(path)} has {lines} lines, more than {limit}")
    nothing(wrong)


def test_functions_stay_small() -> None:
    functions = [
        (shown(path), node)
        for path in product_files()
        for node in nodes(path)[0]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    nothing([f"{name}:{node.lineno} {node.name}" for name, node in functions if (node.end_lineno or 0) - node.lineno >= 40])


def test_nothing_is_left_for_later() -> None:
    wrong = []
    for path in text_files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if MARKER.search(line):
                wrong.append(f"{shown(path)}:{number}: {line.strip()}")
    nothing(wrong)


def test_no_comment_is_a_banner() -> None:
    wrong = []
    for path in text_files():
        text = path.read_text(encoding="utf-8") if path.suffix == ".py" else ""
        if any(BANNER.search(line) for line in text.splitlines()):  # perhaps in a comment
            tokens = tokenize.generate_tokens(io.StringIO(text).readline)
            wrong += [
                f"{shown(path)}:{token.start[0]}" for token in tokens if token.type == tokenize.COMMENT and BANNER.match(token.string)
            ]
    nothing(wrong)


@pytest.mark.parametrize("line", ["# " + "-" * 20, "#" * 30, "#region actors", "## @brief what"])
def test_a_banner_is_known_when_it_is_seen(line: str) -> None:
    assert BANNER.match(line)

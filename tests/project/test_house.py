"""Which floor each room is on, that no files import each other in a circle, how full a folder may be (docs/understand/architecture.md)."""

from pathlib import Path

from tests.project.sources import PRODUCT, ROOT, imported, module_name, product_files, shown

FLOORS = (
    ("pilotage",),
    ("actors.core", "actors.bench", "actors.errors", "actors.messages", "supervisor.exits"),
    ("actors.drivers",),
    ("actors.hardware",),
    ("actors.sensor", "actors.outputs", "actors.interlocks", "actors.loops"),
    ("actors.gateway", "actors.leco"),
    ("supervisor.configuration", "supervisor.journal", "supervisor.keys"),
    ("supervisor.rig",),
    ("supervisor.tree",),
    ("supervisor.daemon", "supervisor.setup"),
    ("recorder",),
    ("supervisor.web",),
    ("supervisor.cli",),
)
"""From the lowest. A room may use its own floor and those below it; the public package uses nothing of ours."""

ENTRIES = 12
"""Files and folders that a folder may have; whoever opens it should see it at once."""

MODULES = {module_name(path): path for path in product_files()}


def nothing(found: list[str]) -> None:
    assert not found, "\n".join(found)


def floor(module: str) -> int | None:
    """Return the floor of a module; None for the two packages themselves, which only say what they are."""
    for number, rooms in enumerate(FLOORS):
        if any(module == room or module.startswith(room + ".") for room in rooms):
            return number
    return None


def ours(name: str) -> str | None:
    """Return the module that an imported name belongs to, None if it is not of the product."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name or None


def arrows(path: Path) -> dict[str, int]:
    """Return which modules of the product a file imports anywhere in it, also in functions and for types alone, with the line."""
    found = {ours(name): line for line, name in imported(path)}
    return {name: line for name, line in found.items() if name and name != module_name(path)}


ARROWS = {module: arrows(path) for module, path in MODULES.items()}


def test_every_room_uses_only_its_own_floor_and_those_below() -> None:
    wrong = []
    for module, targets in ARROWS.items():
        for target, line in targets.items():
            mine, its = floor(module), floor(target)
            upwards = mine is not None and its is not None and (its > mine or (mine == 0 and its != 0))
            if upwards:
                wrong.append(f"{shown(MODULES[module])}:{line}: {module} must not import {target}, which lies above it")
    nothing(wrong)


def test_the_recorder_follows_a_daemon_as_any_client_does_and_knows_nothing_of_its_inside() -> None:
    rooms = ("pilotage", "recorder")
    nothing(
        [
            f"{shown(MODULES[module])}:{line}: {target}"
            for module, targets in ARROWS.items()
            if module.partition(".")[0] == "recorder"
            for target, line in targets.items()
            if target.partition(".")[0] not in rooms
        ]
    )


def test_every_file_is_in_a_room() -> None:
    nothing(
        [
            module
            for module in MODULES
            if floor(module) is None and module not in {*PRODUCT, "supervisor.__main__", "supervisor.default_config"}
        ]
    )


def circles() -> list[list[str]]:
    """Return the groups of files that import each other, directly or round about (Tarjan's strongly connected components)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for target in ARROWS[module]:
            if target not in order:
                visit(target)
                lowest[module] = min(lowest[module], lowest[target])
            elif target in stack:
                lowest[module] = min(lowest[module], order[target])
        if lowest[module] == order[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in ARROWS:
        if module not in order:
            visit(module)
    return found


def test_no_files_import_each_other_in_a_circle() -> None:
    nothing([" <-> ".join(group) for group in circles()])


def holds_something(path: Path) -> bool:
    """Return whether it is a file, or a folder that has any which Python did not make itself."""
    return path.is_file() or any(each.is_file() and each.suffix != ".pyc" for each in path.rglob("*"))


def test_no_folder_is_crowded_and_each_says_what_lives_there() -> None:
    wrong = []
    for folder in sorted({path.parent for path in MODULES.values()}):
        entries = [path for path in folder.iterdir() if path.name not in {"__init__.py", "py.typed"} and holds_something(path)]
        if len(entries) > ENTRIES:
            wrong.append(f"{shown(folder)} has {len(entries)} entries, more than {ENTRIES}")
        if not (folder / "__init__.py").read_text(encoding="utf-8").startswith('"""'):
            wrong.append(f"{shown(folder)}/__init__.py does not say what lives there")
    assert ROOT / "actors" in {path.parent for path in MODULES.values()}
    nothing(wrong)

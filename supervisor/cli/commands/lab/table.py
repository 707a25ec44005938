"""The laboratory as text that a person reads at a glance, and as JSON. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pilotage.documents import Status
from pilotage.documents.settling import HOLDING
from pilotage.lab.laboratory import Bench
from pilotage.words import level
from supervisor.cli.report import troubles
from supervisor.cli.words import quantity

WELL, BAD, SILENT = "well", "NOT WELL", "NO ANSWER"
_LEAST: Final = 12


def table(benches: Iterable[Bench], strangers: Iterable[str], width: int | None) -> str:
    """Return a row for each bench, below it what is not well; `width` is that of a terminal, None for a pipe or a file."""
    rows = [(bench, how(bench)) for bench in benches]
    names = max([_LEAST, *(len(bench.name) for bench, _ in rows)])
    heat = max([_LEAST, *(len(_joined(heaters_on(bench.status))) for bench, _ in rows)])
    layout = f"{{:<{names}}} {{:<9}} {{:<{heat}}} {{}}"
    lines = [layout.format("bench", "how", "heaters on", "loops")]
    for bench, word in rows:
        lines.append(layout.format(bench.name, word, _joined(heaters_on(bench.status)), _joined(loops(bench.status))))
        lines += _below(notes(bench), width)
    counts = {word: sum(found == word for _, found in rows) for word in (WELL, BAD, SILENT)}
    told = [f"{number} {word.lower() if word != SILENT else 'not reached'}" for word, number in counts.items() if number]
    lines += ["", f"{len(rows)} bench{'es' * (len(rows) != 1)}" + (f": {', '.join(told)}" if told else "")]
    lines += _below([f"no benches: {', '.join(sorted(strangers))}"] if strangers else [], width, "")
    return "\n".join(line.rstrip() for line in lines)


def how(bench: Bench) -> str:
    """Return how a bench is, in a word or two."""
    if bench.status is None:
        return SILENT
    return WELL if bench.status["healthy"] and not troubles(bench.status) else BAD


def notes(bench: Bench) -> list[str]:
    """Return what is not well with a bench, in sentences."""
    if bench.status is None:
        return [str(bench.error)]
    found = troubles(bench.status)
    return [", ".join(found)] if found else [] if bench.status["healthy"] else ["its status says that it is not healthy"]


def heaters_on(status: Status | None) -> dict[str, str]:
    """Return the heaters that are on or whose state is not known, with what they read back; nothing for a bench that says nothing."""
    outputs = {} if status is None else status["outputs"]
    heaters = {name: output for name, output in outputs.items() if output.get("kind") == "heater" and output["read_back"] != 0}
    return {
        name: "unknown" if output["read_back"] is None else level(output["read_back"], output.get("scale", ""))
        for name, output in heaters.items()
    }


def loops(status: Status | None) -> dict[str, str]:
    """Return the loops that hold something or could not go on, with how they are."""
    found = {}
    for name, loop in ({} if status is None else status.get("loops", {})).items():
        if loop["state"] in HOLDING:
            found[name] = f"{loop['state']}, {quantity(loop['value'], loop['units'], 0.01)} of {loop['set_point']:g}"
        elif loop["state"] != "off":
            found[name] = loop["state"]
    return found


def as_json(benches: Iterable[Bench], strangers: Iterable[str]) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {"benches": {bench.name: _entry(bench) for bench in benches}, "no_benches": sorted(strangers)}


def _entry(bench: Bench) -> dict[str, Any]:
    status, error = bench.status, bench.error
    return {
        "reached": status is not None,
        "well": how(bench) == WELL,
        "not_well": [] if status is None else troubles(status),
        "heaters_on": heaters_on(status),
        "loops": loops(status),
        "error": None if error is None else {"code": error.code, "message": error.message},
        "status": status,
    }


def _joined(parts: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {text}" for name, text in parts.items()) or "-"


def _below(texts: Iterable[str], width: int | None, indent: str = "    ") -> Iterator[str]:
    for text in texts:
        yield from [indent + text] if width is None else textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent or "  ")

"""The pictures of docs/understand/performance.md, drawn with pygal from what `bench.py` measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pygal
from pygal.style import CleanStyle

OPTIONS: dict[str, Any] = {"style": CleanStyle, "js": [], "width": 720, "height": 360, "show_dots": True, "legend_at_bottom": True}


def draw(result: dict[str, Any], folder: Path) -> None:
    """Write the three pictures into `folder`."""
    latency = pygal.XY(title="Round trip of one AQ, us", x_title="percentile", **OPTIONS)
    for name, percentiles in result["latency"]["samples"].items():
        latency.add(name, [tuple(point) for point in percentiles])
    latency.render_to_file(folder / "performance-latency.svg")
    for what in ("clients", "sensors"):
        chart = pygal.Line(title=f"Cost of one AQ against the floor, by number of {what}", range=(0, 2), **OPTIONS)
        chart.x_labels = list(result[what])
        chart.add("ratio", [entry["ratio"] for entry in result[what].values()])
        chart.render_to_file(folder / f"performance-{what}.svg")

"""The record of a tuning as a picture of characters. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from supervisor.cli.words import duration

WIDTH, HEIGHT = 60, 12
"""Of the picture, in characters."""


def picture(record: Sequence[Sequence[float]], width: int = WIDTH, height: int = HEIGHT) -> list[str]:
    """Return the lines of a picture: the value as `*`, with the power below it, over the time. Empty for less than two readings."""
    if len(record) < 2:  # noqa: PLR2004 - a line has two ends
        return []
    end = record[-1][0] or 1.0
    values = [point[1] for point in record]
    low, high = min(values), max(values)
    room = (high - low) or 1.0
    rows = [[" "] * width for _ in range(height)]
    powers = [0.0] * width
    last = -1
    for seconds, value, power in record:
        column = min(int(seconds / end * width), width - 1)
        rows[height - 1 - min(int((value - low) / room * height), height - 1)][column] = "*"
        powers[last + 1 : column + 1] = [power] * (column - last)  # the power until this reading
        last = max(last, column)
    labels = [f"{high:8.1f} ", *[" " * 9] * (height - 2), f"{low:8.1f} "]
    drawn = [f"{label}|{''.join(row)}".rstrip() for label, row in zip(labels, rows, strict=True)]
    bar = "".join("#" if power > 0 else "_" for power in powers)
    return [*drawn, f"   power |{bar}", f"{'0 s':>12}{duration(end):>{width - 2}}"]

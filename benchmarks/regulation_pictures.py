"""Line pictures as small SVG text, for docs/understand/regulation-law.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 44, 36
COLOURS = ("#c0392b", "#2c6fbb", "#7f8c8d", "#d68910", "#27ae60")
POINTS = 180
"""Points of one line; more of them nobody sees."""


@dataclass(frozen=True)
class Line:
    """A line with its name; `points` are x and y."""

    name: str
    points: Sequence[tuple[float, float]]


def chart(title: str, x_title: str, y_title: str, lines: Sequence[Line], y_range: tuple[float, float]) -> str:
    """Return a picture as SVG; what is outside `y_range` is cut off."""
    low, high = y_range
    end = max(x for line in lines for x, _ in line.points)

    def place(x: float, y: float) -> tuple[float, float]:
        y = min(max(y, low), high)
        across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + across * x / end, TOP + up * (high - y) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="16" font-weight="bold">{escape(title)}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{escape(x_title)}</text>',
        f'<text x="{LEFT - 6}" y="{TOP - 8}" text-anchor="end">{escape(y_title)}</text>',
    ]
    for number in range(6):
        x, y = end * number / 5.0, low + (high - low) * number / 5.0
        across, up = place(x, y)
        parts += [
            f'<path d="M{LEFT} {up:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>',
            f'<text x="{LEFT - 6}" y="{up + 4:.1f}" text-anchor="end">{y:.4g}</text>',
            f'<text x="{across:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{x:.0f}</text>',
        ]
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        every = max(len(line.points) // POINTS, 1)
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (place(*point) for point in line.points[::every]))
        across = LEFT + number * (WIDTH - LEFT - RIGHT) / len(lines)
        parts += [
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
            f'<text x="{across:.0f}" y="32" fill="{colour}">{escape(line.name)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])

"""Line charts as SVG, drawn by the server: geometry and ticks, no I/O.

Coordinates are texts already, so that no locale writes a comma into them. What a line means is a
class and a dash, never a colour alone; see `zdt_core/console/chart.html`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

WIDTH, HEIGHT = 300, 150
LEFT, RIGHT, TOP, BOTTOM = 48, 292, 14, 122
"""The canvas, and where the lines are in it; the template draws the frame at the same places."""

_NICE = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Series:
    """A line: ``points`` are (x, y) in rising x, y None where nothing was measured.

    ``kind`` is "canary", "stable" or "limit", which decides colour and dash. ``stepped`` holds a
    value until the next one.
    """

    kind: str
    name: str
    points: Sequence[tuple[float, float | None]]
    stepped: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at ``x``, in words. ``kind`` is its glyph: "move", "hold", "back" or
    "verdict"."""

    x: float
    text: str
    kind: str = "move"


@dataclass(frozen=True, slots=True)
class Line:
    """A series as drawn: polylines, and dots where a measurement stands alone."""

    kind: str
    name: str
    strokes: list[str]
    dots: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Tick:
    at: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws. ``description`` says in words what the lines show."""

    name: str
    title: str
    description: str
    lines: list[Line]
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    marks: list[tuple[str, str, str]] = field(default_factory=list)


def draw(
    name: str,
    title: str,
    description: str,
    series: Sequence[Series],
    *,
    span: tuple[float, float],
    x_labels: Sequence[tuple[float, str]],
    unit: str,
    top: float | None = None,
    marks: Sequence[Mark] = (),
) -> Chart:
    """Lay ``series`` out over ``span``; ``top`` fixes the end of the y axis, which begins at 0."""
    values = [y for one in series for _x, y in one.points if y is not None]
    ceiling = top if top is not None else nice(max(values, default=0.0))
    first, last = span
    width = (last - first) or 1.0

    def across(x: float) -> float:
        return LEFT + (RIGHT - LEFT) * min(1.0, max(0.0, (x - first) / width))

    def down(y: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * min(1.0, max(0.0, y / ceiling))

    def place(x: float, y: float) -> tuple[float, float]:
        return across(x), down(y)

    lines = []
    for one in series:
        runs = [[place(x, y) for x, y in run] for run in _runs(one.points)]
        if one.stepped:
            runs = [_stepped(run) for run in runs]
        lines.append(_line(one, runs))
    return Chart(
        name=name,
        title=title,
        description=description,
        lines=lines,
        y_ticks=[
            Tick(_number(down(ceiling * part)), _label(ceiling * part, ceiling, unit))
            for part in (0, 0.5, 1)
        ],
        x_ticks=[Tick(_number(across(x)), label) for x, label in x_labels],
        marks=[(_number(across(mark.x)), mark.text, mark.kind) for mark in marks],
    )


def nice(largest: float) -> float:
    """The least round number that is not below ``largest``: 0.37 gives 0.5, 240 gives 250."""
    if not math.isfinite(largest) or largest < sys.float_info.min:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(float(f"{n * power:.6g}") for n in _NICE if n * power >= largest * 0.999999)


def _runs(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """The points between two gaps."""
    return [
        [(x, y) for x, y in run if y is not None]
        for measured, run in groupby(points, key=lambda point: point[1] is not None)
        if measured
    ]


def _stepped(run: list[tuple[float, float]]) -> list[tuple[float, float]]:
    corners = run[:1]
    for x, y in run[1:]:
        corners += [(x, corners[-1][1]), (x, y)]
    return corners


def _line(series: Series, runs: list[list[tuple[float, float]]]) -> Line:
    strokes = [
        " ".join(f"{_number(x)},{_number(y)}" for x, y in run) for run in runs if len(run) > 1
    ]
    dots = [(_number(run[0][0]), _number(run[0][1])) for run in runs if len(run) == 1]
    return Line(series.kind, series.name, strokes, dots)


def _label(value: float, ceiling: float, unit: str) -> str:
    """Short enough for the margin: from a second up, milliseconds are told in seconds."""
    if unit == " ms" and ceiling >= 1000:
        return f"{value / 1000:g} s"
    return f"{value:g}{unit}"


def _number(value: float) -> str:
    return f"{value:.1f}"

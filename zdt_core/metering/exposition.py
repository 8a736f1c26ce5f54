"""Prometheus' text format, version 0.0.4. No I/O.

Source: Prometheus' manual, "Exposition formats".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from zdt_core.metering.families import Family, Point, Spread

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def render(found: Iterable[tuple[Family, Iterable[Point | Spread]]]) -> str:
    """The text for families with their points; a family without points is left out."""
    return "".join(f"{line}\n" for family, points in found for line in _family(family, points))


def _family(family: Family, points: Iterable[Point | Spread]) -> Iterator[str]:
    lines = [line for point in points for line in _lines(family, point)]
    if lines:
        yield f"# HELP {family.name} {_help(str(family.help))}"
        yield f"# TYPE {family.name} {family.kind}"
        yield from lines


def _lines(family: Family, point: Point | Spread) -> Iterator[str]:
    pairs = list(zip(family.labels, point.labels, strict=True))
    if isinstance(point, Point):
        yield f"{family.name}{_labels(pairs)} {number(point.value)}"
        return
    for bound, count in (*point.buckets, (math.inf, point.count)):
        yield f"{family.name}_bucket{_labels([*pairs, ('le', number(bound))])} {count}"
    yield f"{family.name}_sum{_labels(pairs)} {number(point.sum)}"
    yield f"{family.name}_count{_labels(pairs)} {point.count}"


def _labels(pairs: Sequence[tuple[str, str]]) -> str:
    inside = ",".join(f'{name}="{_value(value)}"' for name, value in pairs)
    return f"{{{inside}}}" if inside else ""


def number(value: float) -> str:
    """A float as Go reads it."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if math.isnan(value):
        return "NaN"
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


def _help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')

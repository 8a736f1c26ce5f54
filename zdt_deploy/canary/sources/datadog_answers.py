"""The points in Datadog's answers, by the number of the query they belong to. No I/O.

Sources: the API reference, *Query timeseries points* (v1) and *Query timeseries data across
multiple products* (v2). Raises what reading something else raises (ValueError, KeyError, …).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Points = tuple[int, dict[str, str], dict[int, float]]
"""A query's number, its group's tags, and values by the second at which their window begins."""


def points_v1(answer: Any, seconds: int) -> Iterable[Points]:
    """The series of ``GET /api/v1/query``; windows have ``seconds``."""
    if answer.get("status", "ok") != "ok" or answer.get("error"):
        raise ValueError(answer.get("error") or answer["status"])
    for series in answer["series"]:
        if series["interval"] != seconds:
            raise ValueError(f"windows of {series['interval']} s instead of {seconds}")
        points = [(moment, value) for moment, value in series["pointlist"]]
        yield int(series["query_index"]), _tags(series["tag_set"]), _windows(points, seconds)


def points_v2(answer: Any, seconds: int) -> Iterable[Points]:
    """The series of ``POST /api/v2/query/timeseries``; windows have ``seconds``."""
    if answer.get("errors"):
        raise ValueError(answer["errors"])
    found = answer["data"]["attributes"]
    times = found["times"]
    for series, values in zip(found["series"], found["values"], strict=True):
        points = list(zip(times, values, strict=True))
        yield int(series["query_index"]), _tags(series["group_tags"]), _windows(points, seconds)


def _windows(points: Sequence[tuple[Any, Any]], seconds: int) -> dict[int, float]:
    """Values by window. Null is no value, and a text is no number."""
    found: dict[int, float] = {}
    for milliseconds, value in points:
        moment, rest = divmod(milliseconds, 1000)
        if rest or moment % seconds:
            raise ValueError(f"a point that begins no window of {seconds} s")
        if moment in found:
            raise ValueError("a point twice")
        if value is not None:
            if type(value) not in (int, float):
                raise TypeError("a value that is no number")
            found[int(moment)] = float(value)
    return found


def _tags(texts: Iterable[str]) -> dict[str, str]:
    pairs = (text.partition(":") for text in texts)
    return {key: value for key, _colon, value in pairs}

"""Into how many ranges a table is cut, and which part of a sample lies where. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

PER_LANE = 4
MOST = 256
LEAST_ROWS = 2000
PAGES_PER_RANGE, MOST_PAGES = 30, 2000


def count(lanes: int, rows: int) -> int:
    """Ranges for a table of about ``rows``: several for each lane, so that lanes even out, and
    not so many that one has next to nothing."""
    wished = min(PER_LANE * lanes, max(MOST, lanes))
    return max(1, min(wished, rows // LEAST_ROWS))


def share_to_sample(ranges: int, pages: int) -> float:
    """Percent of a table's pages to read, so that their keys tell where to cut it."""
    wished = min(ranges * PAGES_PER_RANGE, MOST_PAGES)
    return min(100.0, 100.0 * wished / max(pages, 1))


def between(cuts: Sequence[Any], last: Any | None) -> list[tuple[Any | None, Any | None]]:
    """The ranges (low, high] that ``cuts``, in order, leave; open below, and above where ``last``
    is None."""
    lows: list[Any | None] = [None, *cuts]
    highs: list[Any | None] = [*cuts, last]
    return list(zip(lows, highs, strict=True))

"""What a benchmark says: figures with an interval, a goal, and whether it holds.

On a machine that others use, only comparisons within one run mean anything: interleaved pairs, the
median of their ratios, a 95 % bootstrap interval, and an A/A pair that tells whether the machine
was quiet enough. `holds` is true when the whole interval meets the goal, false when all of it
misses, else None; a figure without a goal is told and not judged.
"""

from __future__ import annotations

import json
import platform
import random
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version

WIDEST_AA = 0.10
_DISTRIBUTIONS = ("django", "psycopg", "redis", "django-rq", "rq")


@dataclass(frozen=True, slots=True)
class Figure:
    value: float
    low: float
    high: float
    goal: float | None = None
    better: str = "lower"
    holds: bool | None = None


def exact(value: float, goal: float | None = None, better: str = "lower") -> Figure:
    """A count or a single measurement."""
    return judged(value, value, value, goal, better)


def ratio(
    pairs: Sequence[tuple[float, float]],
    same: Sequence[tuple[float, float]],
    goal: float | None = None,
    better: str = "lower",
) -> Figure:
    """The first of each pair over the second. ``same`` are pairs of one thing with itself."""
    value, low, high = median_ratio(pairs)
    _, lowest, highest = median_ratio(same)
    figure = judged(value, low, high, goal, better)
    if highest - lowest > WIDEST_AA:
        return Figure(value, low, high, goal, better, None)
    return figure


def median_ratio(pairs: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Median of the ratios with its 95 % bootstrap interval."""
    ratios = [ours / theirs for ours, theirs in pairs]
    chance = random.Random(1)
    medians = sorted(statistics.median(chance.choices(ratios, k=len(ratios))) for _ in range(2000))
    return statistics.median(ratios), medians[50], medians[-51]


def report(name: str, figures: dict[str, Figure], *, as_json: bool) -> int:
    """Print the figures; the exit code says whether every goal holds (0), one is missed (1) or
    one could not be measured (2)."""
    if as_json:
        print(json.dumps(_facts(name, figures), sort_keys=True))
    else:
        for label, figure in figures.items():
            print(_line(label, figure))
    return exit_code(figures.values())


def exit_code(figures: Iterable[Figure]) -> int:
    """As `report` has it."""
    verdicts = [figure.holds for figure in figures if figure.goal is not None]
    return 1 if False in verdicts else 2 if None in verdicts else 0


def judged(
    value: float, low: float, high: float, goal: float | None = None, better: str = "lower"
) -> Figure:
    """A figure with its interval: it holds, misses, or can't be told."""
    holds: bool | None = None
    if goal is not None:
        meets: Callable[[float], bool] = (
            (lambda x: x <= goal) if better == "lower" else (lambda x: x >= goal)
        )
        holds = meets(low) if meets(low) == meets(high) else None
    return Figure(value, low, high, goal, better, holds)


def _facts(name: str, figures: dict[str, Figure]) -> dict[str, object]:
    return {
        "name": name,
        "versions": {"python": platform.python_version()}
        | {each: version(each) for each in _DISTRIBUTIONS},
        "machine": f"{platform.machine()} {platform.system()} {platform.release()}",
        "figures": {label: asdict(figure) for label, figure in figures.items()},
    }


def _line(label: str, figure: Figure) -> str:
    word = {True: "holds", False: "MISSED", None: "not measured"}[figure.holds]
    goal = "" if figure.goal is None else f"  goal {figure.goal:g}: {word}"
    interval = "" if figure.low == figure.high else f" [{figure.low:.3f}, {figure.high:.3f}]"
    return f"{label:32} {figure.value:.4g}{interval}{goal}"

"""How often the sequential judge errs, and how soon it sees.

    python -m benchmarks.judge [--quick] [--json] [--runs N]

Sixty minutes of a made-up site with one canary among ten instances, looked at each minute, in five
kinds of noise (`benchmarks.noise`): with a release that is no worse (is it rolled back?), with one
that is worse by the margin (is it promoted?), and with errors two percentage points up (how soon is
it rolled back?). Nothing here depends on the machine. With fewer than 3,000 runs, as with
``--quick``, the intervals are too wide to judge rare mistakes by, and say so.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import multiprocessing.pool
import statistics
import sys
from dataclasses import dataclass

from benchmarks.figures import Figure, exact, judged, report
from benchmarks.noise import MODELS, Site, minutes
from zdt_deploy.canary.sequential import before, judge, shards
from zdt_deploy.canary.sequential.shards import Counts
from zdt_deploy.canary.sequential.terms import Terms

PRE_PERIOD, LOOKS = 30, 60
BASES, RATES = (0.001, 0.01), (50, 200, 1000)
RUNS, QUICK_RUNS = 3000, 60
TERMS = Terms()
NEVER = LOOKS + 1


@dataclass(frozen=True, slots=True)
class Run:
    """The minute of the rollback and of the promotion, by errors alone; `NEVER` where none came."""

    rolled_back: int
    promoted: int


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    runs = options.runs or (QUICK_RUNS if options.quick else RUNS)
    with multiprocessing.get_context("spawn").Pool() as pool:
        figures: dict[str, Figure] = {}
        for model in MODELS:
            cells = [(Site(model, base, rate), 0.0) for base in BASES for rate in RATES]
            found = [_played(pool, *cell, runs) for cell in cells]
            figures[f"false_rollback_{model}"] = _worst([_is_rolled_back(each) for each in found])
            _say(f"{model}: no worse")
        for model in ("burst", "host"):
            site = Site(model, 0.01, 200)
            found = [_played(pool, site, TERMS.error_margin, runs // 5)]
            wrong = [each.promoted < each.rolled_back for each in found[0]]
            figures[f"false_promotion_{model}"] = _worst([wrong], goal=0.05)
            good = _played(pool, site, 0.0, runs // 5)
            figures[f"minutes_to_promote_{model}"] = _median([each.promoted for each in good], 10)
        for rate, goal in ((50, 5), (1000, 3)):
            bad = _played(pool, Site("host", 0.01, rate), 0.02, runs // 5)
            figures[f"minutes_to_see_2pp_at_{rate}"] = _median(
                [each.rolled_back for each in bad], goal
            )
    return report("judge", figures, as_json=options.json)


def play(site: Site, worse: float, seed: int) -> Run:
    """One deployment."""
    usual = before.learn([_named(each) for each in minutes(site, 0.0, PRE_PERIOD, f"{seed}:pre")])
    if usual is None:
        raise RuntimeError("Thirty minutes with requests are enough to learn from.")
    state, rolled_back, promoted = judge.State(), NEVER, NEVER
    block: list[list[Counts]] = []
    for minute, found in enumerate(minutes(site, worse, LOOKS, seed), 1):
        block.append(found)
        if len(block) < usual.block:
            continue
        instances = _named([shards.pooled(each) for each in zip(*block, strict=True)])
        block = []
        name = (seed, minute)
        equals = shards.divide({"0": instances.pop("0")}, instances, name)
        if equals is None:
            continue
        state = judge.after(state, equals, usual, TERMS, 0.0, name)
        opinion = judge.weigh(state, TERMS)
        if opinion.worse["errors"] >= opinion.worse_needed:
            rolled_back = min(rolled_back, minute)
        if opinion.fine["errors"] >= opinion.fine_needed:
            promoted = min(promoted, minute)
    return Run(rolled_back, promoted)


def _named(instances: list[Counts]) -> dict[str, Counts]:
    return {str(number): counts for number, counts in enumerate(instances)}


def _played(pool: multiprocessing.pool.Pool, site: Site, worse: float, runs: int) -> list[Run]:
    return pool.starmap(play, [(site, worse, seed) for seed in range(max(1, runs))], chunksize=4)


def _is_rolled_back(runs: list[Run]) -> list[bool]:
    return [run.rolled_back < NEVER for run in runs]


def _worst(cells: list[list[bool]], goal: float = 0.01) -> Figure:
    """The share in the worst cell, with its 95 % interval (Wilson)."""
    happened = max(cells, key=lambda cell: sum(cell) / len(cell))
    count, share, z = len(happened), sum(happened) / len(happened), 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count)
    half *= math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return judged(share, middle - half, middle + half, goal)


def _median(times: list[int], goal: float) -> Figure:
    return exact(statistics.median(times), goal)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judge")
    parser.add_argument("--quick", action="store_true", help="Few runs, about a minute.")
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")
    parser.add_argument("--runs", type=int, help="Deployments of each kind.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

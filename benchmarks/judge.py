"""How often the sequential judge errs, and how soon it sees.

    python -m benchmarks.judge [--quick] [--json] [--runs N]

Sixty minutes of a made-up site with one canary among ten instances, looked at each minute, in five
kinds of noise (`benchmarks.noise`): with a release that is no worse (is it rolled back?), with one
that is worse by the margin (is it promoted?), and with errors two percentage points up (how soon is
it rolled back?). Then the same for latency, with 50 ms more at p95, and with instances that differ
for good; a fifth of the runs. Nothing here depends on the machine. With fewer than 3,000 runs, as
with ``--quick``, the intervals are too wide to judge rare mistakes by, and say so.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import statistics
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.pool import Pool

from benchmarks.figures import Figure, exact, judged, report
from benchmarks.noise import MODELS, P95, Machines, Site, minutes, slow_minutes
from zdt_deploy.canary.sequential import before, judge, shards
from zdt_deploy.canary.sequential.shards import Counts
from zdt_deploy.canary.sequential.terms import Terms

PRE_PERIOD, LOOKS = 30, 60
BASES, RATES = (0.001, 0.01), (50, 200, 1000)
RUNS, QUICK_RUNS = 3000, 60
TERMS = Terms()
NEVER = LOOKS + 1
SLOW_RATE = 50
Minutes = Iterable[list[Counts]]


@dataclass(frozen=True, slots=True)
class Run:
    """The minute of the rollback and of the promotion; `NEVER` where none came."""

    rolled_back: int
    promoted: int


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    runs = options.runs or (QUICK_RUNS if options.quick else RUNS)
    with multiprocessing.get_context("spawn").Pool() as pool:
        figures = _errors(pool, runs) | _latency(pool, max(1, runs // 5))
    return report("judge", figures, as_json=options.json)


def _errors(pool: Pool, runs: int) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}

    def played(site: Site, worse: float, count: int) -> list[Run]:
        return pool.starmap(play_errors, [(site, worse, seed) for seed in range(count)], 4)

    for model in MODELS:
        sites = [Site(model, base, rate) for base in BASES for rate in RATES]
        figures[f"false_rollback_{model}"] = _worst([played(site, 0.0, runs) for site in sites])
        _say(f"errors, {model}: no worse")
    few = max(1, runs // 5)
    for model in ("burst", "host"):
        site = Site(model, 0.01, 200)
        wrong = played(site, TERMS.error_margin, few)
        figures[f"false_promotion_{model}"] = _share_promoted(wrong)
        good = [run.promoted for run in played(site, 0.0, few)]
        figures[f"minutes_to_promote_{model}"] = _median(good, 10)
    for rate, goal in ((50, 5), (1000, 3)):
        seen = [run.rolled_back for run in played(Site("host", 0.01, rate), 0.02, few)]
        figures[f"minutes_to_see_2pp_at_{rate}"] = _median(seen, goal)
    return figures


def _latency(pool: Pool, runs: int) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}

    def played(machines: Machines, more_ms: float) -> list[Run]:
        cells = [(machines, SLOW_RATE, more_ms, seed) for seed in range(runs)]
        return pool.starmap(play_latency, cells, 4)

    for name, machines, goal in (
        ("host", Machines(0.05), 0.01),
        ("lasting", Machines(0.03, good=0.05), 0.02),
    ):
        figures[f"false_rollback_latency_{name}"] = _worst([played(machines, 0.0)], goal)
        _say(f"latency, {name}: no worse")
    worse = TERMS.latency_margin_relative * P95
    figures["false_promotion_latency"] = _share_promoted(played(Machines(0.05), worse))
    seen = [run.rolled_back for run in played(Machines(0.05), 50.0)]
    figures["minutes_to_see_50ms"] = _median(seen, 5)
    return figures


def play_errors(site: Site, worse: float, seed: int) -> Run:
    """One deployment, judged by errors."""
    past = minutes(site, 0.0, PRE_PERIOD, f"{seed}:pre")
    return _play("errors", past, minutes(site, worse, LOOKS, seed), seed)


def play_latency(machines: Machines, rate: float, more_ms: float, seed: int) -> Run:
    """One deployment, judged by latency."""
    past = slow_minutes(machines, rate, 0.0, PRE_PERIOD, f"{seed}:pre", seed)
    return _play("latency", past, slow_minutes(machines, rate, more_ms, LOOKS, seed, seed), seed)


def _play(metric: str, past: Minutes, now: Minutes, seed: int) -> Run:
    """Stable's instances are all but the first, before as well."""
    usual = before.learn([_named(each[1:]) for each in past])
    if usual is None:
        raise RuntimeError("Thirty minutes with requests are enough to learn from.")
    state, rolled_back, promoted = judge.State(), NEVER, NEVER
    block: list[list[Counts]] = []
    for minute, found in enumerate(now, 1):
        block.append(found)
        if len(block) < usual.block:
            continue
        ours, *theirs = [shards.pooled(each) for each in zip(*block, strict=True)]
        block, name = [], (seed, minute)
        equals = shards.divide(_named([ours]), _named(theirs), name)
        if equals is None:
            continue
        state = judge.after(state, equals, usual, TERMS, usual.latency[before.P95].usual, name)
        opinion = judge.weigh(state, TERMS)
        if opinion.worse[metric] >= opinion.worse_needed:
            rolled_back = min(rolled_back, minute)
        if opinion.fine[metric] >= opinion.fine_needed:
            promoted = min(promoted, minute)
    return Run(rolled_back, promoted)


def _named(instances: list[Counts]) -> dict[str, Counts]:
    return {str(number): counts for number, counts in enumerate(instances)}


def _worst(cells: list[list[Run]], goal: float = 0.01) -> Figure:
    """The share that is rolled back in the worst cell."""
    shares = [[run.rolled_back < NEVER for run in cell] for cell in cells]
    return _share(max(shares, key=lambda cell: sum(cell) / len(cell)), goal)


def _share_promoted(runs: list[Run]) -> Figure:
    return _share([run.promoted < run.rolled_back for run in runs], 0.05)


def _share(happened: list[bool], goal: float) -> Figure:
    """A share with its 95 % interval (Wilson)."""
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

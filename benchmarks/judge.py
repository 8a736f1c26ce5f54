"""How often the sequential judge errs, and how soon it sees.

    python -m benchmarks.judge [--quick] [--json] [--runs N] [--processes N]

Sixty minutes of a made-up site with one canary among ten machines, half an hour of stable before
them, looked at each minute, in five kinds of noise (`benchmarks.noise`) and at six sites (0.1 % and
1 % of errors; 50, 200 and 1,000 requests a second): with a release that is no worse (is it rolled
back?), with one that is worse by the margin (is it promoted?), with two percentage points more
errors, and with 50 ms more at p95 (how soon is it rolled back?). What others would have done on the
same minutes (`benchmarks.peers`) is told beside it. It is the product's judge that judges; nothing
depends on the machine. Rates hold when their one-sided 99 % bound meets the goal; it takes about
3,000 runs to tell one per cent, so with fewer (``--quick``) rare mistakes are "not measured".
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import statistics
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing.pool import Pool

from benchmarks import peers
from benchmarks.figures import Figure, exact, judged, report
from benchmarks.noise import (
    LASTING,
    MODELS,
    P95,
    SAME,
    Machines,
    Release,
    Site,
    minutes,
)
from zdt_deploy.canary.sequential import before, judge, shards
from zdt_deploy.canary.sequential.before import Before
from zdt_deploy.canary.sequential.shards import Counts
from zdt_deploy.canary.sequential.terms import Terms

PRE_PERIOD, LOOKS = 30, 60
SITES = [(base, rate) for base in (0.001, 0.01) for rate in (50, 200, 1000)]
RUNS, QUICK_RUNS = 3000, 200
TERMS = Terms()
MARGIN = Release(errors=math.inf)
"""Stands for the one that is worse by the margin, which depends on what was usual."""

NEVER = peers.NEVER
STEADY, DIFFERENT = Machines(0.05), Machines(0.03, good=0.05)
ONE_SIDED = 2.326
"""Of 100 one-sided bounds with so many standard deviations 99 hold."""


@dataclass(frozen=True, slots=True)
class Run:
    """The minute at which each decided; `NEVER` where it did not."""

    rolled_back: float
    promoted: float
    others: dict[str, float]


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    runs = options.runs or (QUICK_RUNS if options.quick else RUNS)
    figures: dict[str, Figure] = {}
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        stage = _Stage(pool, runs)
        for told in (_good_ones(stage), _bad_ones(stage), _mistakes(stage)):
            for name, figure in told:
                figures[name] = figure
                _say(f"{name} {figure.value:.4g} [{figure.low:.4g}, {figure.high:.4g}]")
    if runs < RUNS:
        _say(f"{runs} runs of each kind: a mistake of 1 % can be told from one of 2 % with {RUNS}.")
    return report("judge", figures, as_json=options.json)


@dataclass(frozen=True, slots=True)
class _Stage:
    pool: Pool
    runs: int

    def play(self, site: Site, release: Release = SAME, part: float = 0.2) -> list[Run]:
        """A ``part`` of the runs at one site."""
        return self._play([site], release, max(1, round(part * self.runs)))

    def everywhere(self, model: str) -> list[Run]:
        """All runs with a release that is no worse, in turn at each of the sites."""
        return self._play([Site(model, base, rate) for base, rate in SITES], SAME, self.runs)

    def _play(self, sites: list[Site], release: Release, count: int) -> list[Run]:
        plays = [(sites[seed % len(sites)], release, seed) for seed in range(count)]
        return self.pool.starmap(play, plays, 8)


Told = Iterator[tuple[str, Figure]]


def _good_ones(stage: _Stage) -> Told:
    """How soon a good release may go on."""
    for rate, goal in ((50, None), (200, 10), (1000, None)):
        good = stage.play(Site("host", 0.01, rate, STEADY), part=0.05)
        yield f"median_minutes_to_promote_{rate}rps", _median([r.promoted for r in good], goal)


def _bad_ones(stage: _Stage) -> Told:
    """How soon a bad one goes back."""
    for rate, goal in ((50, 5), (200, None), (1000, 3)):
        runs = stage.play(Site("host", 0.01, rate), Release(errors=0.02))
        yield f"median_minutes_2pp_{rate}rps", _median([run.rolled_back for run in runs], goal)
        if rate == 50:
            for name in peers.RULES:
                times = _median([run.others[name] for run in runs])
                yield f"{name}_median_minutes_2pp_50rps", times
    for rate in (50, 200):
        runs = stage.play(Site("host", 0.01, rate, STEADY), Release(slower_ms=50), part=0.1)
        yield f"median_minutes_50ms_{rate}rps", _median([run.rolled_back for run in runs], 5)


def _mistakes(stage: _Stage) -> Told:
    """How often a bad release is promoted, and a good one rolled back."""
    wrong = [stage.play(Site(model, 0.01, 200), MARGIN) for model in ("iid", "burst", "host")]
    slow = Release(slower_ms=(TERMS.latency_margin_relative or 0.0) * P95)
    wrong.append(stage.play(Site("iid", 0.001, 50, STEADY), slow, part=0.1))
    yield "false_promotion", _worst([_promoted(found) for found in wrong])
    same = {}
    for model in MODELS:
        same[model] = stage.everywhere(model)
        yield f"false_rollback_{model}", _rolled_back(same[model], 0.01)
    yield "false_rollback_worst", _worst([_rolled_back(found, 0.01) for found in same.values()])
    for name in peers.RULES:
        shares = [_share([run.others[name] < NEVER for run in found]) for found in same.values()]
        yield f"{name}_false_rollback_worst", _worst(shares)
    apart = stage.play(Site("iid", 0.01, 50, DIFFERENT))
    yield "false_rollback_different_machines", _rolled_back(apart, 0.02)
    steady = stage.play(Site("iid", 0.01, 50, STEADY))
    yield "false_rollback_latency", _rolled_back(steady, 0.02)
    yield "false_rollback_lasting_noise", _rolled_back(stage.play(Site(LASTING, 0.01, 200)))


def play(site: Site, release: Release, seed: int) -> Run:
    """One deployment, judged by errors, and by latency where the site has it."""
    past = minutes(site, SAME, PRE_PERIOD, seed, "before")
    usual = before.learn([_named(each[1:]) for each in past])
    if usual is None:
        raise RuntimeError("Thirty minutes with requests are enough to learn from.")
    if release == MARGIN:
        release = Release(errors=TERMS.unbearable_errors(usual))
    coming = minutes(site, release, LOOKS, seed, "now")
    if site.machines:
        return Run(*_judged(usual, coming, TERMS, seed), {})
    now = list(coming)
    return Run(*_judged(usual, now, _by_errors_alone(TERMS), seed), peers.decided(now))


def _judged(
    usual: Before, now: Iterable[list[Counts]], terms: Terms, seed: int
) -> tuple[float, float]:
    """Stable's machines are all but the first; the rollback ends it."""
    state, promoted = judge.State(), NEVER
    coming = iter(now)
    for end in range(usual.block, LOOKS + 1, usual.block):
        block = islice(coming, usual.block)
        ours, *theirs = [shards.pooled(each) for each in zip(*block, strict=True)]
        equals = shards.divide(_named([ours]), _named(theirs), (seed, end))
        if equals is None:
            continue
        state = judge.after(state, equals, usual, terms, (seed, end))
        opinion = judge.weigh(state, terms)
        if opinion.is_worse:
            return end, promoted
        if opinion.is_fine:
            promoted = min(promoted, end)
    return NEVER, promoted


def _by_errors_alone(terms: Terms) -> Terms:
    """With the share of mistakes that errors have beside latency."""
    return replace(
        terms,
        latency_margin_relative=None,
        false_rollback=terms.false_rollback * terms.shares["errors"],
    )


def _named(machines: list[Counts]) -> dict[str, Counts]:
    return {str(number): counts for number, counts in enumerate(machines)}


def _rolled_back(runs: list[Run], goal: float | None = None) -> Figure:
    return _share([run.rolled_back < NEVER for run in runs], goal)


def _promoted(runs: list[Run]) -> Figure:
    return _share([run.promoted < run.rolled_back for run in runs], 0.05)


def _share(happened: list[bool], goal: float | None = None) -> Figure:
    """A share between its one-sided 99 % bounds (Wilson)."""
    count, share, z = len(happened), sum(happened) / len(happened), ONE_SIDED
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count)
    half *= math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return judged(share, max(0.0, middle - half), middle + half, goal)


def _worst(shares: list[Figure]) -> Figure:
    return max(shares, key=lambda figure: figure.value)


def _median(times: list[float], goal: float | None = None) -> Figure:
    """Where most runs never decide, it is later than the last look."""
    return exact(min(statistics.median(times), LOOKS + 1), goal)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judge")
    parser.add_argument("--quick", action="store_true", help="Few runs, about a minute.")
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")
    parser.add_argument("--runs", type=int, help="Deployments of each kind.")
    parser.add_argument("--processes", type=int, help="As many as there are cores.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

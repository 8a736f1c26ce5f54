"""How often a good release is sent back and a bad one let on, and how soon either is seen.

    python -m benchmarks.judge [--quick] [--json] [--runs N] [--seed TEXT] [--processes N]

Sixty minutes of a made-up site with one canary among ten machines, half an hour of stable before
them, looked at each minute, in five kinds of noise (`benchmarks.noise`) and at six sites (0.1 % and
1 % of errors; 50, 200 and 1,000 requests a second). It is the product that decides, with all that
sends a release back: the judge, the breaker and the limits (`benchmarks.canaries`). A release that
is no worse must not go back; one that is worse by the margin must not be let on; and two percentage
points more errors, or 50 ms more at p95, have to be seen soon. What others would have done on the
same minutes, the judge *thresholds* among them, is told beside it.

A share holds when its one-sided 99 % bound meets the goal. To tell a mistake of 1 % from one of 2 %
takes thousands of runs, so a ``--quick`` one says "not measured" of most. Minutes are medians, of
evidence: the first two of each step, which warm up, come on top. Nothing depends on the machine;
another ``--seed`` makes other deployments.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.pool import Pool

from benchmarks import peers
from benchmarks.canaries import LOOKS, MARGIN, NEVER, TERMS, Run, play
from benchmarks.figures import Figure, exit_code, judged, report
from benchmarks.noise import LASTING, MODELS, P95, SAME, Machines, Release, Site

SITES = [(base, rate) for base in (0.001, 0.01) for rate in (50, 200, 1000)]
RUNS, QUICK_RUNS = 3000, 100
STEADY, DIFFERENT = Machines(0.05), Machines(0.03, good=0.05)
OTHERS = ("thresholds", *peers.RULES)
ONE_SIDED = 2.326
"""Of 100 one-sided bounds with so many standard deviations 99 hold."""


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    runs = options.runs or (QUICK_RUNS if options.quick else RUNS)
    figures: dict[str, Figure] = {}
    say = partial(print, file=sys.stderr if options.json else sys.stdout, flush=True)
    say(f"{'figure':41}{'found':>10}{'bound':>10}{'goal':>10}  holds")
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        stage = _Stage(pool, runs, options.seed)
        for told in (_good_ones(stage), _bad_ones(stage), _let_on(stage), _sent_back(stage)):
            for name, figure in told:
                figures[name] = figure
                say(_line(name, figure))
    if runs < RUNS:
        say(f"{runs} runs of each kind: a mistake of 1 % can be told from one of 2 % with {RUNS}.")
    return report("judge", figures, as_json=True) if options.json else exit_code(figures.values())


@dataclass(frozen=True, slots=True)
class _Stage:
    pool: Pool
    runs: int
    seed: str

    def play(self, site: Site, release: Release = SAME, part: float = 0.2) -> list[Run]:
        """A ``part`` of the runs at one site."""
        return self._play([site], release, max(1, round(part * self.runs)))

    def everywhere(self, model: str) -> list[Run]:
        """All runs with a release that is no worse, in turn at each of the sites."""
        return self._play([Site(model, base, rate) for base, rate in SITES], SAME, self.runs)

    def _play(self, sites: list[Site], release: Release, count: int) -> list[Run]:
        plays = [
            (sites[number % len(sites)], release, f"{self.seed}:{number}")
            for number in range(count)
        ]
        return self.pool.starmap(play, plays, 8)


Told = Iterator[tuple[str, Figure]]


def _good_ones(stage: _Stage) -> Told:
    """How soon a good release may go on."""
    for rate, goal in ((50, None), (200, 10), (1000, None)):
        good = stage.play(Site("host", 0.01, rate, STEADY), part=0.05)
        yield f"median_minutes_to_promote_{rate}rps", _median([r.promoted for r in good], goal)


def _bad_ones(stage: _Stage) -> Told:
    """How soon the judge sends a bad one back."""
    for rate, goal in ((50, 5), (200, None), (1000, 3)):
        runs = stage.play(Site("host", 0.01, rate), Release(errors=0.02))
        yield f"median_minutes_2pp_{rate}rps", _median([run.evidence for run in runs], goal)
        if rate == 50:
            for name in OTHERS:
                times = _median([run.others[name] for run in runs])
                yield f"{name}_median_minutes_2pp_50rps", times
    for rate in (50, 200):
        runs = stage.play(Site("host", 0.01, rate, STEADY), Release(slower_ms=50), part=0.1)
        yield f"median_minutes_50ms_{rate}rps", _median([run.evidence for run in runs], 5)


def _let_on(stage: _Stage) -> Told:
    """How often a release that is worse by the margin is promoted."""
    for model in ("iid", "burst", "host"):
        runs = stage.play(Site(model, 0.01, 200), MARGIN, part=0.5)
        yield f"false_promotion_{model}", _promoted(runs)
    slow = Release(slower_ms=(TERMS.latency_margin_relative or 0.0) * P95)
    runs = stage.play(Site("iid", 0.001, 50, STEADY), slow, part=0.1)
    yield "false_promotion_latency", _promoted(runs)
    runs = stage.play(Site("iid", 0.01, 200, DIFFERENT), slow, part=1)
    yield "false_promotion_different_machines", _promoted(runs)


def _sent_back(stage: _Stage) -> Told:
    """How often a release that is no worse goes back, whatever sends it."""
    same = {}
    for model in MODELS:
        same[model] = stage.everywhere(model)
        yield f"false_rollback_{model}", _rolled_back(same[model], 0.01)
    together = [run for found in same.values() for run in found]
    for name in ("evidence", "breaker", "limits"):
        yield f"false_rollback_by_{name}", _share([getattr(r, name) < NEVER for r in together])
    for name in OTHERS:
        shares = [_share([run.others[name] < NEVER for run in found]) for found in same.values()]
        yield f"{name}_false_rollback_worst", max(shares, key=lambda figure: figure.value)
    apart = stage.play(Site("iid", 0.01, 50, DIFFERENT), part=1)
    yield "false_rollback_different_machines", _rolled_back(apart, 0.02)
    steady = stage.play(Site("iid", 0.01, 50, STEADY), part=0.5)
    yield "false_rollback_latency", _rolled_back(steady, 0.01)
    yield "false_rollback_lasting_noise", _rolled_back(stage.play(Site(LASTING, 0.01, 200)))


def _rolled_back(runs: list[Run], goal: float | None = None) -> Figure:
    return _share([run.rolled_back < NEVER for run in runs], goal)


def _promoted(runs: list[Run]) -> Figure:
    return _share([run.promoted < run.evidence for run in runs], 0.05)


def _share(happened: list[bool], goal: float | None = None) -> Figure:
    """A share between its one-sided 99 % bounds (Wilson)."""
    count, share, z = len(happened), sum(happened) / len(happened), ONE_SIDED
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count)
    half *= math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return judged(share, max(0.0, middle - half), middle + half, goal)


def _median(times: list[float], goal: float | None = None) -> Figure:
    """The median, which is what is held to the goal, and its one-sided 99 % bounds (ranks); where
    most never decide, it is later than the last look."""
    ordered = [min(time, LOOKS + 1) for time in sorted(times)]
    half = ONE_SIDED * math.sqrt(len(ordered)) / 2
    places = (len(ordered) / 2 - half, len(ordered) / 2, len(ordered) / 2 + half)
    low, middle, high = (ordered[min(max(int(p), 0), len(ordered) - 1)] for p in places)
    return Figure(middle, low, high, goal, holds=None if goal is None else middle <= goal)


def _line(name: str, figure: Figure) -> str:
    """What was found, and the bound on the bad side, against the goal."""
    holds = {True: "yes", False: "NO", None: "not measured"}[figure.holds]
    goal = "" if figure.goal is None else _told(name, figure.goal)
    word = "" if figure.goal is None else holds
    found, bound = _told(name, figure.value), _told(name, figure.high)
    return f"{name:41}{found:>10}{bound:>10}{goal:>10}  {word}".rstrip()


def _told(name: str, value: float) -> str:
    if "minutes" in name:
        return "never" if value > LOOKS else f"{value:g} min"
    return f"{100 * value:.2f} %"


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judge")
    parser.add_argument("--quick", action="store_true", help="Few runs, less than a minute.")
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")
    parser.add_argument("--runs", type=int, help="Deployments of each kind.")
    parser.add_argument("--seed", default="1", help="Of the deployments that are made up.")
    parser.add_argument("--processes", type=int, help="As many as there are cores.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

"""Does the canary do worse than stable? Limits over metric windows; no I/O.

`judge` takes what was measured (`Seen`) and the plan's `Limits`, and answers with a `Verdict`:

| outcome | meaning |
|---|---|
| ok | enough evidence, everything within its limit |
| breach | the canary exceeds a limit |
| silent | stable has traffic, and the canary, which should have had some, has none |
| waiting | too few requests, of late or for the share, or a limit exceeded for a moment only |
| blind | no judgement possible: no data, data that cannot be true, or nobody on either side |

Only *ok* ever promotes, and it takes valid numbers to be ok: whatever is missing, negative,
infinite or not a number is blind. A delta that equals its limit does not exceed it.

Which windows count: the newest closed ones of the current step, at least one interval of them, and
further back until they hold the minimum sample. So a regression after a good hour is not diluted
by it, and a slow site is judged as soon as its sample is full. Stable is judged over the same
windows; once everyone is on the new release there is no concurrent stable, and its last windows
before that step are the baseline instead.

Where the limits ask for several *spans*, what exceeds a limit is a breach only if each of them does
(`lasting`), one after the other; until then the verdict is to wait.

Percentiles come from merged histograms, never from percentiles.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from zdt_deploy.canary import lasting
from zdt_deploy.canary.limits import ONE_SIDED, Finding, Limits, compare
from zdt_deploy.canary.samples import Baseline, Seen, Total, Window, flaw, is_count

EXPECTED_BEFORE_SILENCE = 20
"""Requests that should have reached a track before their absence means something: where 20 are
expected, chance alone leaves none once in 500 million times (e^-20)."""

LEAST_PART = Fraction(1, 5)
"""Of the requests that are due to the canary. Who sends many requests and stays on one side makes
that differ from the share, but hardly by so much; requests that die with their worker do."""

EXPECTED_BEFORE_LOSS = 100
"""Requests that should have reached the canary before it matters how many did."""

_LATELY = {"canary_silent": "canary_lately_silent", "stable_silent": "stable_lately_silent"}
DOUBTS = frozenset(
    (*_LATELY.values(), "canary_loses_requests", "instances_unheard", "metrics_late", *ONE_SIDED)
)
"""Codes of waiting for what may turn out to be trouble."""


class Outcome(enum.StrEnum):
    OK = "ok"
    BREACH = "breach"
    SILENT = "silent"
    WAITING = "waiting"
    BLIND = "blind"
    MISSED = "missed"  # never the judge's: the monitor records it for slots that nobody judged


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer: ``code`` with ``params`` is its sentence, ``evidence`` holds the numbers."""

    outcome: Outcome
    code: str
    params: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)


def judge(seen: Seen, limits: Limits) -> Verdict:
    """The verdict on what was ``seen``. No content of the windows makes it raise."""
    if seen.problem:
        return Verdict(Outcome.BLIND, seen.problem, dict(seen.problem_params))
    if not (math.isfinite(seen.since) and math.isfinite(seen.until)):
        return Verdict(Outcome.BLIND, "times_invalid")
    if seen.until <= seen.since:
        wait = math.ceil(seen.since - seen.until)
        return _gone_before(seen, limits) or Verdict(
            Outcome.WAITING, "warming_up", {"seconds": wait}
        )
    if found := _unheard(seen, limits.silence_seconds):
        return found
    verdict = _weigh(seen, limits)
    if verdict.outcome is not Outcome.OK:
        return verdict
    return _lately_unheard(seen, verdict) or _losing(seen, limits, verdict) or verdict


# ---- is anybody there? ----


def _gone_before(seen: Seen, limits: Limits) -> Verdict | None:
    """While the step warms up: the silence of a canary that fell silent before it began."""
    found = seen.earlier and _unheard(seen, limits.silence_seconds)
    return found if found and found.outcome is Outcome.SILENT else None


def _lately_unheard(seen: Seen, verdict: Verdict) -> Verdict | None:
    """Whoever was quiet in the newest windows may have gone: to wait is no grace to be promoted."""
    found = _unheard(seen, 0)
    if found is None or found.code not in _LATELY:
        return None
    return replace(verdict, outcome=Outcome.WAITING, code=_LATELY[found.code], params=found.params)


def _losing(seen: Seen, limits: Limits, verdict: Verdict) -> Verdict | None:
    """Whoever answers far fewer requests than its share brings loses them, and with them what is
    wrong: a request that is killed with its worker is metered by nobody."""
    if seen.baseline is Baseline.BEFORE or not limits.routed:
        return None
    share = Fraction(seen.share)
    have, heard = (verdict.evidence[side]["requests"] for side in ("canary", "stable"))
    expected = heard * share / (100 - share)
    if expected < EXPECTED_BEFORE_LOSS or have >= LEAST_PART * expected:
        return None
    params = {
        "requests": have, "expected": int(expected), "share": str(seen.share), "heard": heard,
    }  # fmt: skip
    return replace(verdict, outcome=Outcome.WAITING, code="canary_loses_requests", params=params)


def _unheard(seen: Seen, grace: float) -> Verdict | None:
    """A verdict when a track that should have been heard has been quiet for ``grace`` seconds."""
    before = seen.earlier
    canary = _quiet((*seen.canary, *before.canary) if before else seen.canary, seen, grace)
    if seen.baseline is Baseline.BEFORE:
        return _passed_by(seen, canary) if canary else None
    stable = _quiet((*seen.stable, *before.stable) if before else seen.stable, seen, grace)
    if canary and stable:
        return _all_quiet(seen, min(canary, stable))
    share, rest = Fraction(seen.share), 100 - Fraction(seen.share)
    if canary and rest > 0:
        return _missing(Outcome.SILENT, "canary_silent", canary, seen, seen.stable, share / rest)
    if stable and share > 0:
        return _missing(Outcome.BLIND, "stable_silent", stable, seen, seen.canary, rest / share)
    return None


def _passed_by(seen: Seen, quiet: float) -> Verdict:
    """Everyone belongs on the canary: who still reaches stable has not reached it."""
    one = Fraction(1)
    missing = _missing(Outcome.SILENT, "canary_silent", quiet, seen, seen.late, one)
    return missing or _all_quiet(seen, quiet)


def _all_quiet(seen: Seen, quiet: float) -> Verdict:
    """Nobody to judge; processes that report zeros differ from processes that report nothing."""
    windows = (*seen.canary, *seen.stable, *seen.late)
    reported = any(window.start >= seen.until - quiet for window in windows)
    code = "traffic_silent" if reported else "metrics_absent"
    return Verdict(Outcome.BLIND, code, {"seconds": quiet})


def _quiet(track: tuple[Window, ...], seen: Seen, grace: float) -> float:
    """For how many seconds ``track`` has had no request; 0 when it is too short to matter."""
    since = seen.earlier.since if seen.earlier else seen.since
    ends = (w.start + seen.seconds for w in track if w.flaw or w.requests != 0)
    quiet = min(seen.until - max(ends, default=since), seen.until - since)
    return quiet if quiet >= grace else 0


def _missing(
    outcome: Outcome, code: str, quiet: float, seen: Seen, other: tuple[Window, ...], per: Fraction
) -> Verdict | None:
    """The silence of one track, if the other's traffic says that it should have been heard."""
    since = seen.until - quiet
    heard = _requests(other, since)
    expected = heard * per
    if before := seen.earlier:
        share = Fraction(before.share)
        silent = outcome is Outcome.SILENT
        then = _requests(before.stable if silent else before.canary, since)
        heard += then
        expected += then * (share / (100 - share) if silent else (100 - share) / share)
    if expected < EXPECTED_BEFORE_SILENCE:
        return None
    return Verdict(outcome, code, {"seconds": quiet, "expected": int(expected), "heard": heard})


def _requests(windows: tuple[Window, ...], since: float) -> int:
    return sum(w.requests for w in windows if w.start >= since and is_count(w.requests))


# ---- what do the numbers say? ----


def _weigh(seen: Seen, limits: Limits) -> Verdict:
    canary, stable = Total(), Total()
    ours = (seen.canary, canary, limits.minimum_sample)
    if seen.baseline is Baseline.CONCURRENT:
        theirs = (seen.stable, stable, limits.minimum_stable)
        bad = _gather([ours, theirs], seen.until, limits)
    else:
        before = max((w.start + seen.seconds for w in seen.stable), default=0.0)
        theirs = (seen.stable, stable, limits.minimum_sample)
        bad = _gather([ours], seen.until, limits) or _gather([theirs], before, limits)
    evidence = _evidence(seen, canary, stable)
    if bad:
        return Verdict(Outcome.BLIND, "sample_invalid", bad, evidence)
    if short := _too_few(seen, canary, stable, limits):
        return Verdict(*short, evidence)
    known = {
        side: {name for window in windows for name in window.counters}
        for side, windows in (("canary", seen.canary), ("stable", seen.stable))
    }
    findings = compare(canary, stable, limits, known)
    verdict = _verdict(findings, evidence)
    if verdict.outcome is not Outcome.BREACH or limits.spans == 1:
        return verdict
    names = lasting.throughout(seen, canary, stable, limits, known)
    if found := [finding for finding in findings if finding.exceeds and finding.name in names]:
        return replace(_verdict(found, evidence), evidence=verdict.evidence)
    params = {
        "spans": limits.spans,
        "seconds": lasting.seconds(seen, canary, stable, limits),
        "cause": verdict.code,
        "cause_params": verdict.params,
    }
    return Verdict(Outcome.WAITING, "limit_crossed", params, verdict.evidence)


def _gather(
    tracks: list[tuple[tuple[Window, ...], Total, int]], until: float, limits: Limits
) -> dict[str, Any] | None:
    """Add each track's newest windows to its total until all hold their minimum.

    Returns the flaw that made it stop, else None.
    """
    by_start: dict[int, list[tuple[Window, Total]]] = {}
    for windows, total, _minimum in tracks:
        for window in windows:
            by_start.setdefault(window.start, []).append((window, total))
    for start in sorted(by_start, reverse=True):
        full = all(total.requests >= minimum for _, total, minimum in tracks)
        if full and until - start > limits.interval_seconds:
            break
        for window, total in by_start[start]:
            if found := window.flaw or flaw(window):
                return {"window": start, "flaw": found}
            total.add(window)
    return None


def _too_few(
    seen: Seen, canary: Total, stable: Total, limits: Limits
) -> tuple[Outcome, str, dict[str, Any]] | None:
    if canary.requests < max(limits.minimum_sample, 1):
        have = {"requests": canary.requests, "minimum": limits.minimum_sample}
        return Outcome.WAITING, "canary_too_few", have
    if stable.requests < max(limits.minimum_stable, 1):
        have = {"requests": stable.requests, "minimum": limits.minimum_stable}
        if seen.baseline is Baseline.BEFORE:  # no time will bring more of it
            return Outcome.BLIND, "no_baseline", have
        return Outcome.WAITING, "stable_too_few", have
    return None


def _evidence(seen: Seen, canary: Total, stable: Total) -> dict[str, Any]:
    return {
        "baseline": seen.baseline.value,
        "share": str(seen.share),
        "canary": canary.facts(),
        "stable": stable.facts(),
    }


def _verdict(findings: list[Finding], evidence: dict[str, Any]) -> Verdict:
    """One breach is a breach; else one comparison that could not be made is blindness. But what one
    side alone has counted may not have happened to the other: that waits, and is no way back."""
    counts = {
        "requests": evidence["canary"]["requests"],
        "stable_requests": evidence["stable"]["requests"],
    }
    held_to = {each.name: {**each.params, "exceeds": each.exceeds} for each in findings}
    evidence = {**evidence, "limits": held_to}
    for outcome, exceeds in ((Outcome.BREACH, True), (Outcome.BLIND, None)):
        found = [finding for finding in findings if finding.exceeds is exceeds]
        if found:
            also = [finding.code for finding in found[1:]]
            params = {**found[0].params, **counts, "also": also}
            if all(finding.code in ONE_SIDED for finding in found):
                outcome = Outcome.WAITING
            return Verdict(outcome, found[0].code, params, evidence)
    numbers = _numbers(findings, evidence)
    return Verdict(Outcome.OK, "canary_within_limits", {**numbers, **counts}, evidence)


def _numbers(findings: list[Finding], evidence: dict[str, Any]) -> dict[str, Any]:
    """What was compared, and p95 though it may have no limit."""
    numbers: dict[str, Any] = {}
    for side in ("canary", "stable"):
        p95 = evidence[side]["p95_ms"]
        numbers[f"p95_{side}"] = None if p95 is None else round(p95, 1)
        numbers |= {f"{finding.name}_{side}": finding.params[side] for finding in findings}
    return numbers

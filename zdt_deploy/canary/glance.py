"""Between two verdicts: has the new release broken?

Verdicts take a minute each, and evidence takes several. Whoever fails nearly every request need
not wait for them; see `zdt_deploy.canary.sequential.breaker`. Nothing is kept: what is asked is the
minute that runs and the one before it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from zdt_deploy.canary.evidence import Question, merged
from zdt_deploy.canary.judge import Outcome, Verdict
from zdt_deploy.canary.samples import Total, Window
from zdt_deploy.canary.sequential import breaker

MINUTE = 60
_MOST_ODDS = 1_000_000
Pair = tuple[Window, Window]
"""Canary and stable in one window."""


def look(question: Question, begun: float, share: float, among: int = 1) -> Verdict | None:
    """The verdict that the new release is broken, if it is. ``begun`` is when the first users
    came, by the clock that numbers the windows; ``share`` of errors is what a working release stays
    below. Of ``among`` places none may say so by chance."""
    newest = max(0, math.floor((question.until - begun) / MINUTE))
    for minute in range(max(0, newest - 1), newest + 1):
        pairs = _windows(question, begun + minute * MINUTE)
        evidence = breaker.evidence(pairs, share)
        needed = breaker.needed(minute) + math.log(among)
        if evidence >= needed:
            return _verdict(pairs, evidence, needed)
    return None


def _verdict(pairs: Sequence[Pair], evidence: float, needed: float) -> Verdict:
    canary, stable = (Total(windows) for windows in zip(*pairs, strict=True))
    beyond = math.exp(min(evidence - needed, 100.0))
    params = {
        "odds": min(_MOST_ODDS, math.floor(beyond / breaker.FALSE_ALARM)),
        "errors": canary.errors,
        "requests": canary.requests,
        "stable_errors": stable.errors,
        "stable_requests": stable.requests,
    }
    facts = {
        "canary": canary.facts(),
        "stable": stable.facts(),
        "breaker": {"evidence": round(evidence, 3), "needed": round(needed, 3)},
    }
    return Verdict(Outcome.BREACH, "canary_broken", params, facts)


def _windows(question: Question, since: float) -> list[Pair]:
    """Those of this step in the minute from ``since``, without those whose numbers cannot be
    true."""
    rows = question.windows().filter(
        release__in=(question.canary, question.stable),
        window__gte=max(since, question.step_began),
        window__lt=min(since + MINUTE, question.until),
    )
    found: dict[int, dict[str, Window]] = {}
    for window, release in merged(rows):
        found.setdefault(window.start, {})[release] = window
    return [
        (sides[question.canary], sides[question.stable])
        for _start, sides in sorted(found.items())
        if len(sides) == 2 and not any(window.flaw for window in sides.values())
    ]

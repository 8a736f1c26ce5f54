"""Who measures and is not heard: a process that Redis is cut off from may fail unnoticed.

A process reports in each window once it has served, if only zeros, and the fleet hears by another
way, PostgreSQL, for how long it has had something to report. So being cut off differs from being
idle.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zdt_core import fleet
from zdt_core.fleet import Member, Standing
from zdt_core.metering.flusher import REPORTING
from zdt_deploy.canary.evidence import Question
from zdt_deploy.canary.judge import Outcome, Verdict

LEAST_SECONDS, LEAST_WINDOWS = 60, 3
"""How long nothing is heard of a process until that matters, the longer of both: less may be a
hiccup, and what it kept meanwhile is still read."""

MOST_NAMED = 5


def heed(verdict: Verdict, question: Question, now: float) -> Verdict:
    """``verdict``, or to wait where live processes of either release are not heard. ``now`` is by
    the clock that numbers the windows."""
    seconds = max(LEAST_SECONDS, LEAST_WINDOWS * question.seconds)
    missing = _missing(question, now, question.until - seconds)
    if not missing:
        return verdict
    named = ", ".join(missing[:MOST_NAMED]) + (", …" if missing[MOST_NAMED:] else "")
    params = {"seconds": seconds, "count": len(missing), "instances": named}
    return replace(verdict, outcome=Outcome.WAITING, code="instances_unheard", params=params)


def _missing(question: Question, now: float, since: float) -> list[str]:
    """The live processes that should have reported since then, and have not."""
    rows = question.windows().filter(window__gte=since, window__lt=question.until)
    heard = set(rows.values_list("instance", flat=True).distinct())
    members = fleet.members(
        environment=question.environment, service=question.service, departed=False
    )
    return sorted(
        f"{member.instance} ({member.release})"
        for member in members
        if member.release in (question.canary, question.stable)
        and question.region in ("", member.region)
        and member.instance not in heard
        and _should_report(member, now - since)
    )


def _should_report(member: Member, for_seconds: float) -> bool:
    told: Any = member.facts.get(REPORTING)
    if member.standing is not Standing.LIVE or member.draining or type(told) not in (int, float):
        return False
    return bool(told + member.seen_seconds_ago >= for_seconds)

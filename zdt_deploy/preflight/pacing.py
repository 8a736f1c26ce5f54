"""What the checklist asks of a plan's steps. No I/O."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import Strategy
from zdt_deploy.preflight.results import Seen, failed, not_applicable, passed

LARGEST_FIRST = 10
LARGEST_LEAP = 50
SHORTEST_WATCH = 1800.0
SHORTEST_WHOLE = 7200.0
SHORTEST_WINDOW = 86_400.0


def first_share(plan: Plan) -> Seen:
    """The first step is small: what goes wrong there goes wrong for few."""
    if plan.strategy is Strategy.BLUE_GREEN:
        return not_applicable("preflight_all_at_once")
    share = plan.steps[0].percentage
    if share > LARGEST_FIRST:
        return failed("preflight_first_share", share=f"{share:f}", most=LARGEST_FIRST)
    return passed("preflight_first_share_small", share=f"{share:f}")


def watched(plan: Plan) -> Seen:
    """Each step is watched before the next one."""
    before_the_last = plan.steps[:-1] or plan.steps
    shortest = min(before_the_last, key=lambda step: step.bake_seconds)
    facts = {
        "share": f"{shortest.percentage:f}",
        "minutes": f"{shortest.bake_seconds / 60:g}",
        "least": f"{SHORTEST_WATCH / 60:g}",
    }
    if shortest.bake_seconds < SHORTEST_WATCH:
        return failed("preflight_step_short", **facts)
    return passed("preflight_steps_watched", **facts)


def whole(plan: Plan) -> Seen:
    """It takes hours, so that what comes slowly is seen, too, and no step is half of everybody.

    The last step, at which everyone is there, counts for no longer than the longest before it.
    """
    if plan.strategy is Strategy.BLUE_GREEN:
        return not_applicable("preflight_all_at_once")
    if leap := _leap(plan):
        return failed("preflight_leaps", before=leap[0], after=leap[1])
    *before, last = [step.bake_seconds for step in plan.steps]
    seconds = sum(before) + min(last, max(before, default=0))
    shares = " → ".join(f"{step.percentage:f}" for step in plan.steps)
    facts = {"hours": f"{seconds / 3600:.1f}", "shares": shares}
    if seconds < SHORTEST_WHOLE:
        return failed("preflight_too_fast", **facts, least=f"{SHORTEST_WHOLE / 3600:g}")
    return passed("preflight_slow_enough", **facts)


def _leap(plan: Plan) -> tuple[str, str] | None:
    """The first step that is too large; regions are steps of their own."""
    shares = [Decimal(0), *(step.percentage for step in plan.steps)]
    for before, after in pairwise(shares):
        if after - before > LARGEST_LEAP and not plan.regions:
            return f"{before:f}", f"{after:f}"
    return None


def window(plan: Plan) -> Seen:
    """The old release stays for at least a day."""
    hours = f"{plan.rollback_window_seconds / 3600:g}"
    if plan.rollback_window_seconds < SHORTEST_WINDOW:
        return failed("preflight_window_short", hours=hours, least=f"{SHORTEST_WINDOW / 3600:g}")
    return passed("preflight_window_planned", hours=hours)

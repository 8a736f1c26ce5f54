"""The table of what zdt_deploy tells people: which events, how urgent, in which words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_core import notify
from zdt_core.events import Event
from zdt_core.notify import On, Severity, Topic, pages
from zdt_deploy.canary import aftermath, orchestrator, rollback
from zdt_deploy.deployments import progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import PAST, Strategy
from zdt_deploy.deployments.states import Event as Move


def _on(*moves: Move, codes: tuple[str, ...] = (), refused: bool = False) -> tuple[On, ...]:
    """Events of moves that were made; of refused ones only the monitor's, which nobody saw."""
    by = ("system",) if refused else ()
    return tuple(
        On(f"deployment.{PAST[move]}", codes=codes, refused=refused, by=by) for move in moves
    )


_OVER = _on(Move.ROLL_BACK, Move.FINISH_ROLLBACK, Move.COMPLETE, Move.CANCEL)

TOPICS = (
    Topic(
        "deployment.stuck",
        Severity.CRITICAL,
        _("{version} of {service} in {environment} is stuck on its way back."),
        _("Mend what the reason names, then retry on the deployment's page."),
        opens=_on(Move.GO_STUCK),
        resolves=_on(Move.RETRY, Move.FINISH_ROLLBACK),
    ),
    Topic(
        "deployment.blind",
        Severity.CRITICAL,
        _("{version} of {service} in {environment} cannot be judged, and has {share} % of users."),
        _(
            "Look whether `zdt_worker` runs and Redis answers. If it cannot be judged soon, roll "
            "back: `manage.py zdt_deployment rollback`."
        ),
        opens=(On(aftermath.LEFT_UNJUDGED, codes=("blind_and_held",)),),
        resolves=(On(aftermath.JUDGED_AGAIN), *_on(Move.SEE), *_OVER),
    ),
    Topic(
        "deployment.blind_while_replaced",
        Severity.WARNING,
        _("The new processes of {version} of {service} in {environment} cannot be judged."),
        _("Replace no more of them until they can, and look whether their metrics come in."),
        opens=(On(aftermath.LEFT_UNJUDGED, codes=("blind_while_replaced",)),),
        resolves=(On(aftermath.JUDGED_AGAIN), *_OVER),
    ),
    Topic(
        "deployment.not_rolled_back",
        Severity.CRITICAL,
        _("{version} of {service} in {environment} should go back, and may not."),
        _("Mend what the reason names; the monitor tries again at its next look."),
        opens=_on(Move.ROLL_BACK, refused=True),
        resolves=_OVER,
    ),
    Topic(
        "deployment.held",
        Severity.WARNING,
        _("{version} of {service} in {environment} is held at {share} %."),
        _("Nothing, if it goes on by itself within minutes. Else look at its page."),
        opens=_on(Move.HOLD),
        resolves=(*_on(Move.SEE, Move.ADVANCE, Move.PROMOTE), *_OVER),
    ),
    Topic(
        "deployment.not_advanced",
        Severity.WARNING,
        _("{version} of {service} in {environment} could go on, and may not."),
        _("Mend what the reason names; the monitor tries again at its next look."),
        opens=_on(Move.ADVANCE, Move.PROMOTE, refused=True),
        resolves=(*_on(Move.ADVANCE, Move.PROMOTE), *_OVER),
    ),
    Topic(
        "deployment.rolled_back",
        Severity.WARNING,
        _("{version} of {service} in {environment} goes back to {previous}."),
        _("Nothing, if you are told within minutes that everyone is back. Else look at its page."),
        opens=_on(Move.ROLL_BACK),
        resolves=_on(Move.FINISH_ROLLBACK),
        over=_(
            "{version} of {service} in {environment} was rolled back: everyone is on {previous}. "
            "Find the cause before the next attempt."
        ),
    ),
    Topic(
        "deployment.retreated",
        Severity.WARNING,
        _("{version} of {service} in {environment} goes back in {region}, and stays elsewhere."),
        _("Look at its page; then roll everything back, or resume to try the region again."),
        opens=_on(Move.RETREAT),
        resolves=(*_on(Move.RESUME), *_OVER),
    ),
    Topic(
        "deployment.region_not_returned",
        Severity.CRITICAL,
        _("{version} of {service} in {environment} is not back everywhere in {region}."),
        _("Mend what the reason names; zdt goes on by itself."),
        opens=(On(rollback.NOT_RETURNED),),
        resolves=(On(rollback.RETURNED), *_on(Move.RESUME), *_OVER),
    ),
    Topic(
        "deployment.orchestrator_deaf",
        Severity.CRITICAL,
        _("The orchestrator of {service} in {environment} does not hear zdt."),
        _("Do what the reason says by hand, and mend the callback; it is tried again."),
        opens=(On(orchestrator.DEAF),),
        resolves=(*_on(Move.PROMOTE), *_OVER),
    ),
    Topic(
        "deployment.unjudged",
        Severity.WARNING,
        _("The watch over {version} of {service} in {environment} ended without a verdict."),
        _("Look at its numbers before its way back closes, and roll back if in doubt."),
        opens=(On(aftermath.LEFT_UNJUDGED, codes=("baked_unjudged",)),),
        resolves=_OVER,
    ),
    Topic(
        "deployment.emergency_requested",
        Severity.WARNING,
        _("{person} asks that {version} of {service} in {environment} goes as an emergency."),
        _("If you are another person: look at it, and approve or decline it on its page."),
        opens=(On("deployment.emergency_requested"),),
        resolves=(
            On("deployment.emergency_approved"),
            On("deployment.emergency_declined"),
            *_OVER,
        ),
        over=_("The emergency of {version} of {service} in {environment} was answered."),
    ),
    Topic(
        "deployment.review_overdue",
        Severity.WARNING,
        _("The emergency of {version} of {service} in {environment} was never reviewed."),
        _(
            "If you are another person than who asked for it: `manage.py zdt_deployment review`, "
            "or its page."
        ),
        opens=(On("deployment.review_overdue"),),
        resolves=(On("deployment.emergency_reviewed"),),
        over=_("The emergency of {version} of {service} in {environment} was reviewed."),
    ),
    Topic(
        "deployment.started",
        Severity.INFO,
        _("{version} of {service} in {environment} is on its way, with a first step of {share} %."),
        _("Nothing; the monitor watches it, and {unwatched}."),
        opens=_on(Move.START),
    ),
    Topic(
        "deployment.promoted",
        Severity.INFO,
        _("{version} of {service} in {environment} serves everyone."),
        _("Keep {previous} running until the way back closes."),
        opens=_on(Move.PROMOTE),
    ),
    Topic(
        "deployment.completed",
        Severity.INFO,
        _("{version} of {service} in {environment} is complete."),
        _("{previous} may end now."),
        opens=_on(Move.COMPLETE),
    ),
)


_UNWATCHED = {
    False: _("should every worker die, shares below 50 % go back by themselves"),
    True: _("what is replaced stays should every worker die: zdt has no hand on processes"),
}
"""What becomes of it while nobody watches; True where an orchestrator replaces processes."""


def facts(event: Event) -> dict[str, Any]:
    """The fields of the sentences; what the row does not tell is left out."""
    row = _deployment(event)
    after = event.after if isinstance(event.after, dict) else {}
    share = after.get("share") or event.params.get("share") or _share(row)
    found = {"deployment": event.subject_id, "code": event.code}
    found["person"] = event.params.get("person") or event.actor_name
    found["region"] = event.params.get("region", "-")
    if row is not None:
        found |= {"version": row.version, "previous": row.previous_version, "state": row.state}
        found["unwatched"] = str(_UNWATCHED[row.strategy == Strategy.ROLLING])
    return found if share is None else {**found, "share": share}


def page(event: Event) -> str:
    return pages.path_of(Deployment, event.subject_id)


def _deployment(event: Event) -> Deployment | None:
    found: Deployment | None = Deployment.objects.filter(pk=event.subject_id).first()
    return found


def _share(row: Deployment | None) -> str | None:
    return None if row is None else f"{progress.share_of(row):f}"


notify.register(TOPICS, facts=facts, page=page)

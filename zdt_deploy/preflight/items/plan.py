"""What the plan says of the way to everyone, and how it went."""

from __future__ import annotations

from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from zdt_core.events import Event
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import PAST
from zdt_deploy.deployments.states import Event as Move
from zdt_deploy.preflight import pacing
from zdt_deploy.preflight.registry import item
from zdt_deploy.preflight.results import Result, Seen, failed

_STEPS = tuple(f"deployment.{PAST[move]}" for move in (Move.START, Move.ADVANCE, Move.PROMOTE))


@item(
    "canary_share", _("The canary begins with 10 % of users or less"), phase="during",
    since="before",
)  # fmt: skip
def canary_share(deployment: Deployment) -> Seen:
    return pacing.first_share(Plan.from_json(deployment.plan))


@item(
    "canary_watched", _("It is watched for 30 min or more before each increase"), phase="during",
    since="before",
)  # fmt: skip
def canary_watched(deployment: Deployment) -> Seen:
    """As planned; and a person who went on sooner is named, or that it was an emergency."""
    seen = pacing.watched(Plan.from_json(deployment.plan))
    if seen.result is not Result.PASSED or not deployment.pk:
        return seen
    rows = Event.objects.filter(
        subject_type="deployment", subject_id=deployment.pk, kind__in=_STEPS, refused=False
    )
    for before, after in pairwise(rows.order_by("id")):
        seconds = (after.at - before.at).total_seconds()
        if seconds < pacing.SHORTEST_WATCH:
            by_itself = after.actor_kind == "system"
            return failed(
                "preflight_hurried" if by_itself else "preflight_went_on_early",
                who=after.actor_name,
                minutes=f"{seconds / 60:.0f}",
                share=(after.before or {}).get("share", "?"),
            )
    return seen


@item(
    "pace", _("It reaches everyone step by step, over 2 hours or more"), phase="during",
    since="before",
)  # fmt: skip
def pace(deployment: Deployment) -> Seen:
    return pacing.whole(Plan.from_json(deployment.plan))

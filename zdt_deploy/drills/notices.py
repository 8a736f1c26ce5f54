"""What people are told of drills."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_core import notify
from zdt_core.events import Event
from zdt_core.notify import On, Severity, Topic, pages
from zdt_deploy.drills import operations
from zdt_deploy.drills.due import OVERDUE
from zdt_deploy.drills.models import Drill

PASSED = "drill_passed"
NOT_HELD = (
    "drill_decision_late", "drill_decision_missed", "drill_zero_late", "drill_zero_missed",
    "drill_stable_late", "drill_stable_missed", "drill_zero_unseen", "drill_stable_unseen",
    "drill_stuck", "drill_unfinished",
)  # fmt: skip

TOPICS = (
    Topic(
        "drill.announced",
        Severity.INFO,
        _("The rollback of {version} of {service} in {environment} will be rehearsed."),
        _("Nothing; if it comes at a bad time, `manage.py zdt_drill call-off`."),
        opens=(On(operations.ANNOUNCED),),
        resolves=(On(operations.CALLED), On(operations.CALLED_OFF)),
    ),
    Topic(
        "drill.called",
        Severity.INFO,
        _("{person} rehearses the rollback of {version} of {service} in {environment}."),
        _("Nothing; you are told how it went. Then start the release again."),
        opens=(On(operations.CALLED),),
        resolves=(On(operations.FINISHED), On(operations.CALLED_OFF)),
    ),
    Topic(
        "drill.passed",
        Severity.INFO,
        _("The rollback drill of {service} in {environment} held its goals."),
        _("Start the release again: `manage.py zdt_deployment start {version}`."),
        opens=(On(operations.FINISHED, codes=(PASSED,)),),
    ),
    Topic(
        "drill.not_held",
        Severity.WARNING,
        _("The rollback drill of {service} in {environment} did not hold its goals."),
        _("Mend what the reason names, and repeat it: `manage.py zdt_drill start`."),
        opens=(On(operations.FINISHED, codes=NOT_HELD),),
        resolves=(On(operations.FINISHED, codes=(PASSED,)),),
        per_subject=False,
        over=_("The rollback drill of {service} in {environment} holds its goals again."),
    ),
    Topic(
        "drill.overdue",
        Severity.WARNING,
        _("A rollback drill of {service} in {environment} is overdue."),
        _("Start a canary there, and then `manage.py zdt_drill start`."),
        opens=(On(OVERDUE),),
        resolves=(On(operations.FINISHED),),
        per_subject=False,
        over=_("A rollback drill of {service} in {environment} was made."),
    ),
)


def facts(event: Event) -> dict[str, Any]:
    row = _drill(event)
    return {
        "drill": event.subject_id,
        "code": event.code,
        "person": "zdt" if event.actor_kind == "system" else event.actor_name,
        **({"version": row.deployment.version} if row else {}),
    }


def page(event: Event) -> str:
    return pages.path_of(Drill, event.subject_id) if _drill(event) else pages.path_of(Drill)


def _drill(event: Event) -> Drill | None:
    if event.subject_type != "drill" or not event.subject_id.isdecimal():
        return None  # who was refused one asked for a deployment's
    found: Drill | None = Drill.objects.filter(pk=event.subject_id).first()
    return found


notify.register(TOPICS, facts=facts, page=page)

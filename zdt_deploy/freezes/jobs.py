"""The chore of emergencies: who should have been reviewed is remembered."""

from __future__ import annotations

from zdt_core import database, events, jobs
from zdt_core.events import Actor
from zdt_deploy.freezes.emergencies import OVERDUE
from zdt_deploy.freezes.models import Emergency

ACTOR = Actor.system("freezes")


@jobs.ticker.every("freezes.remind", 60)
def remind() -> int:
    """Tell once of each emergency whose review is overdue; how many. One whose deployment sent
    nobody anywhere needs none."""
    due = Emergency.objects.filter(
        review_due_at__lte=database.Now(),
        reviewed_at=None,
        reminded_at=None,
        deployment__started_at__isnull=False,
    )
    return sum(_remind(pk) for pk in due.values_list("pk", flat=True)[:100])


def _remind(emergency_id: int) -> bool:
    with database.atomic():
        rows = Emergency.objects.filter(pk=emergency_id, reviewed_at=None, reminded_at=None)
        if not rows.update(reminded_at=database.Now()):
            return False
        row = Emergency.objects.select_related("deployment").get(pk=emergency_id)
        events.record(
            OVERDUE,
            subject=("deployment", row.deployment_id),
            actor=ACTOR,
            code="emergency_review_due",
            params={
                "requester": row.requester,
                "approver": row.approver,
                "due": row.review_due_at.isoformat(timespec="minutes"),
            },
            service=row.deployment.service,
            environment=row.deployment.environment,
        )
    return True

"""What people are told of balancers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_core import notify
from zdt_core.events import Event
from zdt_core.notify import On, Severity, Topic
from zdt_deploy.canary.traffic.cloud import outcomes

TOPICS = (
    Topic(
        "traffic.not_applied",
        Severity.CRITICAL,
        _("The balancer {balancer} of {service} in {environment} does not do what is published."),
        _("Mend what the reason names; it is tried again by itself. See `manage.py zdt_doctor`."),
        opens=(On(outcomes.FAILED),),
        resolves=(On(outcomes.APPLIED), On(outcomes.SHUT)),
    ),
)


def facts(event: Event) -> dict[str, Any]:
    return {"balancer": event.subject_id, "code": event.code}


def page(event: Event) -> str:
    """A balancer has no page; `zdt_doctor` asks it."""
    return ""


notify.register(TOPICS, facts=facts, page=page)

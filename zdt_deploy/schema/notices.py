"""The table of what schema changes tell people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_core import notify
from zdt_core.events import Event
from zdt_core.notify import On, Severity, Topic, pages
from zdt_deploy.schema.models import SchemaChange

_GONE = (On("schema.contracted"), On("schema.reversed"))

TOPICS = (
    Topic(
        "schema.problem",
        Severity.WARNING,
        _("The schema change {change} in {environment} needs a person."),
        _("Do what the reason says; `manage.py zdt_schema status '{change}'` tells more."),
        opens=(On("schema.problem_found"),),
        resolves=(On("schema.problem_solved"), *_GONE),
        over=_("The schema change {change} in {environment} is well again."),
    ),
    Topic(
        "schema.way_back_given_up",
        Severity.WARNING,
        _("{change} in {environment} can't be taken back any more."),
        _("Go on with the change; keep no release ready that reads its old columns."),
        opens=(On("schema.way_back_given_up"),),
    ),
    Topic(
        "schema.ready",
        Severity.INFO,
        _("Every row of {change} in {environment} is equal."),
        _("The release that reads the new shape may be deployed."),
        opens=(On("schema.verified"),),
    ),
    Topic(
        "schema.contract_owed",
        Severity.INFO,
        _("The contract of {change} in {environment} is owed."),
        _(
            "Nothing, if it is done within days. `manage.py zdt_schema status '{change}'` says "
            "what it waits for."
        ),
        opens=(On("schema.owed"),),
        resolves=_GONE,
        over=_("The contract of {change} in {environment} is owed no longer."),
    ),
    Topic(
        "schema.against_the_gate",
        Severity.WARNING,
        _("Somebody has the old shape of {change} in {environment} taken away against its gate."),
        _("Watch the errors of what may still need it."),
        opens=(On("schema.forced"),),
    ),
)


def facts(event: Event) -> dict[str, Any]:
    """The fields of the sentences."""
    return {
        "change": event.params.get("change") or event.subject_id,
        "table": event.params.get("table", ""),
        "code": event.code,
    }


def page(event: Event) -> str:
    pk = SchemaChange.objects.filter(key=event.subject_id).values_list("pk", flat=True).first()
    return pages.path_of(SchemaChange, str(pk)) if pk else ""


notify.register(TOPICS, facts=facts, page=page)

"""The admin's view of events: what happened, newest first."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from zdt_core.console.admin import FactsAdmin, badge
from zdt_core.events import Event


class EventAdmin(FactsAdmin):
    empty_hint = _(
        "Nothing has been recorded yet: changes of deployments, flags and processes will be."
    )
    list_display = ("at", "what", "subject", "actor", "sentence")
    list_filter = ("kind", "refused", "environment", "service")
    search_fields = ("subject_id", "actor_name")
    fields = (
        "at", "kind", "subject", "actor", "service", "environment",
        "refused", "reason", "sentence", "before", "after", "params",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("what"))
    def what(self, event: Event) -> str:
        return badge("bad", f"{event.kind} (refused)") if event.refused else event.kind

    @admin.display(description=_("subject"))
    def subject(self, event: Event) -> str:
        return f"{event.subject_type} {event.subject_id}"

    @admin.display(description=_("actor"))
    def actor(self, event: Event) -> str:
        return f"{event.actor_name} ({event.actor_kind})"

    @admin.display(description=_("why"))
    def sentence(self, event: Event) -> str:
        return event.sentence

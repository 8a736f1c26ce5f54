"""The admin's view of events: what happened, newest first."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from zdt_core.console.admin import FactsAdmin, badge, short
from zdt_core.events import Event
from zdt_core.templatetags.zdt_console import prose, zdt_time


class EventAdmin(FactsAdmin):
    empty_hint = _(
        "Nothing has been recorded yet: changes of deployments, flags and processes will be."
    )
    empty_value_display = ""
    list_display = ("when", "what", "about", "who", "why")
    list_filter = ("kind", "refused", "environment", "service")
    search_fields = ("subject_id", "actor_name")
    fields = (
        "at", "kind", "subject", "actor", "service", "environment",
        "refused", "reason", "sentence", "before", "after", "params",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("at"), ordering="id")
    def when(self, event: Event) -> str:
        return zdt_time(event.at)

    @admin.display(description=_("subject"))
    def about(self, event: Event) -> SafeString:
        return format_html("{} {}", event.subject_type, short(event.subject_id))

    @admin.display(description=_("actor"))
    def who(self, event: Event) -> str:
        return event.actor_name

    @admin.display(description=_("why"))
    def why(self, event: Event) -> SafeString:
        return prose(event.sentence)

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

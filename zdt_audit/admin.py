"""The trail as a page to read: newest first, filtered by exact values, never counted."""

from __future__ import annotations

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from zdt_audit.filters import ActorFilter, KindFilter, StreamFilter
from zdt_audit.models import Entry
from zdt_core.console.admin import FactsAdmin, badge, short
from zdt_core.templatetags.zdt_console import zdt_time


@admin.register(Entry)
class EntryAdmin(FactsAdmin):
    """Needs the permission to view entries; nobody may do more."""

    empty_hint = _(
        "The trail is empty: the first change of a deployment, a flag or a process begins it."
    )
    list_display = ("id", "when", "what", "about", "actor")
    list_display_links = ("id", "when")
    list_filter = (StreamFilter, KindFilter, ActorFilter, "refused")
    ordering = ("-id",)
    sortable_by = ("id",)
    list_per_page = 50
    fields = ("id", "uuid", "at", "what", "stream", "actor", "event_id", "said", "canon")
    readonly_fields = fields

    @admin.display(description=_("at"))
    def when(self, entry: Entry) -> str:
        return zdt_time(entry.at)

    @admin.display(description=_("stream"))
    def about(self, entry: Entry) -> str:
        return short(entry.stream)

    @admin.display(description=_("what"))
    def what(self, entry: Entry) -> SafeString | str:
        if entry.refused:
            return badge("bad", _("%(kind)s (refused)") % {"kind": entry.kind})
        return entry.kind

    @admin.display(description=_("content"))
    def said(self, entry: Entry) -> SafeString:
        """The entry laid out for reading; its hash is taken of the canonical form below."""
        laid_out = json.dumps(entry.content, indent=2, ensure_ascii=False)
        return format_html('<pre tabindex="0">{}</pre>', laid_out)

"""Schema changes in the admin: a list, a page each, and named operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from zdt_core.console.admin import badge
from zdt_core.console.operated import OperatedAdmin
from zdt_core.templatetags.zdt_console import prose, zdt_time
from zdt_deploy.schema import looks, standing
from zdt_deploy.schema import page as change_page
from zdt_deploy.schema.desk import DESK
from zdt_deploy.schema.models import SchemaChange


class SchemaChangeAdmin(OperatedAdmin):
    row_page = change_page
    desk = DESK
    detail_template = "zdt_deploy/schema/detail.html"
    empty_hint = gettext_lazy(
        "No schema change yet. Begin one with `manage.py zdt_schema new`; docs/how-to/"
        "schema-changes.md tells how."
    )
    list_display = ("key", "standing", "sentence", "table", "when")
    list_filter = ("phase", "kind", "alias")
    search_fields = ("key", "table")

    @admin.display(description=gettext_lazy("begun"), ordering="expanded_at")
    def when(self, change: SchemaChange) -> SafeString | str:
        return zdt_time(change.expanded_at)

    @admin.display(description=gettext_lazy("phase"), ordering="phase")
    def standing(self, change: SchemaChange) -> SafeString:
        return badge(looks.of_change(change), standing.phase(change))

    @admin.display(description=gettext_lazy("where it stands"))
    def sentence(self, change: SchemaChange) -> SafeString:
        return prose(standing.shortly(change))

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return SchemaChange.objects.select_related("backfill")

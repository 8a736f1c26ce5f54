"""Backfills in the admin: a list, a page each, and named operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from zdt_core.console.admin import badge
from zdt_core.console.operated import OperatedAdmin
from zdt_core.templatetags.zdt_console import zdt_time
from zdt_deploy.backfills import at_work, looks, words
from zdt_deploy.backfills import page as backfill_page
from zdt_deploy.backfills.desk import DESK
from zdt_deploy.backfills.models import Backfill, Range


class BackfillAdmin(OperatedAdmin):
    row_page = backfill_page
    desk = DESK
    detail_template = "zdt_deploy/backfills/detail.html"
    empty_hint = gettext_lazy(
        "No backfill yet. `manage.py zdt_backfill list` shows those that your apps declare, "
        "`manage.py zdt_backfill run NAME` starts one."
    )
    list_display = ("name", "standing", "done", "table", "started_by", "when")
    list_filter = ("state", "kind", "alias")
    search_fields = ("name", "table", "started_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = at_work.with_stalled(super().get_queryset(request))
        seen = Range.objects.filter(backfill=OuterRef("pk")).order_by().values("backfill")
        seen = seen.annotate(rows=Sum("rows_done")).values("rows")
        return rows.annotate(seen=Coalesce(Subquery(seen), 0)).order_by("-id")

    @admin.display(description=gettext_lazy("created"), ordering="created_at")
    def when(self, backfill: Backfill) -> SafeString | str:
        return zdt_time(backfill.created_at)

    @admin.display(description=gettext_lazy("state"))
    def standing(self, backfill: Any) -> SafeString:
        return badge(looks.of(backfill), words.state(backfill))

    @admin.display(description=gettext_lazy("rows"))
    def done(self, backfill: Any) -> str:
        return words.rows(backfill.seen, backfill.rows_total)

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return Backfill.objects.all()

"""Rollback drills in the admin: their history, a page each, and a form that begins one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core import events
from zdt_core.console.admin import badge, page
from zdt_core.console.operated import OperatedAdmin
from zdt_core.exceptions import Refused
from zdt_core.templatetags.zdt_console import zdt_time
from zdt_deploy.drills import operations, shape
from zdt_deploy.drills import page as drill_page
from zdt_deploy.drills.desk import DESK, RUN
from zdt_deploy.drills.forms import DrillForm
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import Point, State


def _shown(row: Drill, point: Point) -> str:
    seconds = row.seconds(point)
    if seconds is not None:
        return f"{seconds:.1f} s"
    return _("unknown") if row.called_at else "–"


class DrillAdmin(OperatedAdmin):
    row_page = drill_page
    desk = DESK
    detail_template = "zdt_deploy/drills/detail.html"
    empty_hint = gettext_lazy(
        "Going back was never rehearsed. Name an environment in ZDT_DRILL_ENVIRONMENTS, start a "
        "canary there, and then `manage.py zdt_drill start`."
    )
    list_display = (
        "number", "outcome", "place", "decision", "zero", "stable", "who", "when",
    )  # fmt: skip
    list_filter = ("state", "environment", "service")
    search_fields = ("begun_by", "reason", "deployment__version", "deployment__id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("deployment")

    @admin.display(description=gettext_lazy("drill"), ordering="id")
    def number(self, row: Drill) -> str:
        return f"#{row.pk}"

    @admin.display(description=gettext_lazy("outcome"), ordering="state")
    def outcome(self, row: Drill) -> SafeString:
        return badge(shape.LOOKS[State(row.state)], row.get_state_display())

    @admin.display(description=gettext_lazy("deployment"))
    def place(self, row: Drill) -> str:
        return str(row.deployment)

    @admin.display(description=gettext_lazy("0 % published"))
    def decision(self, row: Drill) -> str:
        return _shown(row, Point.DECISION)

    @admin.display(description=gettext_lazy("routers at 0 %"))
    def zero(self, row: Drill) -> str:
        return _shown(row, Point.ZERO)

    @admin.display(description=gettext_lazy("all on stable"))
    def stable(self, row: Drill) -> str:
        return _shown(row, Point.STABLE)

    @admin.display(description=gettext_lazy("by"), ordering="begun_by")
    def who(self, row: Drill) -> str:
        return row.person

    @admin.display(description=gettext_lazy("created"), ordering="created_at")
    def when(self, row: Drill) -> SafeString | str:
        return zdt_time(row.created_at)

    def has_add_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm(RUN))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form; ``?deployment=`` says of which."""
        if not self.has_add_permission(request):
            events.refused(
                operations.CALLED,
                subject=("deployment", request.GET.get("deployment", "-")[:100]),
                actor=events.Actor.of(request.user),
                refusal=Refused("permission_missing", permission="run_drill"),
            )
            raise PermissionDenied
        form = DrillForm(request.POST or None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            row = form.begin(events.Actor.of(request.user))
            if row is not None:
                messages.success(request, shape.describe(row))
                return redirect(self._url(str(row.pk)))
        title = _("Rehearse the rollback")
        return page(self, request, "zdt_deploy/drills/begin.html", title=title, form=form)

"""Emergencies in the admin: a list, a form that asks for one, and a page each to answer it."""

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
from zdt_deploy.freezes import emergencies, shape
from zdt_deploy.freezes import page as emergency_page
from zdt_deploy.freezes.desk import DESK, LOOKS, WORDS
from zdt_deploy.freezes.forms import EmergencyForm
from zdt_deploy.freezes.models import Emergency
from zdt_deploy.freezes.people import Who


class EmergencyAdmin(OperatedAdmin):
    row_page = emergency_page
    desk = DESK
    detail_template = "zdt_deploy/freezes/emergency.html"
    empty_hint = gettext_lazy(
        "No deployment was an emergency yet. One is asked for by `manage.py zdt_deployment start "
        "VERSION --emergency`, or on a deployment's page, and approved here by another person."
    )
    list_display = ("version", "standing", "where", "requester", "approver", "reviewer", "when")
    list_filter = ("deployment__environment", "deployment__service")
    search_fields = ("deployment__version", "requester", "approver", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("deployment")

    @admin.display(description=gettext_lazy("version"))
    def version(self, row: Emergency) -> str:
        return str(row.deployment.version)

    @admin.display(description=gettext_lazy("standing"))
    def standing(self, row: Emergency) -> SafeString:
        now = shape.standing(row)
        return badge(LOOKS[now], WORDS[now])

    @admin.display(description=gettext_lazy("where"))
    def where(self, row: Emergency) -> str:
        return f"{row.deployment.service}, {row.deployment.environment}"

    @admin.display(description=gettext_lazy("asked for"), ordering="requested_at")
    def when(self, row: Emergency) -> SafeString | str:
        return zdt_time(row.requested_at)

    def has_add_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm("zdt_deploy.start_deployment"))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form; ``?deployment=`` says of which."""
        if not self.has_add_permission(request):
            events.refused(
                emergencies.REQUESTED,
                subject=("deployment", request.GET.get("deployment", "-")[:100]),
                actor=events.Actor.of(request.user),
                refusal=Refused("permission_missing", permission="start_deployment"),
            )
            raise PermissionDenied
        form = EmergencyForm(request.POST or None, initial=request.GET.dict())
        if request.method == "POST" and form.is_valid():
            row = form.ask(Who.of(request.user))
            if row is not None:
                messages.success(request, shape.describe(row))
                return redirect(self._url(str(row.pk)))
        title = _("Ask for an emergency")
        return page(self, request, "zdt_deploy/freezes/ask.html", title=title, form=form)

"""Freezes in the admin: a list, a form to set and change them, and the order to end one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zdt_core import database, events
from zdt_core.console.admin import FactsAdmin, badge, page
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import clock
from zdt_deploy.freezes import operations, standing
from zdt_deploy.freezes.forms import FreezeForm
from zdt_deploy.freezes.models import Freeze

LOOKS = {"holds": "warn", "waits": "busy", "over": "quiet", "unreadable": "bad"}
WORDS = {
    "holds": gettext_lazy("holds"),
    "waits": gettext_lazy("waits"),
    "over": gettext_lazy("over"),
    "unreadable": gettext_lazy("unreadable"),
}
_TEMPLATE = "zdt_deploy/freezes/freeze.html"


def badge_of(row: Freeze, now: datetime) -> SafeString:
    word = standing.word(row, now)
    return badge(LOOKS[word], WORDS[word])


class FreezeAdmin(FactsAdmin):
    empty_hint = gettext_lazy(
        "Nothing is frozen. Add a freeze here, or with `manage.py zdt_freeze add NAME --reason "
        "TEXT`: then nothing is deployed there until it is over."
    )
    list_display = ("name", "standing", "environment", "where", "when", "reason", "created_by")
    list_filter = ("environment",)
    search_fields = ("name", "reason", "created_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(asked_at=database.Now())

    @admin.display(description=gettext_lazy("now"))
    def standing(self, row: Any) -> SafeString:
        return badge_of(row, row.asked_at)

    @admin.display(description=gettext_lazy("service"), ordering="service")
    def where(self, row: Freeze) -> str:
        return row.service or _("every")

    @admin.display(description=gettext_lazy("when"))
    def when(self, row: Freeze) -> str:
        return standing.when(row)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _may(request, "set_freeze")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.end_view)
        return [path("<int:pk>/end/", view, name="zdt_deploy_freeze_end"), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not _may(request, "set_freeze"):
            self._note(request, operations.CREATED, "-", "set_freeze")
            raise PermissionDenied
        return self._form(request, None)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if request.method == "POST" and not _may(request, "set_freeze"):
            self._note(request, operations.CHANGED, object_id, "set_freeze")
            raise PermissionDenied
        return self._form(request, row)

    @method_decorator(require_POST)
    def end_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Let a freeze go; a reason is asked for."""
        if not _may(request, operations.MAY_END):
            self._note(request, operations.ENDED, str(pk), operations.MAY_END)
            raise PermissionDenied
        reason = request.POST.get("reason", "")[:500]
        try:
            row = operations.end(pk, actor=Actor.of(request.user), reason=reason)
        except Refused as refusal:
            messages.error(request, _("Nothing was changed. %s") % refusal)
        else:
            messages.success(request, _("%s is over; nothing is frozen by it any more.") % row)
        return redirect(self._url(pk))

    def _form(self, request: HttpRequest, row: Freeze | None) -> HttpResponse:
        form = FreezeForm(request.POST or None, row=row)
        if request.method == "POST" and form.is_valid():
            kept = form.save(Actor.of(request.user), may_end=_may(request, operations.MAY_END))
            if kept is not None:
                messages.success(request, f"{kept}: {standing.when(kept)}")
                return redirect(self._url(kept.pk))
        lasts = row is None or row.ended_at is None
        return page(
            self,
            request,
            _TEMPLATE,
            title=str(row) if row else _("Set a freeze"),
            form=form if (lasts or form.errors) and _may(request, "set_freeze") else None,
            row=row,
            standing=badge_of(row, clock.now()) if row else "",
            when=standing.when(row) if row else "",
            may_end=row is not None and lasts and _may(request, operations.MAY_END),
        )

    def _url(self, pk: int) -> str:
        name = "admin:zdt_deploy_freeze_change"
        return reverse(name, args=(pk,), current_app=self.admin_site.name)

    def _note(self, request: HttpRequest, kind: str, freeze: str, permission: str) -> None:
        events.refused(
            kind,
            subject=("freeze", freeze),
            actor=Actor.of(request.user),
            refusal=Refused("permission_missing", permission=permission),
        )


def _may(request: HttpRequest, permission: str) -> bool:
    user: Any = request.user
    return bool(user.has_perm(f"zdt_deploy.{permission}"))

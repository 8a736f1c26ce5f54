"""The fleet in the admin: who is live, silent or gone, and orders to drain."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zdt_core import events, fleet
from zdt_core.console.admin import FactsAdmin, page
from zdt_core.exceptions import Refused, Unavailable
from zdt_core.fleet.commands import NAMES

_LOOKS = {fleet.Standing.LIVE: "good", fleet.Standing.SILENT: "warn", fleet.Standing.GONE: "quiet"}


def _sessions() -> list[fleet.Session] | None:
    try:
        return fleet.strangers()
    except Unavailable:
        return None


class ProcessAdmin(FactsAdmin):
    """One page for the whole fleet; a process has no page of its own."""

    def get_urls(self) -> list[URLPattern]:
        order = path(
            "<slug:instance>/order/<slug:command>/",
            self.admin_site.admin_view(self.order_view),
            name="zdt_core_process_order",
        )
        return [order, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        everybody = request.GET.get("gone") == "1"
        members = fleet.members()
        shown = [m for m in members if everybody or m.standing is not fleet.Standing.GONE]
        live = Counter(m.release for m in members if m.standing is fleet.Standing.LIVE)
        return page(
            self,
            request,
            "zdt_core/fleet/list.html",
            title=_("Fleet"),
            rows=[(member, _LOOKS[member.standing]) for member in shown],
            releases=sorted(live.items()),
            gone=sum(m.standing is fleet.Standing.GONE for m in members),
            everybody=everybody,
            strangers=_sessions(),
            may_order=self._may_order(request),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return redirect(self._url())

    @method_decorator(require_POST)
    def order_view(self, request: HttpRequest, instance: str, command: str) -> HttpResponseBase:
        """Order one process to drain or undrain."""
        if command not in NAMES:
            raise Http404(command)
        actor = events.Actor.of(request.user)
        if not self._may_order(request):
            missing = Refused("permission_missing", permission="drain_process")
            subject = ("process", instance)
            events.refused("process.ordered", subject=subject, actor=actor, refusal=missing)
            raise PermissionDenied
        try:
            fleet.order(instance, command, actor=actor, reason=request.POST.get("reason", ""))
        except Refused as refusal:
            messages.error(request, _("Nothing was changed. %s") % refusal)
        else:
            messages.success(
                request,
                _("Ordered %(instance)s to %(command)s; it hears so with its next beat.")
                % {"instance": instance, "command": command},
            )
        return redirect(self._url())

    def _may_order(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm("zdt_core.drain_process"))

    def _url(self) -> str:
        return reverse("admin:zdt_core_process_changelist", current_app=self.admin_site.name)

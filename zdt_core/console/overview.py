"""The overview: what is live, what waits for a person, and how everything is."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zdt_core import database
from zdt_core.console import live, panels
from zdt_core.console.admin import FactsAdmin, page
from zdt_core.console.board import Board
from zdt_core.events import Event

EVERY_MS = 5000
STEADY_SECONDS = 15
"""What leaves no event, such as beats and traffic, is shown again after so long."""


def _fingerprint() -> tuple[int, int]:
    """Differs with every event, and with time."""
    newest = Event.objects.order_by("-id").annotate(now=database.Now()).values_list("id", "now")
    pk, now = newest.first() or (0, timezone.now())
    return pk, int(now.timestamp() // STEADY_SECONDS)


class OverviewAdmin(FactsAdmin):
    """One page, made of the panels that the installed apps registered for "overview"."""

    def get_urls(self) -> list[URLPattern]:
        fragment = path(
            "live/", self.admin_site.admin_view(self.live_view), name="zdt_core_overview_live"
        )
        return [fragment, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return page(
            self,
            request,
            "zdt_core/console/overview.html",
            title=_("Overview"),
            parts=self._parts(request),
            live_url=self._url("live"),
            every=EVERY_MS,
        )

    def live_view(self, request: HttpRequest) -> HttpResponseBase:
        """The panels alone, for the browser that has the page open."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        request.current_app = self.admin_site.name
        return live.fragment(request, _fingerprint(), lambda: self._parts(request), EVERY_MS)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return redirect(self._url("changelist"))

    def _parts(self, request: HttpRequest) -> list[live.Part]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return panels.render("overview", request, Board())

    def _url(self, name: str) -> str:
        return reverse(f"admin:zdt_core_overview_{name}", current_app=self.admin_site.name)

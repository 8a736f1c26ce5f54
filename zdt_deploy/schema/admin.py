"""Schema changes in the admin: a list, a page each, and named operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zdt_core import events
from zdt_core.console import live
from zdt_core.console.admin import FactsAdmin, badge, page
from zdt_core.exceptions import Refused
from zdt_core.templatetags.zdt_console import prose, zdt_time
from zdt_deploy.schema import buttons, looks, standing
from zdt_deploy.schema import page as change_page
from zdt_deploy.schema.asked import Asked
from zdt_deploy.schema.buttons import BUTTONS, Button
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.moving import SUBJECT


class SchemaChangeAdmin(FactsAdmin):
    empty_hint = gettext_lazy(
        "No schema change yet. Begin one with `manage.py zdt_schema new`; docs/how-to/"
        "schema-changes.md tells how."
    )
    list_display = ("key", "standing", "table", "owed", "sentence", "when")
    list_filter = ("phase", "kind", "alias")
    search_fields = ("key", "table")

    @admin.display(description=gettext_lazy("begun"), ordering="expanded_at")
    def when(self, change: SchemaChange) -> SafeString | str:
        return zdt_time(change.expanded_at)

    @admin.display(description=gettext_lazy("owed since"), ordering="owed_at")
    def owed(self, change: SchemaChange) -> SafeString | str:
        return zdt_time(change.owed_at) if change.owed_at else "–"

    @admin.display(description=gettext_lazy("phase"), ordering="phase")
    def standing(self, change: SchemaChange) -> SafeString:
        return badge(looks.of_change(change), change.get_phase_display())

    @admin.display(description=gettext_lazy("what is wrong"))
    def sentence(self, change: SchemaChange) -> SafeString | str:
        return prose(standing.trouble(change)) if change.problem else "–"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "zdt_deploy_schemachange_{}".format
        return [
            path("<path:object_id>/live/", view(self.live_view), name=name("live")),
            path("<path:object_id>/do/<slug:name>/", view(self.do_view), name=name("operation")),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        change = self._get(request, object_id)
        request.current_app = self.admin_site.name
        here = self._url(object_id, "live")
        query = request.GET.urlencode()
        return page(
            self,
            request,
            "zdt_deploy/schema/detail.html",
            title=str(change),
            change=change,
            parts=change_page.parts(request, change),
            live_url=f"{here}?{query}" if query else here,
            every=change_page.every(change),
        )

    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The page's parts alone, for the browser that has it open."""
        change = self._get(request, object_id)
        request.current_app = self.admin_site.name
        return live.fragment(
            request,
            change_page.fingerprint(change),
            lambda: change_page.parts(request, change),
            change_page.every(change),
        )

    @method_decorator(require_POST)
    def do_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponseBase:
        """Do one operation, ask for what is missing, or say why not."""
        button = BUTTONS.get(name)
        if button is None:
            raise Http404(name)
        change = self._get(request, object_id)
        if not button.permitted(request):
            self._note_refusal(request, change, button)
            raise PermissionDenied
        asked = Asked.of(request.POST, change, button)
        if complaint := asked.complaint():
            messages.error(request, complaint)
        elif not asked.is_confirmed:
            return self._ask(request, change, button, asked)
        else:
            self._do(request, change, button, asked)
        return redirect(self._url(object_id))

    def _ask(
        self, request: HttpRequest, change: SchemaChange, button: Button, asked: Asked
    ) -> HttpResponse:
        """The page that asks twice; nothing has changed yet."""
        return page(
            self,
            request,
            "zdt_deploy/schema/confirm.html",
            title=f"{button.label}: {change}",
            change=change,
            button=button,
            sentence=standing.describe(change),
            problem=asked.shortcoming(),
            reason=asked.reason,
            back=self._url(str(change.pk)),
        )

    def _do(self, request: HttpRequest, change: SchemaChange, button: Button, asked: Asked) -> None:
        try:
            buttons.act(button, change, events.Actor.of(request.user), asked.reason)
        except Refused as refusal:
            messages.error(request, _("Nothing was changed. %s") % refusal)
        else:
            change.refresh_from_db()
            messages.success(request, standing.describe(change))

    def _note_refusal(self, request: HttpRequest, change: SchemaChange, button: Button) -> None:
        permission = button.permission.partition(".")[2]
        events.refused(
            button.kind,
            subject=(SUBJECT, change.key),
            actor=events.Actor.of(request.user),
            refusal=Refused("permission_missing", permission=permission),
        )

    def _get(self, request: HttpRequest, object_id: str) -> SchemaChange:
        known = object_id.isdecimal() and len(object_id) < 19
        rows = SchemaChange.objects.select_related("backfill")
        change: SchemaChange | None = rows.filter(pk=object_id).first() if known else None
        if change is None:
            raise Http404(object_id)
        if not self.has_view_permission(request, change):
            raise PermissionDenied
        return change

    def _url(self, object_id: str, name: str = "change") -> str:
        name = f"admin:zdt_deploy_schemachange_{name}"
        return reverse(name, args=(object_id,), current_app=self.admin_site.name)

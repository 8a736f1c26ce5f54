"""Backfills in the admin: a list, a page each, and named operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
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
from zdt_core.templatetags.zdt_console import zdt_time
from zdt_deploy.backfills import at_work, buttons, looks, sentences, words
from zdt_deploy.backfills import page as backfill_page
from zdt_deploy.backfills.asked import Asked
from zdt_deploy.backfills.buttons import BUTTONS, Button
from zdt_deploy.backfills.models import Backfill, Range


class BackfillAdmin(FactsAdmin):
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
        if backfill.stalled:
            return badge("bad", _("stalled"))
        return badge(looks.of_state(backfill.state), backfill.get_state_display())

    @admin.display(description=gettext_lazy("rows"))
    def done(self, backfill: Any) -> str:
        return words.rows(backfill.seen, backfill.rows_total)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "zdt_deploy_backfill_{}".format
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
        backfill = self._get(request, object_id)
        request.current_app = self.admin_site.name
        here = self._url(object_id, "live")
        query = request.GET.urlencode()
        return page(
            self,
            request,
            "zdt_deploy/backfills/detail.html",
            title=str(backfill),
            backfill=backfill,
            parts=backfill_page.parts(request, backfill),
            live_url=f"{here}?{query}" if query else here,
            every=backfill_page.every(backfill),
        )

    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The page's parts alone, for the browser that has it open."""
        backfill = self._get(request, object_id)
        request.current_app = self.admin_site.name
        return live.fragment(
            request,
            backfill_page.fingerprint(backfill),
            lambda: backfill_page.parts(request, backfill),
            backfill_page.every(backfill),
        )

    @method_decorator(require_POST)
    def do_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponseBase:
        """Do one operation, ask for what is missing, or say why not."""
        button = BUTTONS.get(name)
        if button is None:
            raise Http404(name)
        backfill = self._get(request, object_id)
        if not button.permitted(request):
            self._note_refusal(request, backfill, button)
            raise PermissionDenied
        asked = Asked.of(request.POST, backfill, button)
        if complaint := asked.complaint():
            messages.error(request, complaint)
        elif button.asks and not asked.is_confirmed:
            return self._ask(request, backfill, button, asked)
        else:
            self._do(request, backfill, button, asked)
        return redirect(self._url(object_id))

    def _ask(
        self, request: HttpRequest, backfill: Backfill, button: Button, asked: Asked
    ) -> HttpResponse:
        """The page that asks twice; nothing has changed yet."""
        return page(
            self,
            request,
            "zdt_deploy/backfills/confirm.html",
            title=f"{button.label}: {backfill}",
            backfill=backfill,
            button=button,
            pace_form=asked.pacing,
            sentence=sentences.describe(backfill),
            problem=asked.shortcoming(),
            reason=asked.reason,
            back=self._url(str(backfill.pk)),
        )

    def _do(self, request: HttpRequest, backfill: Backfill, button: Button, asked: Asked) -> None:
        try:
            moved = buttons.act(
                button, backfill, events.Actor.of(request.user), asked.reason, asked.pacing
            )
        except Refused as refusal:
            messages.error(request, _("Nothing was changed. %s") % refusal)
        else:
            paced = words.paced(moved.pacing) if button.name == "pace" else ""
            messages.success(request, paced or sentences.describe(moved))

    def _note_refusal(self, request: HttpRequest, backfill: Backfill, button: Button) -> None:
        events.refused(
            button.kind,
            subject=("backfill", backfill.pk),
            actor=events.Actor.of(request.user),
            refusal=Refused("permission_missing", permission=button.permission),
        )

    def _get(self, request: HttpRequest, object_id: str) -> Backfill:
        known = object_id.isdecimal() and len(object_id) < 19
        backfill: Backfill | None = Backfill.objects.filter(pk=object_id).first() if known else None
        if backfill is None:
            raise Http404(object_id)
        if not self.has_view_permission(request, backfill):
            raise PermissionDenied
        return backfill

    def _url(self, object_id: str, name: str = "change") -> str:
        name = f"admin:zdt_deploy_backfill_{name}"
        return reverse(name, args=(object_id,), current_app=self.admin_site.name)

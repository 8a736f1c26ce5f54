"""Rows with a page each that keeps itself current, and with named operations on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zdt_core import events
from zdt_core.console import live, subpages
from zdt_core.console.admin import FactsAdmin, page
from zdt_core.console.asked import Asked
from zdt_core.console.buttons import Button
from zdt_core.console.desk import Desk
from zdt_core.exceptions import Refused


class Page(Protocol):
    """A room's module for the page of one row."""

    def parts(self, request: HttpRequest, row: Any, /) -> Sequence[live.Part]:
        """Everything on the page, in order."""
        ...

    def fingerprint(self, row: Any, /) -> object:
        """Differs whenever the parts may."""
        ...

    def every(self, row: Any, /) -> int:
        """Milliseconds between two looks of a browser; 0 once nothing will change."""
        ...


class OperatedAdmin(FactsAdmin):
    """What rooms whose rows people act on share.

    ``detail_template`` extends `zdt_core/console/detail.html`, and says what may be relied on.
    """

    row_page: Page
    desk: Desk[Any, Any]
    detail_template: str

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        """Where the row of a page is found; the list may ask for more."""
        return self.get_queryset(request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = f"{self.opts.app_label}_{self.opts.model_name}_{{}}".format
        return [
            path("<path:object_id>/live/", view(self.live_view), name=name("live")),
            path("<path:object_id>/do/<slug:name>/", view(self.do_view), name=name("operation")),
            *(
                path(f"<path:object_id>/{each}/", view(self._further(show)), name=name(each))
                for each, show in subpages.of(str(self.opts.model_name)).items()
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self._get(request, object_id)
        request.current_app = self.admin_site.name
        here = self._url(object_id, "live")
        query = request.GET.urlencode()
        return page(
            self,
            request,
            self.detail_template,
            title=str(row),
            name=self.desk.name(row),
            parts=self.row_page.parts(request, row),
            live_url=f"{here}?{query}" if query else here,
            every=self.row_page.every(row),
        )

    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The page's parts alone, for the browser that has it open."""
        row = self._get(request, object_id)
        request.current_app = self.admin_site.name
        return live.fragment(
            request,
            self.row_page.fingerprint(row),
            lambda: self.row_page.parts(request, row),
            self.row_page.every(row),
        )

    @method_decorator(require_POST)
    def do_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponseBase:
        """Do one operation, ask for what is missing, or say why not."""
        button = self.desk.buttons.get(name)
        if button is None:
            raise Http404(name)
        row = self._get(request, object_id)
        if not button.permitted(request):
            self._note_refusal(request, row, button)
            raise PermissionDenied
        asked = self.desk.asked(request.POST, row, button)
        if complaint := asked.complaint():
            messages.error(request, complaint)
        elif not asked.is_confirmed:
            return self._ask(request, row, button, asked)
        else:
            self._do(request, row, button, asked)
        return redirect(self._url(object_id))

    def _further(self, show: subpages.Show) -> Callable[[HttpRequest, str], HttpResponseBase]:
        """The view of a page that another room adds."""

        def view(request: HttpRequest, object_id: str) -> HttpResponseBase:
            row = self._get(request, object_id)
            request.current_app = self.admin_site.name
            return show(self, request, row)

        return view

    def _ask(self, request: HttpRequest, row: Any, button: Button, asked: Asked) -> HttpResponse:
        """The page that asks twice; nothing has changed yet."""
        return page(
            self,
            request,
            "zdt_core/console/confirm.html",
            title=f"{button.label}: {row}",
            **self.desk.forms(row),
            button=button,
            demand=asked.demand,
            fields=asked.fields,
            sentence=self.desk.describe(row),
            problem=asked.shortcoming(),
            reason=asked.reason or self.desk.suggestion(row),
            back=self._url(str(row.pk)),
        )

    def _do(self, request: HttpRequest, row: Any, button: Button, asked: Asked) -> None:
        try:
            told = self.desk.act(button, row, asked, events.Actor.of(request.user))
        except Refused as refusal:
            messages.error(request, _("Nothing was changed. %s") % refusal)
        else:
            messages.success(request, told)

    def _note_refusal(self, request: HttpRequest, row: Any, button: Button) -> None:
        events.refused(
            button.kind,
            subject=self.desk.subject(row),
            actor=events.Actor.of(request.user),
            refusal=Refused("permission_missing", permission=button.codename),
            **self.desk.place(row),
        )

    def _get(self, request: HttpRequest, object_id: str) -> Any:
        try:
            row = self.rows(request).filter(pk=object_id).first()
        except (ValueError, ValidationError):
            row = None
        if row is None:
            raise Http404(object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def _url(self, object_id: str, name: str = "change") -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}"
        return reverse(name, args=(object_id,), current_app=self.admin_site.name)

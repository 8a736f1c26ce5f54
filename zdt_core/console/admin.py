"""What the admin classes of every zdt app share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms.widgets import Media, Script
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from zdt_core.console.paging import CappedPaginator

_scripts: Any = (
    Script("zdt_core/live.js", defer=True),
    Script("zdt_core/confirm.js", defer=True),
)
MEDIA = Media(css={"all": ("zdt_core/console.css",)}, js=_scripts)
"""What every page of our own loads."""


class ConsoleAdmin(admin.ModelAdmin):
    """Lists and forms as all apps of zdt show them.

    ``empty_hint`` is what a list without rows says: what will fill it, or what to do. A command in
    it stands in `backticks`.
    """

    empty_hint: Any = ""

    show_full_result_count = False
    change_list_template = "zdt_core/console/change_list.html"
    change_form_template = "zdt_core/console/change_form.html"

    class Media:
        css = {"all": ("zdt_core/console.css",)}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = capfirst(str(self.opts.verbose_name_plural))
        said = {"title": title, "empty_hint": self.empty_hint, **(extra_context or {})}
        return super().changelist_view(request, said)


class FactsAdmin(ConsoleAdmin):
    """Rows that software writes: people look, and act only through named operations."""

    actions = None
    paginator = CappedPaginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def badge(kind: str, text: Any) -> SafeString:
    """A state as a word in a coloured frame. ``kind``: good, busy, warn, bad or quiet."""
    return format_html('<span class="zdt-badge zdt-{}">{}</span>', kind, text)


def short(name: object, kept: int = 24) -> SafeString | str:
    """A long id by its end, which tells ids apart; the title says all of it."""
    text = str(name)
    if len(text) <= kept:
        return text
    kind, colon, rest = text.partition(":")
    start = kind + colon if colon else ""
    return format_html(
        '<span class="zdt-short" title="{}">{}…{}</span>', text, start, (rest or text)[-8:]
    )


def page(
    model_admin: admin.ModelAdmin, request: HttpRequest, template: str, **context: Any
) -> TemplateResponse:
    """A page of our own inside the admin site that ``model_admin`` belongs to."""
    site = model_admin.admin_site
    request.current_app = site.name
    return TemplateResponse(
        request,
        template,
        {
            **site.each_context(request),
            "opts": model_admin.model._meta,
            "media": MEDIA,
            **context,
        },
    )

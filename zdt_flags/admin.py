"""The console of the flags: a list to switch and turn, and a page for the rest.

Every change goes through `zdt_flags.changes`. Percentages need a permission of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from zdt_core import database
from zdt_core.console import links
from zdt_core.console.admin import ConsoleAdmin, badge
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused
from zdt_core.templatetags.zdt_console import zdt_time
from zdt_flags import changes
from zdt_flags.facts import facts_of
from zdt_flags.filters import OwnerFilter
from zdt_flags.forms import FlagForm, RevisionForm, RowForm
from zdt_flags.models import Flag
from zdt_flags.staleness import is_stale

SET_PERCENTAGE = "zdt_flags.set_percentage"
_OTHER_FACTS = ("enabled", "allow", "deny", "description", "owner", "salt")


@admin.register(Flag)
class FlagAdmin(ConsoleAdmin):
    """Who may only set percentages cannot touch the rest, and the other way round."""

    form = FlagForm
    change_list_template = "zdt_flags/flags.html"
    change_form_template = "zdt_core/console/change_form.html"
    empty_hint = _(
        "There are no flags yet. Add one here, or with `manage.py zdt_flag set NAME --create`."
    )
    list_display = ("name", "enabled", "percentage", "named", "owner", "changed", "revision")
    list_editable = ("enabled", "percentage")
    list_filter = ("enabled", ("owner", OwnerFilter))
    search_fields = ("name", "description", "owner")

    @admin.display(description=_("named users"))
    def named(self, flag: Any) -> int:
        return int(flag.named)

    @admin.display(description=_("changed"), ordering="updated_at")
    def changed(self, flag: Any) -> SafeString | str:
        moment = zdt_time(flag.updated_at)
        if not is_stale(flag, flag.named, flag.asked_at):
            return moment
        return format_html("{} {}", moment, badge("quiet", _("stale")))

    @admin.display(description=_("allowed users"))
    def allow(self, flag: Flag) -> str:
        return ", ".join(facts_of(flag)["allow"]) or "–"

    @admin.display(description=_("denied users"))
    def deny(self, flag: Flag) -> str:
        return ", ".join(facts_of(flag)["deny"]) or "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Flag]:
        return (
            super().get_queryset(request).annotate(named=Count("targets"), asked_at=database.Now())
        )

    def has_change_permission(self, request: HttpRequest, obj: Flag | None = None) -> bool:
        return super().has_change_permission(request, obj) or _may_set_percentage(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Flag | None = None) -> Any:
        return ("name", "updated_at") if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Flag | None = None) -> Any:
        parts: list[Any] = [
            (None, {"fields": ("name", "enabled", "percentage", "allow", "deny")}),
            (_("About it"), {"fields": ("description", "owner", "salt")}),
        ]
        if obj is None:
            return [*parts, (_("This change"), {"fields": ("reason",)})]
        if self.has_change_permission(request, obj):
            parts.append((_("This change"), {"fields": ("reason", "revision", "updated_at")}))
        return parts

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: Any = False, **kwargs: Any
    ) -> Any:
        return self._for(request, obj, super().get_form(request, obj, change=change, **kwargs))

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        form = super().get_changelist_form(request, form=RowForm, **kwargs)
        return self._for(request, Flag(), form)

    def _for(self, request: HttpRequest, obj: Flag | None, form: Any) -> type[RevisionForm]:
        """``form`` with what this person may not change withheld."""
        withheld: list[str] = [] if _may_set_percentage(request) else ["percentage"]
        if obj is not None and not super().has_change_permission(request, obj):
            withheld.extend(_OTHER_FACTS)
        made: dict[str, Any] = {"withheld": tuple(withheld)}
        if obj is None:
            made["revision"] = None  # a flag that is being made has none
        return type(form.__name__, (form,), made)

    def save_model(self, request: HttpRequest, obj: Flag, form: Any, change: bool) -> None:
        facts = form.changed_facts
        reason = form.cleaned_data.get("reason", request.POST.get("reason", ""))[:500]
        who = {"actor": Actor.of(request.user), "reason": reason}
        if not change:
            changes.create(obj.name, **who, **facts)
        elif facts:
            shown = form.cleaned_data["revision"]
            changes.change(obj.name, **who, expected_revision=shown, **facts)

    def delete_model(self, request: HttpRequest, obj: Flag) -> None:
        changes.delete(obj.name, actor=Actor.of(request.user))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Flag]) -> None:
        for name in queryset.values_list("name", flat=True):
            changes.delete(name, actor=Actor.of(request.user))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return self._refusable(
            request, "", lambda: super(FlagAdmin, self).changelist_view(request, extra_context)
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: Any = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        view = super().changeform_view
        extra_context = {
            "history_url": self._history_url(request, object_id) if object_id else "",
            "show_save_and_add_another": False,
            **(extra_context or {}),
        }
        return self._refusable(
            request, object_id or "", lambda: view(request, object_id, form_url, extra_context)
        )

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        view = super().delete_view
        return self._refusable(request, object_id, lambda: view(request, object_id, extra_context))

    def _history_url(self, request: HttpRequest, name: str) -> str:
        """Every change of the flag, whoever made it and where."""
        request.current_app = self.admin_site.name
        url = links.to(request, Event)
        asked = urlencode({"subject_type": "flag", "subject_id": name})
        return f"{url}?{asked}" if url else ""

    def _refusable(self, request: HttpRequest, name: str, view: Callable[[], Any]) -> Any:
        """A refused change is rolled back by now: tell the person, and leave an event."""
        try:
            return view()
        except Refused as refusal:
            self._note(request, name, refusal)
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        except PermissionDenied:
            if request.method == "POST":
                self._note(
                    request, name, Refused("flag_permission", permission="zdt_flags.change_flag")
                )
            raise

    def _note(self, request: HttpRequest, name: str, refusal: Refused) -> None:
        name = refusal.params.get("flag") or name
        changes.note_refusal("flag.edited", name, Actor.of(request.user), refusal)


def _may_set_percentage(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.has_perm(SET_PERCENTAGE))

"""The admin's view of notifications: who was told what, and the order to tell it again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from zdt_core import events
from zdt_core.console.admin import FactsAdmin, badge
from zdt_core.notify.again import send_again
from zdt_core.notify.models import Notification
from zdt_core.templatetags.zdt_console import zdt_time

_LOOKS = {"waiting": "busy", "delivered": "good", "merged": "quiet", "given_up": "bad"}
_URGENCY = {"info": "quiet", "warning": "warn", "critical": "bad"}


class NotificationAdmin(FactsAdmin):
    empty_hint = _(
        "Nobody has been told of anything yet. Try the channels: `manage.py zdt_notify test`."
    )
    list_display = ("when", "urgency", "text", "channel", "standing", "attempts", "trouble")
    list_filter = ("state", "severity", "channel", "kind")
    search_fields = ("text", "key")
    fields = (
        "created_at", "urgency", "action", "text", "why", "cure", "page", "kind", "key", "channel",
        "standing", "attempts", "repeats", "last_error", "delivered_at", "service", "environment",
        "facts",
    )  # fmt: skip
    readonly_fields = fields
    actions: Any = ("send_again",)

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm("zdt_core.send_again_notification"))

    @admin.action(description=_("Send again"), permissions=("send_again",))
    def send_again(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Put the chosen rows back into the outbox, oldest first."""
        actor = events.Actor.of(request.user)
        found = list(chosen.order_by("pk").values_list("pk", flat=True))
        for pk in found:
            send_again(pk, actor=actor)
        text = ngettext("%d notification is sent again.", "%d notifications are sent again.",
                        len(found))  # fmt: skip
        self.message_user(request, text % len(found), messages.SUCCESS)

    @admin.display(description=_("happened"), ordering="created_at")
    def when(self, row: Notification) -> str:
        return zdt_time(row.created_at)

    @admin.display(description=_("standing"))
    def standing(self, row: Notification) -> str:
        return badge(_LOOKS.get(row.state, "quiet"), Notification.State(row.state).label)

    @admin.display(description=_("severity"))
    def urgency(self, row: Notification) -> str:
        if row.action == Notification.Action.RESOLVED:
            return badge("good", Notification.Action(row.action).label)
        return badge(_URGENCY.get(row.severity, "quiet"), row.severity)

    @admin.display(description=_("last error"))
    def trouble(self, row: Notification) -> str:
        return row.last_error[:120]

    @admin.display(description=_("page"))
    def page(self, row: Notification) -> str:
        if not row.url.startswith(("http://", "https://")):
            return "–"
        return format_html('<a href="{0}">{0}</a>', row.url)

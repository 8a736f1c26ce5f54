"""What nobody was told, on the overview."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import ngettext

from zdt_core.console import links, needs
from zdt_core.console.board import Board
from zdt_core.console.needs import Need
from zdt_core.notify.models import Notification

_MOST = 100


@needs.source
def given_up(request: HttpRequest, board: Board) -> list[Need]:
    """Notifications that reached nobody do not come back by themselves."""
    if not links.may_view(request, Notification):
        return []
    rows = Notification.objects.filter(state=Notification.State.GIVEN_UP)
    channels = list(rows.values_list("channel", flat=True)[:_MOST])
    if not channels:
        return []
    text = ngettext(
        "%(count)s notification reached nobody (%(channels)s).",
        "%(count)s notifications reached nobody (%(channels)s).",
        len(channels),
    ) % {"count": len(channels), "channels": ", ".join(sorted(set(channels)))}
    url = links.to(request, Notification)
    return [Need("warn", text, url and f"{url}?state__exact=given_up")]

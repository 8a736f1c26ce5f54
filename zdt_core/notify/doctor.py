"""Who would be told, and what nobody was told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zdt_core import database, doctor
from zdt_core.doctor import Finding
from zdt_core.exceptions import ConfigurationError
from zdt_core.notify.channels import channels
from zdt_core.notify.models import Notification

LATE = timedelta(minutes=15)
_TRY = "Try it with `manage.py zdt_notify test`."


@doctor.examine("notifications")
def channels_are_there(look: Any) -> Iterator[Finding]:
    """The log is read by nobody at night."""
    try:
        found = channels()
    except ConfigurationError as error:
        yield doctor.wrong(str(error), _("Mend ZDT_NOTIFY. ") + _TRY, "notify.unreadable")
        return
    if all(channel.backend.rpartition(".")[2].lower() == "log" for channel in found):
        yield doctor.warning(
            _("Notifications go to the log only."),
            _("Name a channel that wakes somebody in ZDT_NOTIFY. ") + _TRY,
            "notify.log_only",
        )
        return
    yield doctor.ok(_("Notifications go to %s.") % ", ".join(channel.alias for channel in found))


@doctor.examine("notifications", needs=("postgresql", "zdt_core"))
def outbox_is_empty(look: Any) -> Iterator[Finding]:
    """What was given up, or waits for long, reached nobody."""
    open_ones = Notification.objects.filter(state__in=("waiting", "given_up"))
    old = open_ones.exclude(state="waiting", created_at__gt=database.Now() - LATE)
    count = old.count()
    if count:
        text = ngettext(
            "%d notification reached nobody.", "%d notifications reached nobody.", count
        )  # fmt: skip
        yield doctor.warning(
            text % count,
            _("See `manage.py zdt_notify list --state given_up`, mend the cause, send them again."),
            "notify.lost",
        )


@doctor.examine("notifications", needs=("postgresql", "zdt_core"))
def nothing_waits_for_a_channel_that_is_gone(look: Any) -> Iterator[Finding]:
    """A process that was started before ZDT_NOTIFY was changed still writes for the old ones."""
    try:
        known = [channel.alias for channel in channels()]
    except ConfigurationError:
        return  # told above
    waiting = Notification.objects.filter(state="waiting").exclude(channel__in=known)
    gone = sorted(set(waiting.values_list("channel", flat=True)[:1000]))
    if gone:
        yield doctor.warning(
            _("Notifications wait for channels that ZDT_NOTIFY does not name: %s.")
            % ", ".join(gone),
            _("Restart every process of the site that was started before ZDT_NOTIFY was changed."),
            "notify.channel_gone",
        )

"""The sentences of the notifications' codes."""

from django.utils.translation import gettext_lazy as _

from zdt_core import messages

messages.register(
    {
        "notify_not_accepted": _("The other side answered with status {status}: {said}"),
        "notify_mail_not_sent": _("Django's e-mail backend sent nothing."),
        "notification_given_up": _(
            "{channel} was not told after {attempts} attempts: {error}. Mend the cause, then send "
            "it again from the list of notifications."
        ),
        "no_such_notification": _("There is no notification {id} to send again."),
        "nobody_ticks": _(
            "Work has been due for {seconds} s (runs: {count}; unwatched releases: {monitors}), "
            "and no `zdt_ticker` runs."
        ),
        "nobody_works": _(
            "Work has been due for {seconds} s (runs: {count}; unwatched releases: {monitors}), "
            "and no `zdt_worker` is alive."
        ),
        "work_overdue": _(
            "Work has been due for {seconds} s (runs: {count}; unwatched releases: {monitors}), "
            "though `zdt_worker` and `zdt_ticker` are alive."
        ),
        "work_goes_on": _("No background work is overdue any more."),
    }
)

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
            "{count} pieces of background work are due, the oldest for {seconds} s, and no "
            "`zdt_ticker` runs. {monitors} of them watch a release."
        ),
        "nobody_works": _(
            "{count} pieces of background work are due, the oldest for {seconds} s, and no "
            "`zdt_worker` is alive. {monitors} of them watch a release."
        ),
        "work_overdue": _(
            "{count} pieces of background work are due, the oldest for {seconds} s, though "
            "`zdt_worker` and `zdt_ticker` are alive. {monitors} of them watch a release."
        ),
        "work_goes_on": _("No background work is overdue any more."),
    }
)

"""The table of what zdt_core tells people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_core.events import Event
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Run
from zdt_core.notify import absence, pages
from zdt_core.notify.severity import Severity
from zdt_core.notify.topics import Burst, On, Topic, register

TOPICS = (
    Topic(
        "jobs.unattended",
        Severity.CRITICAL,
        _("Background work of {environment} is not done: {missing}."),
        _(
            "Start `zdt_worker` and `zdt_ticker`, and look at `manage.py zdt_fleet`. Meanwhile no "
            "release is watched; below 50 % routers go back to stable by themselves."
        ),
        opens=(On(absence.UNATTENDED),),
        resolves=(On(absence.ATTENDED),),
    ),
    Topic(
        "run.failed",
        Severity.WARNING,
        _("Background work failed for good: {kind} {key}."),
        _("Read its last error on its page, mend the cause, and start it anew."),
        opens=(On("run.failed"),),
    ),
    Topic(
        "token.storm",
        Severity.WARNING,
        _("API tokens are refused again and again in {environment}."),
        _(
            "See the events of the kind token.used: renew the token that has expired or is too "
            "narrow, or find out who guesses."
        ),
        opens=(
            On("token.used", refused=True, burst=Burst(20, 300)),
            On("token.used", codes=("token_unknown",), refused=True, burst=Burst(5, 600)),
        ),
        per_subject=False,
    ),
)

_MISSING = {
    "nobody_ticks": _("no zdt_ticker runs"),
    "nobody_works": _("no zdt_worker is alive"),
    "work_overdue": _("the workers do not keep up"),
    "work_goes_on": _("it goes on"),
}


def facts(event: Event) -> dict[str, Any]:
    """The fields of the sentences."""
    after = event.after if isinstance(event.after, dict) else {}
    missing = str(_MISSING.get(event.code, event.code))
    return {**after, **event.params, "missing": missing}


def page(event: Event) -> str:
    """Where to look."""
    if event.subject_type == "run":
        return pages.path_of(Run, event.subject_id)
    return pages.path_of(Event if event.subject_type == "token" else Process)


register(TOPICS, facts=facts, page=page)

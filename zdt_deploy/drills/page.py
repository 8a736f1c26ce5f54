"""The page of one drill, as parts that keep themselves current."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zdt_core import database
from zdt_core.console import history, links, live
from zdt_core.console.history import Entry
from zdt_core.console.live import EVERY_MS, STEADY_SECONDS, Part
from zdt_deploy.deployments import messages as words
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.drills import shape
from zdt_deploy.drills.desk import DESK, offers
from zdt_deploy.drills.models import Drill
from zdt_deploy.drills.outcomes import LIVE, Point, State, Taken

_FOLDER = "zdt_deploy/drills"
_WORDS = {
    "announced": gettext_lazy("Announced"),
    "called": gettext_lazy("Rollback called for"),
    "finished": gettext_lazy("Finished"),
    "called_off": gettext_lazy("Called off"),
}


def every(row: Drill) -> int:
    """Milliseconds between two looks of a browser; 0 once nothing will change."""
    return EVERY_MS if row.state in LIVE else 0


def fingerprint(row: Drill) -> tuple[object, ...]:
    """Differs with every move and event, and with time."""
    rows = Drill.objects.filter(pk=row.pk).annotate(
        event=history.newest(DESK.subject(row)), now=database.Now()
    )
    *seen, now = rows.values_list("revision", "event", "now").get()
    return (*seen, int(now.timestamp() // STEADY_SECONDS))


def parts(request: HttpRequest, row: Drill) -> list[Part]:
    """Everything on the page, in order."""
    look = shape.LOOKS[State(row.state)]
    return [
        live.status(request, look, row.get_state_display(), shape.describe(row)),
        live.part(request, f"{_FOLDER}/times.html", _("Times"), _times(request, row), wide=False),
        DESK.part(request, _FOLDER, row, offers(request, row), settled=row.state not in LIVE),
        history.part(request, DESK.subject(row), _entry),
    ]


def _times(request: HttpRequest, row: Drill) -> dict[str, Any]:
    return {
        "row": row,
        "times": [_time(each) for each in row.taken()],
        "began": row.called_at is not None,
        "who": row.person,
        "deployment": row.deployment,
        "url": links.to(request, Deployment, row.deployment_id),
        "sentence": words.describe(row.deployment),
    }


def _time(each: Taken) -> dict[str, Any]:
    known = each.seconds is not None
    return {
        "title": shape.TITLES[each.point],
        "seconds": each.seconds,
        "goal": f"{each.goal:g}",
        "look": "" if not known else "bad" if each.is_over else "good",
        "at_the_latest": each.point is Point.STABLE,
    }


def _entry(event: Any) -> Entry:
    name = event.kind.partition(".")[2]
    look = "bad" if event.refused else "busy"
    return Entry(event, _WORDS.get(name, name.replace("_", " ")), look)

"""The page of one emergency."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from zdt_core import database
from zdt_core.console import history, links, live
from zdt_core.console.live import SELDOM_MS, STEADY_SECONDS, Part
from zdt_deploy.deployments import messages as words
from zdt_deploy.deployments import timeline
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.freezes import shape
from zdt_deploy.freezes.desk import DESK, LOOKS, WORDS, offers
from zdt_deploy.freezes.models import Emergency

_FOLDER = "zdt_deploy/freezes"


def every(row: Emergency) -> int:
    """Milliseconds between two looks of a browser; 0 once nothing will change."""
    return 0 if shape.standing(row) in ("declined", "reviewed") else SELDOM_MS


def fingerprint(row: Emergency) -> tuple[object, ...]:
    """Differs with every answer, every event of the deployment, and with time."""
    rows = Emergency.objects.filter(pk=row.pk).annotate(
        event=history.newest(DESK.subject(row)), now=database.Now()
    )
    *seen, now = rows.values_list("revision", "event", "now").get()
    return (*seen, int(now.timestamp() // STEADY_SECONDS))


def parts(request: HttpRequest, row: Emergency) -> list[Part]:
    """Everything on the page, in order."""
    now = shape.standing(row)
    return [
        live.status(request, LOOKS[now], WORDS[now], shape.describe(row)),
        live.part(
            request, f"{_FOLDER}/asked.html", _("What was asked"), _asked(request, row), wide=False
        ),
        DESK.part(request, _FOLDER, row, offers(request, row), settled=every(row) == 0),
        history.part(request, DESK.subject(row), timeline.entry),
    ]


def _asked(request: HttpRequest, row: Emergency) -> dict[str, Any]:
    return {
        "row": row,
        "deployment": row.deployment,
        "url": links.to(request, Deployment, row.deployment_id),
        "sentence": words.describe(row.deployment),
    }

"""The checklist on the deployment's page: how it stands at the start, and a link to all of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core.console import links, panels
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import reading, sentences
from zdt_deploy.preflight.phases import Phase

SHOWN = 5


@panels.panel("deployment", _("Checklist"), "zdt_deploy/preflight/checklist.html", order=20)
def checklist(request: HttpRequest, deployment: Deployment) -> dict[str, Any]:
    """What is open before the start, or was at the start; looking later costs no more than that."""
    found = reading.read_before(deployment)
    open_ = [line for line in found.counted(Phase.BEFORE) if line.is_open]
    result = found.result(Phase.BEFORE)
    url = links.to(request, Deployment, deployment.pk, page="preflight")
    if open_ and {line.seen.code for line in open_} == {reading.NOT_RECORDED}:
        return {"look": "quiet", "badge": _("unknown"), "sentence": open_[0].text, "url": url}
    return {
        "look": sentences.LOOKS[result],
        "badge": sentences.WORDS[result],
        "sentence": sentences.describe(found, Phase.BEFORE),
        "lines": [
            {
                "title": line.item.title,
                "look": sentences.LOOKS[line.result],
                "word": sentences.WORDS[line.result],
                "text": line.text,
            }
            for line in open_[:SHOWN]
        ],
        "more": len(open_) - SHOWN,
        "url": url,
    }

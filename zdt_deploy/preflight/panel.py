"""The checklist on the deployment's page: how it stands at the start, and a link to all of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core import messages
from zdt_core.console import links, panels
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State
from zdt_deploy.preflight import reading, results, sentences
from zdt_deploy.preflight.phases import Phase
from zdt_deploy.preflight.reading import Line
from zdt_deploy.preflight.results import Result

SHOWN = 5


@panels.panel("deployment", _("Checklist"), "zdt_deploy/preflight/checklist.html", order=20)
def checklist(request: HttpRequest, deployment: Deployment) -> dict[str, Any]:
    """What is open before the start, failed items first; after it, how the list stood then."""
    told = _pending(deployment) if deployment.state == State.PENDING else _begun(deployment)
    return {**told, "url": links.to(request, Deployment, deployment.pk, page="preflight")}


def _pending(deployment: Deployment) -> dict[str, Any]:
    found = reading.read(deployment)
    open_ = [line for line in found.counted() if line.is_open]
    open_.sort(key=lambda line: line.result is not Result.FAILED)
    return {
        **_badge(found.result()),
        "sentence": sentences.describe(found),
        "lines": [_line(line) for line in open_[:SHOWN]],
        "more": len(open_) - SHOWN,
    }


def _begun(deployment: Deployment) -> dict[str, Any]:
    """One query: the page asks for it again and again."""
    found = reading.at_start(deployment)
    if not found:
        told = messages.text(reading.NOT_RECORDED)
        return {"look": "quiet", "badge": _("unknown"), "sentence": told}
    facts = {"title": sentences.TITLES[Phase.BEFORE], "counts": sentences.counts(found)}
    told = str(_("%(title)s: %(counts)s.")) % facts
    return {**_badge(results.sum_up(found)), "sentence": told}


def _badge(result: Result) -> dict[str, Any]:
    return {"look": sentences.LOOKS[result], "badge": sentences.WORDS[result]}


def _line(line: Line) -> dict[str, Any]:
    return {
        "title": line.item.title,
        "look": sentences.LOOKS[line.result],
        "word": sentences.WORDS[line.result],
        "text": line.text,
    }

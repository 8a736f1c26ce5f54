"""The page of a deployment's checklist, as parts that keep themselves current."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core import messages
from zdt_core.console import links, live
from zdt_core.console.buttons import Button
from zdt_core.console.live import SELDOM_MS, Part
from zdt_deploy.deployments import page as deployment_page
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import FINAL
from zdt_deploy.preflight import marking, phases, reading, sentences
from zdt_deploy.preflight.models import PreflightMark
from zdt_deploy.preflight.phases import Phase
from zdt_deploy.preflight.reading import Line
from zdt_deploy.preflight.results import CLEAR, Result

_TEMPLATE = "zdt_deploy/preflight/list.html"
BUTTONS = {
    button.name: button
    for button in (
        Button("tick", marking.TICKED, _("Tick"), "", "zdt_deploy.tick_preflight"),
        Button("waive", marking.WAIVED, _("Waive"), "", "zdt_deploy.waive_preflight"),
        Button("withdraw", marking.WITHDRAWN, _("Take back"), "", "zdt_deploy.tick_preflight"),
    )
}

fingerprint = deployment_page.fingerprint


def every(deployment: Deployment) -> int:
    """Milliseconds between two looks of a browser; 0 once nothing will change."""
    return 0 if deployment.state in FINAL else SELDOM_MS


def parts(request: HttpRequest, deployment: Deployment) -> Sequence[Part]:
    """How it stands, and the three lists."""
    found = reading.read(deployment)
    result = found.result()
    look, word = sentences.LOOKS[result], sentences.WORDS[result]
    status = live.status(request, look, word, sentences.describe(found), _lacking(request))
    return [status, *(_list(request, deployment, found, phase) for phase in Phase)]


def _list(
    request: HttpRequest, deployment: Deployment, found: reading.Checklist, phase: Phase
) -> Part:
    content = {
        "lines": [_line(request, deployment, line) for line in found.of(phase)],
        "deployment": deployment,
        "closed": not phases.takes_marks(phase, deployment.state),
    }
    drawn = live.part(request, _TEMPLATE, sentences.TITLES[phase], content)
    return Part(phase.value, drawn.title, drawn.body)


def _line(request: HttpRequest, deployment: Deployment, line: Line) -> dict[str, Any]:
    ahead = line.seen.code == reading.NOT_YET
    return {
        "item": line.item,
        "look": "quiet" if ahead else sentences.LOOKS[line.result],
        "word": _("not yet") if ahead else sentences.WORDS[line.result],
        "text": line.text,
        "mark": line.mark,
        "who": line.mark.by.partition(":")[2] if line.mark else "",
        "elsewhere": _elsewhere(request, deployment, line.mark),
        "does": [BUTTONS[name] for name in _possible(request, deployment, line)],
    }


def _elsewhere(
    request: HttpRequest, deployment: Deployment, mark: PreflightMark | None
) -> dict[str, str] | None:
    """The earlier deployment that a tick was made for."""
    if mark is None or mark.deployment.pk == deployment.pk:
        return None
    url = links.to(request, Deployment, mark.deployment.pk, page="preflight")
    return {"version": mark.deployment.version, "url": url}


def _possible(request: HttpRequest, deployment: Deployment, line: Line) -> list[str]:
    """The buttons that lead somewhere for this person now."""
    item, own = line.item, line.mark and line.mark.deployment.pk == deployment.pk
    if not phases.takes_marks(item.phase, deployment.state):
        return []
    if not phases.has_come(item.since, deployment.state):
        return []
    if own:
        names = ["withdraw"]
    elif line.seen.result in CLEAR:
        names = []
    else:
        ticks = item.by_hand and line.result is Result.UNKNOWN
        names = [*(["tick"] if ticks else []), "waive"]
    return [name for name in names if BUTTONS[name].permitted(request)]


def _lacking(request: HttpRequest) -> str:
    """Which permission a person lacks who may only look; "" where they may do something."""
    if any(button.permitted(request) for button in BUTTONS.values()):
        return ""
    return messages.text("permission_missing", {"permission": BUTTONS["tick"].codename})

"""The gate of a rolling deployment on its page: may the next processes be replaced?"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core.console import panels
from zdt_core.gates import Answer
from zdt_deploy.deployments import batches, progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import FINAL, Strategy

_LOOKS = {Answer.OPEN: "good", Answer.CLOSED: "quiet", Answer.UNKNOWN: "bad"}
_NAMES = {Answer.OPEN: _("open"), Answer.CLOSED: _("closed"), Answer.UNKNOWN: _("unknown")}


@panels.panel("deployment", _("Next batch"), "zdt_deploy/deployments/batch.html", order=10)
def next_batch(request: HttpRequest, deployment: Deployment) -> dict[str, Any] | None:
    """What a pipeline is told that asks now."""
    if deployment.strategy != Strategy.ROLLING or deployment.state in FINAL:
        return None
    batch = batches.ask(deployment)
    return {
        "look": _LOOKS[batch.answer],
        "answer": _NAMES[batch.answer],
        "sentence": str(batch.finding),
        "fleet": batch.fleet,
        "share": f"{batch.fleet.share.normalize():f}",
        "goal": f"{progress.step_of(deployment).percentage:f}",
        "deployment": deployment,
    }

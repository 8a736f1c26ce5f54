"""The evidence on a deployment's page: the newest verdict in numbers, and the ones before."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core import messages
from zdt_core.console import panels
from zdt_deploy.canary.models import TrafficShare, Verdict
from zdt_deploy.deployments.models import Deployment

SHOWN = 20
_LOOKS = {"ok": "good", "breach": "bad", "silent": "bad", "blind": "warn", "missed": "warn"}


@panels.panel("deployment", _("Evidence"), "zdt_deploy/canary/evidence.html")
def evidence(request: HttpRequest, deployment: Deployment) -> dict[str, Any]:
    """What the monitor saw, newest first, and the published share."""
    verdicts = list(Verdict.objects.filter(deployment=deployment).order_by("-slot")[:SHOWN])
    share = TrafficShare.objects.filter(deployment=deployment).first()
    measured = next((v.evidence for v in verdicts if "canary" in v.evidence), None)
    return {
        "rows": [_row(verdict) for verdict in verdicts],
        "tracks": [_track(measured, name) for name in ("canary", "stable")] if measured else [],
        "before": measured["baseline"] == "before" if measured else False,
        "share": share,
        "deployment": deployment,
    }


def _row(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "look": _LOOKS.get(verdict.outcome, "quiet"),
        "sentence": messages.text(verdict.code, verdict.params),
    }


def _track(measured: dict[str, Any], track: str) -> dict[str, Any]:
    facts = measured[track]
    requests, errors = facts["requests"], facts["errors"]
    return {"name": track, "error_percent": 100 * errors / requests if requests else None, **facts}

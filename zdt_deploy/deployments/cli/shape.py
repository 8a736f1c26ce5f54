"""How a deployment looks to machines and to people."""

from __future__ import annotations

from typing import Any

from zdt_core import messages
from zdt_deploy.deployments import progress, records, sentences
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import By, State, allowed
from zdt_deploy.freezes import shape as freezes


def as_json(deployment: Deployment) -> dict[str, Any]:
    """Everything that a pipeline may ask."""
    verdict = last_verdict(deployment)
    return {
        "id": deployment.pk,
        "service": deployment.service,
        "environment": deployment.environment,
        "version": deployment.version,
        "previous_version": deployment.previous_version,
        "strategy": deployment.strategy,
        "state": deployment.state,
        "step": deployment.step,
        "share": f"{progress.share_of(deployment):f}",
        "revision": deployment.revision,
        "sentence": sentences.describe(deployment),
        "code": deployment.code,
        "params": deployment.params,
        "possible": [event.value for event in allowed(State(deployment.state), By.PERSON)],
        "window_until": deployment.window_until,
        "plan": deployment.plan,
        "last_verdict": verdict and {
            "slot": verdict.slot, "outcome": verdict.outcome, "code": verdict.code,
            "params": verdict.params, "at": verdict.at,
        },
        "frozen": freezes.frozen(deployment),
        "emergency": freezes.emergency(deployment),
        "record": records.record(deployment),
    }  # fmt: skip


def last_verdict(deployment: Deployment) -> Any:
    """The monitor's newest verdict, where a monitor keeps them; else None."""
    verdicts = getattr(deployment, "verdicts", None)
    return None if verdicts is None else verdicts.order_by("-slot").first()


def verdict_line(verdict: Any) -> str:
    """The verdict in one line; "" for none."""
    if verdict is None:
        return ""
    return f"verdict {verdict.slot}: {verdict.outcome}. " + messages.text(
        verdict.code, verdict.params
    )

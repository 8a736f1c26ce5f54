"""How a deployment looks to machines and to people."""

from __future__ import annotations

from typing import Any

from zdt_core import messages
from zdt_deploy.deployments import progress, records, sentences
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import By, Event, State, allowed
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
        "regions": regions(deployment),
        "revision": deployment.revision,
        "sentence": sentences.describe(deployment),
        "code": deployment.code,
        "params": deployment.params,
        "possible": [event.value for event in possible(deployment)],
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


def possible(deployment: Deployment) -> list[Event]:
    """What a person may do with it now; one region only goes back where there are several."""
    events = allowed(State(deployment.state), By.PERSON)
    return [event for event in events if event is not Event.RETREAT or deployment.regions]


def regions(deployment: Deployment) -> list[dict[str, Any]]:
    """The regions of the plan in their order, and the rest as ""; empty where it has none."""
    plan = Plan.from_json(deployment.plan)
    shares, back = progress.shares_of(deployment), progress.gone_back(deployment)
    rest = shares[progress.EVERYWHERE]
    named = [*plan.regions, progress.EVERYWHERE] if plan.regions else []
    return [
        {"region": region, "share": f"{shares.get(region, rest):f}", "went_back": region in back}
        for region in named
    ]


def region_line(deployment: Deployment) -> str:
    """The shares of all regions in one line; "" where the plan has none."""
    return ", ".join(
        f"{found['region'] or 'elsewhere'} {found['share']} %" for found in regions(deployment)
    )


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

"""The checklist and the start of a deployment: the condition of its gate, and what stays on record.

`ZDT_PREFLIGHT` says how much it weighs: "off" nothing, "warn" it is recorded and shown, "require"
nobody is sent to the new release while an item is failed or unknown.
"""

from __future__ import annotations

from typing import Any

from zdt_core import database, events, gates
from zdt_core.events import Actor
from zdt_core.gates import Finding
from zdt_deploy.conf import conf
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.signals import moved
from zdt_deploy.deployments.states import Event
from zdt_deploy.preflight import reading, results
from zdt_deploy.preflight.models import PreflightReading
from zdt_deploy.preflight.reading import Line
from zdt_deploy.preflight.results import Result

OFF, WARN, REQUIRE = MODES = ("off", "warn", "require")
CHECKED = "deployment.checked"


@gates.condition("deployment.start", "preflight")
def preflight(deployment: Deployment) -> Finding:
    """The list before is clear, where that is required; a waiver clears an item."""
    if conf.PREFLIGHT != REQUIRE:
        return gates.open_()
    lines = reading.look_before(deployment)
    worst = results.sum_up(line.result for line in lines)
    if worst is Result.PASSED:
        return gates.open_()
    facts = {"items": named(lines), "id": deployment.pk}
    if worst is Result.FAILED:
        return gates.closed("preflight_failed", **facts)
    return gates.unknown("preflight_unknown", **facts)


def named(lines: list[Line]) -> str:
    """The names of what is open, failed ones first."""
    failed = [line.item.name for line in lines if line.result is Result.FAILED]
    unknown = [line.item.name for line in lines if line.result is Result.UNKNOWN]
    return ", ".join([*failed, *unknown])


def connect() -> None:
    """Put on record how the list stood at each start."""
    moved.connect(_moved, dispatch_uid="zdt_deploy.preflight")


def _moved(sender: Any, deployment: Deployment, event: Event, actor: Actor, **kwargs: Any) -> None:
    if event is not Event.START or conf.PREFLIGHT == OFF:
        return
    lines = reading.look_before(deployment)
    PreflightReading.objects.update_or_create(
        pk=deployment.pk,
        defaults={"seen": reading.as_recorded(lines), "at": database.Now()},
    )
    open_ = [line for line in lines if line.is_open]
    events.record(
        CHECKED,
        subject=("deployment", deployment.pk),
        actor=actor,
        after={line.item.name: line.result.value for line in lines},
        code="preflight_began_in_spite" if open_ else "preflight_began_clear",
        params={"items": named(open_)},
        service=deployment.service,
        environment=deployment.environment,
    )

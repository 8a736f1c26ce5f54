"""Who wants which move, and whether they may ask for it at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from zdt_core import database
from zdt_core.events import Actor
from zdt_core.exceptions import Refused, Stale
from zdt_deploy.deployments import progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.refusals import SYSTEM
from zdt_deploy.deployments.states import TABLE, By, Event, Move, State


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants which event, and why: ``code`` with ``params`` is a machine's reason, ``reason``
    a person's. ``expected_revision`` is the one they have seen; ``force`` overrides what a person
    may override."""

    event: Event
    actor: Actor
    reason: str = ""
    expected_revision: int | None = None
    code: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    force: bool = False

    @property
    def by(self) -> By:
        return By.SYSTEM if self.actor.kind == SYSTEM else By.PERSON

    def event_for(self, deployment: Deployment) -> Event:
        """To advance from the step before the last is to promote, and to take the only region back
        that has users is to roll back; no step is skipped."""
        if self.event is Event.RETREAT and (State(deployment.state), self.event) in TABLE:
            return progress.retreat_of(deployment, str(self.params.get("region", "")))
        if deployment.state != State.OBSERVING or self.event not in (Event.ADVANCE, Event.PROMOTE):
            return self.event
        forward = progress.forward_of(deployment)
        following = progress.next_step_of(deployment)
        if self.event is Event.PROMOTE and forward is Event.ADVANCE and following:
            raise Refused("steps_remain", next=f"{following.percentage:f}")
        return forward

    def check_revision(self, deployment: Deployment) -> None:
        """Raise Stale when the deployment is not the one that was seen."""
        if self.expected_revision not in (None, deployment.revision):
            raise Stale(
                "stale_revision",
                state=deployment.state,
                revision=deployment.revision,
                expected=self.expected_revision,
            )

    def check_who(self, move: Move, event: Event) -> None:
        """zdt itself is trusted with every event; some are not a person's to cause."""
        if self.by is By.PERSON and not move.by & By.PERSON:
            raise Refused("not_for_people", event=event.value)

    def check_reason(self, deployment: Deployment, event: Event) -> None:
        """What cannot be taken back, or is only a person's word, needs an explicit reason."""
        if self.reason.strip() or self.code:
            return
        if event is Event.COMPLETE and not _window_is_over(deployment):
            until = deployment.window_until
            shown = until.isoformat(timespec="seconds") if until else "-"
            raise Refused("reason_missing_for_window", until=shown)
        if event is Event.FINISH_ROLLBACK and self.by is By.PERSON:
            raise Refused("reason_missing")

    def cause(self, event: Event) -> dict[str, Any]:
        """Why the deployment is where it is: a machine's code, else a person's word."""
        if self.code:
            return {"code": self.code, "params": self.params}
        said = self.reason.strip()
        if self.by is By.PERSON and said:
            return {"code": "person_said", "params": {"who": self.actor.name, "reason": said}}
        if event in (Event.RETRY, Event.FINISH_ROLLBACK):
            return {}  # what sent it back remains
        if self.by is By.PERSON:
            return {"code": "person_did", "params": {"who": self.actor.name}}
        return {"code": "", "params": {}}


def _window_is_over(deployment: Deployment) -> bool:
    rows = Deployment.objects.filter(pk=deployment.pk, window_until__lte=database.Now())
    return bool(rows.exists())

"""When a deployment's users moved, by the clock that numbers the slots."""

from __future__ import annotations

from datetime import datetime

from zdt_core.events import Event
from zdt_deploy.comparison.phases import Times
from zdt_deploy.deployments import progress
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import PAST, State, Strategy
from zdt_deploy.deployments.states import Event as Move

_BACK = (State.ROLLING_BACK.value, State.STUCK.value, State.ROLLED_BACK.value)
_AT_ONCE = (Strategy.BLUE_GREEN.value, Strategy.ROLLING.value)
_ROLLED_BACK = f"deployment.{PAST[Move.ROLL_BACK]}"


def times_of(deployment: Deployment, ahead: float) -> Times:
    """By the slots' clock, which is ``ahead`` of the database's."""
    is_back = deployment.state in _BACK
    return Times(
        begun=_stamp(deployment.started_at, ahead) or 0.0,
        everyone=_stamp(_everyone_since(deployment), ahead),
        ended=_stamp(_back_since(deployment) if is_back else deployment.finished_at, ahead),
    )


def _everyone_since(deployment: Deployment) -> datetime | None:
    """The promotion; where the share of all is watched before it, since that has arrived."""
    found: datetime | None = deployment.promoted_at
    is_last = progress.step_of(deployment).percentage == progress.ALL
    if deployment.strategy in _AT_ONCE and is_last and deployment.step_arrived:
        found = deployment.step_since
    return found


def _back_since(deployment: Deployment) -> datetime:
    """Going back takes as long as it takes; nothing counts from its beginning on."""
    rows = Event.objects.filter(
        subject_type="deployment", subject_id=deployment.pk, kind=_ROLLED_BACK, refused=False
    )
    last = rows.order_by("-id").first()
    found: datetime = deployment.state_since if last is None else last.at
    return found


def _stamp(moment: datetime | None, ahead: float) -> float | None:
    return None if moment is None else moment.timestamp() + ahead

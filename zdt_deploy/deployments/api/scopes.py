"""What tokens may be allowed to do with deployments."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zdt_core.access import scopes
from zdt_core.access.scopes import Scope
from zdt_deploy.deployments.states import PERMISSIONS, Event

READ = "deployments.read"
START = "deployments.start"
STEER = "deployments.steer"
ROLL_BACK = "deployments.roll_back"
COMPLETE = "deployments.complete"
APPROVE = "deployments.approve_emergency"
REVIEW = "deployments.review_emergency"

_OF_PERMISSIONS = {
    "start_deployment": START,
    "advance_deployment": STEER,
    "pause_deployment": STEER,
    "rollback_deployment": ROLL_BACK,
    "complete_deployment": COMPLETE,
    "approve_emergency": APPROVE,
    "review_emergency": REVIEW,
}
_MEANINGS = {
    START: _("Start, begin and cancel deployments."),
    STEER: _("Advance, pause and resume deployments."),
    ROLL_BACK: _("Roll deployments back, and retry or settle a stuck rollback."),
    COMPLETE: _("Close the way back of deployments."),
    APPROVE: _("Approve and decline the emergencies of other people."),
    REVIEW: _("Review the emergencies of other people."),
}


def of(event: Event) -> str:
    """The scope that a token needs to cause ``event``."""
    return _OF_PERMISSIONS[PERMISSIONS[event]]


def register() -> None:
    """Tell zdt_core about them; who hands one out needs the permissions of its events."""
    looking = Scope(
        READ, _("Look at deployments, and wait for them."), ("zdt_deploy.view_deployment",)
    )
    scopes.register(
        looking, *(Scope(name, meaning, _needed(name)) for name, meaning in _MEANINGS.items())
    )


def _needed(scope: str) -> tuple[str, ...]:
    return tuple(
        f"zdt_deploy.{permission}"
        for permission, given in _OF_PERMISSIONS.items()
        if given == scope
    )

"""Emergencies over HTTP: asked for, approved, declined and reviewed by a token, for which the
person who made it answers. The table of `zdt_deploy.deployments.api.endpoints` says where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from zdt_core.access import bodies, fields, idempotency
from zdt_core.access.fields import Field
from zdt_core.access.idempotency import Reply
from zdt_deploy.deployments import refusals
from zdt_deploy.deployments.api import scopes, shapes, views
from zdt_deploy.deployments.api.actions import REASON
from zdt_deploy.deployments.api.refusing import refused, unreadable
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.freezes import emergencies
from zdt_deploy.freezes.people import Who

WHY = Field("reason", "Why, for the record.", required=True, longest=emergencies.LONGEST)


def _decline(deployment_id: str, who: Who, *, reason: str) -> Any:
    return emergencies.decline(deployment_id, who.actor, reason=reason)


@dataclass(frozen=True, slots=True)
class Answer:
    """``path`` is the end of the URL below a deployment's, ``kind`` that of its event, and
    ``permission`` what the maker of a token needs."""

    name: str
    path: str
    scope: str
    permission: str
    kind: str
    meaning: str
    act: Callable[..., Any]
    field: Field = WHY


ANSWERS = (
    Answer(
        "requestEmergency",
        "emergency/",
        scopes.START,
        "start_deployment",
        emergencies.REQUESTED,
        "Ask that a deployment may pass freezes and skip observation; another person approves.",
        emergencies.request,
    ),
    Answer(
        "approveEmergency",
        "emergency/approve/",
        scopes.APPROVE,
        "approve_emergency",
        emergencies.APPROVED,
        "Approve an emergency that another person asked for.",
        emergencies.approve,
        REASON,
    ),
    Answer(
        "declineEmergency",
        "emergency/decline/",
        scopes.APPROVE,
        "approve_emergency",
        emergencies.DECLINED,
        "Say no to an emergency.",
        _decline,
    ),
    Answer(
        "reviewEmergency",
        "emergency/review/",
        scopes.REVIEW,
        "review_emergency",
        emergencies.REVIEWED,
        "Write down what one found of another person's emergency afterwards.",
        emergencies.review,
    ),
)


def doing(answer: Answer) -> Callable[..., HttpResponse]:
    """The view of one of the `ANSWERS`; it gives the deployment."""

    def view(request: Any, id: str) -> HttpResponse:
        body = bodies.read(request)
        with unreadable():
            said = fields.read((answer.field,), body)
        deployment, why = views.get(request, id), said["reason"] or ""

        def act() -> Reply:
            with refused(deployment):
                answer.act(deployment.pk, _who(request, answer, deployment), reason=why)
            return Reply(200, shapes.full(Deployment.objects.get(pk=deployment.pk)))

        return idempotency.once(request, body, act).response()

    return view


def _who(request: Any, answer: Answer, deployment: Deployment) -> Who:
    """The person behind the token. One who may not do this is on record as who tried."""
    subject, actor = ("deployment", deployment.pk), request.zdt_actor
    with refusals.noted(answer.kind, subject, actor=actor, reason=""):
        return Who.of_token(actor, request.zdt_token.created_by, answer.permission)

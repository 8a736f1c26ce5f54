"""The other deployments of the same service and environment, of which one at most is active."""

from __future__ import annotations

from typing import NoReturn

from django.db import IntegrityError
from django.db.models import Q

from zdt_core.exceptions import Refused
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import ACTIVE, State

ONE_ACTIVE = "zdt_one_active_deployment"


def lock(service: str, environment: str, *also: str) -> list[Deployment]:
    """The rows that could be in the way, and ``also``, locked in the order of their ids.

    Everybody who brings a deployment to life locks them first, so that none of them moves between
    the look at it and the commit.
    """
    at = Q(service=service, environment=environment)
    open_ = Q(state__in=(*ACTIVE, State.BAKING.value))
    rows = Deployment.objects.select_for_update().filter(at & open_ | Q(pk__in=also))
    return list(rows.order_by("pk"))


def refuse(deployment: Deployment, error: IntegrityError) -> NoReturn:
    """Say which other deployment is active, when that is what ``error`` means."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if getattr(diagnosis, "constraint_name", "") != ONE_ACTIVE:
        raise error
    at = {"service": deployment.service, "environment": deployment.environment}
    other = Deployment.objects.filter(**at, state__in=ACTIVE).exclude(pk=deployment.pk).first()
    raise duplicate(other, **at) from error


def duplicate(other: Deployment | None, service: str, environment: str) -> Refused:
    """The refusal of a second active deployment. ``other`` is None where it ended meanwhile."""
    return Refused(
        "duplicate_deployment",
        id=other.pk if other else "-",
        version=other.version if other else "-",
        state=other.state if other else "-",
        service=service,
        environment=environment,
    )

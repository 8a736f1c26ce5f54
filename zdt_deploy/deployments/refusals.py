"""What a person tried and may not do stays on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zdt_core import events
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.deployments.models import Deployment

SYSTEM = "system"


@contextmanager
def noted(
    kind: str,
    subject: tuple[str, str],
    *,
    actor: Actor,
    reason: str,
    service: str | None = None,
    environment: str | None = None,
) -> Iterator[None]:
    """Put this around the transaction: a refusal is written once that has been rolled back.

    zdt's own attempts are not: whoever makes them says so in its own record.
    """
    try:
        yield
    except Refused as refusal:
        if actor.kind != SYSTEM:
            service, environment = _place(subject, service, environment)
            events.refused(
                kind, subject=subject, actor=actor, refusal=refusal, reason=reason,
                service=service, environment=environment,
            )  # fmt: skip
        raise


def _place(
    subject: tuple[str, str], service: str | None, environment: str | None
) -> tuple[str | None, str | None]:
    if subject[0] == "deployment":
        row = Deployment.objects.filter(pk=subject[1]).first()
        if row is not None:
            return row.service, row.environment
    return service, environment

"""What a rollback calls in a drill."""

import time

from tests.system.visitors.models import Called


def page_somebody(deployment_id: str, region: str, idempotency_key: str) -> None:
    """Slow enough to be killed in the middle."""
    time.sleep(0.5)
    Called.objects.create(deployment=deployment_id, key=idempotency_key)


def always_fails(deployment_id: str, region: str, idempotency_key: str) -> None:
    raise RuntimeError("nobody answers")

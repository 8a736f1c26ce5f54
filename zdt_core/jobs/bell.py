"""The doorbell: an RQ job that carries the id of a run, and nothing else.

Losing, doubling or delaying a ring is harmless. A ring that nobody answers expires soon, because
the ticker rings again.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Collection
from typing import Any

import django_rq
import redis
from django.conf import settings
from django.db import Error as DatabaseError
from rq import Queue
from rq.serializers import JSONSerializer

from zdt_core import database, fast_copy
from zdt_core.exceptions import ConfigurationError
from zdt_core.jobs import queues, registry
from zdt_core.jobs.models import Run

FUNCTION = "zdt_core.jobs.work.run_slice"
FAILURES_KEPT_SECONDS = 3600
logger = logging.getLogger("zdt.jobs")
_others: dict[str, redis.Redis] = {}


def ring(queue: str, run_ids: Collection[int]) -> None:
    """Ring for ``run_ids``. Raises fast_copy.Error when Redis is away."""
    line = Queue(queue, connection=connection(queue), serializer=JSONSerializer)
    figures = queues.queue(queue)
    limit = figures.time_limit(registry.longest_lease(queue))
    patience = math.ceil(2 * figures.ring_again)
    line.enqueue_many(
        Queue.prepare_data(
            FUNCTION,
            args=(run_id,),
            timeout=limit,
            ttl=patience,
            result_ttl=0,
            failure_ttl=FAILURES_KEPT_SECONDS,
            description=f"a slice of run {run_id}",
        )
        for run_id in run_ids
    )


def ring_on_commit(run_id: int, queue: str) -> None:
    """Ring once the transaction has committed. Where that fails, the next tick rings."""
    database.on_commit(lambda: _ring_or_leave_it_to_the_ticker(run_id, queue))


def connection(queue: str) -> redis.Redis:
    """The client for ``queue``: the one of the fast copy where both have the same address."""
    config = queue_config(queue)
    if config.get("URL") == fast_copy.url() and config.get("DB") is None:
        return fast_copy.client()
    if queue not in _others:
        client = django_rq.get_connection(queue)
        client.connection_pool.connection_kwargs.setdefault("socket_timeout", 5)
        _others[queue] = client
    return _others[queue]


def queue_config(queue: str) -> dict[str, Any]:
    """The entry of RQ_QUEUES. Raises ConfigurationError when it is missing."""
    config: dict[str, dict[str, Any]] = getattr(settings, "RQ_QUEUES", {})
    if queue not in config:
        raise ConfigurationError(f"RQ_QUEUES has no queue “{queue}”; run `manage.py check`.")
    return config[queue]


def _ring_or_leave_it_to_the_ticker(run_id: int, queue: str) -> None:
    try:
        ring(queue, [run_id])
    except fast_copy.Error as error:
        logger.warning("Nobody was rung for run %s (%s); the ticker will.", run_id, error)
        _forget_ring(run_id)


def _forget_ring(run_id: int) -> None:
    try:
        Run.objects.filter(pk=run_id).update(rung_at=None)
    except DatabaseError as error:
        logger.warning("Run %s waits for its second ring: %s", run_id, error)

"""Does Redis answer? One short connection of our own, so that no second one is kept."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from zdt_core import fast_copy
from zdt_core.conf import conf


def probe() -> None:
    """Ping. Raises `fast_copy.Error`."""
    client = Redis.from_url(
        fast_copy.url(),
        socket_timeout=conf.HEALTH_DEADLINE,
        socket_connect_timeout=conf.HEALTH_DEADLINE,
        retry=Retry(NoBackoff(), 0),
        single_connection_client=True,
    )
    try:
        client.ping()
    finally:
        client.close()

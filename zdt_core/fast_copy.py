"""Redis or Valkey: the fast copy. Losing it loses speed and the liveness of heartbeats, no state.

One client, and so one connection, per process; every call ends within ZDT_REDIS_TIMEOUT seconds.
"""

from __future__ import annotations

import os
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from zdt_core.conf import conf
from zdt_core.exceptions import ConfigurationError

_clients: dict[tuple[str, float], redis.Redis] = {}
Error = redis.RedisError
"""What any call may raise when Redis is away."""


def url() -> str:
    """The address of the fast copy. Raises ConfigurationError when none is configured."""
    given = conf.REDIS_URL
    if given:
        return given
    queues: Any = getattr(settings, "RQ_QUEUES", {})
    queue = queues.get("zdt") if isinstance(queues, dict) else None
    found = queue.get("URL") if isinstance(queue, dict) else None
    if found:
        return str(found)
    raise ConfigurationError("Set ZDT_REDIS_URL, or give RQ_QUEUES a queue 'zdt' with a URL.")


def client() -> redis.Redis:
    """This process's client. It decodes nothing: keys and values are bytes."""
    key = (url(), conf.REDIS_TIMEOUT)
    if key not in _clients:
        _clients[key] = redis.Redis.from_url(
            key[0],
            socket_timeout=key[1],
            socket_connect_timeout=key[1],
            max_connections=4,
            retry=Retry(NoBackoff(), 1),  # one reconnect after the server went away
            retry_on_error=[redis.ConnectionError],
        )
    return _clients[key]


def hang_up() -> None:
    """Close this process's connections, where it will not ask again for a while."""
    for known in _clients.values():
        known.connection_pool.disconnect()


def forget() -> None:
    """Drop the client and its sockets; a forked child must not share its parent's."""
    _clients.clear()


os.register_at_fork(after_in_child=forget)

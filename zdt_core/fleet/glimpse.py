"""The cheap view of the fleet in Redis: who beat lately. Never the truth, only a glimpse.

Each process keeps one key with a time to live, and its instance id in a set per service.
"""

from __future__ import annotations

import json
import math
from typing import Any, cast

from zdt_core import fast_copy, identity
from zdt_core.conf import conf
from zdt_core.fleet.reports import Report


def write(role: str, report: Report) -> None:
    """Renew this process's key. Raises `fast_copy.Error` when Redis is away."""
    who = identity.current()
    index = _index(who.environment, who.service)
    value = {
        "instance": who.instance, "role": role, "release": who.release, "track": who.track,
        "region": who.region, "draining": report.draining, "in_flight": report.in_flight,
    }  # fmt: skip
    seconds = math.ceil(conf.FLEET_SILENT_AFTER)
    with fast_copy.client().pipeline(transaction=False) as pipe:
        pipe.set(_key(index, who.instance), json.dumps(value), ex=seconds)
        pipe.sadd(index, who.instance)
        pipe.expire(index, 86_400)
        pipe.execute()


def erase() -> None:
    """Take this process out. Raises `fast_copy.Error` when Redis is away."""
    who = identity.current()
    index = _index(who.environment, who.service)
    with fast_copy.client().pipeline(transaction=False) as pipe:
        pipe.delete(_key(index, who.instance))
        pipe.srem(index, who.instance)
        pipe.execute()


def read(environment: str, service: str) -> list[dict[str, Any]]:
    """What the processes that beat within ZDT_FLEET_SILENT_AFTER said, by instance id.

    Raises `fast_copy.Error` when Redis is away.
    """
    index = _index(environment, service)
    redis = fast_copy.client()
    instances = sorted(cast(bytes, member).decode() for member in redis.smembers(index))
    if not instances:
        return []
    values = redis.mget([_key(index, instance) for instance in instances])
    expired = [name for name, value in zip(instances, values, strict=True) if value is None]
    if expired:
        redis.srem(index, *expired)
    return [json.loads(value) for value in values if value is not None]


def _index(environment: str, service: str) -> str:
    return f"zdt:p:{environment}:{service}"


def _key(index: str, instance: str) -> str:
    return f"{index}:{instance}"

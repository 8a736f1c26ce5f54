"""The flags in Redis: a copy for quick looks, never the truth.

Whoever commits a change or finds a newer version in PostgreSQL publishes it. The copy is signed
with SECRET_KEY, so that somebody who can only write to Redis cannot switch flags. Calls raise
`fast_copy.Error` when Redis is away.
"""

from __future__ import annotations

from typing import Any

from django.core import signing

from zdt_core import database, fast_copy
from zdt_core.conf import conf
from zdt_flags.snapshot import Snapshot, Version, build

FORMAT = 1
_KEPT = 24 * 3600 * 1000  # milliseconds; each look at PostgreSQL that finds no copy makes a new one

_PUBLISH = """
if tonumber(redis.call('HGET', KEYS[1], 'number') or '-1') >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'number', ARGV[1], 'stamp', ARGV[2], 'body', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""
_WITHDRAW = """
if redis.call('HGET', KEYS[1], 'number') ~= ARGV[1] then return 0 end
if redis.call('HGET', KEYS[1], 'stamp') ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[1])
"""


def key() -> str:
    """The key of this site's copy: one per database, so that tests never meet a site's flags."""
    name = database.connection().settings_dict["NAME"]
    return f"zdt:flags:{FORMAT}:{conf.ENVIRONMENT}:{conf.SERVICE}:{name}"


def version() -> Version | None:
    """The version of the copy; None where there is none."""
    answer: Any = fast_copy.client().hmget(key(), "number", "stamp")
    number, stamp = answer
    return None if number is None else Version(int(number), (stamp or b"").decode())


def fetch() -> Snapshot | None:
    """The copy, or None where there is none. Raises ValueError for one that this site never made
    (or made with a SECRET_KEY that this process does not know)."""
    body: Any = fast_copy.client().hget(key(), "body")
    if body is None:
        return None
    try:
        return build(_signer().unsign(body.decode()), "redis")
    except signing.BadSignature as error:
        raise ValueError("The copy of the flags in Redis is not signed by this site.") from error


def publish(snapshot: Snapshot) -> None:
    """Put ``snapshot`` into Redis unless what lies there is as new."""
    body = _signer().sign(snapshot.document)
    version = snapshot.version
    fast_copy.client().eval(_PUBLISH, 1, key(), version.number, version.stamp, body, _KEPT)


def withdraw(version: Version) -> None:
    """Take ``version`` out of Redis if it still lies there."""
    fast_copy.client().eval(_WITHDRAW, 1, key(), version.number, version.stamp)


def _signer() -> signing.Signer:
    return signing.Signer(salt="zdt.flags.published")

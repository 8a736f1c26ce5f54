"""How observations lie in Redis.

| key | type | holds |
|---|---|---|
| PREFIX`:r:`SLOT | set | the releases that reported in the slot |
| PREFIX`:s:`SLOT`:`RELEASE | hash | `n` requests, `e` failed, `u` µs in the database, `q` queries, `h`BUCKET latency, `d`BUCKET time in the database, `p:`ID and `x:`ID errors inside and outside of requests, `c:`ID and `t:`ID calls and µs of a query |
| PREFIX`:w:`RELEASE | hash | the words of each ID, as JSON |
| PREFIX`:q:`INSTANCE | string | the number of the last flush that was counted |

PREFIX is ``zdt:o:{ENVIRONMENT:REGION:SERVICE}``. SLOT is the second, by Redis's clock, at which the
slot began; it is as long as `SLOT_WINDOWS` metric windows.
"""  # noqa: E501

from __future__ import annotations

from zdt_core.conf import conf

KEPT_SECONDS = 7200
"""How long a slot can be read."""

SLOT_WINDOWS = 6
"""A slot is a minute where a window is ten seconds."""

OTHERS = "others"
"""The ID of what is beyond the number that is told apart."""


def slot_seconds() -> int:
    return SLOT_WINDOWS * conf.METRICS_WINDOW


def prefix(environment: str, region: str, service: str) -> str:
    return f"zdt:o:{{{environment}:{region}:{service}}}"


def releases(prefix: str, slot: int) -> str:
    return f"{prefix}:r:{slot}"


def slot(prefix: str, start: int, release: str) -> str:
    return f"{prefix}:s:{start}:{release}"


def words(prefix: str, release: str) -> str:
    return f"{prefix}:w:{release}"


def last_flush(prefix: str, instance: str) -> str:
    return f"{prefix}:q:{instance}"

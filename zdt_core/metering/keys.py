"""How windows lie in Redis.

| key | type | holds |
|---|---|---|
| PREFIX`:i:`WINDOW | set | the members `RELEASE:INSTANCE` that reported in the window |
| PREFIX`:w:`WINDOW`:`RELEASE`:`INSTANCE | hash | `s` seconds, `n` requests, `e` errors, `m` misrouted, `h`BUCKET, `c:`NAME |
| PREFIX`:q:`INSTANCE | string | the number of the last flush that was counted |
| PREFIX`:t:`RELEASE`:`INSTANCE | hash | the same fields as a window's but `s`, since the process began |
| PREFIX`:t` | sorted set | the members `RELEASE:INSTANCE` by the second of their last flush |

PREFIX is ``zdt:m:{ENVIRONMENT:REGION:SERVICE}``; its braces keep one service's keys together on a
Redis cluster. WINDOW is the second, by Redis's clock, at which the window began.
"""  # noqa: E501

from __future__ import annotations

KEPT_SECONDS = 7200
"""How long a window can be read."""

TOTALS_KEPT_SECONDS = 900
"""How long the totals of a process that flushes no more can be read: a few scrapes."""


def prefix(environment: str, region: str, service: str) -> str:
    return f"zdt:m:{{{environment}:{region}:{service}}}"


def members(prefix: str, window: int) -> str:
    return f"{prefix}:i:{window}"


def window(prefix: str, start: int, member: str) -> str:
    return f"{prefix}:w:{start}:{member}"


def totals(prefix: str, member: str) -> str:
    return f"{prefix}:t:{member}"


def reporters(prefix: str) -> str:
    return f"{prefix}:t"


def last_flush(prefix: str, instance: str) -> str:
    return f"{prefix}:q:{instance}"

"""System checks of the metering.

| id | level | meaning |
|---|---|---|
| zdt_core.W050 | warning | MeteringMiddleware counts health checks as traffic |
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

METERING = "zdt_core.metering.MeteringMiddleware"
BEFORE_IT = ("zdt_core.health.HealthMiddleware", "zdt_core.drain.DrainMiddleware")


@register("zdt")
def metering_sees_only_traffic(**kwargs: Any) -> list[CheckMessage]:
    """Health checks and refused requests are answered before the metering counts them."""
    order = list(settings.MIDDLEWARE)
    if METERING not in order:
        return []
    late = [name for name in BEFORE_IT if name in order[order.index(METERING) :]]
    return [
        Warning(
            f"{name} comes after MeteringMiddleware, so what it answers counts as traffic.",
            hint=f"Put {name} above {METERING} in MIDDLEWARE.",
            id="zdt_core.W050",
        )
        for name in late
    ]

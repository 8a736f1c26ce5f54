"""System checks of the balancers.

| id | level | meaning |
|---|---|---|
| zdt_deploy.E060 | error | an entry of ZDT_TRAFFIC cannot be used |
"""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from zdt_core.exceptions import ConfigurationError
from zdt_deploy.canary.traffic.cloud import choice


@register("zdt")
def balancers_can_be_used(**kwargs: Any) -> list[CheckMessage]:
    """Better now than when the first user is to be sent there. Nobody is asked."""
    try:
        found = list(choice.problems())
    except ConfigurationError:
        return []  # zdt_core.E001 says so
    return [
        Error(
            problem,
            hint="See docs/how-to/balancers.md, and run `manage.py zdt_doctor` once it is mended.",
            id="zdt_deploy.E060",
        )
        for problem in found
    ]

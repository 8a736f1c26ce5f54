"""System checks of the watching side.

| id | level | meaning |
|---|---|---|
| zdt_deploy.E030 | error | a callback cannot be imported, or not be called with what it is told |
| zdt_deploy.W031 | warning | a metric window is longer than the usual interval between verdicts |
| zdt_deploy.W032 | warning | a share may be renewed too late, as the monitor's lease is too long |
| zdt_deploy.E033 | error | ZDT_METRIC_SOURCE names no source that can be had |
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.module_loading import import_string

from zdt_core.conf import conf as core
from zdt_core.exceptions import ConfigurationError
from zdt_core.jobs.conf import conf as jobs
from zdt_deploy.canary.sources import choice
from zdt_deploy.conf import conf
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import Strategy

_TOLD = {
    "ROLLBACK_CALLBACKS": ("deployment_id", "region", "idempotency_key"),
    "ROLLING_CALLBACKS": ("deployment_id", "word", "idempotency_key"),
}
"""What callbacks are told, by setting."""


@register("zdt")
def callbacks_can_be_called(**kwargs: Any) -> list[CheckMessage]:
    """Better now than in the middle of a rollback."""
    return [
        Error(
            f"The callback {path} of ZDT_{name} cannot be used: {problem}.",
            hint=f"It names functions that take {' and '.join(_TOLD[name])} by name, and URLs.",
            id="zdt_deploy.E030",
        )
        for name in _TOLD
        for path in _configured_callbacks(name)
        if (problem := _problem(path, _TOLD[name]))
    ]


@register("zdt")
def times_fit(**kwargs: Any) -> list[CheckMessage]:
    """The usual plan can be kept with the settings of this site."""
    plan = Plan.default(Strategy.CANARY)
    try:
        window, lease = core.METRICS_WINDOW, jobs.MONITOR_LEASE_SECONDS
        retry, again = jobs.MONITOR_RETRY_SECONDS, jobs.MONITOR_RING_AGAIN_SECONDS
    except ConfigurationError:
        return []  # zdt_core.E001 says so
    found: list[CheckMessage] = []
    if window > plan.interval_seconds:
        found.append(
            Warning(
                f"ZDT_METRICS_WINDOW is {window} s, longer than the {plan.interval_seconds:g} s "
                "between two verdicts: most of them would see nothing new.",
                hint="Make it a sixth of the interval, such as the default of 10.",
                id="zdt_deploy.W031",
            )
        )
    slack = plan.valid_seconds - plan.interval_seconds
    if lease + retry + again > slack:
        found.append(
            Warning(
                f"A monitor that dies is replaced after {lease + retry + again:g} s, and a share "
                f"has {slack:g} s for that before routers go to 0 %.",
                hint="Shorten ZDT_MONITOR_LEASE_SECONDS, or give plans a longer valid_seconds.",
                id="zdt_deploy.W032",
            )
        )
    return found


@register("zdt")
def the_metric_source_can_be_had(**kwargs: Any) -> list[CheckMessage]:
    """Without one no canary is ever judged."""
    try:
        choice.made(conf.METRIC_SOURCE)
    except ConfigurationError as error:
        return [
            Error(
                str(error),
                hint="docs/how-to/observability.md shows the setting; leave it out for the "
                "built-in source.",
                id="zdt_deploy.E033",
            )
        ]
    return []


def _configured_callbacks(name: str) -> list[str]:
    try:
        found: list[str] = getattr(conf, name)
    except ConfigurationError:
        return []  # zdt_core.E001 says so
    return found


def _problem(path: str, told: tuple[str, ...]) -> str:
    if "://" in path:
        return ""  # whether somebody answers there is seen when it is called
    try:
        found = import_string(path)
    except Exception as error:  # whatever its module does when it is imported
        return f"{type(error).__name__}: {error}"
    return _misfit(found, told) if callable(found) else "it is no function"


def _misfit(function: Callable[..., object], told: tuple[str, ...]) -> str:
    """What is wrong with calling it so; "" also where it does not show what it takes."""
    try:
        inspect.signature(function).bind(**dict.fromkeys(told, ""))
    except TypeError as error:
        return str(error)
    except ValueError:
        pass
    return ""

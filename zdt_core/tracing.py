"""What zdt knows of a request, for OpenTelemetry and Sentry where the site uses them.

| attribute (span) and tag (Sentry) | meaning |
|---|---|
| ``service.version`` | the release of this process (ZDT_VERSION) |
| ``service.instance.id`` | this process, as in the fleet |
| ``deployment.environment.name`` | ZDT_ENVIRONMENT |
| ``zdt.service``, ``zdt.region`` | ZDT_SERVICE, ZDT_REGION |
| ``zdt.track`` | where the router sends the visitor: stable or canary |
| ``zdt.bucket`` | the visitor's bucket, 0 to 99 |
| ``zdt.deployment``, ``zdt.epoch`` | the deployment, and the number of the share that was applied |

`MeteringMiddleware` sets those of the process, `CanaryMiddleware` those of the visitor. zdt imports
neither library: it looks once, at a process's first request or earlier, whether the site has, as
one that traces or reports must have by then. Where it has not, nothing is done per request.

Source: OpenTelemetry's semantic conventions (service, deployment).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from zdt_core import identity
from zdt_core.exceptions import ConfigurationError

Value = str | int
Tagger = Callable[[Mapping[str, Value]], None]


def process_attributes() -> dict[str, str]:
    """What every request of this process has in common; also good as a resource's attributes."""
    who = identity.current()
    return {
        "service.version": who.release,
        "service.instance.id": who.instance,
        "deployment.environment.name": who.environment,
        "zdt.service": who.service,
        "zdt.region": who.region,
    }


def tagger() -> Tagger | None:
    """The function that tags the request under way; None where the site uses neither library."""
    found = [each for each in (_opentelemetry(), _sentry()) if each is not None]
    if len(found) < 2:
        return found[0] if found else None
    first, second = found

    def both(attributes: Mapping[str, Value]) -> None:
        first(attributes)
        second(attributes)

    return both


def process_tagger() -> Callable[[], None] | None:
    """The function that tags the request under way with what this process is; None as above."""
    tag = tagger()
    if tag is None:
        return None
    known: dict[str, Mapping[str, Value]] = {}

    def tag_process() -> None:
        instance = identity.instance()  # a forked child has another
        if instance not in known:
            known.clear()
            known[instance] = _known_attributes()
        tag(known[instance])

    return tag_process


def _known_attributes() -> Mapping[str, Value]:
    """Nothing where the settings do not say who this is: requests are served all the same."""
    try:
        return process_attributes()
    except ConfigurationError:
        return {}


def _opentelemetry() -> Tagger | None:
    trace: Any = _used("opentelemetry.trace")
    if trace is None or _used("opentelemetry.sdk.trace") is None:
        return None  # redis-py imports the API by itself; only the SDK records
    current: Callable[[], Any] = trace.get_current_span

    def tag(attributes: Mapping[str, Value]) -> None:
        span = current()
        if span.is_recording():
            span.set_attributes(attributes)

    return tag


def _sentry() -> Tagger | None:
    sdk: Any = _used("sentry_sdk")
    if not hasattr(sdk, "get_isolation_scope"):
        return None  # not imported, or older than 2.12

    def tag(attributes: Mapping[str, Value]) -> None:
        if sdk.is_initialized():
            scope = sdk.get_isolation_scope()
            for name, value in attributes.items():
                scope.set_tag(name, value)

    return tag


def _used(name: str) -> Any:
    """The module that somebody has imported, or None."""
    return sys.modules.get(name)

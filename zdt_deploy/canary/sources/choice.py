"""The source that ZDT_METRIC_SOURCE names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.module_loading import import_string

from zdt_core.exceptions import ConfigurationError, Unavailable
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources import cloudwatch, datadog, prometheus
from zdt_deploy.canary.sources.base import Clock, Source
from zdt_deploy.canary.sources.built_in import BuiltIn
from zdt_deploy.canary.sources.called import Beside, Called
from zdt_deploy.canary.sources.hiding import secrets_in, told
from zdt_deploy.conf import conf

_ASKING: Mapping[str, tuple[Any, Any, str]] = {
    "prometheus": (prometheus.Prometheus, prometheus.Queries, "queries"),
    "datadog": (datadog.Datadog, datadog.Queries, "queries"),
    "cloudwatch": (cloudwatch.CloudWatch, cloudwatch.Metrics, "metrics"),
}
"""Sources that are made of what they ask, and of the rest."""

KINDS = ("built_in", *_ASKING, "callable")


class Broken(Source):
    """Stands for a source that cannot be had: nothing is read as healthy without one."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def clock(self) -> Clock:
        raise Unavailable(self.reason)

    def samples(self, environment: str, service: str, first: int, last: int) -> Iterable[Sample]:
        raise Unavailable(self.reason)


def chosen() -> Source:
    """The site's source; one that answers nothing where the setting is wrong."""
    try:
        return made(conf.METRIC_SOURCE)
    except ConfigurationError as error:
        return Broken(str(error))


def made(wanted: Mapping[str, Any]) -> Source:
    """The source for the setting's value. Raises ConfigurationError, without its secrets."""
    try:
        return _made(dict(wanted))
    except ConfigurationError as error:
        raise ConfigurationError(told(error, secrets_in(wanted), longest=1000)) from None


def _made(options: dict[str, Any]) -> Source:
    kind, functions = options.pop("kind", "built_in"), options.pop("functions", {})
    source = _source(kind, options)
    return _call(Beside, {"source": source, "counters": functions}) if functions else source


def _source(kind: Any, options: dict[str, Any]) -> Source:
    if kind == "built_in":
        return _of(BuiltIn, options)
    if kind == "callable":
        return _of(Called, options)
    if isinstance(kind, str) and kind in _ASKING:
        source, asks, name = _ASKING[kind]
        fields = {field: options.pop(field) for field in asks.__dataclass_fields__
                  if field in options}  # fmt: skip
        return _of(source, {**options, name: _call(asks, fields)})
    try:
        factory = import_string(str(kind))
    except Exception as error:  # whatever its module does when it is imported
        raise ConfigurationError(
            f"ZDT_METRIC_SOURCE: kind is {', '.join(map(repr, KINDS))} or a dotted path, not "
            f"{kind!r:.80} ({type(error).__name__})."
        ) from error
    return _of(factory, options)


def _of(factory: Any, options: Mapping[str, Any]) -> Source:
    source = _call(factory, options)
    if not isinstance(source, Source):
        raise ConfigurationError(
            f"ZDT_METRIC_SOURCE: {factory!r:.80} makes no zdt_deploy.canary.sources.Source."
        )
    return source


def _call(factory: Any, options: Mapping[str, Any]) -> Any:
    """What ``factory`` makes; whatever it raises, names the setting."""
    try:
        return factory(**options)
    except ConfigurationError:
        raise
    except Exception as error:
        raise ConfigurationError(f"ZDT_METRIC_SOURCE: {type(error).__name__}: {error}.") from error

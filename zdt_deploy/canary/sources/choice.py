"""The source that ZDT_METRIC_SOURCE names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.module_loading import import_string

from zdt_core.exceptions import ConfigurationError, Unavailable
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources.base import Clock, Source
from zdt_deploy.canary.sources.built_in import BuiltIn
from zdt_deploy.canary.sources.prometheus import Prometheus, Queries
from zdt_deploy.conf import conf


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
    """The source for the setting's value. Raises ConfigurationError."""
    options = dict(wanted)
    kind = options.pop("kind", "built_in")
    if kind == "built_in":
        return _call(BuiltIn, options)
    if kind == "prometheus":
        queries = {name: options.pop(name) for name in _QUERIES if name in options}
        return _call(Prometheus, {**options, "queries": _call(Queries, queries)})
    try:
        factory = import_string(str(kind))
    except ImportError as error:
        raise ConfigurationError(
            f"ZDT_METRIC_SOURCE: kind is 'built_in', 'prometheus' or a dotted path, not {kind!r}."
        ) from error
    source = _call(factory, options)
    if not isinstance(source, Source):
        raise ConfigurationError(
            f"ZDT_METRIC_SOURCE: {kind} makes no zdt_deploy.canary.sources.Source."
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


_QUERIES = tuple(Queries.__dataclass_fields__)

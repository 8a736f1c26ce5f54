"""The balancers that ZDT_TRAFFIC names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.module_loading import import_string

from zdt_core.conf import conf as core
from zdt_core.exceptions import ConfigurationError
from zdt_deploy.canary import share
from zdt_deploy.canary.router import service
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.sources.hiding import secrets_in, told
from zdt_deploy.canary.traffic.base import Driver
from zdt_deploy.conf import conf

SHORT = {
    "alb": "zdt_deploy.canary.traffic.cloud.alb.Alb",
    "gateway_api": "zdt_deploy.canary.traffic.cloud.gateway_api.GatewayApi",
}
"""Short names for BACKEND; the dotted path of a class of your own does as well."""

FIELDS = ("BACKEND", "OPTIONS", "SERVICE", "REGION")
LONGEST_ALIAS = 40


class Factory(Protocol):
    """A driver's class: ``name`` for people, the releases of the share, and OPTIONS by name. It
    does no I/O, and raises ConfigurationError or TypeError for options that are wrong. Each look
    makes one anew, which has to be done within 25 seconds."""

    def __call__(self, name: str, stable: str, canary: str, **options: Any) -> Driver: ...


@dataclass(frozen=True, slots=True)
class Balancer:
    """An entry of ZDT_TRAFFIC. ``region`` is whose users it sends to a release, "" for all."""

    alias: str
    backend: str
    options: dict[str, Any] = field(repr=False)
    service: str
    region: str = ""

    @property
    def key(self) -> str:
        """What its run and its lease are called."""
        return f"{core.ENVIRONMENT}/{self.service}/{self.alias}"

    def published(self) -> Route | None:
        """What is published where it is; None where nothing ever was."""
        return share.read_truth(core.ENVIRONMENT, self.service, self.region or None)

    def driver(self, route: Route | None) -> Driver:
        """Its driver for the releases of ``route``. Raises ConfigurationError."""
        stable, canary = (route.stable, route.canary) if route else ("", "")
        factory = _factory(self.alias, self.backend)
        try:
            return factory(self.alias, stable, canary, **self.options)
        except ConfigurationError as error:
            raise ConfigurationError(f"ZDT_TRAFFIC[{self.alias!r}]: {self.told(error)}") from None
        except Exception as error:  # a class of the site's own may raise whatever it likes
            what = f"{type(error).__name__}: {self.told(error)}"
            raise ConfigurationError(f"ZDT_TRAFFIC[{self.alias!r}]: {what}.") from None

    def told(self, error: Exception) -> str:
        """The words of an error, without what is secret in OPTIONS."""
        return told(error, secrets_in(self.options))


def balancers(of_service: str | None = None, in_region: str = "") -> list[Balancer]:
    """All of them, or those of one service and of one region. Raises ConfigurationError."""
    found = [_balancer(alias, entry) for alias, entry in conf.TRAFFIC.items()]
    return [
        each
        for each in found
        if of_service in (None, each.service) and (not in_region or each.region in ("", in_region))
    ]


def find(key: str) -> Balancer | None:
    """The one whose `Balancer.key` is ``key``. Raises ConfigurationError."""
    return next((each for each in balancers() if each.key == key), None)


def problems() -> Iterator[str]:
    """What is wrong with the setting, each as a sentence; no value of OPTIONS is shown."""
    for alias, entry in conf.TRAFFIC.items():
        try:
            _balancer(alias, entry).driver(None)
        except ConfigurationError as error:
            yield str(error)


def _balancer(alias: Any, entry: Any) -> Balancer:
    complaint = _shape(alias, entry)
    if complaint:
        raise ConfigurationError(f"ZDT_TRAFFIC[{alias!r}] {complaint}")
    return Balancer(
        alias,
        entry["BACKEND"],
        dict(entry.get("OPTIONS", {})),
        entry.get("SERVICE") or service(),
        entry.get("REGION", ""),
    )


def _shape(alias: Any, entry: Any) -> str | None:
    """What is wrong with an entry's shape, as the end of a sentence; None if nothing."""
    if not isinstance(alias, str) or not 0 < len(alias) <= LONGEST_ALIAS:
        return f"has no alias of 1 to {LONGEST_ALIAS} characters."
    if not isinstance(entry, dict):
        return "must be a dict with a BACKEND."
    unknown = [name for name in entry if name not in FIELDS]
    if unknown:
        return f"has {unknown[0]!r}, and takes {', '.join(FIELDS)}."
    if not isinstance(entry.get("BACKEND"), str):
        return f"needs a BACKEND: {', '.join(SHORT)}, or the dotted path of a class."
    if not isinstance(entry.get("OPTIONS", {}), dict):
        return "has OPTIONS that are no dict."
    if not isinstance(entry.get("SERVICE", ""), str):
        return "has a SERVICE that is no text."
    if not isinstance(entry.get("REGION", ""), str):
        return "has a REGION that is no text."
    return None


def _factory(alias: str, name: str) -> Factory:
    try:
        found: Factory = import_string(SHORT.get(name, name))
    except ConfigurationError:
        raise
    except Exception as error:  # whatever its module does when it is imported
        raise ConfigurationError(
            f"ZDT_TRAFFIC[{alias!r}]: the backend {name!r} cannot be used ({error}); there are "
            f"{', '.join(SHORT)}, or the dotted path of a class."
        ) from error
    return found

"""The Kubernetes Gateway API: an HTTPRoute, whose rules for the releases' Services are zdt's.

A change names the resourceVersion that it was made from, so that nobody's change is lost. It
counts once the Gateway's controller says that it has taken over this very generation, with every
Service found. See docs/how-to/balancers.md.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from zdt_core.exceptions import ConfigurationError, Refused
from zdt_deploy.canary.routing import Route
from zdt_deploy.canary.traffic.base import Applied, wanted
from zdt_deploy.canary.traffic.cloud import route_rules, split
from zdt_deploy.canary.traffic.cloud.kubernetes import ACCOUNT, ApiServer, Changed

ATTEMPTS = 3
LONGEST_NAME = 63
_CONDITIONS = ("Accepted", "ResolvedRefs")
_DROPPED = "PartiallyInvalid"
"""Is True beside *Accepted* where a controller leaves out the rules that it does not know."""


class GatewayApi:
    """``route`` is the HTTPRoute's name, ``services`` a Service's such as ``"shop-web-{release}"``,
    in which all but letters and digits becomes a dash. ``url`` and ``account`` are the API
    server's, ``namespace`` the route's, where they differ from this pod's."""

    step, keeps_time = 1, False

    def __init__(
        self, name: str, stable: str, canary: str, *, route: str, services: str,
        namespace: str = "", url: str = "", account: str | Path = ACCOUNT,
    ) -> None:  # fmt: skip
        if "{release}" not in services:
            raise ConfigurationError("services is a name with {release} in it.")
        self.name, self._stable, self._canary = name, stable, canary
        self._route, self._services, self._namespace = route, services, namespace
        self._server = ApiServer(name, url, account)
        self.doubt = ""

    def read(self) -> Applied | None:
        """None, too, while the controller has not taken over what the route says: `doubt` then
        tells why."""
        found = self._get()
        self._check(found)
        stable, canary = self._service(self._stable), self._service(self._canary)
        places = route_rules.read(_rules(found), filter(None, (stable, canary)))
        threshold = split.threshold_of(places, stable or None, canary or None)
        self.doubt = _doubt(found)
        if threshold is None or self.doubt:
            return None
        return Applied(self._stable, self._canary, threshold)

    def set(self, route: Route) -> None:
        asked = wanted(route, self.step)
        if asked.threshold < split.ALL and not asked.stable:
            raise self._refused("balancer_without_release")
        for _attempt in range(ATTEMPTS):
            try:
                self._write(asked.threshold)
            except Changed:
                continue
            return
        raise self._refused("balancer_changed_meanwhile")

    def rehearse(self) -> None:
        """See whether a change would be let through. Raises Refused where not."""
        self._server.merge(self._path, self._what, {}, rehearse=True)

    def _write(self, threshold: int) -> None:
        found = self._get()
        if threshold:  # a rollback does what it can of a route that is not as it should be
            self._check(found)
        rules = _rules(found)
        stable, canary = self._service(self._stable), self._service(self._canary)
        names = [name for name in (stable, canary) if name]
        weighted = bool(route_rules.sort(rules, names)["known"])
        places = split.places(threshold, stable, canary, weighted=weighted)
        changed = route_rules.write(rules, names, places)
        if changed == rules:
            return
        version = found["metadata"]["resourceVersion"]
        patch = {"metadata": {"resourceVersion": version}, "spec": {"rules": changed}}
        self._server.merge(self._path, self._what, patch)

    def _get(self) -> dict[str, Any]:
        return self._server.get(self._path, self._what)

    def _check(self, found: dict[str, Any]) -> None:
        """Raises Refused where the route cannot carry a share."""
        names = [name for name in map(self._service, (self._stable, self._canary)) if name]
        kinds = route_rules.sort(_rules(found), names)
        if not kinds["members"]:
            raise self._misfit("no rule looks for zdt_bucket in the header Cookie")
        if not kinds["rest"]:
            raise self._misfit(f"no rule without that header is for {' or '.join(names)}")
        if any(not rule.get("backendRefs") for rule in (*kinds["members"], *kinds["known"])):
            raise self._misfit("a rule for the cookie has no backendRefs")

    def _service(self, release: str) -> str:
        """The name of the release's Service; "" for no release."""
        if not release:
            return ""
        slug = re.sub("[^a-z0-9]+", "-", release.lower()).strip("-")
        name = self._services.format(release=slug)
        if len(name) > LONGEST_NAME:
            raise self._misfit(f"the Service of {release} would have a name of {len(name)} letters")
        return name

    @property
    def _what(self) -> str:
        return f"httproutes.gateway.networking.k8s.io/{self._route} in namespace {self._place}"

    @property
    def _path(self) -> str:
        return (
            f"/apis/gateway.networking.k8s.io/v1/namespaces/{self._place}/httproutes/{self._route}"
        )

    @property
    def _place(self) -> str:
        return self._namespace or self._server.namespace

    def _misfit(self, reason: str) -> Refused:
        return self._refused("balancer_misfit", what=f"HTTPRoute {self._route}", reason=reason)

    def _refused(self, code: str, **params: Any) -> Refused:
        return Refused(code, balancer=self.name, **params)


def _rules(route: dict[str, Any]) -> list[Any]:
    return route.get("spec", {}).get("rules") or []


def _doubt(route: dict[str, Any]) -> str:
    """Why the controller may not apply what ``route`` says; "" where it says that it does."""
    parents = route.get("status", {}).get("parents") or []
    if len(parents) < len(route["spec"].get("parentRefs") or [None]):
        return "no controller has said that it takes the route over"
    generation = route["metadata"].get("generation", 0)
    for parent in parents:
        told = {each.get("type"): each for each in parent.get("conditions") or []}
        for name in _CONDITIONS:
            found = told.get(name, {})
            if found.get("observedGeneration", 0) < generation:
                return f"it has not looked at generation {generation} yet"
            if found.get("status") != "True":
                return f"{name} is not True: {_words(found)}"
        if told.get(_DROPPED, {}).get("status", "False") != "False":
            return f"{_DROPPED}: it leaves rules out: {_words(told[_DROPPED])}"
    return ""


def _words(condition: dict[str, Any]) -> str:
    return f"{condition.get('reason', '')} {condition.get('message', '')}".strip()

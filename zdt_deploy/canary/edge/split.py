"""Who goes where: the decision of one request, without I/O."""

from __future__ import annotations

from dataclasses import dataclass

from zdt_deploy.canary import routing
from zdt_deploy.canary.cookies import ID
from zdt_deploy.canary.edge.heads import Fields, Request, without_hops
from zdt_deploy.canary.routing import Route

TRACK_HEADER = "X-Deployment-Version"
_REPLACED = frozenset({"x-forwarded-for", "x-forwarded-proto", "expect"})


@dataclass(frozen=True, slots=True)
class Choice:
    """The track that a request is on, and the releases whose pools may serve it, best first."""

    track: str
    releases: tuple[str, ...]


def visitor(fields: Fields) -> str | None:
    """The id in the visitor's cookie: all before the last dot. None without one.

    The signature behind it is the application's business: HAProxy could not check it either, and a
    forged id moves nobody but its forger.
    """
    for name, value in fields:
        if name.lower() == "cookie":
            for pair in value.split(";"):
                key, _, content = pair.strip().partition("=")
                if key == ID:
                    return content.rpartition(".")[0] or None
    return None


def choose(route: Route | None, key: str | None, default: str) -> Choice:
    """The choice for the visitor ``key``; without a route all go to the release ``default``."""
    if route is None:
        return Choice("stable", (default,))
    track = routing.decide(route, key)
    stable, canary = route.stable or default, route.canary
    releases = (canary, stable) if track == "canary" else (stable, canary)
    return Choice(track, tuple(release for release in releases if release))


def forwarded(request: Request, choice: Choice, client: str) -> Request:
    """``request`` as an upstream gets it: the client's copies of our headers are dropped."""
    fields = [
        (name, value)
        for name, value in without_hops(request.fields)
        if not _ours(name) and name.lower() not in _REPLACED
    ]
    fields += [
        (TRACK_HEADER, choice.track),
        ("X-Forwarded-For", client),
        ("X-Forwarded-Proto", "http"),
    ]
    if request.minor == 0:
        fields.append(("Connection", "close"))
    return Request(request.method, request.target, request.minor, fields)


def _ours(name: str) -> bool:
    # WSGI servers fold "_" into "-", so a client could smuggle one past us
    plain = name.lower().replace("_", "-")
    return plain == TRACK_HEADER.lower() or plain.startswith("x-zdt")

"""The parts of GET /zdt/metrics that are zdt_deploy's, for the service whose split it follows."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q, Sum

from zdt_core import fleet
from zdt_core.conf import conf
from zdt_core.events import Event
from zdt_core.metering.collecting import collector
from zdt_core.metering.families import Family, Point, Shown
from zdt_deploy.canary import share
from zdt_deploy.canary.followers import ROLES, ROUTER
from zdt_deploy.canary.judge import Outcome
from zdt_deploy.canary.models import Verdict
from zdt_deploy.canary.router import service
from zdt_deploy.canary.routing import Route
from zdt_deploy.deployments import clock
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import PAST, WATCHED, State
from zdt_deploy.deployments.states import Event as Move

_PLACE = ("environment", "service")
_OF = (*_PLACE, "deployment", "release")
_COUNTED = (
    Move.START, Move.HOLD, Move.PROMOTE, Move.ROLL_BACK, Move.GO_STUCK, Move.FINISH_ROLLBACK,
    Move.COMPLETE,
)  # fmt: skip
_NONE = {ROUTER: 0}
"""What counts as seen where nothing was acknowledged: a router has to, others may not route."""


def _place() -> tuple[str, str]:
    return conf.ENVIRONMENT, service()


@collector(
    "traffic",
    Family(
        "zdt_traffic_share_ratio",
        "gauge",
        "Share of users that routers send to a release, 0 to 1; the canary's is 0 once it lapsed.",
        (*_PLACE, "release", "track"),
    ),
    Family("zdt_traffic_share_epoch", "gauge", "Number of the published share.", _PLACE),
    Family(
        "zdt_traffic_share_valid_seconds",
        "gauge",
        "Seconds until routers go to 0 percent by themselves; missing while the share holds.",
        _PLACE,
    ),
    Family(
        "zdt_router_epoch_lag",
        "gauge",
        "Published shares that a live process that routes has not followed yet.",
        (*_PLACE, "release", "process"),
    ),
)
def traffic() -> Shown:
    """The published split and who follows it."""
    route = share.read_truth(*_place())
    if route is None:
        return {}
    lasts = [] if route.valid_for is None else [Point(_place(), route.valid_for)]
    return {
        "zdt_traffic_share_ratio": _ratios(route),
        "zdt_traffic_share_epoch": [Point(_place(), route.epoch)],
        "zdt_traffic_share_valid_seconds": lasts,
        "zdt_router_epoch_lag": _lags(route.epoch),
    }


def _ratios(route: Route) -> list[Point]:
    lapsed = route.valid_for is not None and route.valid_for <= 0
    canary = 0.0 if lapsed or not route.canary else float(route.percentage) / 100
    found = []
    if route.stable:  # none while an orchestrator replaces processes
        found.append(Point((*_place(), route.stable, "stable"), 1 - canary))
    if route.canary:
        found.append(Point((*_place(), route.canary, "canary"), canary))
    return found


def _lags(epoch: int) -> list[Point]:
    environment, name = _place()
    members = fleet.members(environment=environment, service=name)
    return [
        Point((*_place(), member.release, member.instance), max(0, epoch - seen))
        for member in members
        if member.role in ROLES and member.standing is fleet.Standing.LIVE
        if (seen := member.acknowledged.get(f"share:{name}", _NONE.get(member.role))) is not None
    ]


@collector(
    "deployment",
    Family(
        "zdt_deployment_info",
        "gauge",
        "1 for the newest deployment.",
        (*_OF, "previous_release", "strategy"),
    ),
    Family(
        "zdt_deployment_state",
        "gauge",
        "1 for the state of the newest deployment, 0 for all others.",
        (*_OF, "state"),
    ),
    Family(
        "zdt_deployment_state_seconds", "gauge", "Seconds in that state.", _OF
    ),
    Family(
        "zdt_deployment_moves_total",
        "counter",
        "Moves of all deployments, such as rolled_back.",
        (*_PLACE, "move"),
    ),
)  # fmt: skip
def deployment() -> Shown:
    """The newest deployment, and what all of them did."""
    counted = {"zdt_deployment_moves_total": _moves()}
    newest = _newest()
    if newest is None:
        return counted
    of = (*_place(), newest.pk, newest.version)
    seconds = (clock.now() - newest.state_since).total_seconds()
    return {
        **counted,
        "zdt_deployment_info": [Point((*of, newest.previous_version, newest.strategy), 1)],
        "zdt_deployment_state": [
            Point((*of, state.value), int(state.value == newest.state)) for state in State
        ],
        "zdt_deployment_state_seconds": [Point(of, max(0.0, seconds))],
    }


@collector(
    "verdicts",
    Family(
        "zdt_verdicts_total",
        "counter",
        "Verdicts on the newest deployment: ok, waiting, breach, silent, blind, and missed slots.",
        (*_OF, "outcome"),
    ),
    Family(
        "zdt_verdicts_refused_total",
        "counter",
        "Verdicts on the newest deployment whose move was refused.",
        _OF,
    ),
    Family(
        "zdt_verdict_age_seconds",
        "gauge",
        "Seconds since the newest verdict, or since the first traffic; only while it is watched.",
        _OF,
    ),
)
def verdicts() -> Shown:
    """What the monitor said of the newest deployment."""
    newest = _newest()
    if newest is None:
        return {}
    of = (*_place(), newest.pk, newest.version)
    rows = Verdict.objects.filter(deployment=newest).values("outcome").order_by()
    counted = {
        row["outcome"]: row
        for row in rows.annotate(
            slots=Sum(F("last_slot") - F("slot") + 1),
            refused=Count("pk", filter=Q(evidence__has_key="refused")),
        )
    }
    number = {outcome: row["slots"] for outcome, row in counted.items()}
    refused = sum(row["refused"] for row in counted.values())
    return {
        "zdt_verdicts_total": [
            Point((*of, outcome.value), number.get(outcome.value, 0)) for outcome in Outcome
        ],
        "zdt_verdicts_refused_total": [Point(of, refused)],
        "zdt_verdict_age_seconds": _age(newest, of),
    }


def _age(newest: Deployment, of: tuple[str, ...]) -> list[Point]:
    if newest.state not in WATCHED:
        return []
    last = Verdict.objects.filter(deployment=newest).order_by("-slot").first()
    since = last.at if last else newest.started_at or newest.state_since
    return [Point(of, max(0.0, (clock.now() - since).total_seconds()))]


def _newest() -> Deployment | None:
    at: dict[str, Any] = dict(zip(_PLACE, _place(), strict=True))
    found: Deployment | None
    found = Deployment.objects.filter(**at).order_by("-created_at", "-id").first()
    return found


def _moves() -> list[Point]:
    environment, name = _place()
    kinds = {f"deployment.{PAST[move]}": PAST[move] for move in _COUNTED}
    rows = Event.objects.filter(kind__in=kinds, refused=False)
    rows = rows.filter(environment=environment, service=name).values("kind").order_by()
    counted = {row["kind"]: row["number"] for row in rows.annotate(number=Count("pk"))}
    return [Point((*_place(), word), counted.get(kind, 0)) for kind, word in kinds.items()]

"""What is live, on the overview: every published share, its deployment, and the newest verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, IntegerField, OuterRef, Subquery, Value, When
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zdt_core import database, messages
from zdt_core.conf import conf as core
from zdt_core.console import links, needs, panels, releases
from zdt_core.console.board import Board
from zdt_core.console.needs import Need
from zdt_deploy.canary.models import TrafficShare, Verdict
from zdt_deploy.deployments import looks
from zdt_deploy.deployments import messages as words
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import ACTIVE, FINAL, State

MOST = 20
"""Services, and open deployments, that one load shows."""

_SAID = {"outcome": "outcome", "code": "code", "params": "params"}
_WAITING = {
    State.STUCK: "bad", State.HELD: "bad", State.PAUSED: "warn", State.PENDING: "warn",
}  # fmt: skip


@dataclass
class Read:
    """What one load has read of deployments; ``now`` is the database's time."""

    shares: list[Any]
    open: list[Any]

    @property
    def now(self) -> datetime | None:
        """None where nothing is open."""
        return self.open[0].now if self.open else None


def _read(board: Board) -> Read:
    if "deployments" not in board.read:
        rows = TrafficShare.objects.select_related("deployment").filter(epoch__gt=0)
        moving = When(deployment__state__in=ACTIVE, then=Value(0))
        shares = list(rows.order_by(_first(moving), "environment", "service")[:MOST])
        newest = Verdict.objects.filter(deployment=OuterRef("pk")).order_by("-slot")
        unfinished = Deployment.objects.exclude(state__in=FINAL).annotate(
            now=database.Now(),
            judged_at=Subquery(newest.values("at")[:1]),
            judged=Subquery(newest.values(said=JSONObject(**_SAID))[:1]),
        )
        waiting = When(state__in=[state.value for state in _WAITING], then=Value(0))
        shown = When(pk__in=[share.deployment_id for share in shares], then=Value(1))
        open_ = list(unfinished.order_by(_first(waiting, shown), "-created_at")[:MOST])
        board.read["deployments"] = Read(
            sorted(shares, key=lambda share: (share.environment, share.service)),
            sorted(open_, key=lambda row: row.created_at, reverse=True),
        )
    found: Read = board.read["deployments"]
    return found


def _first(*cases: When) -> Case:
    """So that what matters most is there where there is more than one load shows."""
    return Case(*cases, default=Value(len(cases)), output_field=IntegerField())


@releases.share_reader
def shares(board: Board) -> dict[tuple[str, str, str], Decimal]:
    """The percentage that each published release gets in this region."""
    found = {}
    for row in _read(board).shares:
        at = (row.environment, row.service)
        percentage = row.shares().get(core.REGION, row.percentage)
        if row.stable_release:
            found[(*at, row.stable_release)] = 100 - percentage
        if row.canary_release:
            found[(*at, row.canary_release)] = percentage
    return found


@panels.panel("overview", _("What is live"), "zdt_deploy/canary/traffic.html", order=10)
def traffic(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    """One card a service and environment, and deployments that nobody has begun."""
    if not links.may_view(request, Deployment):
        return None
    read = _read(board)
    unpublished = {row.pk for row in read.open} - {share.deployment_id for share in read.shares}
    return {
        "cards": [_card(request, read, share) for share in read.shares],
        "others": [_about(request, read, row) for row in read.open if row.pk in unpublished],
        "url": links.to(request, Deployment),
        "start": links.to(request, Deployment, page="add") if _may_start(request) else "",
    }


def _may_start(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.has_perm("zdt_deploy.start_deployment"))


def _card(request: HttpRequest, read: Read, share: Any) -> dict[str, Any]:
    under_way = next((row for row in read.open if row.pk == share.deployment_id), None)
    lapsed = share.valid_until is not None and read.now and share.valid_until <= read.now
    return {
        "share": share,
        "rest": 100 - share.percentage,
        "regions": _regions(share),
        "lapsed": lapsed,
        "moving": _about(request, read, under_way) if under_way else None,
    }


def _regions(share: Any) -> list[dict[str, Any]]:
    """The percentages of regions that have their own, and of the rest; empty where none has."""
    shares = share.shares()
    everywhere = shares.pop("")
    if not shares:
        return []
    named = [{"name": name, "percent": percent} for name, percent in shares.items()]
    return [*named, {"name": _("elsewhere"), "percent": everywhere}]


def _about(request: HttpRequest, read: Read, deployment: Any) -> dict[str, Any]:
    judged = deployment.judged
    return {
        "deployment": deployment,
        "look": looks.of_state(deployment.state),
        "sentence": words.describe(deployment, read.now),
        "url": links.to(request, Deployment, deployment.pk),
        "judged": judged,
        "judged_look": looks.of_outcome(judged["outcome"]) if judged else "",
        "judged_text": messages.text(judged["code"], judged["params"]) if judged else "",
    }


needs.told_here.update(f"deployment_{state.value}" for state in _WAITING)
needs.told_here.add("share_lapsed")


@needs.source
def decisions(request: HttpRequest, board: Board) -> Iterable[Need]:
    """Deployments that do not go on without a person."""
    if not links.may_view(request, Deployment):
        return
    read = _read(board)
    for row in read.open:
        look = _WAITING.get(State(row.state))
        if look:
            url = links.to(request, Deployment, row.pk)
            yield _need(look, row, words.describe(row, read.now), url)
    for share in read.shares:
        moving = share.deployment is not None and share.deployment.state in ACTIVE
        if moving and share.valid_until and read.now and share.valid_until <= read.now:
            text = messages.text("unwatched", {"share": f"{share.most.normalize():f}"})
            url = links.to(request, Deployment, share.deployment_id)
            yield _need("bad", share, text, url)


def _need(look: str, row: Any, text: str, url: str) -> Need:
    """What users feel comes before everything else."""
    return Need(look, f"{row.service}, {row.environment}: {text}", url, weight=10)

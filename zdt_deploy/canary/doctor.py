"""Is what is published obeyed, and is a deployment watched?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from zdt_core import database, doctor, fleet, messages
from zdt_core.conf import conf as core
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look
from zdt_core.jobs.models import Run
from zdt_deploy.canary import followers, monitor
from zdt_deploy.canary.judge import Outcome
from zdt_deploy.canary.models import TrafficShare, Verdict
from zdt_deploy.canary.traffic import troubles
from zdt_deploy.deployments import durations, unwatched
from zdt_deploy.deployments.messages import describe
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import FINAL, State

_WAITING = {State.STUCK: doctor.wrong, State.HELD: doctor.warning, State.PAUSED: doctor.warning}
_LIVE = (Run.State.READY, Run.State.PAUSED)
_STATUS = "See `manage.py zdt_deployment status --service %s`."


def _open(look: Look) -> list[Any]:
    """Unfinished deployments of this environment, with their newest verdict."""
    newest = Verdict.objects.filter(deployment=OuterRef("pk")).order_by("-slot")
    runs = Run.objects.filter(kind=monitor.KIND, key=OuterRef("pk"), state__in=_LIVE)
    rows = Deployment.objects.exclude(state__in=FINAL).filter(environment=core.ENVIRONMENT)
    rows = rows.annotate(
        judged_at=Subquery(newest.values("at")[:1]),
        outcome=Subquery(newest.values("outcome")[:1]),
        monitored=Exists(runs),
        now=database.Now(),
    )
    found: list[Any] = look.once("deployments", lambda: list(rows.order_by("-created_at")[:20]))
    return found


@doctor.examine("deployments", needs=("zdt_core", "zdt_deploy"), quick=True)
def deployments(look: Look) -> Iterable[Finding]:
    rows = _open(look)
    if not rows:
        yield doctor.ok(_("No deployment is under way"))
    for row in rows:
        over = row.state == State.BAKING and not row.monitored
        unseen = _left_unjudged(row) if over else _unwatched(row)
        if unseen is None or row.state in _WAITING:
            yield _stands(row)
        if unseen is not None:
            yield unseen


def _stands(row: Any) -> Finding:
    say = _WAITING.get(State(row.state))
    text = f"{row.service}: {describe(row, row.now)}"
    return say(text, _STATUS % row.service, f"deployment_{row.state}") if say else doctor.ok(text)


def _unwatched(row: Any) -> Finding | None:
    """Nobody has judged it for a while, though somebody ought to."""
    seconds = unwatched.seconds(row, row.judged_at, row.now)
    if seconds is None:
        return None
    facts = {"version": row.version, "time": durations.rounded(seconds)}
    return doctor.wrong(
        _("Nobody has judged %(version)s for %(time)s.") % facts,
        _("Start `manage.py zdt_worker` and zdt_ticker; see the log of “zdt.monitor”."),
        "unwatched",
    )


def _left_unjudged(row: Any) -> Finding | None:
    """The watch at 100 % is over: nothing is wrong with that unless no verdict came of it."""
    if row.outcome == Outcome.OK.value:
        return None
    return doctor.warning(
        _("Everyone is on %(version)s, and its watch has ended without a verdict.")
        % {"version": row.version},
        _("Look at its numbers, then `manage.py zdt_deployment complete`, or roll it back."),
        "left_unjudged",
    )


@doctor.examine("traffic", needs=("zdt_core", "zdt_deploy"), quick=True)
def traffic(look: Look) -> Iterable[Finding]:
    shares = TrafficShare.objects.filter(environment=core.ENVIRONMENT, epoch__gt=0)
    rows = list(shares.annotate(now=database.Now()).order_by("service")[:20])
    if not rows:
        yield doctor.ok(_("No share was published yet; everyone is on stable"))
    routers = fleet.members(environment=core.ENVIRONMENT, role=followers.ROUTER) if rows else []
    for row in rows:
        yield _share(row)
        yield from _proxies(row, routers)
        if not look.quick:
            yield from _followers(row)


def _share(row: Any) -> Finding:
    facts = {"service": row.service, "share": f"{row.most.normalize():f}"}
    moving = row.most > 0
    if moving and row.valid_until and row.valid_until <= row.now:
        return doctor.wrong(
            f"{row.service}: " + messages.text("unwatched", {"share": facts["share"]}),
            _STATUS % row.service,
            "share_lapsed",
        )
    facts["release"] = row.canary_release or row.stable_release
    if not row.stable_release:
        return doctor.ok(
            _("%(service)s: an orchestrator replaces its processes, no split is published")
            % {"service": row.service}
        )
    if not moving:
        return doctor.ok(
            _("%(service)s: everyone is on %(release)s")
            % {"service": row.service, "release": row.stable_release}
        )
    if row.regions:
        facts["share"] = ", ".join(f"{region} {share}" for region, share in row.regions.items())
    return doctor.ok(_("%(service)s: %(share)s %% on %(release)s") % facts)


def _proxies(row: Any, routers: list[fleet.Member]) -> Iterable[Finding]:
    for trouble in troubles.of(row.environment, row.service, routers):
        facts = {"service": row.service, "host": trouble.host, "why": trouble.text}
        yield doctor.wrong(
            _("%(service)s: a proxy on %(host)s does not follow its share. %(why)s") % facts,
            _("Mend that; its agent %(instance)s tries again by itself.")
            % {"instance": trouble.instance},
            trouble.code,
        )


def _followers(row: Any) -> Iterable[Finding]:
    found = followers.of(row.environment, row.service, row.epoch)
    late = (*found.behind, *found.unheard)
    if late:
        facts = {"service": row.service, "epoch": row.epoch, "names": ", ".join(late[:5])}
        yield doctor.warning(
            _("%(service)s: not every process follows share number %(epoch)s yet: %(names)s.")
            % facts,
            _("Look again in 15 s; see `manage.py zdt_fleet` for those that are silent."),
            "routers_behind",
        )

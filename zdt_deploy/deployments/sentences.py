"""Where a deployment stands and what comes next, in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zdt_core import messages
from zdt_deploy.deployments import clock, progress, urgency
from zdt_deploy.deployments.durations import rounded
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State, Strategy


def describe(deployment: Deployment, now: datetime | None = None, unseen: float = 0.0) -> str:
    """The sentence for ``deployment`` at ``now`` (asked of the database where it is needed).

    ``unseen`` are the seconds of the step that nobody could judge and that do not count as watched.
    """
    if deployment.state == State.OBSERVING:
        sentence = _observing(deployment, now, unseen)
    else:
        sentence = _SENTENCES[State(deployment.state)](deployment, now)
    return " ".join(sentence.split())


def _pending(deployment: Deployment, now: datetime | None) -> str:
    return _("%(version)s is recorded and nobody is sent to it yet; begin it when it is time.") % {
        "version": deployment.version
    }


def _shifting(deployment: Deployment, now: datetime | None) -> str:
    if deployment.strategy == Strategy.ROLLING:
        return _(
            "Up to %(share)s %% of the processes may be of %(version)s, for %(since)s so far; "
            "next: they are replaced."
        ) % _share(deployment, now)
    return _(
        "%(share)s %% of %(users)s are being sent to %(version)s, for %(since)s so far; "
        "next: every router follows."
    ) % _share(deployment, now)


def _observing(deployment: Deployment, now: datetime | None, unseen: float = 0.0) -> str:
    now = now or clock.now()
    since = deployment.step_since or deployment.state_since
    watched = (now - since).total_seconds()
    return _("%(share)s %% of %(users)s are on %(version)s, watched for %(watched)s; %(next)s.") % {
        **_share(deployment, now),
        "watched": rounded(watched),
        "next": _next(deployment, watched - unseen, now),
    }


def _next(deployment: Deployment, watched: float, now: datetime) -> str:
    following = progress.next_step_of(deployment)
    left = urgency.bake_seconds(deployment, now) - watched
    facts = {"share": _goal(deployment), "left": rounded(left)}
    if following is None and left > 0:
        return _("next: it counts as promoted in %(left)s") % facts
    if following is None:
        return _("next: it counts as promoted when the monitor agrees")
    if left > 0:
        return _("next: %(share)s in %(left)s") % facts
    return _("next: %(share)s when the monitor agrees") % facts


def _goal(deployment: Deployment) -> str:
    """The next step's share, and whose where that changes."""
    following, region = progress.next_step_of(deployment), progress.next_region_of(deployment)
    if following is None or region == progress.EVERYWHERE:
        return _("everyone, everywhere")
    share = f"{following.percentage:f}"
    if region is None:
        return _("%(share)s %%") % {"share": share}
    return _("%(share)s %% in %(region)s") % {"share": share, "region": region}


def _paused(deployment: Deployment, now: datetime | None) -> str:
    if progress.gone_back(deployment):
        return _sent_back(deployment, now)
    return _(
        "%(share)s %% of %(users)s are on %(version)s, paused for %(since)s and still watched. "
        "%(why)s"
    ) % _share(deployment, now)


def _sent_back(deployment: Deployment, now: datetime | None) -> str:
    """Some regions, while others stay."""
    shares = progress.shares_of(deployment).items()
    stay = ", ".join(f"{region} {share:f} %" for region, share in shares if region and share)
    facts = {"back": ", ".join(progress.gone_back(deployment)), "stay": stay or "–"}
    return _(
        "Sent back to %(previous)s: %(back)s; still on %(version)s: %(stay)s. Paused for "
        "%(since)s, and still watched. %(why)s"
    ) % {**_share(deployment, now), **facts}


def _held(deployment: Deployment, now: datetime | None) -> str:
    return _(
        "%(share)s %% of %(users)s are on %(version)s, and nothing has moved for %(since)s: %(why)s"
    ) % _share(deployment, now)


def _baking(deployment: Deployment, now: datetime | None) -> str:
    now = now or clock.now()
    until = deployment.window_until or now
    return _(
        "Everyone is on %(version)s; the way back to %(previous)s is open for another %(left)s."
    ) % {**_share(deployment, now), "left": rounded((until - now).total_seconds())}


def _rolling_back(deployment: Deployment, now: datetime | None) -> str:
    if deployment.strategy == Strategy.ROLLING:
        return _(
            "The processes of %(version)s have been going back to %(previous)s for %(since)s. "
            "%(why)s"
        ) % _share(deployment, now)
    return _(
        "Everyone has been going back from %(version)s to %(previous)s for %(since)s. %(why)s"
    ) % _share(deployment, now)


def _stuck(deployment: Deployment, now: datetime | None) -> str:
    sentence = _("Going back from %(version)s to %(previous)s needs a person: %(why)s")
    advised = deployment.code.startswith("rollback_")  # its own sentence says what to do
    advice = "" if advised else _("Mend the cause, then retry.")
    return f"{sentence % _share(deployment, now)} {advice}"


def _rolled_back(deployment: Deployment, now: datetime | None) -> str:
    return _("%(version)s was rolled back, everyone is on %(previous)s. %(why)s") % _names(
        deployment
    )


def _completed(deployment: Deployment, now: datetime | None) -> str:
    return _("%(version)s has reached everyone and is the stable release.") % _names(deployment)


def _cancelled(deployment: Deployment, now: datetime | None) -> str:
    return _("%(version)s was dropped before anybody was sent to it. %(why)s") % _names(deployment)


def _names(deployment: Deployment) -> dict[str, str]:
    return {
        "version": deployment.version,
        "previous": deployment.previous_version,
        "why": messages.text(deployment.code, deployment.params),
    }


def _share(deployment: Deployment, now: datetime | None) -> dict[str, str]:
    since = ((now or clock.now()) - deployment.state_since).total_seconds()
    share = progress.share_of(deployment)
    return {
        **_names(deployment),
        "share": f"{share:f}",
        "users": _users(deployment),
        "since": rounded(since),
    }


def _users(deployment: Deployment) -> str:
    """Of what the share is one."""
    if deployment.strategy == Strategy.ROLLING:
        return _("the processes")
    region = progress.step_of(deployment).region
    if region:
        return _("users in %(region)s") % {"region": region}
    return pgettext("of a share", "users")  # Django's own catalogues have "users", too


_SENTENCES: dict[State, Callable[[Deployment, datetime | None], str]] = {
    State.PENDING: _pending,
    State.SHIFTING: _shifting,
    State.OBSERVING: _observing,
    State.PAUSED: _paused,
    State.HELD: _held,
    State.BAKING: _baking,
    State.ROLLING_BACK: _rolling_back,
    State.STUCK: _stuck,
    State.ROLLED_BACK: _rolled_back,
    State.COMPLETED: _completed,
    State.CANCELLED: _cancelled,
}

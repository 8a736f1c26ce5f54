"""What is so of the whole site: flags, balancer, dashboards, cache, notifications."""

from __future__ import annotations

from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from zdt_core import database
from zdt_core.conf import conf as core
from zdt_core.exceptions import ConfigurationError
from zdt_core.notify.channels import channels, problems
from zdt_core.notify.models import Notification
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight.registry import by_hand, item
from zdt_deploy.preflight.results import Seen, failed, not_applicable, passed, unknown

FASTEST, SLOWEST = 5.0, 10.0
"""Seconds between two looks of a balancer."""

TRIED = timedelta(days=31)
_OF_ONE_PROCESS = ("LocMemCache", "DummyCache")


@item("flags", _("Feature flags are deployed"))
def flags(deployment: Deployment) -> Seen:
    """zdt_flags tells by a condition of its own."""
    return not_applicable("preflight_no_flags")


@item("flags_tested", _("The release's flags were tested on and off"), by_hand=True)
def flags_tested(deployment: Deployment) -> Seen:
    if not apps.is_installed("zdt_flags"):
        return not_applicable("preflight_no_flags")
    return unknown("preflight_flags_untested")


@item(
    "balancer",
    _("The balancer looks at each process every 5 to 10 s"),
    by_hand=True,
    keeps_days=90,
)
def balancer(deployment: Deployment) -> Seen:
    """A site that says how often is believed; the default says nothing of its balancer."""
    if not hasattr(settings, "ZDT_LB_INTERVAL"):
        return unknown("preflight_balancer_unknown")
    seconds = core.LB_INTERVAL
    facts = {"seconds": f"{seconds:g}"}
    if FASTEST <= seconds <= SLOWEST:
        return passed("preflight_balancer_looks", **facts)
    return failed("preflight_balancer_rate", **facts)


by_hand(
    "dashboards",
    _("Dashboards show errors, p50, p95, p99 and throughput by release"),
    how=_(
        "Open the dashboard that people look at during a release, and see that it tells releases "
        "apart; docs/how-to/observability.md has one."
    ),
    keeps_days=90,
)


@item("cache", _("Cache keys carry a version"), by_hand=True)
def cache(deployment: Deployment) -> Seen:
    """A shared cache whose prefix names the release is not read by the other one."""
    shared = {
        alias: given
        for alias, given in settings.CACHES.items()
        if not str(given.get("BACKEND", "")).endswith(_OF_ONE_PROCESS)
    }
    if not shared:
        return not_applicable("preflight_cache_of_one_process")
    bare = [alias for alias, given in shared.items() if not _is_versioned(given)]
    if bare:
        return unknown("preflight_cache_shared", aliases=", ".join(bare))
    return passed("preflight_cache_versioned", aliases=", ".join(shared))


@item(
    "notifications",
    _("Somebody is told, and the channel was tried"),
    by_hand=True,
    keeps_days=TRIED.days,
)
def notifications(deployment: Deployment) -> Seen:
    try:
        found = channels()
        wrong = [f"{each.alias} {text}" for each in found for text in problems(each)]
    except ConfigurationError as error:
        wrong = [str(error)]
    if wrong:
        return failed("preflight_notify_wrong", problem=wrong[0])
    names = [each.alias for each in found if not each.backend.lower().endswith("log")]
    if not names:
        return failed("preflight_notify_log_only")
    rows = Notification.objects.filter(
        channel__in=names, state="delivered", delivered_at__gt=database.Now() - TRIED
    )
    tried = set(rows.values_list("channel", flat=True).distinct())
    untried = [name for name in names if name not in tried]
    if untried:
        return unknown("preflight_notify_untried", channels=", ".join(untried), days=TRIED.days)
    return passed("preflight_notify_tried", channels=", ".join(names))


def _is_versioned(given: dict[str, object]) -> bool:
    prefix, version = str(given.get("KEY_PREFIX", "")), core.VERSION
    is_ours = str(given.get("BACKEND", "")).endswith("VersionedRedisCache")
    return is_ours or bool(version and version in prefix)

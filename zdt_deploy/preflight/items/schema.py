"""The database's shape: what the release's migrations do to the one before."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from zdt_deploy.deployments import alive
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import FINAL
from zdt_deploy.preflight import brought, taking, telling
from zdt_deploy.preflight.models import ReleaseMigrations
from zdt_deploy.preflight.registry import item
from zdt_deploy.preflight.results import Result, Seen, failed, passed, unknown
from zdt_deploy.preflight.telling import Told
from zdt_deploy.schema import standing
from zdt_deploy.schema.models import KnownShape, SchemaChange
from zdt_deploy.schema.phases import OPEN, Phase

SHOWN = 3


@item(
    "migrations", _("Migrations leave the release before what it needs"), by_hand=True,
    changed_at=brought.changed_at,
)  # fmt: skip
def migrations(deployment: Deployment) -> Seen:
    """Of the migrations that only the new release has."""
    new = brought.told(deployment, deployment.version)
    if new is None:
        return unknown("preflight_migrations_untold", release=deployment.version)
    old = brought.told(deployment, deployment.previous_version)
    if old is None:
        return unknown("preflight_migrations_untold", release=deployment.previous_version or "?")
    names = _brought(new, old)
    for sure, say, code in (
        (taking.TAKES, failed, "preflight_migrations_take"),
        (taking.LOOK, unknown, "preflight_migrations_opaque"),
    ):
        found = [
            f"{name}: {words}"
            for name in names
            for how, words in new.takes.get(name, ())
            if how == sure
        ]
        if found:
            return say(code, release=deployment.version, operations=_shown(found, "; "))
    return passed("preflight_migrations_add", release=deployment.version, n=len(names))


@item("contracts", _("Schema changes under way need no person"))
def contracts(deployment: Deployment) -> Seen:
    found = SchemaChange.objects.filter(phase__in=sorted(OPEN)).order_by("pk")
    wrong = found.exclude(problem="").first()
    if wrong is not None:
        return failed("preflight_change_stuck", key=wrong.key, trouble=standing.shortly(wrong))
    owed = found.filter(owed_at__isnull=False).count()
    return passed("preflight_changes_well", n=found.count(), owed=owed)


@item(
    "migrated", _("Migrations ran before the code"), phase="during", since="before",
    changed_at=brought.changed_at,
)  # fmt: skip
def migrated(deployment: Deployment) -> Seen:
    """Contracts that are owed count as applied."""
    new = brought.told(deployment, deployment.version)
    if new is None:
        return unknown("preflight_migrations_untold", release=deployment.version)
    missing = brought.unapplied(new.names)
    if missing:
        facts = {"release": deployment.version, "n": len(missing)}
        return failed("preflight_not_migrated", **facts, names=_shown(missing))
    return passed("preflight_migrated", release=deployment.version)


@item(
    "old_on_new", _("The old release works on the new schema"), phase="during", since="before",
    by_hand=True, changed_at=brought.changed_at,
)  # fmt: skip
def old_on_new(deployment: Deployment) -> Seen:
    """It is alive and healthy on it, and no migration took what it needs."""
    seen = migrated(deployment)
    if seen.result is not Result.PASSED:
        return unknown("preflight_not_migrated_yet", release=deployment.version)
    if gone := _contracted_under(deployment):
        return failed(
            "preflight_shape_gone", release=deployment.previous_version, changes=_shown(gone)
        )
    if deployment.state not in FINAL:
        seen = _old_is_well(deployment)
        if seen.result is not Result.PASSED:
            return seen
    seen = migrations(deployment)
    if seen.result is Result.PASSED:
        return passed("preflight_old_lives", release=deployment.previous_version)
    return seen


def _brought(new: ReleaseMigrations, old: ReleaseMigrations) -> list[str]:
    """The migrations that only the new release has; an app that the old one lacks takes nothing."""
    known = set(old.names)
    labels = {name.partition(".")[0] for name in known}
    return [name for name in new.names if name not in known and name.partition(".")[0] in labels]


def _old_is_well(deployment: Deployment) -> Seen:
    release = deployment.previous_version

    def look(told: Told) -> Seen:
        at = {"instance": told.instance}
        if broken := told.broken:
            at["checks"] = ", ".join(broken)
            return failed("preflight_old_unhealthy", release=release, **at)
        if silent := told.unchecked:
            return unknown("preflight_not_checked", **at, checks=", ".join(silent))
        return passed()

    return telling.worst(deployment.environment, deployment.service, release, look)


def _contracted_under(deployment: Deployment) -> list[str]:
    """Changes whose old shape went while the old release was there, which may need it."""
    since = _there_since(deployment)
    if since is None:
        return []
    known = KnownShape.objects.filter(
        service=deployment.service, release=deployment.previous_version
    )
    gone = SchemaChange.objects.filter(
        phase=Phase.CONTRACTED.value, contracted_at__gt=since
    ).exclude(pk__in=known.values("change"))
    return list(gone.order_by("pk").values_list("key", flat=True))


def _there_since(deployment: Deployment) -> datetime | None:
    """Since when the old release is known to be there: on record, or by its processes."""
    at = (deployment.environment, deployment.service, deployment.previous_version)
    rows = Deployment.objects.filter(environment=at[0], service=at[1], version=at[2])
    recorded = rows.aggregate(first=Min("created_at"))["first"]
    known = [member.joined_at for member in alive.web(*at)]
    return min([*known, *([recorded] if recorded else [])], default=None)


def _shown(found: list[str], joint: str = ", ") -> str:
    more = f" (+{len(found) - SHOWN})" if len(found) > SHOWN else ""
    return joint.join(found[:SHOWN]) + more

"""Deployments, backfills and schema changes in each state with a look of its own, and the admin.

The states live beside the story; `tests.browser.story` has to be told first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import RequestFactory
from django.urls import reverse

from tests.browser.customers import prove, renamed
from tests.browser.site import NAME
from tests.browser.traffic import verdicts
from tests.core.factories import ProcessFactory, RunFactory
from tests.deploy.factories import (
    BackfillFactory,
    CertificateFactory,
    DeploymentFactory,
    EmergencyFactory,
    FreezeFactory,
    KnownShapeFactory,
    PlanFactory,
    RangeFactory,
    ReachFactory,
    RowErrorFactory,
    TrafficShareFactory,
)
from zdt_core import database
from zdt_core.events import Actor
from zdt_deploy.backfills import runs
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.deployments import machine
from zdt_deploy.preflight import marking

CALLBACK = {"callback": "https://hooks.example/…", "attempts": 8, "error": "HTTP 503"}
SILENT = {"seconds": 60}
SEEN = {"errors_canary": 0.4, "errors_stable": 0.5, "p95_canary": 180, "p95_stable": 182,
        "requests": 1200, "stable_requests": 11000}  # fmt: skip
FEW = {"requests": 310, "minimum": 1000}
DIFFERING = {"different": 3, "rows": 1000, "lossy": 0}
STATES: dict[str, dict[str, Any]] = {
    "pending": {},
    "shifting": {},
    "paused": {"step": 1},
    "held": {"step": 1, "code": "traffic_silent", "params": SILENT},
    "baking": {},
    "rolling_back": {},
    "stuck": {"code": "rollback_callback_failed", "params": CALLBACK},
    "completed": {},
    "cancelled": {},
    "blue_green": {},
}
"""Traits of the factory, and what is special."""

TO_MOVE = ("live", "overview", "dialog", "plain", "keyboard")
"""Deployments that one test each moves."""


def tell() -> dict[str, Any]:
    """The addresses of the states, of the deployments to move, and of the admin's pages."""
    made = {trait: _deployment(trait, **{trait: True}, **facts) for trait, facts in STATES.items()}
    PlanFactory(name="careful")
    moved = {name: _deployment(f"to-{name}", step=0) for name in TO_MOVE}
    return {
        "states": {f"deployment, {name}": _page(row) for name, row in made.items()}
        | _regions()
        | _batches()
        | _freezes()
        | _checklists(made)
        | _backfills()
        | _changes(),
        "moved": {name: {"url": _page(row), "id": row.pk} for name, row in moved.items()},
        "admin": _admin_pages(),
    }


def _deployment(service: str, **facts: Any) -> Any:
    at = {"service": service.replace("_", "-"), "environment": "production"}
    for release in ("1.0", "2.0"):
        ProcessFactory(release=release, **at)
    deployment = DeploymentFactory.aged(1500, **at, **facts)
    if deployment.state not in ("pending", "cancelled"):
        verdicts(deployment, minutes=24)
        TrafficShareFactory(deployment=deployment, valid_until=None, **at)
    return deployment


def _regions() -> dict[str, str]:
    """One whose regions have users, and one of which a region went back and is not back yet."""
    going = _regional("regional", step=1)
    paused = _regional("retreating", step=1)
    machine.take_back(paused.pk, region="us-east", actor=Actor("user", "ada"), reason="slow there")
    return {"deployment, regional": _page(going), "deployment, retreating": _page(paused)}


def _regional(service: str, **facts: Any) -> Any:
    at = {"service": service, "environment": "production"}
    since = database.Now() - timedelta(minutes=25)
    for region in ("us-east", "eu-west", "apac"):
        for release in ("1.0", "2.0"):
            ProcessFactory(release=release, region=region, **at)
        ReachFactory(region=region, trouble="Redis: timeout" if region == "apac" else "", **at)
    regions = {"us-east": {}, "eu-west": {}}
    made = DeploymentFactory.aged(1500, regional=True, regions=regions, **at, **facts)
    verdicts(made, minutes=24)
    said = {
        "us-east": {"outcome": "ok", "code": "canary_within_limits", "params": SEEN},
        "eu-west": {"outcome": "waiting", "code": "canary_too_few", "params": FEW},
    }
    newest = made.verdicts.order_by("-slot").first()
    newest.evidence = {**newest.evidence, "regions": said}
    newest.save()
    shares = {"us-east": "10", "eu-west": "30", "apac": "0"}
    TrafficShareFactory(deployment=made, percentage=0, regions=shares, changed_at=since, **at)
    return made


def _batches() -> dict[str, str]:
    """One whose next processes may be replaced, and one that is watched."""
    found = {}
    for name, new in (("replacing", 1), ("replaced", 2)):
        at = {"service": name, "environment": "production"}
        for number in range(8):
            ProcessFactory(release="2.0" if number < new else "1.0", **at)
        made = DeploymentFactory.aged(1500, rolling=True, shifting=new == 1, **at)
        verdicts(made, minutes=24)
        nobody = {"stable_release": "", "canary_release": "", "percentage": 0}
        TrafficShareFactory(deployment=made, valid_until=None, **nobody, **at)
        found[f"deployment, {name}"] = _page(made)
    return found


def _freezes() -> dict[str, str]:
    """One that holds, one that waits, one that nobody can read, and emergencies at each stage."""
    at = {"environment": "production", "service": "frozen"}
    holds = FreezeFactory(name="black friday", reason="the week that counts", **at)
    FreezeFactory(name="weekends", weekly="fri 16:00-mon 08:00", time_zone="Europe/Berlin", **at)
    odd = FreezeFactory(name="by hand", weekly="whenever", environment="staging")
    frozen = _deployment("frozen", pending=True)
    asked = EmergencyFactory(deployment=_deployment("frozen", step=1))
    approved = EmergencyFactory(approved=True, deployment=_deployment("hurried", step=1))
    over = EmergencyFactory(approved=True, deployment=_deployment("was-hurried", baking=True))
    return {
        "deployment, frozen": _page(frozen),
        "deployment, asked to hurry": _page(asked.deployment),
        "deployment, hurried": _page(approved.deployment),
        **{
            f"freeze, {name}": reverse("admin:zdt_deploy_freeze_change", args=(row.pk,))
            for name, row in (("holding", holds), ("unreadable", odd))
        },
        **{
            f"emergency, {name}": reverse("admin:zdt_deploy_emergency_change", args=(row.pk,))
            for name, row in (("asked", asked), ("approved", approved), ("over", over))
        },
        "costs of twelve": f"{reverse('admin:zdt_deploy_costs_changelist')}?instances=12",
    }


def _checklists(made: dict[str, Any]) -> dict[str, str]:
    """One that people have marked, one under way, and one that is over."""
    facts: dict[str, Any] = {"actor": Actor("user", "ada"), "reason": "looked at both releases"}
    marking.tick(made["pending"].pk, "dashboards", **facts)
    marking.waive(made["pending"].pk, "balancer", **facts)
    return {
        f"checklist, {name}": reverse(
            "admin:zdt_deploy_deployment_preflight", args=(made[name].pk,)
        )
        for name in ("pending", "paused", "completed")
    }


def _backfills() -> dict[str, str]:
    """Those that failed by a range and by rows, one that nobody works on, and one that waits."""
    failed = BackfillFactory(
        name="shop.names", failed=True, code="backfill_ranges_failed",
        params={"ranges": 1, "key": "4711", "error": "DataError: value too long"},
    )  # fmt: skip
    RangeFactory(backfill=failed, failed=True)
    RangeFactory(backfill=failed, done=True)
    rows = BackfillFactory(
        name="shop.ages", failed=True, rows_failed=3, code="backfill_rows_failed",
        params={"rows": 3},
    )  # fmt: skip
    RangeFactory(backfill=rows, done=True)
    RowErrorFactory.create_batch(3, backfill=rows)
    waits = BackfillFactory(name="shop.slugs", pacing={"windows": ["22:00-06:00"]})
    RangeFactory.create_batch(40, backfill=waits, low=["4d0c", 17])
    RunFactory(
        kind=runs.LANE, key=runs.lane_key(waits.pk, 0), failures=3, due_later=True,
        last_error="OperationalError: the server closed the connection unexpectedly",
    )  # fmt: skip
    paused = BackfillFactory.aged(9000, name="shop.prices", state="paused")
    RangeFactory(backfill=paused)
    RunFactory(kind=runs.LANE, key=runs.lane_key(paused.pk, 0), state="paused")
    succeeded = BackfillFactory(name="shop.cities", succeeded=True)
    RangeFactory(backfill=succeeded, done=True)
    alone = BackfillFactory.aged(900, name="shop.mails")
    named = {
        "failed": failed, "failed rows": rows, "waiting": waits, "paused": paused,
        "succeeded": succeeded, "stalled": alone,
    }  # fmt: skip
    return {
        f"backfill, {name}": reverse("admin:zdt_deploy_backfill_change", args=(row.pk,))
        for name, row in named.items()
    }


def _changes() -> dict[str, str]:
    """One in each phase, one that drifts, one whose sides differ, and one that is compared."""
    filling = BackfillFactory(name="schema:shop.customer.mail>email", table="customers")
    RangeFactory(backfill=filling, done=True)
    comparing = BackfillFactory(name="verify:shop.customer.city>town", table="customers")
    RangeFactory(backfill=comparing, done=True)
    made = {
        "backfilling": renamed("mail", "email", backfilling=True, backfill=filling),
        "comparing": renamed("city", "town", backfilling=True),
        "verified": renamed("name", "full_name", verified=True),
        "drifting": renamed("nation", "country", kept=False, verified=True),
        "switched": renamed("zip", "postcode"),
        "differing": renamed(
            "phone",
            "telephone",
            problem="schema_sides_differ",
            problem_params=DIFFERING | {"key": "shop.customer.phone>telephone"},
        ),
        "contracted": renamed("nick", "nickname", kept=False, contracted=True),
    }
    compared = CertificateFactory(
        change=made["comparing"], state="running", backfill=comparing, finished_at=None, rows=0
    )
    Backfill.objects.filter(pk=comparing.pk).update(
        kind="compare",
        spec={"pair": made["comparing"].spec["pair"], "certificate": compared.pk},
    )
    prove(made["verified"])
    prove(made["switched"])
    CertificateFactory(change=made["contracted"])
    CertificateFactory(
        change=made["differing"], state="failed", different=3, samples=[17, 4711, 90210],
        code="schema_sides_differ",
    )  # fmt: skip
    KnownShapeFactory(change=made["switched"], release="2.4.0")
    compares = reverse("admin:zdt_deploy_backfill_change", args=(comparing.pk,))
    return {"backfill, comparing": compares} | {
        f"schema change, {name}": reverse("admin:zdt_deploy_schemachange_change", args=(row.pk,))
        for name, row in made.items()
    }


def _page(deployment: Any) -> str:
    return reverse("admin:zdt_deploy_deployment_change", args=(deployment.pk,))


def _admin_pages() -> dict[str, str]:
    """Whatever our apps show in the admin: list, form to add, and the first row's pages."""
    request = RequestFactory().get("/")
    request.user = get_user_model().objects.get(username=NAME)
    pages = {"admin index": reverse("admin:index")}
    for model, model_admin in admin.site._registry.items():
        options = model._meta
        if not options.app_label.startswith("zdt_"):
            continue
        name = f"admin:{options.app_label}_{options.model_name}"
        pages["an app"] = reverse("admin:app_list", args=(options.app_label,))
        pages[f"{options.model_name} list"] = reverse(f"{name}_changelist")
        if model_admin.has_add_permission(request):
            pages[f"{options.model_name} add"] = reverse(f"{name}_add")
        if options.managed and (row := model._default_manager.first()):
            pages[f"{options.model_name} page"] = reverse(f"{name}_change", args=(row.pk,))
            if model_admin.has_delete_permission(request, row):
                pages[f"{options.model_name} delete"] = reverse(f"{name}_delete", args=(row.pk,))
    return pages

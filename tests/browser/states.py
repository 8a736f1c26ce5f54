"""A deployment and a backfill in each state with a look of its own, and every page of the admin.

The states live beside the story; `tests.browser.story` has to be told first.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import RequestFactory
from django.urls import reverse

from tests.browser.site import NAME
from tests.browser.traffic import verdicts
from tests.core.factories import ProcessFactory, RunFactory
from tests.deploy.factories import (
    BackfillFactory,
    DeploymentFactory,
    PlanFactory,
    RangeFactory,
    RowErrorFactory,
    TrafficShareFactory,
)
from zdt_deploy.backfills import runs

CALLBACK = {"callback": "https://hooks.example/…", "attempts": 8, "error": "HTTP 503"}
SILENT = {"seconds": 60}
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
        "states": {f"deployment, {name}": _page(row) for name, row in made.items()} | _backfills(),
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


def _backfills() -> dict[str, str]:
    """One that failed, one that nobody works on, and one that waits."""
    failed = BackfillFactory(
        name="shop.names", failed=True, code="backfill_ranges_failed",
        params={"ranges": 1, "key": "4711", "error": "DataError: value too long"},
    )  # fmt: skip
    RangeFactory(backfill=failed, failed=True)
    RangeFactory(backfill=failed, done=True)
    RowErrorFactory.create_batch(3, backfill=failed)
    waits = BackfillFactory(name="shop.slugs", pacing={"windows": ["22:00-06:00"]})
    RangeFactory.create_batch(40, backfill=waits, low=["4d0c", 17])
    RunFactory(kind=runs.LANE, key=runs.lane_key(waits.pk, 0), failures=3, due_later=True)
    alone = BackfillFactory.aged(900, name="shop.mails")
    named = {"failed": failed, "waiting": waits, "stalled": alone}
    return {
        f"backfill, {name}": reverse("admin:zdt_deploy_backfill_change", args=(row.pk,))
        for name, row in named.items()
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

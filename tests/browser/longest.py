"""Rows with names as long as the columns take, and without a place to break a line."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from tests.browser.traffic import verdicts
from tests.core.factories import ProcessFactory, RunFactory
from tests.deploy.factories import (
    BackfillFactory,
    DeploymentFactory,
    EmergencyFactory,
    FreezeFactory,
    RangeFactory,
    RowErrorFactory,
    SchemaChangeFactory,
    TrafficShareFactory,
)
from tests.flags.factories import FlagFactory
from zdt_core.events import Actor
from zdt_deploy.backfills import runs
from zdt_deploy.preflight import marking

SERVICE, ENVIRONMENT = (
    "payments_and_refunds_of_the_old_market",
    "production_of_the_european_union_frankf",
)
OLD, NEW = "2026.11.20-stable.0a1b2c3d4e5f60718293a4", "2026.11.28-checkout-rework.a1b2c3d4e5f6g"
WORD = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerk"


def word(length: int) -> str:
    return (WORD * (1 + length // len(WORD)))[:length]


def tell() -> dict[str, Any]:
    """The addresses of those that have a page."""
    RunFactory(kind="w" * 60, key=word(200), failures=3, last_error=word(400))
    FlagFactory(name=word(100), owner=word(40), description=word(400))
    at = {"service": SERVICE, "environment": ENVIRONMENT}
    deployment = _deployment(at, "observing")
    pending = _deployment({**at, "service": SERVICE[:-1]}, "pending")
    marking.waive(pending.pk, "drain", actor=Actor("user", word(150)), reason=word(500))
    freeze = FreezeFactory(
        name=word(60), reason=word(2000), created_by=f"user:{word(150)}", weekly="sat-sun", **at
    )
    emergency = EmergencyFactory(
        deployment=deployment, reason=word(2000), requester=word(150), requested_by=word(200)
    )
    backfill = BackfillFactory(
        name=word(200), table=word(200), started_by=f"user:{word(150)}", reason=word(500),
        rows_failed=1, spec={"set": {word(63): word(300)}},
    )  # fmt: skip
    RangeFactory(backfill=backfill, failed=True, error=word(400), low=[word(200)], high=[word(200)])
    RowErrorFactory(backfill=backfill, key=[word(200)], error=word(400))
    RunFactory(kind=runs.LANE, key=runs.lane_key(backfill.pk, 0), last_error=word(400), failures=2)
    change = SchemaChangeFactory(
        key=f"{word(60)}.{word(60)}.{word(70)}"[:200], table=word(200), app_label=word(100),
        model_name=word(100), kind="k" * 40, spec={"columns": [word(63)]},
    )  # fmt: skip
    rows = {
        "deployment": deployment, "deployment that waits": pending, "freeze": freeze,
        "emergency": emergency, "backfill": backfill, "schema change": change,
    }  # fmt: skip
    return {
        "longest": {
            f"{name} with long names": reverse(
                f"admin:zdt_deploy_{row._meta.model_name}_change", args=(row.pk,)
            )
            for name, row in rows.items()
        }
        | {
            "checklist with long names": reverse(
                "admin:zdt_deploy_deployment_preflight", args=(pending.pk,)
            ),
            "comparison with long names": reverse(
                "admin:zdt_deploy_deployment_comparison", args=(deployment.pk,)
            ),
        }
    }


def _deployment(at: dict[str, str], state: str) -> Any:
    for release in (OLD, NEW):
        ProcessFactory(release=release, region=word(40), host=word(255), track="t" * 10, **at)
    made = DeploymentFactory.aged(
        1500, **at, **{state: True}, version=NEW, previous_version=OLD, reason=word(500),
        started_by=f"user:{word(150)}",
    )  # fmt: skip
    if state != "pending":
        verdicts(made, minutes=4)
        TrafficShareFactory(
            deployment=made, stable_release=OLD, canary_release=NEW, valid_until=None, **at
        )
    return made

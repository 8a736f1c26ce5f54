"""Made-up traffic in the raw: metric windows for the charts, and what is compared by version."""

from __future__ import annotations

import random
import time
from typing import Any

from zdt_core.metering import histogram
from zdt_deploy.canary.models import MetricWindow
from zdt_deploy.comparison.models import Copied, Observation
from zdt_deploy.comparison.sums import Sums
from zdt_deploy.deployments.models import Deployment

PER_WINDOW, WINDOW, BEFORE_MINUTES = 200, 10, 30
OUT_OF_TIME = {
    "kind": "error", "logger": "django.request", "level": "ERROR",
    "text": "requests.exceptions.ReadTimeout", "where": "shop.payments.charge",
    "sample": "ReadTimeout: payments.internal did not answer order 81773 within 5 s",
}  # fmt: skip
NO_STOCK = {
    "kind": "error", "logger": "shop.stock", "level": "ERROR",
    "text": "‹n› of product ‹n› are missing", "where": "",
    "sample": "3 of product 1204 are missing",
}  # fmt: skip
NO_ADDRESS = {
    "kind": "error", "logger": "django.request", "level": "ERROR", "text": "KeyError",
    "where": "shop.checkout.address_of", "sample": "KeyError: 'street'",
}  # fmt: skip
NO_MAIL = {
    "kind": "error", "logger": "shop.mail", "level": "ERROR", "text": "no mail to ‹mail›",
    "where": "", "sample": "no mail to ***@***",
}  # fmt: skip
QUERIES = {
    'SELECT … FROM "shop_product" WHERE "shop_product"."category_id" = ? ORDER BY ? LIMIT ?': 6.1,
    'SELECT … FROM "shop_order" INNER JOIN "shop_user" ON ("shop_order"."user_id" = '
    '"shop_user"."id") WHERE "shop_order"."state" IN (?)': 3.4,
    'UPDATE "shop_stock" SET "left" = ("shop_stock"."left" - ?) WHERE "product_id" = ?': 1.2,
    'INSERT INTO "shop_order" (…) VALUES (?) RETURNING "shop_order"."id"': 0.8,
}
"""Milliseconds per request."""


def windows(
    deployment: Deployment, *, minutes: int, begin: float, to_25: int | None, slow_from: int | None
) -> None:
    """Each ten seconds of both releases, and of stable before."""
    chance = random.Random(deployment.pk)
    since = int(time.time() - 60 * begin) // WINDOW * WINDOW
    rows = []
    for number in range(-BEFORE_MINUTES * 6, minutes * 6):
        minute = number / 6
        share = 0.0 if number < 0 else 0.25 if to_25 is not None and minute >= to_25 else 0.05
        late = 1 + 0.6 * max(0.0, minute - slow_from) if slow_from else 1.0
        at = (deployment, since + number * WINDOW, chance)
        rows.append(_window(*at, deployment.previous_version, PER_WINDOW * (1 - share), 1.0))
        if share:
            rows.append(_window(*at, deployment.version, PER_WINDOW * share, late))
    MetricWindow.objects.bulk_create(rows)


def _window(
    deployment: Deployment,
    start: int,
    chance: random.Random,
    release: str,
    requests: float,
    late: float,
) -> MetricWindow:
    number = int(requests * (0.9 + 0.2 * chance.random()))
    latency = histogram.of(late * chance.lognormvariate(3.75, 0.85) for _ in range(number))
    return MetricWindow(
        environment=deployment.environment, service=deployment.service, region="default",
        window=start, seconds=WINDOW, release=release, instance="web", requests=number,
        errors=sum(chance.random() < 0.004 for _ in range(number)), latency=latency,
    )  # fmt: skip


def observations(deployment: Deployment) -> None:
    """Side by side: an error that is new, one that is gone, and a query that takes more."""
    chance = random.Random(deployment.pk)
    old, new = deployment.previous_version, deployment.version
    begun = int((deployment.started_at or deployment.created_at).timestamp()) // 60 * 60
    _observe(deployment, "beside", old, _sums(chance, 48_211, 1.0, begun, 46), {
        "stock": (NO_STOCK, 52, 0), "address": (NO_ADDRESS, 147, 0), "mail": (NO_MAIL, 0, 12),
    })  # fmt: skip
    _observe(deployment, "beside", new, _sums(chance, 6_034, 1.8, begun, 46), {
        "stock": (NO_STOCK, 7, 0), "time": (OUT_OF_TIME, 31, 0), "mail": (NO_MAIL, 0, 2),
    })  # fmt: skip
    _observe(deployment, "before", old, _sums(chance, 35_902, 1.0, begun - 1800, 30), {
        "stock": (NO_STOCK, 40, 0), "address": (NO_ADDRESS, 112, 0),
    })  # fmt: skip
    Copied.objects.create(
        deployment=deployment, region="default", next_slot=int(time.time()), seconds=60
    )


def _sums(chance: random.Random, requests: int, slower: float, since: int, slots: int) -> Sums:
    latency = histogram.of(slower**0.1 * chance.lognormvariate(3.75, 0.85) for _ in range(9000))
    queries = {
        f"{place:012d}": [requests, int(1000 * ms * requests * (slower if not place else 1))]
        for place, ms in enumerate(QUERIES.values())
    }
    spent = sum(microseconds for _, microseconds in queries.values())
    scaled = {bucket: count * requests // 9000 for bucket, count in latency.items()}
    quicker = {bucket - 36 + round(10 * (slower - 1)): count for bucket, count in scaled.items()}
    return Sums(
        requests, requests // 250, spent, 4 * requests, scaled, quicker, {}, queries, slots, since,
        since + 60 * (slots - 1),
    )  # fmt: skip


def _observe(
    deployment: Deployment, phase: str, release: str, sums: Sums, errors: dict[str, Any]
) -> None:
    sums.errors = {id: [inside, outside] for id, (_, inside, outside) in errors.items()}
    row = Observation(deployment=deployment, region="default", phase=phase, release=release)
    row.take(sums)
    row.words = {id: said for id, (said, _, _) in errors.items()}
    row.words |= {
        f"{place:012d}": {"kind": "query", "text": sql} for place, sql in enumerate(QUERIES)
    }
    row.save()

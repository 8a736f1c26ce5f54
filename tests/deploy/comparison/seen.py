"""What releases did, made up: slots as a region's Redis hands them out, sums, and rows."""

import time

from zdt_core.metering import histogram
from zdt_core.observing.source import Slot
from zdt_deploy.comparison.models import Copied, Observation
from zdt_deploy.comparison.sums import Sums

BROKEN, LATE, SELECT, INSERT = "b" * 12, "c" * 12, "5" * 12, "1" * 12
WORDS = {
    BROKEN: {
        "kind": "error", "logger": "django.request", "level": "ERROR", "text": "ValueError",
        "where": "shop.views.buy", "sample": "ValueError: order 17 is broken",
    },
    LATE: {
        "kind": "error", "logger": "shop.mail", "level": "ERROR", "text": "mail ‹n› is late",
        "where": "", "sample": "mail 4 is late",
    },
    SELECT: {"kind": "query", "text": 'SELECT … FROM "shop_product" WHERE "id" = ?'},
    INSERT: {"kind": "query", "text": 'INSERT INTO "shop_order" (…) VALUES (?)'},
}  # fmt: skip


def slot(start=0, release="1.0", requests=100, *, ms=60, in_database=20, failed=0, inside=None,
         outside=None, queries=None):  # fmt: skip
    """``requests`` that take ``ms``, of which ``in_database`` ms in as many queries."""
    return Slot(
        start, release, requests=requests, failed=failed,
        microseconds=requests * in_database * 1000, statements=requests,
        latency={histogram.bucket(ms): requests} if requests else {},
        database={histogram.bucket(in_database): requests} if requests else {},
        inside=inside or {}, outside=outside or {},
        queries=queries or {SELECT: (requests, requests * in_database * 1000)},
    )  # fmt: skip


def sums(requests=10_000, **more):
    found = Sums()
    found.add(slot(requests=requests, **more))
    return found


def observe(deployment, phase, release, *, region="default", stratum=0, **more):
    """A row as copying leaves it."""
    row = Observation(
        deployment=deployment, phase=phase, release=release, region=region, stratum=stratum
    )
    row.take(sums(**more))
    row.words = {id: dict(WORDS[id]) for id in (*row.errors, *row.queries) if id in WORDS}
    row.save()
    Copied.objects.get_or_create(
        deployment=deployment,
        region=region,
        defaults={"next_slot": int(time.time()), "seconds": 60},
    )
    return row


def compare(deployment, region="default"):
    """Both comparisons of ``deployment``: an error that is new, and a query that takes more."""
    slow = {SELECT: (10_000, 400_000_000), INSERT: (2000, 900_000)}
    old = {"requests": 90_000, "inside": {LATE: 90}}
    new = {
        "requests": 10_000, "ms": 90, "in_database": 40, "failed": 40,
        "inside": {BROKEN: 40, LATE: 10}, "queries": slow,
    }  # fmt: skip
    for phase in ("before", "beside"):
        observe(deployment, phase, deployment.previous_version, region=region, **old)
    for phase in ("beside", "after"):
        observe(deployment, phase, deployment.version, region=region, **new)
    return deployment

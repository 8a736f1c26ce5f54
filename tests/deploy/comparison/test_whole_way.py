"""From a request to the comparison, over real servers: middleware, log, Redis, PostgreSQL."""

import logging
import secrets
import time

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory

from tests.deploy.factories import DeploymentFactory
from zdt_core import identity
from zdt_core.metering import MeteringMiddleware
from zdt_core.metering.flusher import Parcel
from zdt_core.observing import keys, source
from zdt_core.observing.flusher import Flusher
from zdt_core.observing.ledger import ledger
from zdt_deploy.comparison import copying, shape

GET = RequestFactory().get("/")
logger = logging.getLogger("shop.orders")


def buy(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        if identity.release() == "2.0":
            cursor.execute("SELECT 1 + 1")
            logger.error("order %s is lost", secrets.randbelow(1000))
            logger.error("GET /\x00")
    return HttpResponse()


def flush_as_if(moment):
    """What was observed counts as of ``moment``, by Redis's clock."""
    flusher = Flusher(ledger)
    flusher._pack()
    now, _ = source.clock()
    [parcel] = flusher._parcels
    flusher._parcels[0] = Parcel(parcel.number, time.monotonic() - (now - moment), parcel.amounts)
    flusher._send()


@pytest.mark.django_db
def test_what_a_release_does_differently_is_found(settings, monkeypatch):
    settings.ZDT_SERVICE = f"t{secrets.token_hex(6)}"
    settings.ZDT_METRICS_WINDOW = 100
    deployment = DeploymentFactory.aged(6000, service=settings.ZDT_SERVICE)
    ledger.reset()
    length = keys.slot_seconds()
    now, _ = source.clock()
    middle = (now // length - 3) * length + length / 2
    for release, requests in (("1.0", 300), ("2.0", 120)):
        settings.ZDT_VERSION = release
        monkeypatch.setattr(identity, "_instance", secrets.token_hex(6))
        serve = MeteringMiddleware(buy)
        for _ in range(requests):
            serve(GET)
        flush_as_if(middle)

    copying.copy(deployment, time.monotonic() + 60)

    beside, _ = shape.as_json(deployment)["comparisons"]
    assert (beside["old"]["requests"], beside["new"]["requests"]) == (300, 120)
    [error, hostile] = sorted(beside["errors"], key=lambda each: "GET" in each["text"])
    assert hostile["text"] == "GET /\ufffd"
    assert (error["change"], error["sure"], error["text"]) == ("new", True, "order %s is lost")
    assert error["new"] == {"count": 120, "per_1000_requests": 1000, "outside_requests": 0}
    assert beside["database"]["queries_per_request"] == {"old": 1, "new": 2}
    assert {query["text"]: query["change"] for query in beside["queries"]}.keys() == {
        "SELECT ?", "SELECT ? + ?",
    }  # fmt: skip
    assert beside["latency_ms"]["p50"]["new"] > 0

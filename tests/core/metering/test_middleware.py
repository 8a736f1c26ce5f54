import asyncio

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import path

from zdt_core.metering import MeteringMiddleware, histogram, mark_misrouted
from zdt_core.metering import middleware as room
from zdt_core.metering.ledger import ledger


def fail(request):
    raise RuntimeError("a planted fault")


def of_a_pipeline(request):
    request.zdt_unmetered = True
    return HttpResponse("in a while")


urlpatterns = [
    path("unmetered", of_a_pipeline),
    path("ok", lambda request: HttpResponse("fine")),
    path("missing", lambda request: HttpResponse(status=404)),
    path("unavailable", lambda request: HttpResponse(status=503)),
    path("fail", fail),
    path("stream", lambda request: StreamingHttpResponse(iter([b"a", b"b"]))),
]


@pytest.fixture
def site(settings, client):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["zdt_core.metering.MeteringMiddleware"]
    client.raise_request_exception = False
    return client


@pytest.fixture
def async_site(settings, async_client):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["zdt_core.metering.MeteringMiddleware"]
    async_client.raise_request_exception = False
    return async_client


@pytest.mark.parametrize(
    ("url", "errors"), [("ok", 0), ("missing", 0), ("unavailable", 1), ("fail", 1), ("stream", 0)]
)
def test_a_request_is_counted_with_its_failure(site, url, errors):
    site.get(f"/{url}")

    amounts = ledger.settle()
    assert (amounts.requests, amounts.errors) == (1, errors)


def test_what_no_visitor_sent_does_not_count(site):
    site.get("/unmetered")

    assert ledger.settle().requests == 0


@pytest.mark.parametrize(("url", "errors"), [("ok", 0), ("unavailable", 1), ("fail", 1)])
def test_an_async_request_is_counted_with_its_failure(async_site, url, errors):
    async_to_sync(async_site.get)(f"/{url}")

    amounts = ledger.settle()
    assert (amounts.requests, amounts.errors) == (1, errors)


def test_an_exception_that_arrives_is_an_error_and_travels_on():
    with pytest.raises(RuntimeError, match="planted"):
        MeteringMiddleware(fail)(RequestFactory().get("/"))

    assert ledger.settle().errors == 1


def test_an_exception_that_arrives_in_an_async_stack_is_an_error():
    async def fail_later(request):
        raise RuntimeError("a planted fault")

    with pytest.raises(RuntimeError, match="planted"):
        asyncio.run(MeteringMiddleware(fail_later)(RequestFactory().get("/")))

    assert ledger.settle().errors == 1


def test_a_client_that_went_away_is_a_request_and_no_error():
    async def never(request):
        await asyncio.Event().wait()

    async def visit():
        request = asyncio.ensure_future(MeteringMiddleware(never)(RequestFactory().get("/")))
        await asyncio.sleep(0)
        request.cancel()
        await asyncio.wait([request])

    asyncio.run(visit())

    amounts = ledger.settle()
    assert (amounts.requests, amounts.errors) == (1, 0)


def test_the_time_until_the_response_begins_is_its_latency(monkeypatch):
    times = iter([100.0, 100.25])
    monkeypatch.setattr(room, "perf_counter", lambda: next(times))
    MeteringMiddleware(lambda request: HttpResponse())(RequestFactory().get("/"))

    assert ledger.settle().latency == histogram.of([250])


def test_a_request_meant_for_the_other_release_is_counted_as_misrouted():
    def stray(request):
        mark_misrouted(request)
        mark_misrouted(request)
        return HttpResponse()

    MeteringMiddleware(stray)(RequestFactory().get("/"))
    MeteringMiddleware(lambda request: HttpResponse())(RequestFactory().get("/"))

    amounts = ledger.settle()
    assert (amounts.requests, amounts.misrouted) == (2, 1)


def test_without_a_flusher_requests_stay_few(monkeypatch):
    monkeypatch.setattr(room, "FULL", 10)
    serve = MeteringMiddleware(lambda request: HttpResponse())
    for _ in range(25):
        serve(RequestFactory().get("/"))

    assert len(ledger.requests) < 10
    assert ledger.settle().requests == 25

import asyncio

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from zdt_core import drain
from zdt_core.drain import DrainMiddleware

pytestmark = pytest.mark.usefixtures("connections_left_alone")
GET = RequestFactory().get("/x")


def served(view):
    return DrainMiddleware(view)(GET)


def served_async(view):
    async def serve():
        return await DrainMiddleware(view)(GET)

    return asyncio.run(serve())


def view(request):
    return HttpResponse(f"in flight: {drain.in_flight()}")


async def async_view(request):
    return HttpResponse(f"in flight: {drain.in_flight()}")


@pytest.fixture(params=["sync", "async"])
def serve(request):
    """Serves one request through the middleware, both ways."""
    return {"sync": lambda: served(view), "async": lambda: served_async(async_view)}[request.param]


def test_a_request_counts_from_its_start_until_its_response_is_closed(serve):
    response = serve()

    assert response.content == b"in flight: 1"
    assert drain.in_flight() == 1

    response.close()
    assert drain.in_flight() == 0


def test_without_a_drain_nothing_is_added(serve):
    assert "Connection" not in serve().headers


def test_a_draining_server_serves_everything_and_ends_connections(serve, drained_for):
    drained_for(1)
    response = serve()

    assert response.status_code == 200
    assert response["Connection"] == "close"


def test_after_the_wait_new_requests_are_refused(serve, drained_for):
    drained_for(26)
    response = serve()

    assert response.status_code == 503
    assert (response["Retry-After"], response["Connection"]) == ("1", "close")
    assert response["Cache-Control"] == "no-store"
    assert drain.in_flight() == 0


def test_a_request_that_began_before_is_finished_after_the_wait(drained_for):
    def slow(request):
        drained_for(26)
        return HttpResponse("done")

    response = served(slow)

    assert (response.status_code, response["Connection"]) == (200, "close")


def test_a_cancelled_drain_serves_again(serve, drained_for, file):
    drained_for(26)
    assert serve().status_code == 503
    file.unlink()

    assert serve().status_code == 200


def test_a_stream_counts_until_it_is_closed():
    response = served(lambda request: StreamingHttpResponse(iter([b"a", b"b"])))
    assert drain.in_flight() == 1

    assert b"".join(response) == b"ab"
    assert drain.in_flight() == 1
    response.close()

    assert drain.in_flight() == 0


def test_a_response_that_nobody_closes_does_not_count_for_ever():
    response = served(view)
    del response

    assert drain.in_flight() == 0


def test_a_view_that_raises_is_no_longer_in_flight():
    def broken(request):
        raise SystemExit

    with pytest.raises(SystemExit) as raised:
        served(broken)

    assert drain.in_flight() == 0
    assert raised.tb, "the traceback keeps the ticket from being lost"


def test_a_client_that_goes_away_is_no_longer_in_flight():
    async def serve():
        async def hang(request):
            await asyncio.Event().wait()

        task = asyncio.ensure_future(DrainMiddleware(hang)(GET))
        await asyncio.sleep(0)
        assert drain.in_flight() == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        return raised

    raised = asyncio.run(serve())

    assert drain.in_flight() == 0
    assert raised.tb, "the traceback keeps the ticket from being lost"


def test_runserver_is_spared_the_header_that_it_asserts_against(drained_for):
    drained_for(1)
    request = RequestFactory(SERVER_SOFTWARE="WSGIServer/0.2").get("/x")

    assert "Connection" not in DrainMiddleware(view)(request).headers


def test_the_middleware_is_as_async_as_what_it_wraps():
    assert iscoroutinefunction(DrainMiddleware(async_view))
    assert not iscoroutinefunction(DrainMiddleware(view))

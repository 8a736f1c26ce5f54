"""The queries of requests are timed, and what that costs a request."""

import asyncio
import sys

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory

from zdt_core.metering import MeteringMiddleware
from zdt_core.observing import queries
from zdt_core.observing.ledger import ledger
from zdt_core.observing.under_way import leave_out

GET = RequestFactory().get("/")


def ask(request=None):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse()


@pytest.mark.django_db
def test_the_queries_of_a_request_are_timed_and_added_to_it():
    def view(request):
        ask()
        return ask()

    MeteringMiddleware(view)(GET)

    amounts = ledger.settle()
    [(calls, microseconds)] = amounts.statements.values()
    assert (calls, amounts.queries) == (2, 2)
    assert abs(microseconds - amounts.microseconds) <= 1
    assert microseconds > 0


@pytest.mark.django_db
def test_queries_outside_of_requests_are_nobodys():
    ask()

    assert ledger.settle().statements == {}


@pytest.mark.django_db
def test_nor_are_those_of_a_request_that_nobody_counts():
    """A pipeline that waits asks the release that answers, and no other."""

    def view(request):
        leave_out(request)
        return ask()

    MeteringMiddleware(view)(RequestFactory().get("/"))

    amounts = ledger.settle()
    assert (amounts.requests, amounts.statements) == (0, {})


@pytest.mark.django_db(transaction=True)
def test_an_async_request_has_its_threads_queries():
    def aside():
        ask()
        connection.close()  # the thread's own
        return HttpResponse()

    async def view(request):
        return await sync_to_async(aside)()

    asyncio.run(MeteringMiddleware(view)(GET))

    assert ledger.settle().queries == 1


@pytest.mark.django_db
def test_a_query_that_fails_is_timed_and_its_error_travels_on():
    def view(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column")

    with pytest.raises(Exception, match="no_such_column"):
        MeteringMiddleware(view)(GET)

    assert ledger.settle().queries == 1


@pytest.mark.django_db
def test_a_connection_is_watched_once():
    connection.close()
    connection.ensure_connection()
    connection.close()
    connection.ensure_connection()

    assert connection.execute_wrappers.count(queries.timed) == 1


def test_nothing_is_noted_where_it_is_switched_off(settings):
    settings.ZDT_OBSERVE = False
    MeteringMiddleware(lambda request: HttpResponse())(GET)

    assert ledger.settle().requests == 0


def test_a_request_without_queries_costs_no_call_of_ours(settings):
    """Counted as calls of Python functions, which no machine's mood changes."""
    settings.ZDT_OBSERVE = False
    off = MeteringMiddleware(lambda request: None)
    settings.ZDT_OBSERVE = True
    on = MeteringMiddleware(lambda request: None)
    for each in (on, off):
        _serve(each)

    assert _calls(lambda: _serve(on)) == _calls(lambda: _serve(off))


def test_a_query_costs_one_call_of_ours():
    before = queries.under_way.set([0.0, 0])
    try:
        plain = _calls(lambda: _run(None, None, False, None))
        watched = _calls(lambda: queries.timed(_run, "SELECT 1", None, False, None))
    finally:
        queries.under_way.reset(before)

    assert watched - plain == 1


def _run(sql, params, many, context):
    return None


def _serve(middleware):
    middleware.get_response = lambda request: HttpResponse()
    middleware(GET)


def _calls(work):
    """Calls of Python functions while ``work`` runs."""
    count = 0

    def note(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count

"""What a process adds up, and that it stays bounded."""

import json

import pytest
from psycopg import sql as composed

from zdt_core.metering import histogram
from zdt_core.observing import ledger as room
from zdt_core.observing.keys import OTHERS
from zdt_core.observing.patterns import Pattern


def pattern(number=0, sample=""):
    return Pattern(
        "shop", "ERROR", f"broken {chr(97 + number % 26) * (number // 26 + 1)}", "", sample
    )


def test_requests_are_added_up_with_their_time_in_the_database(observed):
    observed.requests.extend([(0.2, False, 0.05, 3), (0.1, True, 0.0, 0)])

    amounts = observed.settle()

    assert (amounts.requests, amounts.failed, amounts.queries) == (2, 1, 3)
    assert amounts.microseconds == 50_000
    assert amounts.latency == histogram.of([200, 100])
    assert amounts.database == histogram.of([50, 0])
    assert observed.settle().requests == 0


def test_calls_of_one_query_are_added_up(observed):
    observed.statements.extend([("SELECT 1", 0.001), ("SELECT 2", 0.002)])

    amounts = observed.settle()

    assert list(amounts.statements.values()) == [[2, 3000]]
    [words] = map(json.loads, amounts.words.values())
    assert words == {"kind": "query", "text": "SELECT ?"}


def test_composed_statements_are_read(observed):
    statement = composed.SQL("SELECT {} FROM t").format(composed.Literal("hunter2"))
    observed.statements.extend([(statement, 0.001), (b"SELECT 2", 0.001), (object(), 0.001)])

    texts = {json.loads(words)["text"] for words in observed.settle().words.values()}

    assert texts == {"SELECT ? FROM t", "SELECT ?", "(object)"}


def test_errors_are_counted_by_pattern_inside_and_outside_of_requests(observed):
    observed.errors.extend([(pattern(), True), (pattern(), True), (pattern(1), False)])

    amounts = observed.settle()

    assert amounts.inside == {pattern().id: 2}
    assert amounts.outside == {pattern(1).id: 1}
    assert set(amounts.words) == {pattern().id, pattern(1).id}


def test_more_patterns_than_are_told_apart_are_counted_together(observed):
    observed.errors.extend((pattern(number), True) for number in range(room.MOST_PATTERNS + 7))

    amounts = observed.settle()

    assert len(amounts.inside) == room.MOST_PATTERNS + 1
    assert amounts.inside[OTHERS] == 7
    assert OTHERS not in amounts.words


def test_of_many_queries_the_slowest_are_told_apart(observed):
    observed.statements.extend(
        (f"SELECT a FROM t{number}x", number / 1000) for number in range(room.MOST_QUERIES + 50)
    )

    amounts = observed.settle()

    assert len(amounts.statements) <= room.MOST_QUERIES + 1
    assert amounts.statements[OTHERS][0] == 50
    assert sum(calls for calls, _ in amounts.statements.values()) == room.MOST_QUERIES + 50
    assert set(amounts.words) == set(amounts.statements) - {OTHERS}


@pytest.mark.parametrize("times", [10, 3000])
def test_queries_that_all_differ_stay_few(observed, times):
    observed.statements.extend((f"SELECT a FROM t{number}x", 0.001) for number in range(times))

    assert len(observed.settle().statements) <= room.MOST_QUERIES + 1

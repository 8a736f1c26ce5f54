"""VACUUM beside a backfill: when, which, and how it gives way."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.deploy.backfills.tables import SMALL, finish, make, query, start
from zdt_deploy.backfills import keys, lanes, throttle, vacuums
from zdt_deploy.backfills.models import Backfill

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(monkeypatch):
    """The runs that were begun, without doing them: (statement, polite)."""
    found = []

    def begin(alias, table, statement, *, polite):
        found.append((statement, polite))

    monkeypatch.setattr(vacuums, "begin", begin)
    monkeypatch.setattr(lanes, "_LEAST_TO_VACUUM", 10)
    monkeypatch.setattr(lanes, "_LEAST_CHANGED", 10)
    return found


def test_it_is_cleaned_as_it_goes_deeply_at_each_quarter_and_in_the_end(begun, settings):
    settings.ZDT_BACKFILL_VACUUM_SHARE = 0.1
    make(200)
    query("ANALYZE thing")

    finish(start(pacing={**SMALL, "vacuum": True}))

    statements = [statement for statement, _polite in begun]
    assert statements.count(vacuums.DEEP) == 3
    assert statements.count(vacuums.QUICK) == 6
    assert statements[-1] == vacuums.LAST
    assert {polite for _statement, polite in begun} == {True}


def test_an_unthrottled_one_is_cleaned_at_full_speed(begun):
    make(200)
    query("ANALYZE thing")

    finish(start(pacing="none"))

    assert begun == [(vacuums.LAST, False)]


def test_it_is_left_alone_when_asked(begun):
    make(200)

    finish(start(pacing={**SMALL, "vacuum": False}))

    assert begun == []


def test_what_was_not_changed_needs_no_cleaning(begun):
    make(200)
    finish(start(pacing={**SMALL, "vacuum": False}))

    finish(start(pacing="none"))

    assert begun == []


def test_of_several_lanes_one_cleans(begun):
    make(100)
    row = finish(start(pacing={**SMALL, "vacuum": False}))
    Backfill.objects.filter(pk=row.pk).update(rows_cleaned=0, rows_total=1000)
    row.refresh_from_db()
    for number in range(2):
        lane = lanes.Lane.__new__(lanes.Lane)
        lane.row, lane.number, lane.connection = row, number, connection
        lane.table, lane.kind = keys.table(connection, "thing"), lanes.Work
        lane.paced = lanes.pacing.parse("none")
        lane._vacuum_if_worth_it()

    assert len(begun) == 1


def test_nobody_cleans_while_somebody_does(begun, monkeypatch):
    busy = throttle.Look((), 0, 0, being_vacuumed=True, others_want_the_table=False)
    monkeypatch.setattr(throttle.Watch, "look", lambda *args: busy)
    monkeypatch.setattr(lanes.Lane, "_clean", lambda self: None)
    make(200)

    finish(start(pacing={**SMALL, "vacuum": True}))

    assert begun == []


def test_it_gives_way_to_who_wants_the_table(begun, monkeypatch):
    ways = []
    wanted = throttle.Look((), 0, 0, being_vacuumed=False, others_want_the_table=True)
    monkeypatch.setattr(throttle.Watch, "look", lambda *args: wanted)
    monkeypatch.setattr(vacuums, "give_way", lambda *args: ways.append(args))
    monkeypatch.setattr(lanes.Lane, "_clean", lambda self: None)
    make(200)

    finish(start(pacing={**SMALL, "vacuum": True}))

    assert begun == []
    assert ways


def test_ending_runs_that_are_waited_for_is_a_statement_postgresql_takes():
    make(1)

    vacuums.give_way(connection, keys.table(connection, "thing"))

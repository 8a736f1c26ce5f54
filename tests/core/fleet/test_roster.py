from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from tests.core.factories import ProcessFactory
from zdt_core import database, fleet
from zdt_core.fleet import Standing, activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    """Opens PostgreSQL sessions of a given application name."""
    opened = []

    def open_one(name):
        params = connection.get_connection_params()
        wanted = {key: params[key] for key in ("dbname", "user", "host", "port") if key in params}
        opened.append(psycopg.connect(**wanted, application_name=name))

    yield open_one
    for one in opened:
        one.close()


def standing_of(process):
    return fleet.member(process.instance).standing


def test_members_are_told_by_the_databases_clock(settings):
    live, silent = ProcessFactory.seen(3), ProcessFactory.seen(20)

    assert standing_of(live) is Standing.LIVE
    assert standing_of(silent) is Standing.SILENT
    assert 2.9 < fleet.member(live.instance).seen_seconds_ago < 10


def test_who_signed_off_is_gone():
    assert standing_of(ProcessFactory(left=True)) is Standing.GONE


def test_long_silence_without_a_session_is_gone():
    assert standing_of(ProcessFactory.seen(601)) is Standing.GONE


def test_long_silence_with_a_session_of_its_name_is_silent(session):
    process = ProcessFactory.seen(601)
    session(f"zdt:1.0:{process.instance}")

    assert standing_of(process) is Standing.SILENT


def test_nobody_is_gone_while_sessions_cannot_be_read(monkeypatch):
    process = ProcessFactory.seen(1e6)
    monkeypatch.setattr(activity, "_SESSIONS", "SELECT no_such_column")

    assert standing_of(process) is Standing.SILENT
    assert ProcessFactory().pk, "the transaction must have survived the failed query"


def test_limits_come_from_the_settings(settings):
    settings.ZDT_FLEET_SILENT_AFTER, settings.ZDT_FLEET_GONE_AFTER = 1, 2

    assert standing_of(ProcessFactory.seen(1.5)) is Standing.SILENT
    assert standing_of(ProcessFactory.seen(3)) is Standing.GONE


def test_a_beat_after_gone_is_live_again():
    process = ProcessFactory.seen(9999)
    type(process).objects.filter(pk=process.pk).update(seen_at=database.Now())

    assert standing_of(process) is Standing.LIVE


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"a", "b", "c"}),
        ({"service": "shop"}, {"a", "b"}),
        ({"service": "shop", "release": "2.0"}, {"b"}),
        ({"role": "worker"}, {"c"}),
        ({"environment": "elsewhere"}, set()),
    ],
)
def test_members_are_asked_for_by_what_they_are(asked, expected):
    ProcessFactory(instance="a")
    ProcessFactory(instance="b", release="2.0")
    ProcessFactory(instance="c", service="mail", role="worker")

    assert {member.instance for member in fleet.members(**asked)} == expected


def test_sessions_are_read_only_where_somebody_may_be_gone(django_assert_num_queries):
    ProcessFactory.seen(20)
    with django_assert_num_queries(1):
        fleet.members()


def test_an_order_is_pending_until_done():
    process = ProcessFactory(command="drain", command_serial=2, command_done=1)
    assert fleet.member(process.instance).command_pending

    type(process).objects.update(command_done=2)
    assert not fleet.member(process.instance).command_pending


def test_members_that_no_longer_exist_are_none():
    assert fleet.member("nobody") is None


def test_sessions_without_a_member_are_strangers(session, me):
    process = ProcessFactory()
    session(f"zdt:1.0:{process.instance}")
    session("zdt:0.9:cafe00000000")
    session("psql")
    session("")

    found = {(one.name, one.release, one.instance) for one in fleet.strangers()}

    assert found == {
        ("zdt:0.9:cafe00000000", "0.9", "cafe00000000"),
        ("psql", None, None),
        ("", None, None),
    }


def test_a_process_that_left_explains_its_sessions_no_more(session):
    process = ProcessFactory(left=True)
    session(f"zdt:1.0:{process.instance}")

    assert [one.instance for one in fleet.strangers()] == [process.instance]


def test_strangers_of_one_name_are_counted(session):
    session("psql")
    session("psql")

    assert [(one.name, one.count, one.user) for one in fleet.strangers()] == [
        ("psql", 2, connection.settings_dict["USER"])
    ]


def test_our_own_second_session_is_no_stranger(session, me):
    session(f"zdt:1.0:{me}")

    assert fleet.strangers() == []


def test_unreadable_sessions_are_an_error_and_not_an_empty_list(monkeypatch):
    from zdt_core.exceptions import Unavailable

    monkeypatch.setattr(activity, "_SESSIONS", "SELECT no_such_column")

    with pytest.raises(Unavailable):
        fleet.strangers()


def test_a_role_without_privileges_still_sees_names(session):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE zdt_plain")
        session("psql")
        cursor.execute("SET LOCAL ROLE zdt_plain")
        try:
            names = [one.name for one in activity.sessions()]
        finally:
            cursor.execute("RESET ROLE")

    assert "psql" in names


def test_old_rows_are_forgotten_and_others_kept(session):
    week = timedelta(days=7).total_seconds()
    kept = [
        ProcessFactory(),
        ProcessFactory.seen(week - 60, left=True),
        ProcessFactory.seen(week + 60),
    ]
    session(f"zdt:1.0:{kept[2].instance}")
    ProcessFactory.seen(week + 60, left=True)
    ProcessFactory.seen(week + 60)

    assert fleet.forget_old() == 2
    assert {member.instance for member in fleet.members()} == {one.instance for one in kept}


def test_silent_rows_are_kept_while_sessions_cannot_be_read(monkeypatch):
    monkeypatch.setattr(activity, "_SESSIONS", "SELECT no_such_column")
    kept = ProcessFactory.seen(1e6)
    ProcessFactory.seen(1e6, left=True)

    assert fleet.forget_old() == 1
    assert [member.instance for member in fleet.members()] == [kept.instance]

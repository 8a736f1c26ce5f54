"""Whether what a backfill has left may still be done, and who says so."""

import html

import pytest

from tests.deploy.backfills.tables import ADA, COPY, SMALL, finish, make
from tests.deploy.factories import BackfillFactory
from zdt_core.exceptions import Refused
from zdt_deploy import backfills
from zdt_deploy.backfills import declarations, retrying

pytestmark = pytest.mark.django_db


def refused(backfill):
    with pytest.raises(Refused) as refusal:
        backfills.retry(backfill, actor=ADA)
    return refusal.value.code


def test_one_is_retried_by_its_name():
    failed = BackfillFactory(name="it's", failed=True)

    assert retrying.command(failed) == """manage.py zdt_backfill retry 'it'"'"'s'"""


@pytest.mark.parametrize(
    "said",
    [
        {"set": {"new": "(10 / nullif(old::int, 0))::text"}},
        {"set": {"new": "(10 / old::int)::text"}, "where": "old <> '0'"},
        {"set": {"new": "(10 / old::int)::text"}, "table": "other"},
    ],
)
def test_one_whose_sql_was_mended_is_begun_anew(said, monkeypatch):
    monkeypatch.setattr(declarations, "_declared", {})
    monkeypatch.setattr(declarations, "_discovered", True)
    before = {"table": "thing", "set": {"new": "(10 / old::int)::text"}}
    make(10)
    backfills.sql("rate", **before, pacing=SMALL)
    failed = finish(backfills.start_declared("rate", actor=ADA), hurried=True)
    assert retrying.command(failed) == "manage.py zdt_backfill retry rate"

    backfills.sql("rate", **{**before, **said})

    assert refused(failed) == "backfill_declared_otherwise"
    assert retrying.command(failed) == "manage.py zdt_backfill run rate"


def test_where_declarations_cannot_be_read_the_page_says_so_instead_of_failing(
    admin_client, monkeypatch
):
    def broken():
        raise ImportError("No module named 'pandas'")

    failed = BackfillFactory(name="rate", kind="assign", spec=COPY, failed=True)
    monkeypatch.setattr(declarations, "discover", broken)

    assert refused(failed) == "backfill_declarations_unread"
    assert retrying.command(failed) == "manage.py zdt_backfill show rate"
    page = admin_client.get(f"/admin/zdt_deploy/backfill/{failed.pk}/change/")
    assert "No module named 'pandas'" in html.unescape(page.content.decode())


def test_the_values_of_a_newer_one_are_not_overwritten_and_the_page_says_so(admin_client):
    failed = BackfillFactory(name="shop.totals", failed=True)
    newer = BackfillFactory(name="shop.totals", succeeded=True)

    assert refused(failed) == "backfill_superseded"
    page = admin_client.get(f"/admin/zdt_deploy/backfill/{failed.pk}/change/").content.decode()
    assert 'id="zdt-do-retry"' not in page
    assert f"(number {newer.pk}) took its place" in page

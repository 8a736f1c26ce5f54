"""Backfills on the overview: what is under way, and what waits for a person."""

import pytest

from tests.core.factories import RunFactory
from tests.deploy.factories import BackfillFactory, RangeFactory
from tests.people import UserFactory
from tests.policy import breaches
from zdt_deploy.backfills import runs

pytestmark = pytest.mark.django_db


def overview(client):
    return " ".join(client.get("/admin/zdt_core/overview/").content.decode().split())


def lane(backfill, **facts):
    return RunFactory(kind=runs.LANE, key=runs.lane_key(backfill.pk, 0), **facts)


def test_nothing_under_way_takes_no_room(admin_client):
    BackfillFactory(succeeded=True)

    assert 'data-part="running"' not in overview(admin_client)


def test_what_is_under_way_is_shown_with_its_share_and_leads_to_its_page(admin_client):
    backfill = BackfillFactory.aged(600, name="shop.totals")
    RangeFactory(backfill=backfill, working=True, rows_done=250)
    lane(backfill, held=True, rate=50.0)

    page = overview(admin_client)

    assert f'href="/admin/zdt_deploy/backfill/{backfill.pk}/change/">shop.totals' in page
    assert 'value="25.0' in page
    assert "about 15 s left" in page
    assert "Nobody works on the backfill" not in page
    assert breaches(page) == []


def test_one_that_is_left_alone_needs_somebody_now(admin_client):
    BackfillFactory.aged(600, name="shop.totals")

    page = overview(admin_client)

    assert "Nobody works on the backfill shop.totals." in page
    assert "stalled" in page


def test_one_that_nobody_brings_further_is_called_failing(admin_client):
    backfill = BackfillFactory.aged(600, name="shop.totals")
    RangeFactory(backfill=backfill, working=True, rows_done=250)
    lane(backfill, failures=2, rate=50.0, last_error="no rate")

    page = overview(admin_client)

    assert '<span class="zdt-badge zdt-bad">failing</span>' in page
    assert " left" not in page[page.index(">failing<") :][:600]


def test_one_that_failed_waits_for_a_decision(admin_client):
    BackfillFactory(name="shop.totals", failed=True)

    assert "The backfill shop.totals failed." in overview(admin_client)


def test_who_may_not_look_sees_nothing_of_it(client):
    client.force_login(UserFactory(staff=True, can=["view_overview"]))
    BackfillFactory.aged(600, name="shop.totals"), BackfillFactory(failed=True)

    assert "shop." not in overview(client)


def test_many_cost_a_bounded_number_of_queries(admin_client, django_assert_max_num_queries):
    BackfillFactory.create_batch(15)
    overview(admin_client)

    with django_assert_max_num_queries(36):
        page = overview(admin_client)

    assert "There are more" in page

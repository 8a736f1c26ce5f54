"""The backfill's page: parts that stay current, without scripts, in few queries."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin import AdminSite
from django.test import override_settings
from django.urls import include, path
from django.utils import translation

from tests.core.factories import RunFactory
from tests.deploy.factories import BackfillFactory, RangeFactory, RowErrorFactory
from tests.people import UserFactory
from tests.policy import breaches
from zdt_core import database
from zdt_core.events import Event
from zdt_deploy.backfills import runs
from zdt_deploy.backfills.admin import BackfillAdmin
from zdt_deploy.backfills.models import Backfill, Range

pytestmark = pytest.mark.django_db
ops = AdminSite("ops")
ops.register(Backfill, BackfillAdmin)
urlpatterns = [path("ops/", ops.urls), path("", include("demo.shop.urls"))]


@pytest.fixture
def olga(client):
    can = ["view_backfill", "run_backfill", "cancel_backfill"]
    client.force_login(UserFactory(username="olga", staff=True, can=can))
    return client


def at(backfill, page="change"):
    return f"/admin/zdt_deploy/backfill/{backfill.pk}/{page}/"


def page_of(client, backfill):
    return " ".join(client.get(at(backfill)).content.decode().split())


def part(page, name):
    found = re.search(rf'data-part="{name}".*?(?=data-part=|$)', page)
    return found[0] if found else ""


def lane(backfill, number=0, **facts):
    return RunFactory(kind=runs.LANE, key=runs.lane_key(backfill.pk, number), **facts)


@pytest.fixture
def half():
    """One range of two is done, and a lane works on the other at 50 rows/s."""
    backfill = BackfillFactory.aged(600)
    RangeFactory(backfill=backfill, number=0, done=True, rows_done=500, rows_changed=480)
    RangeFactory(backfill=backfill, number=1, working=True)
    lane(backfill, held=True, rate=50.0)
    return backfill


def test_it_says_how_far_it_is_how_fast_and_how_long_still(olga, half):
    shown = part(page_of(olga, half), "progress")

    assert 'value="50.0' in shown
    assert "500 of about 1,000" in shown
    assert "480" in shown
    assert "50 rows/s" in shown
    assert "about 10 s" in shown


def test_a_lane_that_waits_for_its_turn_adds_nothing_to_the_pace(olga, half):
    lane(half, 1, rate=50.0)
    assert "50 rows/s" in part(page_of(olga, half), "progress")

    lane(half, 2, rate=40.0, held=True)
    assert "90 rows/s" in part(page_of(olga, half), "progress")


def test_the_bar_says_the_same_in_a_language_with_commas(olga, half):
    with translation.override("de"):
        page = olga.get(at(half), headers={"Accept-Language": "de"}).content.decode()

    assert re.search(r'<progress[^>]* value="50\.0', page)


def test_more_rows_than_were_estimated_are_no_part_of_them(olga, half):
    half.rows_total = 300
    half.save()

    shown = part(page_of(olga, half), "progress")

    assert ", more than the estimated 300" in shown
    assert "not known yet" in shown


def test_hours_of_a_clock_that_is_unknown_here_are_shown(olga, half):
    half.pacing = {"mode": "fixed", "windows": ["22:00-06:00"], "zone": "Mars/Olympus"}
    half.save()

    assert "only 22:00-06:00 (Mars/Olympus)" in part(page_of(olga, half), "record")


def test_it_says_why_it_is_slow(olga, half):
    half.ranges.first()
    lane(half, 1, held=True, cursor={
        "why": "backfill_replica_behind", "why_params": {"replica": "standby-1", "seconds": 12},
    })  # fmt: skip

    assert "The replica “standby-1” is 12 s behind." in page_of(olga, half)


def test_the_lanes_are_shown_with_who_holds_them(olga, half):
    lane(half, 1, due_later=True)
    lane(half, 2, failures=3, last_error="OperationalError: gone", due_later=True)
    lane(half, 3, due_at=database.Now() - timedelta(seconds=45))
    shown = part(page_of(olga, half), "lanes")

    assert "somebody" in shown
    assert "its last step was 0 s ago" in shown
    assert "waiting" in shown
    assert "failing" in shown
    assert "OperationalError: gone" in shown
    assert "for 45 s, and nobody has taken it" in shown


def test_one_that_comes_no_further_is_called_failing(olga):
    backfill = BackfillFactory()
    lane(backfill, failures=3, last_error="OperationalError: gone", due_later=True)
    assert "failing" in part(page := page_of(olga, backfill), "status")
    assert "Its last try failed (OperationalError: gone)" in part(page, "status")

    lane(backfill, 1, held=True)

    assert "It goes through the rows" in part(page_of(olga, backfill), "status")


def test_what_it_does_is_said_in_words(olga):
    spec = {"pair": {"old": [["mail", "text", True]]}, "certificate": 7}
    page = page_of(olga, BackfillFactory(kind="compare", spec=spec))
    record = part(page, "record")

    assert "compares the old and the new shape" in record
    assert "[[" not in record
    assert "<dt>Differ</dt>" in part(page, "progress")


def test_failed_ranges_come_first_and_the_list_is_capped(olga):
    backfill = BackfillFactory()
    RangeFactory.create_batch(40, backfill=backfill)
    RangeFactory(backfill=backfill, number=998, failed=True, low=[7, "eu"], high=None)
    shown = part(page_of(olga, backfill), "ranges")

    assert "40 waiting" in shown
    assert shown.index("division by zero") < shown.index(">waiting</span></td>")
    assert "(7, eu)" in shown
    assert shown.count("<tr>") == 1 + 12 + 1
    assert "29 more are not shown" in shown


def test_rows_with_errors_are_listed_newest_first(olga):
    backfill = BackfillFactory()
    RowErrorFactory.create_batch(25, backfill=backfill)
    shown = part(page_of(olga, backfill), "errors")

    assert shown.count("invalid input syntax") == 20
    assert "5 more" in shown
    assert f"zdt_backfill show {backfill.name} --errors" in shown


def test_without_errors_there_is_no_part_for_them(olga, half):
    assert part(page_of(olga, half), "errors") == ""


@pytest.mark.parametrize(
    "state", ["planning", "paused", "succeeded", "failed", "cancelled", "running"]
)
def test_every_state_has_its_page_and_a_strict_policy_blocks_nothing_of_it(olga, state):
    backfill = BackfillFactory(**({} if state == "running" else {state: True}))
    RangeFactory(backfill=backfill, failed=True)
    RowErrorFactory(backfill=backfill)

    page = page_of(olga, backfill)

    assert breaches(page) == []
    assert "could not be read" not in page
    assert page.count("aria-live") == 1
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_what_is_over_names_the_next_command(olga):
    backfill = BackfillFactory(succeeded=True)

    page = page_of(olga, backfill)

    assert f"manage.py zdt_backfill run {backfill.name}" in page
    assert "Time left" not in page


def test_names_and_errors_are_text(olga):
    backfill = BackfillFactory(name="<b>x</b>", table="<i>", spec={"set": {"<u>": "'<s>'"}})
    RowErrorFactory(backfill=backfill, key=["<b>"], error="<script>alert(1)</script>")
    RangeFactory(backfill=backfill, failed=True, error="<script>", low=["<b>"])

    page = page_of(olga, backfill)

    for raw in ("<b>x", "<i>", "<script>alert", "<u>", "'<s>'"):
        assert raw not in page


# ---- stalled ----


def test_one_that_is_due_and_left_alone_is_stalled(olga):
    backfill = BackfillFactory.aged(600)
    lane(backfill, lapsed=True, due_at=database.Now() - timedelta(seconds=300))

    shown = part(page_of(olga, backfill), "status")

    assert "stalled" in shown
    assert "Start <code>manage.py zdt_worker</code>" in shown
    assert "Time left" not in page_of(olga, backfill)


@pytest.mark.parametrize(
    "run",
    [
        {"held": True, "due_at": database.Now() - timedelta(seconds=300)},
        {"due_later": True},
        {"due_at": database.Now() - timedelta(seconds=60)},
    ],
)
def test_one_that_is_worked_on_or_waits_is_not(olga, run):
    backfill = BackfillFactory.aged(600)
    lane(backfill, 1, lapsed=True, due_at=database.Now() - timedelta(seconds=300))
    lane(backfill, **run)

    assert "stalled" not in part(page_of(olga, backfill), "status")


def test_a_lane_of_another_backfill_does_not_count(olga):
    backfill = BackfillFactory.aged(600)
    RunFactory(kind=runs.LANE, key=f"{backfill.pk}0/0", held=True)

    assert "stalled" in part(page_of(olga, backfill), "status")


def test_the_planning_counts_as_work(olga):
    backfill = BackfillFactory.aged(600, planning=True)
    RunFactory(kind=runs.PLAN, key=str(backfill.pk), held=True)

    assert "stalled" not in part(page_of(olga, backfill), "status")


@pytest.mark.parametrize("state", ["paused", "succeeded", "failed", "cancelled"])
def test_what_rests_or_is_over_is_not_stalled(olga, state):
    backfill = BackfillFactory.aged(600, **{state: True})

    assert "stalled" not in part(page_of(olga, backfill), "status")


# ---- staying current ----


@pytest.mark.parametrize(
    ("facts", "every"),
    [({}, "2500"), ({"planning": True}, "2500"), ({"paused": True}, "5000"),
     ({"succeeded": True}, "0"), ({"failed": True}, "0"), ({"cancelled": True}, "0")],
)  # fmt: skip
def test_it_is_asked_for_again_while_something_may_change(olga, facts, every):
    backfill = BackfillFactory(**facts)

    assert f'data-every="{every}"' in page_of(olga, backfill)
    assert olga.get(at(backfill, "live"))["X-Zdt-Live"] == every


def test_an_unchanged_page_is_a_304_and_a_batch_changes_it(olga, half, steady):
    first = olga.get(at(half, "live"))

    def again():
        return olga.get(at(half, "live"), headers={"If-None-Match": first["ETag"]}).status_code

    assert again() == 304
    Range.objects.filter(backfill=half, number=1).update(rows_done=1)
    assert again() == 200


def test_an_event_changes_it(olga, steady):
    backfill = BackfillFactory()
    first = olga.get(at(backfill, "live"))
    Event.objects.create(
        kind="backfill.paused", subject_type="backfill", subject_id=str(backfill.pk),
        actor_kind="user", actor_name="ada", service="shop", environment="test",
    )  # fmt: skip

    again = olga.get(at(backfill, "live"), headers={"If-None-Match": first["ETag"]})

    assert again.status_code == 200
    assert "Paused" in again.content.decode()
    assert "by ada" in again.content.decode()


def test_an_unchanged_look_takes_next_to_nothing(olga, half, steady, django_assert_max_num_queries):
    etag = olga.get(at(half, "live"))["ETag"]

    with django_assert_max_num_queries(7):
        olga.get(at(half, "live"), headers={"If-None-Match": etag})


def test_the_page_takes_few_queries_however_many_ranges(olga, half, django_assert_max_num_queries):
    RangeFactory.create_batch(100, backfill=half)
    RowErrorFactory.create_batch(30, backfill=half)
    for number in range(1, 9):
        lane(half, number, held=True)

    with django_assert_max_num_queries(15):
        olga.get(at(half))


def test_it_works_on_another_admin_site(olga, half):
    with override_settings(ROOT_URLCONF=__name__):
        here = f"/ops/zdt_deploy/backfill/{half.pk}/"
        page = olga.get(f"{here}change/").content.decode()
        answer = olga.post(f"{here}do/pause/", {"revision": half.revision})

    forms = re.findall(r'action="([^"]*/do/[^"]*)"', page)
    assert forms
    assert all(url.startswith(here) for url in forms)
    assert f'data-live="{here}live/"' in page
    assert answer.url == f"{here}change/"

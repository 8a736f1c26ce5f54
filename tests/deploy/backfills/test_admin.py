"""Backfills in the admin: the list, the buttons, who may press them, and what is noted."""

import pytest
from django.contrib.admin import site
from django.urls import reverse

from tests.core.factories import RunFactory
from tests.deploy.factories import BackfillFactory, RangeFactory
from tests.people import UserFactory
from zdt_core.events import Event
from zdt_deploy.backfills import runs
from zdt_deploy.backfills.models import Backfill

pytestmark = pytest.mark.django_db
LIST = "/admin/zdt_deploy/backfill/"
ALL = ("run_backfill", "cancel_backfill")


@pytest.fixture
def operator(client):
    def signed_in(*can):
        client.force_login(UserFactory(staff=True, username="olga", can=["view_backfill", *can]))
        return client

    return signed_in


def page_of(client, backfill):
    return client.get(f"{LIST}{backfill.pk}/change/").content.decode()


def do(client, backfill, name, **said):
    url = reverse("admin:zdt_deploy_backfill_operation", args=(backfill.pk, name))
    return client.post(url, {"revision": backfill.revision} | said, follow=True)


def state(backfill):
    return Backfill.objects.get(pk=backfill.pk).state


def newest():
    return Event.objects.latest("pk")


# ---- the list ----


def test_an_empty_list_names_the_next_command(operator):
    assert "manage.py zdt_backfill run NAME" in operator().get(LIST).content.decode()


def test_the_list_says_how_far_each_is_in_few_queries(operator, django_assert_max_num_queries):
    client = operator()
    for _ in range(20):
        RangeFactory.create_batch(3, backfill=BackfillFactory(), done=True)

    with django_assert_max_num_queries(12):
        page = client.get(LIST).content.decode()

    assert page.count("750 of about 1,000 rows") == 20


def test_one_that_nobody_works_on_is_called_stalled(operator):
    BackfillFactory.aged(600)

    assert "stalled" in operator().get(LIST).content.decode()


def test_it_can_be_searched_and_filtered(operator):
    BackfillFactory(name="shop.totals"), BackfillFactory(name="shop.mails", paused=True)
    client = operator()

    assert "shop.mails" not in client.get(f"{LIST}?q=totals").content.decode()
    assert "shop.totals" not in client.get(f"{LIST}?state__exact=paused").content.decode()


def test_nobody_adds_edits_or_deletes_one_by_hand(admin_client):
    backfill = BackfillFactory()

    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}{backfill.pk}/delete/", {"post": "yes"}).status_code == 403
    assert state(backfill) == "running"


# ---- buttons ----


@pytest.mark.parametrize(
    ("facts", "name", "permission", "said", "expected"),
    [
        ({}, "pause", "run_backfill", {}, "paused"),
        ({"paused": True}, "resume", "run_backfill", {}, "running"),
        ({"failed": True}, "retry", "run_backfill", {}, "running"),
        ({"cancelled": True}, "retry", "run_backfill", {}, "running"),
        ({}, "cancel", "cancel_backfill", {"typed": True, "reason": "wrong"}, "cancelled"),
    ],
)
def test_each_button_has_its_permission(operator, facts, name, permission, said, expected):
    backfill = BackfillFactory(**facts)
    RangeFactory(backfill=backfill)
    if "typed" in said:
        said = {**said, "typed": backfill.name}

    do(operator(permission), backfill, name, **said)

    assert state(backfill) == expected
    assert (newest().actor_name, newest().subject_type) == ("olga", "backfill")


@pytest.mark.parametrize(
    ("facts", "name"),
    [({}, "pause"), ({}, "cancel"), ({}, "pace"), ({"paused": True}, "resume"),
     ({"failed": True}, "retry")],
)  # fmt: skip
def test_without_permission_a_button_is_explained_and_the_attempt_noted(operator, facts, name):
    backfill = BackfillFactory(**facts)
    before, client = backfill.state, operator()

    assert "You need the permission" in page_of(client, backfill)
    assert f'id="zdt-do-{name}"' not in page_of(client, backfill)
    assert do(client, backfill, name, typed=backfill.name, reason="x").status_code == 403

    assert state(backfill) == before
    assert (newest().refused, newest().code) == (True, "permission_missing")
    assert newest().subject_id == str(backfill.pk)


def test_who_may_run_may_not_cancel(operator):
    backfill = BackfillFactory()

    answer = do(operator("run_backfill"), backfill, "cancel", typed=backfill.name, reason="x")

    assert answer.status_code == 403
    assert state(backfill) == "running"


def test_looking_needs_a_permission_too(client):
    client.force_login(UserFactory(staff=True))
    backfill = BackfillFactory()

    for page in ("change", "live"):
        assert client.get(f"{LIST}{backfill.pk}/{page}/").status_code == 403


def test_buttons_are_posts(operator):
    backfill = BackfillFactory()
    url = reverse("admin:zdt_deploy_backfill_operation", args=(backfill.pk, "pause"))

    assert operator(*ALL).get(url).status_code == 405
    assert state(backfill) == "running"


@pytest.mark.parametrize("name", ["nothing", "start"])
def test_an_unknown_button_is_not_found(operator, name):
    assert do(operator(*ALL), BackfillFactory(), name).status_code == 404


@pytest.mark.parametrize("pk", ["0", "x", "9" * 30])
def test_an_unknown_backfill_is_not_found(operator, pk):
    assert operator().get(f"{LIST}{pk}/change/").status_code == 404


# ---- second looks ----


def test_cancelling_asks_for_the_name_and_a_reason(operator):
    backfill, client = BackfillFactory(), operator(*ALL)

    first = do(client, backfill, "cancel").content.decode()
    assert f'data-confirm="{backfill.name}"' in first
    assert state(backfill) == "running"

    wrong = do(client, backfill, "cancel", typed="shop", reason="wrong rate").content.decode()
    assert f"Type {backfill.name} to confirm. Nothing was changed." in wrong
    assert 'value="wrong rate"' in wrong

    mute = do(client, backfill, "cancel", typed=backfill.name, reason=" ").content.decode()
    assert "Say why" in mute
    assert state(backfill) == "running"

    do(client, backfill, "cancel", typed=backfill.name, reason="wrong rate")
    assert state(backfill) == "cancelled"
    assert newest().reason == "wrong rate"


def test_a_button_of_another_state_changes_nothing_and_says_so(operator):
    backfill = BackfillFactory(succeeded=True)

    page = do(operator(*ALL), backfill, "pause").content.decode()

    assert "Nothing was changed." in page
    assert state(backfill) == "succeeded"


def test_who_looked_at_an_old_page_is_told(operator):
    backfill = BackfillFactory()
    Backfill.objects.update(state="paused", revision=7)

    page = do(operator(*ALL), backfill, "pause").content.decode()

    assert "Somebody moved it since you looked; it is paused now." in page


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30])
def test_a_form_without_a_revision_leads_nowhere(operator, revision):
    backfill = BackfillFactory()

    do(operator(*ALL), backfill, "pause", revision=revision)

    assert state(backfill) == "running"


# ---- pacing ----

PACE = {"mode": "fixed", "rows": "2000", "pause_ms": "250", "windows": "22:00-06:00, 12:00-13:00",
        "zone": "Europe/Berlin", "lanes": "3", "confirmed": "1"}  # fmt: skip


def test_the_pacing_is_asked_for_with_what_it_is_now(operator):
    backfill = BackfillFactory(pacing={"mode": "fixed", "rows": 1234, "pause": 0.75}, lanes=2)

    page = do(operator(*ALL), backfill, "pace").content.decode()

    assert 'value="1234"' in page
    assert 'value="750"' in page
    assert state(backfill) == "running"
    assert Backfill.objects.get().revision == 1


def test_the_pacing_can_be_changed_under_way(operator):
    backfill = BackfillFactory(pacing={"mode": "adaptive", "vacuum": False})

    do(operator(*ALL), backfill, "pace", **PACE)

    changed = Backfill.objects.get()
    assert changed.pacing == {
        "mode": "fixed", "rows": 2000, "pause": 0.25, "windows": ["22:00-06:00", "12:00-13:00"],
        "zone": "Europe/Berlin", "vacuum": False,
    }  # fmt: skip
    assert changed.lanes == 3
    assert newest().kind == "backfill.paced"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"windows": "at night"}, "tells no hours"),
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"rows": "0"}, "greater than or equal to 1"),
        ({"rows": "9999999"}, "less than or equal to"),
        ({"pause_ms": "-1"}, "greater than or equal to 0"),
        ({"lanes": "65"}, "less than or equal to 64"),
        ({"lanes": ""}, "This field is required"),
        ({"mode": "warp"}, "not one of the available choices"),
    ],
)
def test_a_pacing_that_makes_no_sense_is_asked_for_again(operator, said, problem):
    backfill = BackfillFactory()

    page = do(operator(*ALL), backfill, "pace", **PACE | said).content.decode()

    assert problem in page
    assert Backfill.objects.get().pacing == {}


def test_a_lane_that_rests_is_rung_for_when_the_pace_changes(operator):
    backfill = BackfillFactory()
    run = RunFactory(kind=runs.LANE, key=runs.lane_key(backfill.pk, 0), due_later=True)

    do(operator(*ALL), backfill, "pace", **PACE)

    run.refresh_from_db()
    assert run.rung_at is not None


def test_the_admin_site_has_it():
    assert Backfill in site._registry

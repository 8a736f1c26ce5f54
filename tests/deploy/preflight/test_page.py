"""The checklist in the admin: what a person sees, may do, and is told when they may not."""

import re

import pytest
from django.urls import reverse

from tests.deploy.factories import DeploymentFactory, alive
from tests.deploy.preflight.conftest import ADA
from tests.people import UserFactory
from tests.policy import breaches
from zdt_core.events import Event
from zdt_deploy.deployments import machine
from zdt_deploy.preflight import marking, results
from zdt_deploy.preflight.models import PreflightMark

pytestmark = pytest.mark.django_db
TICK, WAIVE = "tick_preflight", "waive_preflight"


@pytest.fixture
def lists(items):
    items("looks", by_hand=True)
    items("sees", results.failed("preflight_no_flags"))
    items("fine", results.passed("preflight_no_flags"))
    items("later", by_hand=True, phase="after")


@pytest.fixture
def person(client, lists):
    def signed_in(*can):
        client.force_login(UserFactory(username="olga", staff=True, can=["view_deployment", *can]))
        return client

    return signed_in


def at(deployment, name="preflight"):
    return reverse(f"admin:zdt_deploy_deployment_{name}", args=(deployment.pk,))


def page_of(client, deployment, name="preflight"):
    return client.get(at(deployment, name)).content.decode()


def mark(client, deployment, word, item, reason=""):
    said = {"word": word, "item": item, "reason": reason}
    return client.post(at(deployment), said, follow=True)


def row(page, name):
    return re.search(rf'<li id="zdt-item-{name}">(.*?)</li>', page, re.S)[1]


def test_the_page_has_three_lists_and_says_what_they_come_to(person, pending):
    page = page_of(person(), pending)

    assert re.findall(r'data-part="(\w+)"', page) == ["status", "before", "during", "after"]
    assert "1 failed, 1 unknown, 1 passed" in page
    assert page.count("aria-live") == 1


def test_who_may_only_look_is_told_what_they_lack(person, pending):
    page = page_of(person(), pending)

    assert "You need the permission “tick_preflight”" in page
    assert "zdt-marking" not in page


def test_each_item_offers_what_leads_somewhere(person, pending):
    page = page_of(person(TICK, WAIVE), pending)

    assert re.findall(r'value="(tick|waive|withdraw)"', row(page, "looks")) == ["tick", "waive"]
    assert re.findall(r'value="(tick|waive|withdraw)"', row(page, "sees")) == ["waive"]
    assert "zdt-marking" not in row(page, "fine")
    assert "zdt-marking" not in row(page, "later")


def test_a_tick_shows_who_and_can_be_taken_back(person, pending):
    client = person(TICK)
    page = mark(client, pending, "tick", "looks", "both releases").content.decode()

    assert "Ticked by olga" in row(page, "looks")
    assert "both releases" in row(page, "looks")
    assert PreflightMark.objects.get().by == "user:olga"

    page = mark(client, pending, "withdraw", "looks").content.decode()
    assert "Ticked by" not in page


@pytest.mark.parametrize(
    ("word", "can"), [("tick", WAIVE), ("waive", TICK), ("withdraw", WAIVE), ("tick", "")]
)
def test_each_word_has_its_own_permission(person, pending, word, can):
    response = mark(person(*filter(None, [can])), pending, word, "looks", "x")

    assert response.status_code == 403
    assert not PreflightMark.objects.exists()
    event = Event.objects.get(refused=True)
    assert (event.code, event.actor_name) == ("permission_missing", "olga")


def test_a_waiver_without_a_reason_is_refused_in_words(person, pending):
    page = mark(person(WAIVE), pending, "waive", "sees").content.decode()

    assert "Nothing was changed. Say why" in page
    assert not PreflightMark.objects.exists()


def test_who_comes_second_is_told_of_the_first(person, pending):
    client = person(TICK)
    marking.tick(pending.pk, "looks", actor=ADA)

    page = mark(client, pending, "tick", "looks").content.decode()
    assert "has a tick by ada already" in page


@pytest.mark.parametrize(("word", "item", "status"), [("burn", "looks", 404), ("tick", "no", 200)])
def test_strange_forms_change_nothing(person, pending, word, item, status):
    assert mark(person(TICK), pending, word, item).status_code == status
    assert not PreflightMark.objects.exists()


def test_looking_changes_nothing(person, pending):
    client = person(TICK)
    client.get(at(pending), {"word": "tick", "item": "looks"})

    assert not PreflightMark.objects.exists()


def test_who_may_not_see_the_deployment_sees_no_checklist(client, pending, lists):
    client.force_login(UserFactory(staff=True, can=[TICK]))

    assert client.get(at(pending)).status_code == 403
    assert mark(client, pending, "tick", "looks").status_code == 403
    assert not PreflightMark.objects.exists()


def test_a_closed_list_offers_nothing_and_says_so(person):
    page = page_of(person(TICK, WAIVE), DeploymentFactory())

    assert "This list is closed" in page
    assert "zdt-marking" not in row(page, "looks")


def test_it_keeps_itself_current(person, pending, steady):
    client = person(TICK)
    first = client.get(at(pending, "preflight_live"))
    assert first["X-Zdt-Live"] == "5000"

    same = client.get(at(pending, "preflight_live"), headers={"If-None-Match": first["ETag"]})
    assert same.status_code == 304
    marking.tick(pending.pk, "looks", actor=ADA)
    other = client.get(at(pending, "preflight_live"), headers={"If-None-Match": first["ETag"]})
    assert "Ticked by ada" in other.content.decode()


def test_an_earlier_tick_names_its_release(person, items, pending):
    items("boards", by_hand=True, keeps_days=30)
    earlier = DeploymentFactory.aged(3600, pending=True, version="1.9")
    marking.tick(earlier.pk, "boards", actor=ADA)

    found = row(page_of(person(TICK, WAIVE), pending), "boards")
    assert f'<a href="{at(earlier)}">1.9</a>' in found
    assert "withdraw" not in found


def test_the_deployment_s_page_shows_what_is_open_and_leads_here(person, pending):
    page = page_of(person(), pending, "change")

    assert 'data-part="checklist"' in page
    assert f'href="{at(pending)}"' in page
    assert "Looks" in page
    assert "Fine" not in page


def test_once_it_has_begun_the_page_says_in_a_line_how_the_list_stood(person, pending):
    alive("1.0", "2.0")
    machine.begin(pending.pk, actor=ADA)

    page = page_of(person(), pending, "change")
    assert "Before the deployment: 1 failed, 1 unknown, 1 passed." in page
    assert "<strong>Looks</strong>" not in page


def test_what_is_to_come_is_not_shown_as_a_worry(person, pending):
    assert "not yet" in row(page_of(person(), pending), "later")


def test_where_nobody_looked_at_the_start_the_page_says_so_once(person):
    page = page_of(person(), DeploymentFactory(), "change")

    assert page.count("Nobody looked when it began") == 1


def test_what_happened_to_the_list_is_in_the_history(person, pending):
    marking.waive(pending.pk, "sees", actor=ADA, reason="known")

    page = page_of(person(), pending, "change")
    assert "Waived" in page
    assert "known" in page


def test_the_page_needs_no_script_or_style_of_its_own(person, pending):
    response = person(TICK, WAIVE).get(at(pending))

    assert breaches(response.content.decode()) == []


def test_text_of_people_is_shown_as_text(person, pending):
    marking.tick(pending.pk, "looks", actor=ADA, reason="<script>alert(1)</script>")

    assert "<script>alert" not in page_of(person(), pending)

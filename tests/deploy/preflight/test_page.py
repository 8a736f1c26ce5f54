"""The checklist in the admin: what a person sees, may do, and is told when they may not."""

import re

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from tests.deploy.factories import DeploymentFactory, alive
from tests.deploy.preflight.conftest import ADA
from tests.people import UserFactory
from tests.policy import breaches
from zdt_core.events import Event
from zdt_deploy.deployments import machine
from zdt_deploy.preflight import marking, panel, results
from zdt_deploy.preflight import page as checklist
from zdt_deploy.preflight.models import PreflightMark

pytestmark = pytest.mark.django_db
TICK, WAIVE = "tick_preflight", "waive_preflight"


@pytest.fixture(autouse=True)
def _lists(items):
    items("looks", by_hand=True)
    items("sees", results.failed("preflight_no_flags"))
    items("fine", results.passed("preflight_no_flags"))
    items("later", by_hand=True, phase="after")


@pytest.fixture
def person(client):
    def signed_in(*can):
        client.force_login(UserFactory(username="olga", staff=True, can=["view_deployment", *can]))
        return client

    return signed_in


@pytest.fixture
def asking(rf):
    """A request of somebody who may do that."""

    def asking(*can):
        request = rf.get("/")
        request.user = UserFactory(staff=True, can=["view_deployment", *can])
        return request

    return asking


@pytest.fixture
def look(asking):
    """The parts of the page for somebody who may do that, without what is around them."""

    def look(deployment, *can):
        parts = checklist.parts(asking(*can), deployment)
        return {part.name: str(part.body) for part in parts}

    return look


def at(deployment, name="preflight"):
    return reverse(f"admin:zdt_deploy_deployment_{name}", args=(deployment.pk,))


def mark(client, deployment, word, item, reason=""):
    return client.post(at(deployment), {"word": word, "item": item, "reason": reason})


def row(part, name):
    return re.search(rf'<li id="zdt-item-{name}">(.*?)</li>', part, re.S)[1]


def words(part, name):
    """The buttons of an item."""
    return re.findall(r'value="(tick|waive|withdraw)"', row(part, name))


def test_the_page_has_three_lists_and_looking_changes_nothing(person, pending):
    found = person(TICK, WAIVE).get(at(pending), {"word": "tick", "item": "looks"})

    page = found.content.decode()
    assert re.findall(r'data-part="(\w+)"', page) == ["status", "before", "during", "after"]
    assert "1 failed, 1 unknown, 1 passed" in page
    assert page.count("aria-live") == 1
    assert breaches(page) == [], "it needs no script or style of its own"
    assert not PreflightMark.objects.exists()


def test_who_may_only_look_is_told_what_they_lack(look, pending):
    parts = look(pending)

    assert "You need the permission “tick_preflight”" in parts["status"]
    assert "zdt-marking" not in "".join(parts.values())


def test_each_item_offers_what_leads_somewhere(look, pending):
    parts = look(pending, TICK, WAIVE)

    offered = {name: words(parts["before"], name) for name in ("looks", "sees", "fine")}
    assert offered == {"looks": ["tick", "waive"], "sees": ["waive"], "fine": []}
    assert words(parts["after"], "later") == []
    assert "not yet" in row(parts["after"], "later"), "what is to come is no worry"


def test_a_tick_shows_who_and_can_be_taken_back(person, look, pending):
    client = person(TICK)
    mark(client, pending, "tick", "looks", "both <script>releases")
    assert PreflightMark.objects.get().by == "user:olga"
    shown = row(client.get(at(pending)).content.decode(), "looks")
    assert "Ticked by olga" in shown
    assert "both &lt;script&gt;releases" in shown, "text of people is shown as text"

    mark(client, pending, "withdraw", "looks")
    assert "Ticked by" not in look(pending)["before"]


@pytest.mark.parametrize(
    ("word", "can"), [("tick", WAIVE), ("waive", TICK), ("withdraw", WAIVE), ("tick", "")]
)
def test_each_word_has_its_own_permission(person, pending, word, can):
    response = mark(person(*filter(None, [can])), pending, word, "looks", "x")

    assert response.status_code == 403
    assert not PreflightMark.objects.exists()
    event = Event.objects.get(refused=True)
    assert (event.code, event.actor_name) == ("permission_missing", "olga")


def test_what_is_refused_is_refused_in_words(person, pending):
    client = person(TICK, WAIVE)
    marking.tick(pending.pk, "looks", actor=ADA)
    for word, item, status in (
        ("waive", "sees", 302), ("tick", "looks", 302), ("tick", "no", 302), ("burn", "looks", 404),
    ):  # fmt: skip
        assert mark(client, pending, word, item).status_code == status

    page = client.get(at(pending)).content.decode()
    assert "Nothing was changed. Say why" in page
    assert "has a tick by ada already" in page
    assert "no item “no”" in page
    assert PreflightMark.objects.count() == 1


def test_who_may_not_see_the_deployment_sees_no_checklist(client, pending):
    client.force_login(UserFactory(staff=True, can=[TICK]))

    assert client.get(at(pending)).status_code == 403
    assert mark(client, pending, "tick", "looks").status_code == 403
    assert not PreflightMark.objects.exists()


def test_a_closed_list_offers_nothing_and_says_so(look):
    part = look(DeploymentFactory(), TICK, WAIVE)["before"]

    assert "This list is closed" in part
    assert "zdt-marking" not in part


def test_it_keeps_itself_current(person, pending, steady):
    client = person(TICK)
    first = client.get(at(pending, "preflight_live"))
    assert first["X-Zdt-Live"] == "5000"

    same = client.get(at(pending, "preflight_live"), headers={"If-None-Match": first["ETag"]})
    assert same.status_code == 304
    marking.tick(pending.pk, "looks", actor=ADA)
    other = client.get(at(pending, "preflight_live"), headers={"If-None-Match": first["ETag"]})
    assert "Ticked by ada" in other.content.decode()


def test_an_earlier_tick_names_its_release(look, items, pending):
    items("boards", by_hand=True, keeps_days=30)
    earlier = DeploymentFactory.aged(3600, pending=True, version="1.9")
    marking.tick(earlier.pk, "boards", actor=ADA)

    found = row(look(pending, TICK, WAIVE)["before"], "boards")
    assert f'<a href="{at(earlier)}">1.9</a>' in found
    assert "withdraw" not in found


# ---- the deployment's page ----


@pytest.fixture
def in_short(asking):
    """The panel of a deployment's page."""

    def in_short(deployment):
        request = asking()
        content = panel.checklist(request, deployment)
        return render_to_string("zdt_deploy/preflight/checklist.html", content, request)

    return in_short


def test_the_deployment_s_page_shows_what_is_open_and_what_happened(person, pending):
    marking.waive(pending.pk, "sees", actor=ADA, reason="known")
    page = person().get(at(pending, "change")).content.decode()

    assert 'data-part="checklist"' in page
    assert f'href="{at(pending)}"' in page
    assert "<strong>Looks</strong>" in page
    assert "Fine" not in page
    assert "Waived" in page
    assert "known" in page


def test_once_it_has_begun_the_page_says_in_a_line_how_the_list_stood(in_short, pending):
    alive("1.0", "2.0")
    began = machine.begin(pending.pk, actor=ADA)

    found = in_short(began)
    assert "Before the deployment: 1 failed, 1 unknown, 1 passed." in found
    assert "<strong>Looks</strong>" not in found


def test_where_nobody_looked_at_the_start_the_page_says_so_once(in_short):
    assert in_short(DeploymentFactory()).count("Nobody looked when it began") == 1

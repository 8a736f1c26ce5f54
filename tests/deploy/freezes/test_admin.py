"""Freezes and emergencies in the admin, and what the overview and a deployment's page say."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.deploy.factories import DeploymentFactory, EmergencyFactory, FreezeFactory, alive
from tests.people import UserFactory
from tests.policy import breaches
from zdt_core.events import Event
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.freezes.models import Emergency, Freeze

pytestmark = pytest.mark.django_db
ALL = ["view_freeze", "set_freeze", "end_freeze", "view_emergency", "approve_emergency",
       "review_emergency", "view_deployment", "start_deployment", "view_overview"]  # fmt: skip
FREEZE = {"name": "peak", "reason": "the week that counts", "environment": "test",
          "time_zone": "Europe/Berlin"}  # fmt: skip


def person(name, *can):
    client = Client()
    client.force_login(UserFactory(username=name, staff=True, can=list(can or ALL)))
    return client


@pytest.fixture
def olga():
    return person("olga")


def url(model, name, *args):
    return reverse(f"admin:zdt_deploy_{model}_{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


# ---- freezes ----


def test_one_is_set_changed_and_ended(olga):
    made = olga.post(url("freeze", "add"), {**FREEZE, "hours": "fri 16:00-mon 08:00"}, follow=True)
    row = Freeze.objects.get()
    assert (row.weekly, row.created_by) == ("fri 16:00-mon 08:00", "user:olga")
    assert "fri 16:00-mon 08:00 (Europe/Berlin)" in text(made)

    change = url("freeze", "change", row.pk)
    assert 'value="fri 16:00-mon 08:00"' in text(olga.get(change))
    olga.post(change, {**FREEZE, "hours": "sat-sun", "revision": "1"})
    row.refresh_from_db()
    assert (row.weekly, row.revision) == ("sat-sun", 2)

    ended = olga.post(url("freeze", "end", row.pk), {"reason": "through"}, follow=True)
    assert "nothing is frozen by it any more" in text(ended)
    assert "<form" not in text(ended).partition('id="content-main"')[2]
    assert [event.kind for event in Event.objects.order_by("pk")] == [
        "freeze.created", "freeze.changed", "freeze.ended",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "field"),
    [({"hours": "sometimes"}, "hours"), ({"time_zone": "Atlantis"}, "time_zone"),
     ({"ends": "2020-01-01"}, "ends"), ({"begins": "soon"}, None),
     ({"environment": "a b"}, "environment"), ({"reason": ""}, "reason")],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field(olga, said, field):
    found = olga.post(url("freeze", "add"), {**FREEZE, **said})

    assert found.status_code == 200
    assert found.context["form"].errors.get(field or "__all__")
    assert not Freeze.objects.exists()


def test_of_two_who_change_it_the_second_is_told(olga):
    row = FreezeFactory()
    change = url("freeze", "change", row.pk)
    olga.post(change, {**FREEZE, "revision": "1"})

    assert "Somebody changed" in text(olga.post(change, {**FREEZE, "revision": "1"}))


@pytest.mark.parametrize(
    ("lacking", "act", "kind"),
    [
        ("set_freeze", lambda c, row: c.post(url("freeze", "add"), FREEZE), "freeze.created"),
        ("set_freeze", lambda c, row: c.post(url("freeze", "change", row.pk), FREEZE),
         "freeze.changed"),
        ("end_freeze", lambda c, row: c.post(url("freeze", "end", row.pk), {"reason": "x"}),
         "freeze.ended"),
        ("start_deployment", lambda c, row: c.get(url("emergency", "add")),
         "deployment.emergency_requested"),
    ],
)  # fmt: skip
def test_who_may_not_is_refused_and_noted(lacking, act, kind):
    eve = person("eve", *[each for each in ALL if each != lacking])
    row = FreezeFactory()

    assert act(eve, row).status_code == 403
    event = Event.objects.get()
    assert (event.kind, event.refused, event.params["permission"]) == (kind, True, lacking)
    assert Freeze.objects.get().ended_at is None


def test_ending_is_a_post(olga):
    assert olga.get(url("freeze", "end", FreezeFactory().pk)).status_code == 405


def test_the_list_says_what_holds_now(olga):
    for facts in ({}, {"over": True}, {"weekly": "whenever"}, {"begins_at": "2031-01-01T00:00Z"}):
        FreezeFactory(**facts)

    page = text(olga.get(url("freeze", "changelist")))
    for word in ("holds", "over", "unreadable", "waits"):
        assert f">{word}</span>" in page


@pytest.mark.parametrize("facts", [{}, {"weekly": "whenever"}, {"ended": True}, {"over": True}])
def test_every_freeze_has_its_page_and_a_strict_policy_blocks_nothing_of_it(olga, facts):
    found = olga.get(url("freeze", "change", FreezeFactory(**facts).pk))

    assert (found.status_code, breaches(found.content.decode())) == (200, [])


# ---- emergencies ----


def answer(client, row, name, **said):
    said = {"revision": row.revision, "reason": "why", "confirmed": "1", "typed": "2.0", **said}
    return client.post(url("emergency", "operation", row.pk, name), said, follow=True)


def test_one_is_asked_for_on_the_deployments_page_and_approved_by_another(olga):
    alive("1.0", "2.0")
    FreezeFactory(name="peak")
    deployment = DeploymentFactory(pending=True)
    page = text(olga.get(url("deployment", "change", deployment.pk)))
    ask = f"{url('emergency', 'add')}?deployment={deployment.pk}"
    assert "“peak” freezes test" in page
    assert ask in page

    form = text(olga.get(ask))
    assert f'value="{deployment.pk}" selected' in form
    asked = olga.post(ask, {"deployment": deployment.pk, "reason": "down"}, follow=True)
    row = Emergency.objects.get()
    assert "olga asked for this emergency, so another person" in text(asked)
    assert "another person" in text(answer(olga, row, "approve"))
    assert Emergency.objects.get().approved_at is None

    done = answer(person("bob"), row, "approve")
    assert "it passes freezes and skips observation" in text(done)
    assert "Not now" not in text(olga.get(url("deployment", "change", deployment.pk)))
    assert "approved by bob" in text(olga.get(url("deployment", "change", deployment.pk)))


def test_an_approval_asks_twice_and_takes_the_version(olga):
    row = EmergencyFactory()

    assert "Type <strong>2.0</strong>" in text(answer(olga, row, "approve", typed="", confirmed=""))
    assert Emergency.objects.get().approved_at is None


def test_one_is_declined_and_one_is_reviewed(olga):
    row = EmergencyFactory()
    assert "declined by olga" in text(answer(olga, row, "decline", reason="it can wait"))

    over = EmergencyFactory(approved=True, deployment=DeploymentFactory(service="b", baking=True))
    assert "was reviewed by olga: needed" in text(answer(olga, over, "review", reason="needed"))


def test_one_may_be_started_as_one_in_the_form(olga, settings):
    settings.ZDT_SERVICE = "shop"
    alive("1.0", "2.0")
    form = {"version": "2.0", "strategy": "canary", "emergency": "on", "reason": "down"}

    found = olga.post(url("deployment", "add"), form, follow=True)

    assert (Deployment.objects.get().state, Emergency.objects.get().requester) == (
        "pending", "olga",
    )  # fmt: skip
    assert "olga asks that 2.0 goes as an emergency" in text(found)


@pytest.mark.parametrize(
    "facts",
    [{}, {"approved": True}, {"declined_at": "2026-01-01T00:00Z", "declined_by": "user:bob"},
     {"approved": True, "reviewed_at": "2026-01-01T00:00Z", "reviewer": "bob", "review": "ok",
      "reviewed_by": "user:bob"}],
)  # fmt: skip
def test_every_emergency_has_its_page_and_a_strict_policy_blocks_nothing_of_it(olga, facts):
    row = EmergencyFactory(**facts)

    page = olga.get(url("emergency", "change", row.pk)).content.decode()

    assert breaches(page) == []
    assert "could not be read" not in page
    assert olga.get(url("emergency", "live", row.pk)).status_code == 200
    assert olga.get(url("emergency", "changelist")).status_code == 200


# ---- the overview ----


@pytest.fixture
def overview(olga):
    return lambda: text(olga.get(reverse("admin:zdt_core_overview_changelist")))


def test_the_overview_says_what_is_frozen_and_what_will_be(overview):
    assert 'data-part="frozen"' not in overview()
    FreezeFactory(name="peak")
    FreezeFactory(name="far", begins_at="2031-01-01T00:00Z")

    page = overview()
    assert 'data-part="frozen"' in page
    assert "peak" in page
    assert ">far<" not in page


def test_the_overview_says_who_waits_for_an_answer(overview):
    EmergencyFactory()
    assert "shop, test: ada asks that 2.0 goes as an emergency" in overview()

    Emergency.objects.all().delete()
    row = EmergencyFactory(approved=True, deployment=DeploymentFactory(service="b", baking=True))
    assert "was never reviewed" not in overview()
    Emergency.objects.filter(pk=row.pk).update(review_due_at="2026-01-01T00:00Z")
    assert "b, test: the emergency of 2.0 was never reviewed." in overview()


def test_the_overview_says_which_freeze_cannot_be_read(overview):
    FreezeFactory(name="odd", time_zone="Europe/Atlantis")

    assert "The freeze “odd” cannot be read" in overview()

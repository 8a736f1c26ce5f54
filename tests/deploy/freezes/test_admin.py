"""Freezes and emergencies in the admin, and what the overview and a deployment's page say."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.deploy.factories import DeploymentFactory, EmergencyFactory, FreezeFactory, alive
from tests.people import UserFactory
from tests.policy import breaches
from zdt_core.events import Actor, Event
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.freezes import desk, shape
from zdt_deploy.freezes import page as emergency_page
from zdt_deploy.freezes.forms import FreezeForm
from zdt_deploy.freezes.models import Emergency, Freeze

pytestmark = pytest.mark.django_db
ADA = Actor("user", "ada")
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
    olga.post(url("freeze", "add"), {**FREEZE, "hours": "fri 16:00-mon 08:00"})
    row = Freeze.objects.get()
    assert (row.weekly, row.created_by) == ("fri 16:00-mon 08:00", "user:olga")

    change = url("freeze", "change", row.pk)
    page = text(olga.get(change))
    assert "fri 16:00-mon 08:00 (Europe/Berlin)" in page
    assert 'value="fri 16:00-mon 08:00"' in page
    assert olga.get(url("freeze", "end", row.pk)).status_code == 405
    olga.post(change, {**FREEZE, "hours": "sat-sun", "revision": "1"})
    row.refresh_from_db()
    assert (row.weekly, row.revision) == ("sat-sun", 2)

    ended = olga.post(url("freeze", "end", row.pk), {"reason": "through"}, follow=True)
    assert "nothing is frozen by it any more" in text(ended)
    assert "<form" not in text(ended).partition('id="content-main"')[2]
    assert [event.kind for event in Event.objects.order_by("pk")] == [
        "freeze.created", "freeze.changed", "freeze.ended",
    ]  # fmt: skip
    assert "was ended by olga" in text(olga.post(change, {**FREEZE, "revision": "2"}))


@pytest.mark.parametrize(
    ("said", "field"),
    [({"hours": "sometimes"}, "hours"), ({"time_zone": "Atlantis"}, "time_zone"),
     ({"ends": "2020-01-01"}, "ends"), ({"begins": "soon"}, "__all__"),
     ({"environment": "a b"}, "environment"), ({"reason": ""}, "reason")],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field(said, field):
    form = FreezeForm({**FREEZE, **said})

    assert not form.is_valid() or form.save(ADA) is None
    assert list(form.errors) == [field]
    assert not Freeze.objects.exists()


def test_a_form_that_is_refused_is_shown_again_with_what_is_wrong(olga):
    found = olga.post(url("freeze", "add"), {**FREEZE, "hours": "sometimes"})

    assert found.status_code == 200
    assert "tells no hours of the week" in text(found)


def test_of_two_who_change_it_the_second_is_told():
    row = FreezeFactory()
    forms = [FreezeForm({**FREEZE, "revision": "1"}, row=row) for _ in range(2)]
    assert all(form.is_valid() for form in forms)

    assert forms[0].save(ADA) is not None
    assert forms[1].save(ADA) is None
    assert "Somebody changed" in str(forms[1].errors)


def test_who_may_set_but_not_end_one_does_not_move_it_out_of_the_way():
    sam = person("sam", *[each for each in ALL if each != "end_freeze"])
    row = FreezeFactory(ends_at="2031-01-01T00:00:30Z")
    said = {**FREEZE, "time_zone": "UTC", "ends": "2031-01-01 00:00", "revision": "1"}

    found = sam.post(url("freeze", "change", row.pk), {**said, "service": "nobody"})
    assert "only who may end a freeze" in text(found)
    assert sam.post(url("freeze", "change", row.pk), said).status_code == 302
    before, row = row, Freeze.objects.get()
    assert (row.service, row.ends_at, row.reason) == ("", before.ends_at, FREEZE["reason"])


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


def test_the_list_says_what_holds_now(olga):
    for facts in ({}, {"over": True}, {"weekly": "whenever"}, {"begins_at": "2031-01-01T00:00Z"}):
        FreezeFactory(**facts)

    page = text(olga.get(url("freeze", "changelist")))
    for word in ("holds", "over", "unreadable", "waits"):
        assert f">{word}</span>" in page


def test_every_freeze_has_its_page_and_a_strict_policy_blocks_nothing_of_it(olga):
    for facts in ({}, {"weekly": "whenever"}, {"ended": True}, {"over": True}):
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

    assert f'value="{deployment.pk}" selected' in text(olga.get(ask))
    asked = olga.post(ask, {"deployment": deployment.pk, "reason": "down"}, follow=True)
    row = Emergency.objects.get()
    assert "olga asked for this emergency, so another person" in text(asked)
    assert "another person" in text(answer(olga, row, "approve"))
    assert Emergency.objects.get().approved_at is None

    done = answer(person("bob"), row, "approve")
    assert "it passes freezes and skips observation" in text(done)
    page = text(olga.get(url("deployment", "change", deployment.pk)))
    assert "Not now" not in page
    assert "approved by bob" in page


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

    olga.post(url("deployment", "add"), form)

    row = Emergency.objects.get()
    assert (Deployment.objects.get().state, row.requester) == ("pending", "olga")
    assert "olga asks that 2.0 goes as an emergency" in shape.describe(row)


STAGES = {
    "requested": {},
    "approved": {"approved": True},
    "declined": {"declined_at": "2026-01-01T00:00Z", "declined_by": "user:bob"},
    "reviewed": {"approved": True, "reviewed_at": "2026-01-01T00:00Z", "reviewer": "bob",
                 "review": "ok", "reviewed_by": "user:bob"},
}  # fmt: skip


def test_every_emergency_has_its_page_and_a_strict_policy_blocks_nothing_of_it(olga, rf):
    request = rf.get("/")
    request.user = UserFactory(staff=True, is_superuser=True)
    for service, (stage, facts) in enumerate(STAGES.items()):
        row = EmergencyFactory(deployment=DeploymentFactory(service=f"s{service}"), **facts)
        assert shape.standing(row) == stage
        for part in emergency_page.parts(request, row):
            assert breaches(str(part.body)) == []
            assert "could not be read" not in part.body

    page = olga.get(url("emergency", "change", row.pk)).content.decode()
    assert breaches(page) == []
    assert olga.get(url("emergency", "live", row.pk)).status_code == 200
    assert olga.get(url("emergency", "changelist")).status_code == 200


def test_one_whose_time_is_over_may_be_approved_again(rf):
    row = EmergencyFactory(approved=True)
    request = rf.get("/")
    request.user = UserFactory(username="bob", staff=True, can=ALL)
    assert [offer.button.name for offer in desk.offers(request, row)] == ["review"]

    row.deployment.emergency_until = row.deployment.created_at
    assert [offer.button.name for offer in desk.offers(request, row)] == ["approve", "review"]


# ---- the overview ----


def test_the_overview_says_what_is_frozen_and_who_waits(olga):
    FreezeFactory(name="peak")
    FreezeFactory(name="odd", time_zone="Europe/Atlantis")
    EmergencyFactory()

    page = text(olga.get(reverse("admin:zdt_core_overview_changelist")))
    assert 'data-part="frozen"' in page
    assert "peak" in page
    assert "The freeze “odd” cannot be read" in page
    assert "shop, test: ada asks that 2.0 goes as an emergency" in page

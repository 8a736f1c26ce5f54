"""The deployment's page: parts that stay current, second looks, history, all without scripts."""

import re

import pytest
from django.contrib.admin import AdminSite
from django.test import override_settings
from django.urls import include, path, reverse

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory, TrafficShareFactory, VerdictFactory, alive
from tests.people import UserFactory
from tests.policy import breaches
from zdt_core.console.asked import Asked
from zdt_core.events import Event
from zdt_deploy.canary.models import Verdict
from zdt_deploy.deployments.admin import DeploymentAdmin
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan

pytestmark = pytest.mark.django_db
ops = AdminSite("ops")
ops.register(Deployment, DeploymentAdmin)
urlpatterns = [path("ops/", ops.urls), path("", include("demo.shop.urls"))]
ALL = ["view_deployment", "start_deployment", "advance_deployment", "pause_deployment",
       "rollback_deployment", "complete_deployment"]  # fmt: skip


@pytest.fixture
def fleet():
    alive("1.0", "2.0")


@pytest.fixture
def olga(client, fleet):
    client.force_login(UserFactory(username="olga", staff=True, can=ALL))
    return client


def at(deployment, name="change"):
    return reverse(f"admin:zdt_deploy_deployment_{name}", args=(deployment.pk,))


def page_of(client, deployment, query=""):
    return client.get(at(deployment) + query).content.decode()


def ask(client, deployment, name, **said):
    url = reverse("admin:zdt_deploy_deployment_operation", args=(deployment.pk, name))
    return client.post(url, {"revision": deployment.revision} | said)


def state(deployment):
    return Deployment.objects.get(pk=deployment.pk).state


def well(deployment):
    return VerdictFactory(deployment=deployment, outcome="ok", code="canary_within_limits")


def event(deployment, kind, number=1, **facts):
    Event.objects.bulk_create(
        Event(kind=kind, subject_type="deployment", subject_id=deployment.pk, actor_kind="user",
              actor_name="ada", service="shop", environment="test", **facts)
        for _ in range(number)
    )  # fmt: skip


# ---- what is shown ----


def test_the_sentence_is_the_one_thing_that_is_spoken(olga):
    page = page_of(olga, DeploymentFactory.aged(720))

    assert page.count("aria-live") == 1
    assert re.search(r'data-part="status"[^>]*aria-live="polite"', page)
    assert "5 % of users are on 2.0, watched for 12 min; next: 25 % in 18 min." in page


def test_it_says_when_nobody_looks(olga):
    deployment = DeploymentFactory.aged(720)
    assert "Nobody has judged it for 12 min: start zdt_worker" in page_of(olga, deployment)

    well(deployment)
    assert "Nobody has judged it" not in page_of(olga, deployment)


@pytest.mark.parametrize(
    ("facts", "every"),
    [({}, "2500"), ({"baking": True}, "5000"), ({"pending": True}, "5000"),
     ({"completed": True}, "0"), ({"rolled_back": True}, "0")],
)  # fmt: skip
def test_it_is_asked_for_again_while_something_may_change(olga, facts, every):
    deployment = DeploymentFactory(**facts)

    assert f'data-every="{every}"' in page_of(olga, deployment)
    assert olga.get(at(deployment, "live"))["X-Zdt-Live"] == every


@pytest.mark.parametrize(
    "facts",
    [{}, *({state: True} for state in (
        "pending", "shifting", "paused", "held", "baking", "rolling_back", "stuck", "rolled_back",
        "completed", "cancelled", "blue_green",
    ))],
)  # fmt: skip
def test_every_state_has_its_page_and_a_strict_policy_blocks_nothing_of_it(olga, facts):
    deployment = DeploymentFactory(**facts)
    VerdictFactory.create_batch(2, deployment=deployment)

    page = page_of(olga, deployment)

    assert breaches(page) == []
    assert "could not be read" not in page


def test_the_steps_say_what_is_done_and_what_is_left(olga):
    page = " ".join(page_of(olga, DeploymentFactory.aged(720, step=1)).split())

    assert re.search(r'class="zdt-done">.*?<strong>5 %</strong> <span class="zdt-why">done', page)
    assert "12 min of 30 min, 18 min left" in page
    assert 'value="40"' in page
    assert "Everyone is on it in 48 min at the earliest" in page


def test_time_that_nobody_could_judge_counts_neither_in_the_steps_nor_in_the_sentence(olga):
    deployment = DeploymentFactory.aged(720)
    VerdictFactory(deployment=deployment, outcome="missed", slot=1, last_slot=5)

    page = page_of(olga, deployment)

    assert "7 min of 30 min, 23 min left" in page
    assert "next: 25 % in 23 min." in page


@pytest.mark.parametrize("state", ["rolling_back", "stuck", "rolled_back"])
def test_the_steps_say_where_it_was_rolled_back(olga, state):
    page = " ".join(page_of(olga, DeploymentFactory(step=1, **{state: True})).split())

    assert re.search(r'class="zdt-ended">.*?<strong>25 %</strong> .*?rolled back from here', page)
    assert 'aria-current="step"' not in page


def test_what_is_impossible_now_says_when_it_is(olga):
    page = page_of(olga, DeploymentFactory())

    assert "<dt>Complete</dt><dd>Once everyone is on the new release.</dd>" in page
    assert 'id="zdt-do-complete"' not in page


def test_what_a_gate_keeps_shut_shows_the_reason_instead_of_a_button(client):
    ProcessFactory(release="2.0", service="shop")
    client.force_login(UserFactory(staff=True, can=ALL))

    page = page_of(client, DeploymentFactory(step=2))

    assert 'id="zdt-do-rollback"' not in page
    assert "No web process of 1.0 is alive" in page


def test_what_is_over_names_the_next_command(olga):
    assert "manage.py zdt_deployment start VERSION" in page_of(
        olga, DeploymentFactory(completed=True)
    )


def test_it_works_on_another_admin_site(olga):
    deployment = DeploymentFactory()
    with override_settings(ROOT_URLCONF=__name__):
        here = f"/ops/zdt_deploy/deployment/{deployment.pk}/"
        page = olga.get(f"{here}change/").content.decode()
        fragment = olga.get(f"{here}live/").content.decode()
        answer = olga.post(f"{here}do/pause/", {"revision": deployment.revision})

    for html in (page, fragment):
        forms = re.findall(r'action="([^"]*/do/[^"]*)"', html)
        assert forms
        assert all(url.startswith(here) for url in forms)
    assert f'data-live="{here}live/"' in page
    assert answer.url == f"{here}change/"
    assert state(deployment) == "paused"


# ---- second looks ----


def test_going_back_from_what_is_well_asks_for_the_version_and_then_does_it(olga):
    deployment = DeploymentFactory()
    well(deployment)

    first = ask(olga, deployment, "rollback").content.decode()
    assert 'data-confirm="2.0"' in first
    assert state(deployment) == "observing"

    ask(olga, deployment, "rollback", confirmed="1", reason="slow", typed=" 2.0 ")
    assert state(deployment) == "rolling_back"


@pytest.mark.parametrize("typed", ["", "2", "2.0.0", "1.0"])
def test_a_wrong_version_changes_nothing_and_keeps_the_reason(olga, typed):
    deployment = DeploymentFactory()
    well(deployment)

    page = ask(olga, deployment, "rollback", confirmed="1", reason="slow", typed=typed)

    assert "Type 2.0 to confirm. Nothing was changed." in page.content.decode()
    assert 'value="slow"' in page.content.decode()
    assert state(deployment) == "observing"


def test_leaving_the_version_out_is_no_way_round(olga):
    deployment = DeploymentFactory()
    well(deployment)

    ask(olga, deployment, "rollback", confirmed="1", reason="slow")

    assert state(deployment) == "observing"


def test_what_the_monitor_calls_bad_goes_back_without_typing_and_with_its_reason(olga):
    deployment = DeploymentFactory()
    VerdictFactory(deployment=deployment, breach=True)

    page = ask(olga, deployment, "rollback").content.decode()
    assert 'name="typed"' not in page
    assert "8.0 % of 1200 requests failed" in page
    assert state(deployment) == "observing"

    ask(olga, deployment, "rollback", confirmed="1", reason="as it says")
    assert state(deployment) == "rolling_back"


def test_a_reason_alone_is_no_second_look(olga):
    deployment = DeploymentFactory()
    VerdictFactory(deployment=deployment, breach=True)

    first = ask(olga, deployment, "rollback", reason="slow").content.decode()

    assert state(deployment) == "observing"
    assert "errornote" not in first


def test_who_moves_it_between_the_look_and_the_deed_is_noticed(olga, monkeypatch):
    deployment = DeploymentFactory()
    Deployment.objects.filter(pk=deployment.pk).update(revision=2)
    monkeypatch.setattr(Asked, "complaint", lambda asked: "")

    ask(olga, deployment, "pause")

    assert state(deployment) == "observing"


def test_a_second_look_needs_its_reason(olga):
    deployment = DeploymentFactory()

    page = ask(olga, deployment, "rollback", confirmed="1", reason=" ").content.decode()

    assert "Say why" in page
    assert state(deployment) == "observing"


def test_a_second_look_at_what_has_moved_is_refused(olga):
    deployment = DeploymentFactory()
    Deployment.objects.filter(pk=deployment.pk).update(state="paused", revision=2)

    answer = ask(olga, deployment, "rollback")

    assert answer.status_code == 302
    assert "it is paused now" in page_of(olga, deployment)


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30, None])
def test_a_form_without_a_revision_leads_nowhere(olga, revision):
    deployment = DeploymentFactory()

    ask(olga, deployment, "pause", **({} if revision is None else {"revision": revision}))

    expected = "paused" if revision is None else "observing"
    assert state(deployment) == expected


def test_sending_everyone_asks_and_the_steps_before_do_not(olga):
    early = DeploymentFactory(step=1)
    ask(olga, early, "advance", reason="fine")
    assert (state(early), Deployment.objects.get(pk=early.pk).step) == ("shifting", 2)

    late = DeploymentFactory(step=2, service="api")
    alive_api()
    assert 'data-confirm="2.0"' in ask(olga, late, "advance", reason="fine").content.decode()
    assert state(late) == "observing"


def test_the_page_carries_the_same_question_as_a_dialog(olga):
    deployment = DeploymentFactory(baking=True)

    page = page_of(olga, deployment)

    assert 'data-ask="zdt-ask-complete"' in page
    assert re.search(r'<dialog id="zdt-ask-complete".*?data-confirm="2.0"', page, re.DOTALL)


def test_state_changes_are_posts_with_a_token(olga):
    deployment = DeploymentFactory()

    url = reverse("admin:zdt_deploy_deployment_operation", args=(deployment.pk, "pause"))
    assert olga.get(url).status_code == 405
    forms = re.findall(r'<form method="(\w+)"[^>]*action="[^"]*/do/', page_of(olga, deployment))
    assert forms
    assert set(forms) == {"post"}
    assert page_of(olga, deployment).count("csrfmiddlewaretoken") >= len(forms)


# ---- history ----


def test_history_is_told_in_words_with_who_and_why(olga):
    deployment = DeploymentFactory()
    event(deployment, "deployment.advanced", before={"share": "5"}, after={"share": "25"},
          reason="all is well")  # fmt: skip

    page = " ".join(page_of(olga, deployment).split())

    assert "<strong>Advanced</strong> 5 % → 25 %" in page
    assert "by ada" in page
    assert "all is well" in page


def test_history_comes_a_page_at_a_time(olga):
    deployment = DeploymentFactory()
    event(deployment, "deployment.paused", 20)
    event(deployment, "deployment.resumed", 20)

    first = page_of(olga, deployment)
    assert (first.count(">Resumed<"), first.count(">Paused<")) == (20, 0)

    [older] = re.findall(r'class="zdt-older" href="(\?before=\d+)"', first)
    second = page_of(olga, deployment, older)
    assert (second.count(">Resumed<"), second.count(">Paused<")) == (0, 20)
    assert "zdt-older" not in second
    assert f'data-live="{at(deployment, "live")}{older}"' in second


@pytest.mark.parametrize("before", ["x", "-5", "9" * 40, "1 OR 1=1"])
def test_nonsense_asks_for_the_newest(olga, before):
    deployment = DeploymentFactory()
    event(deployment, "deployment.paused")

    assert ">Paused<" in page_of(olga, deployment, f"?before={before}")


# ---- what it costs ----


def fill(deployment):
    TrafficShareFactory(deployment=deployment)
    track = {"requests": 1200, "errors": 3, "p50_ms": 20.0, "p95_ms": 180.0, "p99_ms": 300.0}
    Verdict.objects.bulk_create(
        Verdict(
            deployment=deployment, slot=slot, last_slot=slot, step=0, outcome="ok", code="x",
            evidence={"baseline": "concurrent", "canary": track, "stable": track},
        )
        for slot in range(300)
    )  # fmt: skip
    event(deployment, "deployment.paused", 300)


def test_it_takes_few_queries_however_much_has_happened(olga, django_assert_max_num_queries):
    deployment = DeploymentFactory()
    fill(deployment)

    with django_assert_max_num_queries(21):
        page = page_of(olga, deployment)

    assert len(page) < 90_000


def test_most_polls_are_answered_after_one_look(olga, steady, django_assert_max_num_queries):
    deployment = DeploymentFactory()
    fill(deployment)
    etag = olga.get(at(deployment, "live"))["ETag"]

    with django_assert_max_num_queries(6):
        answer = olga.get(at(deployment, "live"), headers={"If-None-Match": etag})

    assert answer.status_code == 304


@pytest.mark.parametrize(
    "change",
    [
        lambda deployment: ask_paused(deployment),
        lambda deployment: VerdictFactory(deployment=deployment, slot=99),
        lambda deployment: event(deployment, "deployment.left_unjudged"),
    ],
    ids=["move", "verdict", "event"],
)
def test_a_move_a_verdict_and_an_event_are_polled_at_once(olga, steady, change):
    deployment = DeploymentFactory()
    etag = olga.get(at(deployment, "live"))["ETag"]
    change(deployment)

    answer = olga.get(at(deployment, "live"), headers={"If-None-Match": etag})

    assert answer.status_code == 200


def ask_paused(deployment):
    Deployment.objects.filter(pk=deployment.pk).update(state="paused", revision=9)


def alive_api():
    for release in ("1.0", "2.0"):
        ProcessFactory(release=release, service="api")


# ---- regions and processes ----


def test_the_steps_of_regions_name_them(olga):
    plan = Plan.default("regional").to_json()
    shown = page_of(olga, DeploymentFactory(strategy="regional", plan=plan, step=1))
    steps = re.findall(r"<strong>([^<]*%[^<]*)</strong>", shown)
    assert steps == ["10 % us-east", "30 % eu-west", "60 % apac", "100 %"]


def test_the_next_batch_of_a_rolling_deployment_is_on_its_page(olga):
    alive("1.0", "1.0", "1.0", "1.0", "1.0", "1.0")
    plan = Plan.default("rolling").to_json()
    row = DeploymentFactory(strategy="rolling", plan=plan, shifting=True)
    shown = page_of(olga, row)
    assert "Next batch" in shown
    assert "So many more processes may be replaced now: 1." in shown
    assert "1 (12.5 %; this step goes to 25 %)" in shown
    assert f"manage.py zdt_deployment gate {row.pk}" in shown


def test_other_deployments_have_no_batches(olga):
    assert "Next batch" not in page_of(olga, DeploymentFactory())

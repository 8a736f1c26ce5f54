"""The comparison as a page, as JSON, in a shell, and by HTTP."""

import io
import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.urls import reverse
from django.utils import translation

from tests.core.factories import TokenFactory, bearer
from tests.deploy.comparison.seen import observe
from tests.deploy.factories import DeploymentFactory, alive
from tests.people import UserFactory
from tests.policy import breaches
from zdt_deploy.comparison import words

pytestmark = pytest.mark.django_db


def page_of(client, deployment, query=""):
    url = reverse("admin:zdt_deploy_deployment_comparison", args=(deployment.pk,))
    return " ".join(client.get(url + query).content.decode().split())


def run(*words):
    out = io.StringIO()
    call_command("zdt_deployment", *words, stdout=out)
    return out.getvalue()


# ---- the page ----


def test_the_page_names_what_is_new_and_what_takes_more(admin_client, compared):
    page = page_of(admin_client, compared(DeploymentFactory()))

    assert ">new</span>" in page
    assert "ValueError" in page
    assert "<code>shop.views.buy</code>" in page
    assert "ValueError: order 17 is broken" in page
    assert '40<br><span class="zdt-why">4 per 1,000</span>' in page
    assert ">takes more</span>" in page
    assert "FROM &quot;shop_product&quot;" in page
    assert "1 pattern as before" in page
    assert breaches(page) == []


def test_before_and_after_is_said_to_be_weaker(admin_client, compared):
    page = page_of(admin_client, compared(DeploymentFactory(baking=True)))

    assert page.index('id="zdt-beside"') < page.index('id="zdt-before_after"')
    assert page.count(">weaker</span>") == 1
    assert "Weaker: 1.0 before the deployment against 2.0" in page


def test_little_data_is_said_instead_of_numbers(admin_client):
    deployment = DeploymentFactory()
    for release in ("1.0", "2.0"):
        observe(deployment, "beside", release, requests=50, inside={"b" * 12: 3})

    page = page_of(admin_client, deployment)

    assert "Not enough data: each needs 100 requests." in page
    assert page.count("not enough data") >= 10
    assert " per 1,000</span>" not in page


def test_small_and_large_numbers_are_written_alike():
    """6.100 above 6.1 would be the same to a German."""
    with translation.override("de"):
        assert [words.number(number) for number in (6100, 6.1, 0.398, 4.0)] == [
            "6.100", "6,1", "0,398", "4",
        ]  # fmt: skip


def test_nothing_observed_says_what_it_waits_for(admin_client):
    page = page_of(admin_client, DeploymentFactory())

    assert "both releases have to serve in the same minute" in page
    assert "it begins once everyone is on the new release" in page


def test_what_will_never_be_there_is_not_waited_for(admin_client):
    """Nothing was seen of 1.0 before, or the release went back before everyone was on it."""
    first, back = DeploymentFactory(baking=True), DeploymentFactory(rolled_back=True)
    observe(first, "after", "2.0")

    assert "1.0 was not seen serving everyone in the half hour before" in page_of(
        admin_client, first
    )
    page = page_of(admin_client, back)
    assert "in no minute that was taken in both releases served" in page
    assert "the new release was never seen serving everyone" in page


def test_the_times_that_are_compared_are_told(admin_client, compared):
    deployment = compared(DeploymentFactory(baking=True))
    deployment.observations.update(slots=30, first_slot=0, last_slot=1740)
    deployment.observations.filter(phase="after").update(
        slots=1440, first_slot=86_400, last_slot=172_740
    )

    page = page_of(admin_client, deployment)

    assert "90,000 requests in 30 min (01 Jan 00:00 to 00:30)" in page
    assert "10,000 in 24 h (02 Jan 00:00 to 03 Jan 00:00)" in page


def test_minutes_of_several_regions_add_up_and_say_so(admin_client, compared):
    deployment = compared(compared(DeploymentFactory(), "eu"), "us")

    assert "180,000 requests, 2.0 20,000, in 2 min of 2 regions" in page_of(
        admin_client, deployment
    )
    assert (
        " regions" not in page_of(admin_client, deployment, "?region=eu").partition("zdt-board")[2]
    )


def test_a_region_that_nobody_looks_after_is_named(admin_client, compared):
    deployment = compared(DeploymentFactory())
    alive("2.0", region="apac")

    told = "Nothing is taken in from apac: start a worker or a ticker there."
    assert told in page_of(admin_client, deployment)
    assert told in run("compare", deployment.pk)


def test_nor_is_one_forgotten_that_was_looked_after_until_an_hour_ago(compared):
    deployment = compared(DeploymentFactory(baking=True))
    alive("2.0", region="default")
    assert "Nothing is taken in" not in run("compare", deployment.pk)

    deployment.copied.update(next_slot=F("next_slot") - 3600)
    assert "Nothing is taken in from default" in run("compare", deployment.pk)


def test_the_way_back_is_one_click_away_while_it_is_open(admin_client, compared):
    under_way, over = DeploymentFactory(baking=True), DeploymentFactory(completed=True)

    assert "#zdt-do-rollback" in page_of(admin_client, compared(under_way))
    assert "#zdt-do-rollback" not in page_of(admin_client, compared(over))


def test_regions_can_be_looked_at_one_by_one(admin_client, compared):
    deployment = compared(compared(DeploymentFactory(), "eu"), "us")

    assert 'href="?region=eu"' in page_of(admin_client, deployment)
    assert "90,000 requests" in page_of(admin_client, deployment, "?region=eu")
    assert "180,000 requests" in page_of(admin_client, deployment)
    assert "180,000 requests" in page_of(admin_client, deployment, "?region=moon")


def test_ids_without_words_are_shown_as_they_are(admin_client, compared):
    deployment = compared(DeploymentFactory())
    deployment.observations.update(words={})

    assert "b" * 12 in page_of(admin_client, deployment)


def test_who_may_not_look_at_deployments_is_not_shown_their_comparison(client, compared):
    deployment = compared(DeploymentFactory())
    client.force_login(UserFactory(staff=True))

    url = reverse("admin:zdt_deploy_deployment_comparison", args=(deployment.pk,))
    assert client.get(url).status_code == 403


def test_the_deployments_page_has_the_summary_and_the_way_there(admin_client, compared):
    deployment = compared(DeploymentFactory())
    page = admin_client.get(
        reverse("admin:zdt_deploy_deployment_change", args=(deployment.pk,))
    ).content.decode()

    assert "Side by side: 1 new error pattern, 0 more often, p95 " in page
    assert f"/{deployment.pk}/comparison/" in page


def test_a_deployment_that_is_over_and_was_never_compared_has_no_summary(admin_client):
    deployment = DeploymentFactory(rolled_back=True)
    page = admin_client.get(
        reverse("admin:zdt_deploy_deployment_change", args=(deployment.pk,))
    ).content.decode()

    assert 'data-part="compared"' not in page


def test_a_hostile_message_is_shown_as_text(admin_client):
    deployment = DeploymentFactory()
    for release in ("1.0", "2.0"):
        row = observe(deployment, "beside", release, inside={"b" * 12: 30})
        row.words["b" * 12]["sample"] = "<script>alert(1)</script>"
        row.save()

    page = page_of(admin_client, deployment)

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_ids_are_there_once(admin_client, compared):
    ids = re.findall(r'\sid="([^"]+)"', page_of(admin_client, compared(DeploymentFactory())))

    assert len(ids) == len(set(ids))


# ---- for programs ----


def test_json_has_every_number_and_null_where_there_is_not_enough(compared):
    deployment = compared(DeploymentFactory(baking=True))
    observe(deployment, "beside", "2.0", requests=10, region="eu")

    found = json.loads(run("compare", deployment.pk, "--json"))

    beside, after = found["comparisons"]
    assert (beside["basis"], beside["weaker"]) == ("beside", False)
    assert (after["basis"], after["weaker"]) == ("before_after", True)
    assert beside["errors"][0]["change"] == "new"
    assert beside["errors"][0]["where"] == "shop.views.buy"
    assert beside["database"]["ms_per_request"]["new"] == pytest.approx(40, rel=0.01)
    assert beside["database"]["p95_ms"]["new"] == pytest.approx(40, rel=0.02)
    assert found["can_roll_back"] is True
    [alone, _] = json.loads(run("compare", deployment.pk, "--region", "eu", "--json"))[
        "comparisons"
    ]
    assert alone["latency_ms"]["p95"] == {"old": None, "new": None}
    assert alone["enough_data"] is False


def test_a_shell_shows_the_same_in_columns(compared):
    said = run("compare", compared(DeploymentFactory()).pk)

    assert "Side by side. Both releases in the same minutes" in said
    assert re.search(r"new +0 +40 +ValueError in shop\.views\.buy", said)
    assert re.search(r"takes more +\d", said)
    assert "Before and after. Nothing yet" not in said


def test_a_region_that_nothing_came_from_is_refused_with_those_that_there_are(compared):
    with pytest.raises(CommandError, match="There is: default"):
        run("compare", compared(DeploymentFactory()).pk, "--region", "moon")


def test_a_shell_says_that_nothing_changed():
    deployment = DeploymentFactory()
    for release in ("1.0", "2.0"):
        observe(deployment, "beside", release)

    assert "No error pattern is new, gone, or changed." in run("compare", deployment.pk)


def test_the_api_answers_who_may_read(client, compared):
    deployment = compared(DeploymentFactory())
    url = f"/zdt/api/deployments/{deployment.pk}/comparison/"
    token = TokenFactory(scopes=["deployments.read"])

    found = client.get(url, headers=bearer(token))
    assert found.json()["comparisons"][0]["errors"][0]["change"] == "new"
    assert client.get(url).status_code == 401
    assert client.get(f"{url}?planet=mars", headers=bearer(token)).status_code == 422
    moon = client.get(f"{url}?region=moon", headers=bearer(token))
    assert (moon.status_code, moon.json()["code"]) == (422, "comparison_region_unknown")
    other = TokenFactory(scopes=["deployments.start"])
    assert client.get(url, headers=bearer(other)).status_code == 403

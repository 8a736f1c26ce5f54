"""The evidence on the deployment's page."""

import re

import pytest
from django.utils import translation

from tests.deploy.factories import DeploymentFactory, TrafficShareFactory, VerdictFactory
from tests.policy import breaches

pytestmark = pytest.mark.django_db
TRACK = {"requests": 12_000, "errors": 120, "p50_ms": 20.5, "p95_ms": 180.5, "p99_ms": 310.0}
EVIDENCE = {"baseline": "concurrent", "canary": TRACK, "stable": TRACK}


def page_of(client, deployment):
    return client.get(f"/admin/zdt_deploy/deployment/{deployment.pk}/change/").content.decode()


@pytest.fixture
def judged():
    deployment = DeploymentFactory()
    for slot in range(3):
        VerdictFactory(deployment=deployment, slot=slot, outcome="ok", evidence=EVIDENCE)
    return deployment


def test_criteria_charts_and_the_numbers_in_a_table(admin_client, judged):
    page = page_of(admin_client, judged)

    assert 'class="zdt-criteria"' in page
    assert page.count('class="zdt-chart"') == 5
    assert 'id="zdt-numbers"' in page
    assert "12,000 / 12,000" in page


def test_every_chart_has_a_title_and_a_description(admin_client, judged):
    page = page_of(admin_client, judged)

    for name in re.findall(r'aria-labelledby="(zdt-chart-\w+)-title', page):
        assert f'<title id="{name}-title">' in page
        assert re.search(rf'<desc id="{name}-desc">[^<]+ now, at most', page)


def test_ids_are_there_once(admin_client, judged):
    ids = re.findall(r'\sid="([^"]+)"', page_of(admin_client, judged))

    assert len(ids) == len(set(ids))


def test_a_language_with_commas_draws_the_same_lines(admin_client, judged):
    with translation.override("en"):
        english = re.findall(r'points="([^"]+)"', page_of(admin_client, judged))
    page = admin_client.get(
        f"/admin/zdt_deploy/deployment/{judged.pk}/change/", headers={"Accept-Language": "de"}
    ).content.decode()

    assert re.findall(r'points="([^"]+)"', page) == english
    assert breaches(page) == []


def test_before_the_first_verdict_it_says_what_to_look_after(admin_client):
    assert "zdt_ticker are running" in page_of(admin_client, DeploymentFactory())


def test_what_nobody_has_begun_names_the_command(admin_client):
    deployment = DeploymentFactory(pending=True)

    assert f"manage.py zdt_deployment begin {deployment.pk}" in page_of(admin_client, deployment)


def test_evidence_without_numbers_does_no_harm(admin_client):
    deployment = DeploymentFactory()
    VerdictFactory(deployment=deployment, outcome="blind", code="traffic_silent", evidence={})
    empty = {**TRACK, "requests": 0, "errors": 0, "p50_ms": None, "p95_ms": None, "p99_ms": None}
    for slot in (1000, 1001):
        VerdictFactory(
            deployment=deployment, slot=slot, outcome="waiting",
            evidence={"baseline": "concurrent", "canary": empty, "stable": empty},
        )  # fmt: skip

    page = page_of(admin_client, deployment)

    assert "could not be read" not in page
    assert "Nothing was measured." in page


def test_the_published_share_says_what_happens_without_the_monitor(admin_client):
    deployment = DeploymentFactory()
    TrafficShareFactory(deployment=deployment)

    assert "routers go back to stable at" in page_of(admin_client, deployment)


def test_where_everyone_has_moved_no_evidence_is_waited_for(admin_client):
    deployment = DeploymentFactory(blue_green=True)
    VerdictFactory(deployment=deployment, outcome="ok", evidence={**EVIDENCE, "baseline": "before"})

    assert "no evidence yet" not in page_of(admin_client, deployment)

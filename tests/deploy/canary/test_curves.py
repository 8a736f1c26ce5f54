"""The evidence over time."""

from datetime import timedelta

import pytest

from tests.deploy.factories import DeploymentFactory, VerdictFactory
from zdt_core import database
from zdt_core.events import Event
from zdt_deploy.canary import curves
from zdt_deploy.canary.models import Verdict
from zdt_deploy.deployments import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def deployment():
    return DeploymentFactory.aged(3600)


def track(requests=1000, errors=10, p95=180.0):
    return {"requests": requests, "errors": errors, "p50_ms": 20.0, "p95_ms": p95, "p99_ms": 300.0}


def judged(deployment, *slots, canary=None, stable=None, baseline="concurrent", **more):
    tracks = {"canary": canary or track(), "stable": stable or track(9000)}
    evidence = {"baseline": baseline, **tracks, **more}
    now = clock.now()
    Verdict.objects.bulk_create(
        Verdict(
            deployment=deployment, slot=slot, last_slot=slot, step=0, outcome="ok", code="x",
            evidence=evidence, at=now - timedelta(seconds=3600 - 60 * slot),
        )
        for slot in slots
    )  # fmt: skip


def drawn(deployment):
    charts = curves.draw(deployment, curves.points(deployment))
    return {chart.name: chart for chart in charts}


def test_there_is_a_chart_of_errors_each_percentile_and_the_share(deployment):
    judged(deployment, 0, 1, 2)

    assert list(drawn(deployment)) == ["errors", "p50", "p95", "p99", "share"]


def test_evidence_is_drawn_where_it_was_gathered(deployment):
    judged(deployment, 0, 1)
    fine, worse = {"errors": 0.9, "latency": 0.4}, {"errors": 0.0, "latency": 0.1}
    judged(deployment, 2, certainty={"fine": fine, "worse": worse, "intervals": 3})

    chart = drawn(deployment)["evidence"]

    assert chart.description == "worse: 10 % now, at most 10 %. as good: 40 % now, at most 40 %."


def test_the_limit_moves_with_stable_and_is_drawn_only_where_there_is_one(deployment):
    judged(deployment, 0, 1)

    charts = drawn(deployment)

    assert [line.kind for line in charts["errors"].lines] == ["limit", "stable", "canary"]
    assert [line.kind for line in charts["p50"].lines] == ["stable", "canary"]
    assert "limit: 2.11 % now" in charts["errors"].description


def test_the_description_says_in_words_what_the_lines_show(deployment):
    judged(deployment, 0, canary=track(errors=50))
    judged(deployment, 1, canary=track(errors=20))

    assert "2.0: 2 % now, at most 5 %." in drawn(deployment)["errors"].description


def test_what_nobody_saw_is_a_gap(deployment):
    judged(deployment, 0, 1, 3, 4)
    VerdictFactory(deployment=deployment, slot=2, outcome="blind")

    canary = drawn(deployment)["errors"].lines[-1]

    assert len(canary.strokes) == 2


def test_a_handful_of_requests_is_left_out_of_the_lines(deployment):
    judged(deployment, 0, 1)
    judged(deployment, 2, canary=track(requests=3, errors=3))

    assert "at most 1 %" in drawn(deployment)["errors"].description


def test_one_measurement_makes_no_line(deployment):
    judged(deployment, 0)

    assert drawn(deployment) == {}


def test_a_long_watch_is_thinned_and_ends_with_the_newest(deployment):
    judged(deployment, *range(0, 500))

    found = curves.points(deployment)

    assert 100 <= len(found) <= curves.MOST_POINTS
    newest = deployment.verdicts.get(slot=499)
    assert found[-1].at == newest.at
    assert found[0].at <= deployment.verdicts.get(slot=5).at


def test_the_measured_share_needs_both_releases_at_the_same_time(deployment):
    judged(deployment, 0)
    judged(deployment, 1, baseline="before")

    beside, before = curves.points(deployment)

    assert (beside.measured_share, before.measured_share) == (10.0, None)


def test_events_are_marked_and_the_published_share_is_stepped(deployment):
    judged(deployment, 0, 30, 59)
    for minutes, kind, share in ((60, "started", "5"), (30, "advanced", "25")):
        Event.objects.create(
            at=database.Now() - timedelta(minutes=minutes), kind=f"deployment.{kind}",
            subject_type="deployment", subject_id=deployment.pk, actor_kind="user",
            actor_name="ada", service="shop", environment="test", after={"share": share},
        )  # fmt: skip

    share = drawn(deployment)["share"]

    assert len(share.marks) == 1
    assert share.marks[0][1].endswith("Advanced")
    published = next(line for line in share.lines if line.kind == "canary")
    assert len(published.strokes[0].split()) == 5
    assert "published: 25 % now" in share.description

"""The evidence over time."""

from datetime import timedelta

import pytest

from tests.deploy.factories import DeploymentFactory, MetricWindowFactory, VerdictFactory
from zdt_core import database
from zdt_core.events import Event
from zdt_core.metering import histogram
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
    found = curves.draw(deployment, curves.points(deployment))
    return {chart.name: chart for chart in found.charts}


def served(deployment, release, *minutes, requests=600, errors=0, ms=60):
    """A window in each of the ``minutes`` since the deployment began."""
    begun = int(deployment.started_at.timestamp()) // 60 * 60
    for minute in minutes:
        MetricWindowFactory(
            window=begun + 60 * minute, release=release, requests=requests, errors=errors,
            latency={str(histogram.bucket(ms)): requests},
        )  # fmt: skip


# ---- from raw windows ----


def test_the_raw_windows_are_drawn_not_what_the_judge_weighed(deployment):
    judged(deployment, 0, 1, 2, canary=track(errors=900))
    served(deployment, "1.0", *range(-5, 50))
    served(deployment, "2.0", *range(1, 50), errors=6)

    errors = drawn(deployment)["errors"]

    assert "2.0: 1 % now, at most 1 %." in errors.description
    assert "1.0: 0 % now" in errors.description


def test_stable_is_drawn_before_the_first_traffic_too(deployment):
    served(deployment, "1.0", *range(-20, 50))
    served(deployment, "2.0", *range(1, 50))

    lines = {line.kind: line for line in drawn(deployment)["p95"].lines}

    first = {kind: float(line.strokes[0].split(",")[0]) for kind, line in lines.items()}
    assert first["stable"] < first["canary"]


def test_a_release_that_reported_nothing_leaves_a_gap(deployment):
    served(deployment, "1.0", *range(0, 50))
    served(deployment, "2.0", *range(1, 20), *range(30, 50))

    canary = drawn(deployment)["p50"].lines[-1]

    assert len(canary.strokes) == 2


def test_the_measured_share_is_of_the_requests(deployment):
    served(deployment, "1.0", *range(0, 50), requests=900)
    served(deployment, "2.0", *range(1, 50), requests=100)

    assert "measured: 10 % now" in drawn(deployment)["share"].description


def test_windows_are_drawn_before_the_first_verdict(deployment):
    served(deployment, "1.0", *range(0, 50))
    served(deployment, "2.0", *range(1, 50))

    assert list(drawn(deployment)) == ["errors", "p50", "p95", "p99", "share"]


# ---- from verdicts, once the windows are forgotten ----


def test_there_is_a_chart_of_errors_each_percentile_and_the_share(deployment):
    judged(deployment, 0, 1, 2)

    assert list(drawn(deployment)) == ["errors", "p50", "p95", "p99", "share"]


def test_evidence_is_drawn_where_it_was_gathered(deployment):
    judged(deployment, 0, 1)
    fine, worse = {"errors": 0.9, "latency": 0.4}, {"errors": 0.0, "latency": 0.1}
    judged(deployment, 2, certainty={"fine": fine, "worse": worse, "intervals": 3})

    chart = drawn(deployment)["evidence"]

    assert "worse: 10 % now, at most 10 %. as good: 40 % now, at most 40 %." in chart.description


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

    words = [text.partition(" ")[2] for _x, text, _kind in share.marks]
    assert words == ["Started, 5 %", "Advanced, 25 %"]
    assert "Marked:" in share.description
    published = next(line for line in share.lines if line.kind == "canary")
    assert len(published.strokes[0].split()) == 5
    assert "published: 25 % now" in share.description

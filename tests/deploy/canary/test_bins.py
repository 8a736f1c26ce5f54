"""Raw windows summed up for charts, by PostgreSQL."""

import time
from datetime import UTC, datetime

import pytest
from django.db import connection

from tests.deploy.factories import DeploymentFactory, MetricWindowFactory
from zdt_core.metering import histogram
from zdt_deploy.canary import bins

pytestmark = pytest.mark.django_db
FAST, SLOW = histogram.bucket(60), histogram.bucket(600)
START = 1_700_000_400


@pytest.fixture
def deployment():
    bins._known.clear()
    return DeploymentFactory()


def window(at, release="2.0", requests=100, slow=0, **more):
    latency = {str(bucket): n for bucket, n in ((FAST, requests - slow), (SLOW, slow)) if n}
    MetricWindowFactory(
        window=START + at, release=release, requests=requests, latency=latency, **more
    )


def read(deployment, seconds=600, shortest=60):
    return bins.read(deployment, START, START + seconds, shortest, 10)


def test_windows_of_all_instances_and_regions_add_up(deployment):
    window(0, instance="web-1", errors=1)
    window(10, instance="web-1", errors=0)
    window(10, instance="web-2", slow=100, errors=0)
    window(10, instance="web-1", region="eu", errors=2)

    [found] = read(deployment)

    assert (found.start, found.seconds) == (START, 60)
    track = found.tracks["2.0"]
    assert (track["requests"], track["errors"]) == (400, 3)
    assert track["p50_ms"] == pytest.approx(60, rel=0.02)
    assert track["p95_ms"] == pytest.approx(600, rel=0.02)


def test_releases_are_apart_and_others_are_left_out(deployment):
    window(0)
    window(0, release="1.0", requests=900)
    window(0, release="0.9")

    [found] = read(deployment)

    assert {name: track["requests"] for name, track in found.tracks.items()} == {
        "1.0": 900, "2.0": 100,
    }  # fmt: skip


def test_other_services_times_and_flawed_numbers_are_left_out(deployment):
    window(0, service="api")
    window(0, environment="production")
    window(-10)
    window(600)
    window(0, problem="count_negative")

    assert read(deployment) == []


def test_the_newest_window_is_that_of_the_deployments_own_time(deployment):
    assert bins.newest(deployment) is None
    window(0)
    window(50, release="1.0")
    window(90, release="0.9")
    assert bins.newest(deployment) == (START + 60, 10)

    deployment.finished_at = datetime.fromtimestamp(START + 20, UTC)
    assert bins.newest(deployment) == (START + 10, 10)


def test_a_window_that_comes_late_is_counted(deployment):
    window(0)
    assert read(deployment)[0].tracks["2.0"]["p95_ms"] == pytest.approx(60, rel=0.02)

    window(10, requests=900, slow=900)

    assert read(deployment)[0].tracks["2.0"]["p95_ms"] == pytest.approx(600, rel=0.02)


def test_what_was_read_before_is_not_added_up_again(deployment, django_assert_num_queries):
    window(0)
    with django_assert_num_queries(2):
        first = read(deployment)

    with django_assert_num_queries(1):
        assert read(deployment) == first


@pytest.mark.parametrize(
    ("span", "shortest", "window", "width"),
    [(600, 60, 10, 60), (600, 2, 1, 6), (600, 15, 10, 20), (86_400, 60, 10, 900),
     (172_800, 60, 10, 1800), (31_536_000, 60, 10, 266_160 - 60)],
)  # fmt: skip
def test_a_bin_is_whole_windows_and_there_are_few(span, shortest, window, width):
    found = bins.width_for(span, shortest, window)

    assert found % window == 0
    assert found >= shortest
    assert span / found <= bins.MOST
    assert found == width or span > 1_000_000


def test_ten_thousand_windows_are_few_bins_and_few_rows(deployment, django_assert_num_queries):
    now = int(time.time())
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO zdt_deploy_metricwindow (environment, service, region, "window", seconds,
                   release, instance, requests, errors, misrouted, latency, counters, problem)
               SELECT 'test', 'shop', 'default', %s + 10 * (n / 2), 10,
                      CASE n %% 2 WHEN 0 THEN '1.0' ELSE '2.0' END, 'web-1', 100, 1, 0,
                      jsonb_build_object(%s::text, 90, %s::text, 10), '{}', ''
                 FROM generate_series(0, 9999) n""",
            [now // 10 * 10 - 50_000, FAST, SLOW],
        )

    with django_assert_num_queries(2):
        found = bins.read(deployment, now - 50_000, now, 60, 10)

    assert 60 <= len(found) <= bins.MOST
    assert sum(each.tracks["2.0"]["requests"] for each in found) == pytest.approx(500_000, rel=0.01)
    assert found[5].tracks["1.0"]["p95_ms"] == pytest.approx(600, rel=0.02)

"""The site's own numbers, and what is unknown among them."""

import time
from datetime import timedelta

import pytest

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory, MetricWindowFactory
from zdt_core import database
from zdt_core.exceptions import Unavailable
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.models import MetricWindow
from zdt_deploy.costs import measured

pytestmark = pytest.mark.django_db
HERE = ("test", "shop")
NOW = int(time.time()) // 10 * 10


@pytest.fixture(autouse=True)
def redis(monkeypatch):
    """What Redis still holds: nothing, until a test says so."""
    held = []
    monkeypatch.setattr("zdt_core.metering.source.clock", lambda: (time.time(), 1_000_000))
    monkeypatch.setattr("zdt_core.metering.source.read", lambda *asked: held)
    return held


def web(host, release="1.0", **facts):
    at = {"service": "shop", "environment": "test", **facts}
    return ProcessFactory(host=host, release=release, **at)


def windows(count, requests=100, **facts):
    start = NOW - 10 * count
    MetricWindow.objects.bulk_create(
        MetricWindowFactory.build(window=start + 10 * number, requests=requests, **facts)
        for number in range(count)
    )


def test_machines_are_counted_not_their_processes():
    for host in ("a", "a", "b", "c"):
        web(host)
    web("a", release="2.0"), web("d", role="worker"), web("e", service="billing")

    assert measured.machines(*HERE) == 3


def test_without_a_live_process_nobody_knows_how_many():
    web("a", seen_at=database.Now() - timedelta(days=1))

    assert measured.machines(*HERE) is None


def test_traffic_is_what_was_measured_in_the_time_it_was_measured():
    windows(360)  # an hour
    windows(360, instance="web-2", requests=50)
    windows(10, service="billing")

    found = measured.traffic(*HERE)
    assert (found.requests, found.seconds) == (360 * 150, 3600.0)
    assert found.per_hour == 54_000


def test_idle_time_that_was_measured_counts():
    windows(36, requests=0)

    assert measured.traffic(*HERE).per_hour == 0


def test_without_windows_it_is_unknown():
    assert measured.traffic(*HERE).per_hour is None


def test_windows_that_cannot_be_true_or_are_old_do_not_count():
    windows(10)
    windows(10, instance="web-2", problem="count_impossible")
    MetricWindowFactory(window=int(time.time()) - 8 * 86_400)

    assert measured.traffic(*HERE).seconds == 0


def test_the_newest_come_from_redis_and_none_counts_twice(redis):
    windows(2)
    start = MetricWindow.objects.earliest("window").window
    for window in (start, start + 1000):
        redis.extend(Sample(window, 10, "1.0", name, requests=7) for name in ("web-1", "web-2"))

    found = measured.traffic(*HERE)
    assert (found.requests, found.seconds) == (200 + 14, 30.0)


def test_while_redis_is_away_the_table_counts(monkeypatch):
    def away():
        raise Unavailable("Redis did not answer")

    monkeypatch.setattr("zdt_core.metering.source.clock", away)
    windows(3)

    assert measured.traffic(*HERE).requests == 300


def test_deployments_are_counted_from_the_first_of_them_on():
    assert measured.deployments_per_day(*HERE) is None
    DeploymentFactory(pending=True)
    assert measured.deployments_per_day(*HERE) is None

    DeploymentFactory.aged(6 * 86_400, completed=True)
    assert measured.deployments_per_day(*HERE) is None

    DeploymentFactory.aged(8 * 86_400, completed=True)
    for _ in range(2):
        DeploymentFactory.aged(3600, completed=True)
    assert measured.deployments_per_day(*HERE) == pytest.approx(0.5, rel=0.01)


def test_only_those_of_the_last_month_count():
    DeploymentFactory.aged(90 * 86_400, completed=True)
    DeploymentFactory.aged(86_400, completed=True)

    assert measured.deployments_per_day(*HERE) == pytest.approx(1 / 30)

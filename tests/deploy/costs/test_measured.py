"""The site's own numbers, and what is unknown among them."""

import time
from datetime import timedelta

import pytest

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory, TrafficHourFactory
from zdt_core import database
from zdt_deploy.costs import measured
from zdt_deploy.costs.measured import Traffic
from zdt_deploy.costs.models import TrafficHour

pytestmark = pytest.mark.django_db
HERE = ("test", "shop")
NOW = int(time.time()) // 3600 * 3600


def web(host, release="1.0", **facts):
    at = {"service": "shop", "environment": "test", **facts}
    return ProcessFactory(host=host, release=release, **at)


def hours(count, requests=100, **facts):
    """The last hours, each with so many requests."""
    TrafficHour.objects.bulk_create(
        TrafficHourFactory.build(hour=NOW - 3600 * number, requests=requests, **facts)
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
    hours(24)
    hours(24, service="billing")
    hours(24, environment="staging")

    assert measured.traffic(*HERE) == Traffic(per_hour=100, hours=24)


def test_an_hour_of_which_half_was_measured_counts_as_half():
    hours(4, requests=50, seconds=1800)
    hours(9, seconds=0, region="eu")

    assert measured.traffic(*HERE) == Traffic(per_hour=100, hours=2)


def test_regions_add_up_and_the_youngest_says_how_long_it_is_known():
    hours(24)
    hours(6, requests=10, region="eu")
    web("a", region="apac"), web("b", region="eu")

    assert measured.traffic(*HERE) == Traffic(per_hour=110, hours=6, unmeasured=("apac",))


def test_without_hours_it_is_unknown():
    web("a")
    assert measured.traffic(*HERE) == Traffic(unmeasured=("default",))


def test_what_is_older_than_a_week_does_not_count():
    hours(1)
    TrafficHourFactory(hour=NOW - 8 * 86_400, requests=1_000_000)

    assert measured.traffic(*HERE).per_hour == 100


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

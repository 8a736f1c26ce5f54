"""CloudWatch by moto's server, asked with boto3 through zdt's own HTTP client; it takes a while."""

import time

import pytest

from tests.core.factories import ProcessFactory
from tests.deploy.canary.sources.hostile import KEY
from tests.deploy.factories import DeploymentFactory
from zdt_core.metering import histogram
from zdt_deploy.canary.sources import Status, cloudwatch
from zdt_deploy.canary.sources.cloudwatch import CloudWatch, Metrics
from zdt_deploy.canary.sources.tally import ALL

pytestmark = [pytest.mark.django_db, pytest.mark.long]
NOW = int(time.time()) // 60 * 60 - 600
ASKED = {
    "latency": "Duration", "errors": "Errors", "bounds": (0.1, 1.0),
    "dimensions": {"Environment": "$environment", "Service": "$service"},
}  # fmt: skip
PLACE = {"Environment": "prod", "Service": "shop"}
OF = {**PLACE, "Release": "2.0", "Instance": "web-1"}


@pytest.fixture(scope="module")
def little_cloudwatch():
    """Moto takes a second to import, which the quick tests need not wait for."""
    from tests.deploy.canary.sources import little_cloudwatch

    return little_cloudwatch


@pytest.fixture(scope="module")
def address(little_cloudwatch):
    with little_cloudwatch.running() as address:
        yield address


@pytest.fixture(autouse=True)
def credentials(monkeypatch, settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA-trial")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", f"{KEY}-session")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="module")
def client(address):
    """What the site publishes with."""
    import boto3

    keys = {"aws_access_key_id": "AKIA-site", "aws_secret_access_key": "x"}
    return boto3.client("cloudwatch", region_name="eu-west-1", endpoint_url=address, **keys)


@pytest.fixture
def site(little_cloudwatch, address, client):
    """One that has published nothing yet."""
    little_cloudwatch.forget(address)
    return little_cloudwatch.Publisher(client)


@pytest.fixture
def source(site, address):
    DeploymentFactory(environment="prod")
    return made(site, address)


def made(site, address, **asked):
    metrics = Metrics(namespace=site.namespace, **{**ASKED, **asked})
    return CloudWatch(metrics, region="eu-west-1", endpoint=address)


def serve(site, second, durations, errors=0, **dimensions):
    whose = {**OF, **dimensions}
    whose = {name: value for name, value in whose.items() if value}
    site.put("Duration", second, durations, **whose)
    site.put("Errors", second, [errors], **whose)


def read(source, first=NOW, last=NOW):
    return source.read("prod", "shop", first, last)


def test_amounts_come_by_release_instance_and_window(site, source):
    serve(site, NOW + 1, [0.05] * 6 + [0.5] * 3 + [7], errors=1)
    serve(site, NOW + 65, [0.05] * 20)
    serve(site, NOW + 30, [0.05] * 4, Release="1.0", Instance="web-2")

    old, new, later = sorted(
        read(source, last=NOW + 60).samples, key=lambda each: (each.window, each.release)
    )

    assert (old.release, old.instance, old.requests) == ("1.0", "web-2", 4)
    assert (new.window, new.seconds, new.release, new.instance) == (NOW, 60, "2.0", "web-1")
    assert (new.requests, new.errors, new.problem) == (10, 1, "")
    assert (later.window, later.requests, later.errors) == (NOW + 60, 20, 0)
    assert histogram.percentile(new.latency, 0.5) <= 104 < histogram.percentile(new.latency, 0.8)


def test_a_release_whose_instances_are_not_told_apart_is_one(site, address):
    DeploymentFactory(environment="prod")
    serve(site, NOW, [0.05] * 6, Instance="")

    [found] = read(made(site, address, instance="")).samples

    assert (found.instance, found.requests) == (ALL, 6)


def test_counters_are_counted(site, address, source):
    serve(site, NOW, [0.05] * 6)
    site.put("Orders", NOW + 5, [2, 3], **OF)

    [found] = read(made(site, address, counters={"order_placed": "Orders"})).samples

    assert found.counters == {"order_placed": 5}


def test_an_instance_that_is_silent_is_absent(site, source):
    serve(site, NOW - 300, [0.05] * 6)

    assert read(source).status is Status.ABSENT


def test_a_new_release_of_which_nothing_is_told_is_unavailable_and_not_silent(site, source):
    serve(site, NOW, [0.05] * 6, Release="1.0")

    reading = read(source)

    assert reading.status is Status.UNAVAILABLE
    assert "no instance of 2.0 yet" in reading.reason


def test_an_old_release_of_which_nothing_is_told_any_more_is_absent(site, source):
    serve(site, NOW, [0.05] * 6)

    assert [each.release for each in read(source).samples] == ["2.0"]


def test_processes_of_the_fleet_are_asked_for_before_they_are_told(site, address, source):
    ProcessFactory(instance="web-9", release="2.0", service="shop", environment="prod")
    serve(site, NOW, [0.05] * 6, Release="1.0")

    reading = read(made(site, address, fleet="instance"))

    assert [each.release for each in reading.samples] == ["1.0"]


def test_more_instances_than_can_be_asked_for_are_unavailable(site, source, monkeypatch):
    monkeypatch.setattr(cloudwatch, "MOST_INSTANCES", 1)
    serve(site, NOW, [0.05])
    serve(site, NOW, [0.05], Instance="web-2")

    assert "has 2 instances" in read(source).reason


def test_many_queries_are_asked_in_parts(site, source, monkeypatch):
    monkeypatch.setattr(cloudwatch, "AT_ONCE", 3)
    serve(site, NOW, [0.05] * 3, errors=1)
    serve(site, NOW, [0.05] * 4, Release="1.0")

    assert sorted((s.release, s.requests, s.errors) for s in read(source).samples) == [
        ("1.0", 4, 0), ("2.0", 3, 1),
    ]  # fmt: skip


def test_no_errors_are_believed_of_a_metric_that_is_there(site, source):
    site.put("Duration", NOW, [0.05], **OF)
    site.put("Errors", NOW - 7200, [3], **OF)

    [found] = read(source).samples

    assert (found.errors, found.problem) == (0, "")


def test_no_errors_are_not_believed_of_a_metric_that_is_not_there(site, source):
    site.put("Duration", NOW, [0.05], **OF)
    site.put("Errors", NOW, [3], Service="shop")

    reading = read(source)

    assert reading.status is Status.UNAVAILABLE
    assert "no metric Errors" in reading.reason
    assert "Environment, Instance, Release, Service" in reading.reason


def test_windows_are_closed_by_our_clock(site, source):
    clock = source.time()

    assert clock.now - 180 < clock.until <= clock.now - 120

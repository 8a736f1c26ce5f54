"""CloudWatch by moto's server, asked with boto3 through zdt's own HTTP client."""

import sys
import time
from datetime import UTC, datetime

import boto3
import pytest

from tests.core.factories import ProcessFactory
from tests.core.outbound import servers
from tests.deploy.canary.sources import little_cloudwatch
from tests.deploy.canary.sources.hostile import ANSWERS, KEY, NO_COUNTS, keeps_quiet
from tests.deploy.factories import DeploymentFactory
from zdt_core.exceptions import ConfigurationError, Unavailable
from zdt_core.metering import histogram
from zdt_deploy.canary.sources import Status, asking, aws, cloudwatch
from zdt_deploy.canary.sources.cloudwatch import CloudWatch, Metrics
from zdt_deploy.canary.sources.tally import ALL

pytestmark = pytest.mark.django_db
NOW = int(time.time()) // 60 * 60 - 600
ASKED = {
    "latency": "Duration", "errors": "Errors", "bounds": (0.1, 1.0),
    "dimensions": {"Environment": "$environment", "Service": "$service"},
}  # fmt: skip
PLACE = {"Environment": "prod", "Service": "shop"}
OF = {**PLACE, "Release": "2.0", "Instance": "web-1"}


@pytest.fixture(scope="module")
def address():
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
    keys = {"aws_access_key_id": "AKIA-site", "aws_secret_access_key": "x"}
    return boto3.client("cloudwatch", region_name="eu-west-1", endpoint_url=address, **keys)


@pytest.fixture
def site(address, client):
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


# ---- wrong answers ----


@pytest.fixture(scope="module")
def listening():
    with servers.listening() as heard:
        yield heard


@pytest.fixture
def hostile(listening):
    """One address for all of them, as it takes a while to make a client for one."""
    listening.answers.clear()
    return listening


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_no_answer_is_unavailable_and_keys_stay_secret(hostile, name, caplog):
    caplog.set_level("DEBUG")
    DeploymentFactory(environment="prod")
    hostile.answer(*ANSWERS[name], Location="http://127.0.0.1:1/")
    source = CloudWatch(
        Metrics(namespace="Shop", **ASKED), region="eu-west-1", endpoint=hostile.url
    )

    reading = read(source)

    assert reading.status is Status.UNAVAILABLE
    assert keeps_quiet(source, reading.reason, caplog.text)


def test_an_answer_that_drips_is_given_up(monkeypatch):
    DeploymentFactory(environment="prod")
    monkeypatch.setattr(cloudwatch, "DEADLINE_SECONDS", 0.1)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n<"

    with servers.dripping(head) as (port, _thread):
        metrics = Metrics(namespace="Shop", **ASKED, instance="")
        source = CloudWatch(metrics, region="eu-west-1", endpoint=f"http://127.0.0.1:{port}")
        reading = read(source)

    assert reading.status is Status.UNAVAILABLE
    assert "0.1 s" in reading.reason


def test_an_address_that_may_not_be_called_is_unavailable(settings):
    settings.ZDT_OUTBOUND_ALLOW = []
    DeploymentFactory(environment="prod")
    metrics = Metrics(namespace="Shop", **ASKED, instance="")
    source = CloudWatch(metrics, region="eu-west-1", endpoint="http://127.0.0.1:9")

    with pytest.raises(Unavailable, match="ZDT_OUTBOUND_ALLOW"):
        source.samples("prod", "shop", NOW, NOW)


class Canned:
    """A client that answers without asking anybody."""

    def __init__(self, *pages):
        self.pages, self.asked = list(pages), []

    def get_metric_data(self, **asked):
        self.asked.append(asked)
        return self.pages.pop(0)


def result(values=(), **changes):
    return {
        "Id": "q0",
        "Timestamps": [],
        "Values": list(values),
        "StatusCode": "Complete",
        **changes,
    }


def answered(*pages):
    """What is read of these pages."""
    DeploymentFactory(environment="prod")
    metrics = Metrics(namespace="Shop", **ASKED, instance="")
    source = CloudWatch(metrics, region="eu-west-1", endpoint="http://127.0.0.1:9")
    source._client = Canned(*pages)
    return read(source)


def at(second):
    return datetime.fromtimestamp(second, UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {"MetricDataResults": [result(StatusCode="Forbidden")]},
        {"MetricDataResults": [result(StatusCode="InternalError")]},
        {"MetricDataResults": [result(StatusCode="PartialData")]},
        {"MetricDataResults": [result(StatusCode=None)]},
        {"MetricDataResults": [result(Id="q99")]},
        {"MetricDataResults": [result(Id=None)]},
        {"MetricDataResults": [result([1])]},
        {"MetricDataResults": [result([1], Timestamps=[at(NOW + 1)])]},
        {"MetricDataResults": [result([1], Timestamps=[at(NOW + 60)])]},
        {"MetricDataResults": [result([1], Timestamps=["now"])]},
        {"MetricDataResults": None},
        {},
        None,
    ],
)
def test_shapes_that_cloudwatch_does_not_have_are_unavailable(wrong):
    assert answered(wrong).status is Status.UNAVAILABLE


@pytest.mark.parametrize("value", [*NO_COUNTS, None], ids=repr)
def test_numbers_that_nothing_is_counted_by_are_unavailable(value):
    page = {"MetricDataResults": [result([value], Timestamps=[at(NOW)])]}

    assert answered(page).status is Status.UNAVAILABLE


def test_a_part_is_followed_by_the_rest():
    part = result([1], Timestamps=[at(NOW)], StatusCode="PartialData")
    errors = result([0], Timestamps=[at(NOW)], Id="q1")
    first = {"MetricDataResults": [part], "NextToken": "more"}

    reading = answered(first, {"MetricDataResults": [result(), errors]})

    assert reading.status is not Status.UNAVAILABLE


def test_pages_without_an_end_are_given_up(monkeypatch):
    monkeypatch.setattr("zdt_deploy.canary.sources.cloudwatch_talk.LONGEST_SECONDS", 0.0)

    assert "took longer" in answered({"MetricDataResults": [], "NextToken": "again"}).reason


def test_without_credentials_it_is_unavailable(monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    DeploymentFactory(environment="prod")
    metrics = Metrics(namespace="Shop", **ASKED, instance="")
    aws.client.cache_clear()
    source = CloudWatch(metrics, region="eu-west-1", endpoint="http://127.0.0.1:9")
    aws.client.cache_clear()

    assert "NoCredentialsError" in read(source).reason


def test_calls_have_the_deadline_of_all_calls_to_metric_servers():
    assert (cloudwatch.DEADLINE_SECONDS, cloudwatch.LARGEST_ANSWER) == (
        asking.DEADLINE_SECONDS, asking.LARGEST_ANSWER,
    )  # fmt: skip


# ---- the setting ----


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"dimensions": {"Env": "$env"}}, r"dimensions\['Env'\] names \$env; known here"),
        ({"dimensions": {"Release": "2.0"}}, "name the release's"),
        ({"latency": "Duration$environment"}, "known here: none"),
        ({"errors": ""}, "errors is a text"),
        ({"counters": {"paid": None}}, r"counters\['paid'\] is a text"),
        ({"fleet": "pod"}, "'instance' or 'host'"),
        ({"bounds": ()}, "bounds are missing"),
        ({"bounds": ("x",)}, "bounds is a number"),
        ({"per_second": -1}, "per_second is a number"),
    ],
)
def test_metrics_that_cannot_be_right_are_refused_with_what_is_known(change, why):
    with pytest.raises(ConfigurationError, match=why):
        Metrics(namespace="Shop", **{**ASKED, **change})


def test_windows_are_whole_minutes():
    with pytest.raises(ConfigurationError, match="multiple of 60"):
        CloudWatch(Metrics(namespace="Shop", **ASKED), region="eu-west-1", seconds=30)


def test_without_boto3_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)

    with pytest.raises(ConfigurationError, match=r"django-zdt\[aws\]"):
        CloudWatch(Metrics(namespace="Shop", **ASKED), region="eu-west-1")

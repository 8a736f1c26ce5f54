"""What is made of CloudWatch's answers, good and bad; moto's are in test_cloudwatch_served."""

import sys
import time
from datetime import UTC, datetime

import pytest

from tests.core.outbound import servers
from tests.deploy.canary.sources.hostile import ANSWERS, KEY, NO_COUNTS, keeps_quiet
from tests.deploy.factories import DeploymentFactory
from zdt_core.exceptions import ConfigurationError, Unavailable
from zdt_deploy.canary.sources import Status, asking, aws, cloudwatch
from zdt_deploy.canary.sources.cloudwatch import CloudWatch, Metrics

pytestmark = pytest.mark.django_db
NOW = int(time.time()) // 60 * 60 - 600
ASKED = {
    "latency": "Duration", "errors": "Errors", "bounds": (0.1, 1.0),
    "dimensions": {"Environment": "$environment", "Service": "$service"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def credentials(monkeypatch, settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA-trial")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", f"{KEY}-session")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def read(source):
    return source.read("prod", "shop", NOW, NOW)


class Canned:
    """A client that answers without asking anybody: pages, else what it has by statistic."""

    def __init__(self, *pages, has=None):
        self.pages, self.has, self.asked = list(pages), has, []

    def list_metrics(self, **asked):
        names = {each["Name"]: each.get("Value", "web-1") for each in asked["Dimensions"]}
        dimensions = [{"Name": name, "Value": value} for name, value in names.items()]
        return {"Metrics": [{"MetricName": asked["MetricName"], "Dimensions": dimensions}]}

    def get_metric_data(self, **asked):
        """What no page has is answered with no value on the last one."""
        self.asked.append(asked)
        if self.has is None:
            page = self.pages.pop(0)
            return page if self.pages else self._with_the_rest(page, asked["MetricDataQueries"])
        return {"MetricDataResults": [
            result([self.has[query["MetricStat"]["Stat"]]], Id=query["Id"], Timestamps=[at(NOW)])
            for query in asked["MetricDataQueries"]
        ]}  # fmt: skip

    def _with_the_rest(self, page, queries):
        if not page or not page.get("MetricDataResults"):
            return page
        told = {each["Id"] for each in page["MetricDataResults"]}
        rest = [result(Id=each["Id"]) for each in queries if each["Id"] not in told]
        return {**page, "MetricDataResults": [*page["MetricDataResults"], *rest]}


def test_amounts_are_those_of_each_instance_that_is_told():
    DeploymentFactory(environment="prod")
    source = CloudWatch(
        Metrics(namespace="Shop", **ASKED), region="eu-west-1", endpoint="http://127.0.0.1:9"
    )
    source._client = Canned(has={"SampleCount": 3.0, "Sum": 1, "TC(:0.1)": 2, "TC(:1)": 3})

    old, new = source.samples("prod", "shop", NOW, NOW)

    assert (old.release, new.release, new.instance) == ("1.0", "2.0", "web-1")
    assert (new.window, new.requests, new.errors, new.problem) == (NOW, 3, 1, "")
    metric = source._client.asked[0]["MetricDataQueries"][0]["MetricStat"]["Metric"]
    assert {each["Name"]: each["Value"] for each in metric["Dimensions"]} == {
        "Environment": "prod", "Service": "shop", "Release": "1.0", "Instance": "web-1",
    }  # fmt: skip


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
        {"MetricDataResults": [result([1, 1], Timestamps=[at(NOW), at(NOW)])]},
        {"MetricDataResults": [result()], "Messages": [{"Code": "Too", "Value": "many metrics"}]},
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


def test_queries_that_are_left_out_are_no_zeros():
    DeploymentFactory(environment="prod")
    source = CloudWatch(
        Metrics(namespace="Shop", **ASKED, instance=""), region="eu-west-1",
        endpoint="http://127.0.0.1:9",
    )  # fmt: skip
    source._client = Canned(has={"SampleCount": 3.0, "Sum": 1, "TC(:0.1)": 2, "TC(:1)": 3})
    whole = source._client.get_metric_data
    source._client.get_metric_data = lambda **asked: {
        "MetricDataResults": [
            each for each in whole(**asked)["MetricDataResults"] if each["Id"] != "q1"
        ]
    }

    assert "a part of its answer" in read(source).reason


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

"""Datadog's two APIs by a small server of our own, which reads the queries it gets."""

import json
import time

import pytest

from tests.deploy.canary.sources import little_datadog
from tests.deploy.canary.sources.hostile import ANSWERS, KEY, NO_COUNTS, keeps_quiet
from tests.deploy.factories import DeploymentFactory
from zdt_core.exceptions import ConfigurationError, Unavailable
from zdt_core.metering import histogram
from zdt_deploy.canary.sources import Status
from zdt_deploy.canary.sources.datadog import Datadog, Queries
from zdt_deploy.canary.sources.tally import ALL

pytestmark = pytest.mark.django_db
WHERE = "{env:$environment,service:$service} by {version,host}.as_count()"
ASKED = {
    "requests": f"count:shop.duration{WHERE}",
    "errors": f"sum:shop.errors{WHERE}",
    "latency": f"count(v: v<=$bound):shop.duration{WHERE}",
    "bounds": (0.1, 1.0),
}
QUERIES = Queries(**ASKED)
PLACE = {"env": "prod", "service": "shop"}
OF = {**PLACE, "version": "2.0", "host": "web-1"}


@pytest.fixture(scope="module")
def running():
    with little_datadog.running() as datadog:
        yield datadog


@pytest.fixture
def server(running, settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    running.forget()
    running.keys = {"DD-API-KEY": KEY, "DD-APPLICATION-KEY": f"{KEY}-too"}
    return running


@pytest.fixture(params=["v1", "v2"])
def source(server, request):
    return made(server, api=request.param)


def made(server, queries=QUERIES, **options):
    return Datadog(queries, api_key=KEY, app_key=f"{KEY}-too", url=server.url, **options)


def serve(server, second, durations, errors=0, **tags):
    server.submit("shop.duration", second, durations, **{**OF, **tags})
    server.submit("shop.errors", second, [errors], **{**OF, **tags})


def only(source, first=600, last=600):
    [found] = source.read("prod", "shop", first, last).samples
    return found


def test_amounts_come_by_release_instance_and_window(server, source):
    serve(server, 601, [0.05] * 6 + [0.5] * 3 + [7], errors=1)
    serve(server, 665, [0.05] * 20)
    serve(server, 630, [0.05] * 4, version="1.0", host="web-2")

    old, new, later = sorted(
        source.read("prod", "shop", 600, 660).samples, key=lambda each: (each.window, each.release)
    )

    assert (old.release, old.instance, old.requests) == ("1.0", "web-2", 4)
    assert (new.window, new.seconds, new.release, new.instance) == (600, 60, "2.0", "web-1")
    assert (new.requests, new.errors, new.problem) == (10, 1, "")
    assert (later.window, later.requests, later.errors) == (660, 20, 0)
    assert sum(new.latency.values()) == 10
    assert histogram.percentile(new.latency, 0.5) <= 104 < histogram.percentile(new.latency, 0.8)


def test_windows_of_other_lengths_are_asked_for(server, source):
    source.seconds = 30
    serve(server, 601, [0.05] * 6)
    serve(server, 632, [0.05] * 5)

    assert [(each.window, each.requests) for each in source.samples("prod", "shop", 600, 630)] == [
        (600, 6), (630, 5),
    ]  # fmt: skip


def test_value_zero_and_absent_are_told_apart(server, source):
    assert source.read("prod", "shop", 600, 600).status is Status.ABSENT
    serve(server, 601, [])
    assert source.read("prod", "shop", 600, 600).status is Status.ZERO
    serve(server, 602, [0.05])
    assert source.read("prod", "shop", 600, 600).status is Status.VALUE
    assert source.read("prod", "shop", 660, 660).status is Status.ABSENT


def test_counters_are_counted(server):
    server.submit("orders", 610, [2, 3], **OF)
    serve(server, 601, [0.05] * 6)
    source = made(server, Queries(**ASKED, counters={"order_placed": f"sum:orders{WHERE}"}))

    assert only(source).counters == {"order_placed": 5}


def test_a_release_whose_instances_are_not_told_apart_is_one(server):
    serve(server, 601, [0.05] * 2)
    serve(server, 601, [0.05] * 3, host="web-2")
    alone = {name: text.replace("version,host", "version") if name != "bounds" else text
             for name, text in ASKED.items()}  # fmt: skip

    found = only(made(server, Queries(**alone, instance="")))

    assert (found.instance, found.requests) == (ALL, 5)


def test_distributions_in_milliseconds_are_asked_in_milliseconds(server):
    serve(server, 601, [50] * 6 + [500] * 3)

    found = only(made(server, Queries(**ASKED, per_second=1000)))

    assert histogram.percentile(found.latency, 0.5) <= 104 < histogram.percentile(found.latency, 1)


def test_releases_are_found_as_datadog_writes_them(server, source):
    DeploymentFactory(environment="prod", version="2.0-RC+1")
    serve(server, 601, [0.05], version="2.0-rc_1")

    assert only(source).release == "2.0-RC+1"


def test_the_keys_go_where_they_belong(server, source):
    source.read("prod", "shop", 600, 600)

    headers = server.requests[0][2]
    assert (headers["DD-API-KEY"], headers["DD-APPLICATION-KEY"]) == (KEY, f"{KEY}-too")
    assert KEY not in server.requests[0][1] + str(server.requests[0][3])


def test_windows_are_closed_by_our_clock():
    source = Datadog(QUERIES, api_key=KEY, app_key=KEY, delay=60)

    clock = source.time()

    assert abs(clock.now - time.time()) < 60
    assert clock.now - 120 < clock.until <= clock.now - 60


# ---- nobody reported an error ----


def test_no_errors_are_believed_of_a_metric_that_is_there(server, source):
    server.submit("shop.duration", 601, [0.05], **OF)
    server.submit("shop.errors", 1, [3], **OF)

    assert only(source).errors == 0
    assert server.requests[-1][1] == "/api/v2/metrics/shop.errors/all-tags"


def test_no_errors_are_not_believed_of_a_metric_that_is_not_there(server, source):
    server.submit("shop.duration", 601, [0.05], **OF)

    reading = source.read("prod", "shop", 600, 600)

    assert reading.status is Status.UNAVAILABLE
    assert "no metric shop.errors" in reading.reason


def test_no_errors_are_not_believed_of_tags_that_are_not_there(server, source):
    server.submit("shop.duration", 601, [0.05], **OF)
    server.submit("shop.errors", 601, [3], environment="prod", service="shop")

    reading = source.read("prod", "shop", 600, 600)

    assert reading.status is Status.UNAVAILABLE
    assert "shop.errors has no tag env; it has environment, service" in reading.reason


def test_tags_that_are_told_tell_no_key(server, source):
    server.submit("shop.duration", 601, [0.05], **OF)
    server.submit("shop.errors", 601, [3], **{KEY: "x"})

    reading = source.read("prod", "shop", 600, 600)

    assert "has no tag" in reading.reason
    assert keeps_quiet(source, reading.reason)


def test_no_errors_are_not_believed_where_nobody_may_look(server, source):
    server.submit("shop.duration", 601, [0.05], **OF)
    server.metrics_read = False

    assert "metrics_read" in source.read("prod", "shop", 600, 600).reason


# ---- wrong answers ----


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_no_answer_is_unavailable_and_keys_stay_secret(server, source, name, caplog):
    caplog.set_level("DEBUG")
    server.answer = ANSWERS[name]

    reading = source.read("prod", "shop", 600, 660)

    assert reading.status is Status.UNAVAILABLE
    assert keeps_quiet(source, reading.reason, caplog.text)


def v1(**changes):
    series = {
        "query_index": 0, "interval": 60, "pointlist": [[600_000, 3]],
        "tag_set": ["version:2.0", "host:a"], **changes,
    }  # fmt: skip
    return {"status": "ok", "series": [series]}


def v2(times=(600_000,), values=((3,),), **changes):
    series = {"query_index": 0, "group_tags": ["version:2.0", "host:a"], **changes}
    found = {"series": [series], "times": list(times), "values": list(map(list, values))}
    return {"data": {"attributes": found}}


WRONG = {
    "v1": [
        v1(query_index=99), v1(query_index=-1), v1(query_index=None), v1(interval=300),
        v1(pointlist=[[600_500, 3]]), v1(pointlist=[[630_000, 3]]), v1(pointlist=[["x", 3]]),
        v1(pointlist=[[600_000]]), v1(pointlist=None), v1(tag_set=["version:2.0"]),
        v1(pointlist=[[600_000, 3], [600_000, 3]]), v1(tag_set=None),
        {"status": "error", "error": "no"}, {"status": "ok", "series": None},
    ],
    "v2": [
        v2(query_index=99), v2(query_index=-1), v2(times=[630_000]), v2(times=[600_000.5]),
        v2(times=["x"]), v2(values=[[3, 4]]), v2(values=[[3], [4]]), v2(group_tags=["host:a"]),
        v2(group_tags=None), {"errors": ["no"]}, {"data": {"attributes": {"series": []}}},
    ],
}  # fmt: skip


@pytest.mark.parametrize(("api", "answer"), [(api, each) for api in WRONG for each in WRONG[api]])
def test_shapes_that_datadog_does_not_have_are_unavailable(server, api, answer):
    server.answer = 200, answer

    assert made(server, api=api).read("prod", "shop", 600, 660).status is Status.UNAVAILABLE


def test_a_series_that_is_there_twice_is_not_counted_twice(server):
    once = v2()["data"]["attributes"]
    twice = {**once, "series": once["series"] * 2, "values": once["values"] * 2}
    server.answer = 200, {"data": {"attributes": twice}}

    assert "a series twice" in made(server, api="v2").read("prod", "shop", 600, 660).reason


@pytest.mark.parametrize("value", NO_COUNTS, ids=repr)
def test_numbers_that_nothing_is_counted_by_are_unavailable(server, value):
    for api, answer in (("v1", v1(pointlist=[[600_000, value]])), ("v2", v2(values=[[value]]))):
        server.answer = 200, json.dumps(answer).encode()

        assert made(server, api=api).read("prod", "shop", 600, 660).status is Status.UNAVAILABLE


def test_points_that_are_null_are_not_there(server):
    for api, answer in (("v1", v1(pointlist=[[600_000, None]])), ("v2", v2(values=[[None]]))):
        server.answer = 200, answer

        assert made(server, api=api).read("prod", "shop", 600, 660).status is Status.ABSENT


def test_a_latency_of_which_a_part_is_missing_is_a_problem(server, source, monkeypatch):
    serve(server, 601, [0.05] * 9)
    group = server._groups
    monkeypatch.setattr(
        server, "_groups", lambda query, *when: {} if query["bound"] == "1" else group(query, *when)
    )

    assert only(source).problem == "latency_incomplete"


def test_a_server_that_is_not_there_is_unavailable(settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    source = Datadog(QUERIES, api_key=KEY, app_key=KEY, url="http://127.0.0.1:9")

    assert source.read("prod", "shop", 600, 600).status is Status.UNAVAILABLE


def test_an_address_that_may_not_be_called_is_unavailable():
    source = Datadog(QUERIES, api_key=KEY, app_key=KEY, url="http://127.0.0.1:9")

    with pytest.raises(Unavailable, match="ZDT_OUTBOUND_ALLOW"):
        source.samples("prod", "shop", 600, 600)


# ---- the setting ----


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"errors": "sum:e{env:$env} by {version,host}.as_count()"}, r"names \$env; known here"),
        ({"errors": "sum:e{a:b} by {version}.as_count()"}, r"is by {version}.*by {host,version}"),
        ({"errors": "sum:e{a:b} by {version,host,pod}.as_count()"}, "host,pod,version"),
        ({"errors": "sum:e{a:b} by {version,host}"}, r"ends with .as_count\(\)"),
        ({"errors": "sum:e{a:b} by {version,host}.as_count().rollup(sum, 9)"}, "nothing else"),
        ({"errors": "sum:e{a:b} by {version,host}.as_rate()"}, "as_count"),
        ({"errors": "shop.errors"}, "errors is a query such as"),
        ({"errors": 7}, "errors is a text"),
        ({"requests": "count:d{a:$bound} by {version,host}.as_count()"}, r"names \$bound"),
        ({"latency": "p95:d{a:b} by {version,host}.as_count()"}, r"names no \$bound"),
        ({"counters": {"paid": "paid"}}, r"counters\['paid'\] is a query"),
        ({"bounds": ()}, "bounds are missing"),
        ({"bounds": (0.1, -1)}, "bounds is a number above 0"),
        ({"per_second": 0}, "per_second is a number"),
    ],
)
def test_queries_that_cannot_be_right_are_refused_with_what_is_known(change, why):
    with pytest.raises(ConfigurationError, match=why):
        Queries(**{**ASKED, **change})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seconds": 45}, "multiple of 10"),
        ({"seconds": 0}, "multiple of 10"),
        ({"api": "v3"}, "'v2' or 'v1'"),
        ({"app_key": ""}, "both needed"),
        ({"delay": -1}, "delay is a number"),
    ],
)
def test_options_that_cannot_be_right_are_refused(change, why):
    with pytest.raises(ConfigurationError, match=why):
        Datadog(QUERIES, **{"api_key": KEY, "app_key": KEY, **change})

"""What is made of a Prometheus server's answers, good and bad; the real one is in tests/system."""

import json
import time
from base64 import b64decode
from urllib.parse import parse_qs

import pytest

from tests.core.outbound import servers
from tests.deploy.canary.sources.hostile import ANSWERS, KEY, keeps_quiet
from zdt_core.exceptions import ConfigurationError, Unavailable
from zdt_deploy.canary.sources import Status, asking
from zdt_deploy.canary.sources.prometheus import Prometheus, Queries

LATENCY = 'latency_bucket{env="$environment",service="$service"}'
QUERIES = Queries(LATENCY, errors='requests{code=~"5..",service="$service"}')


@pytest.fixture
def server(settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with servers.listening() as heard:
        yield heard


@pytest.fixture
def source(server):
    return Prometheus(server.url + "/", QUERIES, seconds=60, delay=30, token=KEY)


def says(server, *results, status=200, kind="matrix"):
    for result in results:
        data = {"status": "success", "data": {"resultType": kind, "result": result}}
        server.answer(status, json.dumps(data).encode())


def has_labels(server, *names):
    server.answer(200, json.dumps({"status": "success", "data": ["__name__", *names]}).encode())


def series(values, **labels):
    """``values`` at the ends of windows from 300 s before minute 600 on."""
    return {
        "metric": labels,
        "values": [[300 + 60 * n, str(value)] for n, value in enumerate(values)],
    }


def asked(server):
    return [parse_qs(body.decode()) for _method, _path, _headers, body in server.requests]


UP = [series([1] * 8, instance="10.0.0.1:8000")]
OF = {"release": "2.0", "instance": "10.0.0.1:8000"}
TEN_MORE = [0, 0, 0, 0, 0, 0, 10, 30]


def test_windows_come_from_differences_of_raw_counters(server, source):
    latency = [series(TEN_MORE, le=bound, **OF) for bound in ("0.1", "+Inf")]
    says(server, UP, latency, [series([2, 2, 2, 2, 2, 2, 3, 3], **OF)])

    first, second = source.samples("prod", "shop", 600, 660)

    assert (first.window, first.seconds, first.release) == (600, 60, "2.0")
    assert (first.requests, first.errors) == (10, 1)
    assert (second.window, second.requests, second.errors) == (660, 20, 0)


def test_it_asks_for_a_few_windows_before_and_puts_the_place_into_the_query(server, source):
    says(server, UP, [], [])

    assert list(source.samples('pr"od', "shop", 600, 660)) == []

    up, latency, errors = asked(server)
    assert up["query"] == ["up"]
    assert latency["query"] == ['latency_bucket{env="pr\\"od",service="shop"}']
    assert (errors["start"], errors["end"], errors["step"]) == (["300"], ["720"], ["60"])
    assert server.requests[0][1] == "/api/v1/query_range"
    assert server.requests[0][2]["Authorization"] == f"Bearer {KEY}"


def test_a_window_is_closed_some_time_after_its_end(server, source):
    now = time.time() + 7
    says(server, [now, repr(now)], kind="scalar")

    clock = source.clock()

    assert (clock.now, clock.seconds) == (now, 60)
    assert clock.now - 90 < clock.until <= clock.now - 30


@pytest.mark.parametrize("now", ["NaN", "+Inf", "1e300", "-5", "0", "1000000", "", None, {}])
def test_a_time_that_cannot_be_one_is_none(server, source, now):
    says(server, [1, now], kind="scalar")

    with pytest.raises(Unavailable):
        source.time()


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_no_answer_is_unavailable_and_the_token_stays_secret(server, source, name, caplog):
    caplog.set_level("DEBUG")
    server.answer(*ANSWERS[name], Location="http://127.0.0.1:1/")

    reading = source.read("prod", "shop", 600, 660)

    assert reading.status is Status.UNAVAILABLE
    assert keeps_quiet(source, reading.reason, caplog.text)
    with pytest.raises(Unavailable):
        source.time()


@pytest.mark.parametrize(
    "data",
    [
        {"resultType": "vector", "result": []},
        {"resultType": "matrix", "result": [{}]},
        {"resultType": "matrix", "result": 7},
        {"resultType": "matrix", "result": [{"metric": {}, "values": [[1]]}]},
        {"resultType": "matrix", "result": [{"metric": {}, "values": [["NaN", "1"]]}]},
        {"resultType": "matrix", "result": [{"metric": [], "values": []}]},
    ],
)
def test_shapes_that_prometheus_does_not_have_are_unavailable(server, source, data):
    server.answer(200, json.dumps({"status": "success", "data": data}).encode())

    assert source.read("prod", "shop", 600, 660).status is Status.UNAVAILABLE


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "success", "warnings": [f"no store at http://ada:{KEY}@b"]},
        {"status": "error"},
        {"status": None},
    ],
)
def test_an_answer_that_is_not_whole_is_none(server, source, answer):
    """Thanos and Mimir answer without what a store of theirs has, and only warn."""
    answer["data"] = {"resultType": "matrix", "result": UP}
    server.answer(200, json.dumps(answer).encode())

    reading = source.read("prod", "shop", 600, 660)

    assert reading.status is Status.UNAVAILABLE
    assert keeps_quiet(source, reading.reason)


def test_a_series_that_is_there_twice_is_not_counted_twice(server, source):
    latency = [series(TEN_MORE, le="+Inf", **OF)]
    says(server, UP, latency * 2, latency)

    assert "a series twice" in source.read("prod", "shop", 600, 660).reason


def test_an_answer_that_drips_is_given_up(settings, monkeypatch):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    monkeypatch.setattr(asking, "DEADLINE_SECONDS", 0.1)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"

    with servers.dripping(head) as (port, _thread):
        reading = Prometheus(f"http://127.0.0.1:{port}", QUERIES).read("prod", "shop", 0, 60)

    assert reading.status is Status.UNAVAILABLE
    assert "0.1 s" in reading.reason


def test_what_an_address_carries_is_told_to_nobody(server, caplog):
    caplog.set_level("DEBUG")
    url = server.url.replace("//", f"//ada:{KEY}%21@")
    server.answer(401, json.dumps({"error": f"no {KEY}! here"}).encode())
    source = Prometheus(url, QUERIES)

    reading = source.read("prod", "shop", 600, 660)

    assert "does not take the key" in reading.reason
    assert keeps_quiet(source, reading.reason, caplog.text)
    sent = server.requests[0][2]["Authorization"]
    assert b64decode(sent.removeprefix("Basic ")).decode() == f"ada:{KEY}!"
    server.answers.clear()
    server.answer(400, json.dumps({"error": f"what is {sent}?"}).encode())
    assert "what is …?" in source.read("prod", "shop", 600, 660).reason


@pytest.mark.parametrize(
    "url", ["", "prometheus:9090", "ftp://p", "http://p/?a=b", None, 7, "http://["]
)
def test_addresses_are_addresses(url):
    with pytest.raises(ConfigurationError, match="url is an http"):
        Prometheus(url, QUERIES)


def test_without_a_word_on_who_could_be_scraped_it_is_unavailable(server, source):
    says(server, [], [series(TEN_MORE, le="+Inf", **OF)])

    with pytest.raises(Unavailable, match="nothing for the query “up”"):
        source.samples("prod", "shop", 600, 660)


def test_no_errors_are_believed_of_a_metric_that_is_there(server, source):
    says(server, UP, [series(TEN_MORE, le="+Inf", **OF)], [])
    has_labels(server, "code", "service", "release")

    assert [sample.errors for sample in source.samples("prod", "shop", 600, 660)] == [0, 0]
    assert asked(server)[-1] == {"match[]": ["requests"]}


def test_no_errors_are_not_believed_of_a_metric_that_is_not_there(server, source):
    says(server, UP, [series(TEN_MORE, le="+Inf", **OF)], [])
    server.answer(200, b'{"status": "success", "data": []}')

    with pytest.raises(Unavailable, match="has no metric requests"):
        source.samples("prod", "shop", 600, 660)


def test_no_errors_are_not_believed_of_labels_that_are_not_there(server, source):
    says(server, UP, [series(TEN_MORE, le="+Inf", **OF)], [])
    has_labels(server, "status", "service")

    with pytest.raises(Unavailable, match="requests has no label code; it has service, status"):
        source.samples("prod", "shop", 600, 660)


def test_an_instance_of_which_nobody_knows_whether_it_could_be_scraped_is_a_problem(server, source):
    both = [series([1] * 8, instance="a"), series([1] * 7 + ["NaN"], instance="b")]
    latency = [series(TEN_MORE, le="+Inf", release="2.0", instance=name) for name in "ab"]
    says(server, both, latency, latency[:0])
    has_labels(server, "code", "service")

    found = source.samples("prod", "shop", 660, 660)

    assert [sample.problem for sample in found] == ["", "instance_unseen"]


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-1", "lots"])
def test_numbers_that_no_counter_has_are_unavailable(server, source, value):
    latency = [series([0, 0, 0, 0, 0, 0, value, 30], le="+Inf", **OF)]
    says(server, UP, latency, [])

    with pytest.raises(Unavailable, match="cannot be read"):
        list(source.samples("prod", "shop", 600, 660))


def test_labels_that_are_not_there_are_unavailable_and_named(server, source):
    says(server, UP, [series(TEN_MORE, le="+Inf", version="2.0", instance="a")])

    with pytest.raises(Unavailable, match="release"):
        list(source.samples("prod", "shop", 600, 660))


def test_what_prometheus_says_is_wrong_is_told(server, source):
    server.answer(400, b'{"status": "error", "error": "parse error: no such thing"}')

    with pytest.raises(Unavailable, match=r"status 400: parse error: no such thing"):
        source.clock()


def test_a_server_that_is_not_there_is_unavailable(settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]

    with pytest.raises(Unavailable):
        Prometheus("http://127.0.0.1:9", QUERIES).clock()


def test_an_address_that_may_not_be_called_is_unavailable(settings):
    settings.ZDT_OUTBOUND_ALLOW = []

    with pytest.raises(Unavailable):
        Prometheus("http://127.0.0.1:9", QUERIES).clock()


@pytest.mark.parametrize("asked", [{"seconds": 0}, {"seconds": 7.5}, {"delay": -1}, {"delay": "x"}])
def test_times_are_times(asked):
    with pytest.raises(ConfigurationError, match=next(iter(asked))):
        Prometheus("http://p", QUERIES, **asked)


def test_labels_are_labels():
    with pytest.raises(ConfigurationError, match="no label"):
        Queries(LATENCY, "e", release='a"b')

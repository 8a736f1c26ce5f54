"""What is made of a Prometheus server's answers, good and bad; the real one is in tests/system."""

import json
from urllib.parse import parse_qs

import pytest

from tests.core.outbound import servers
from zdt_core.exceptions import ConfigurationError, Unavailable
from zdt_deploy.canary.sources.prometheus import LONGEST_NAME, Prometheus, Queries, named

LATENCY = 'latency_bucket{env="$environment",service="$service"}'
QUERIES = Queries(LATENCY, errors='requests{code=~"5..",service="$service"}')


@pytest.fixture
def server(settings):
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with servers.listening() as heard:
        yield heard


@pytest.fixture
def source(server):
    return Prometheus(server.url + "/", QUERIES, seconds=60, delay=30, token="hush")


def says(server, *results, status=200, kind="matrix"):
    for result in results:
        data = {"status": "success", "data": {"resultType": kind, "result": result}}
        server.answer(status, json.dumps(data).encode())


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
    assert server.requests[0][2]["Authorization"] == "Bearer hush"


def test_a_window_is_closed_some_time_after_its_end(server, source):
    says(server, [1_000_000.5, "999995"], kind="scalar")

    clock = source.clock()

    assert (clock.now, clock.seconds) == (999_995.0, 60)
    assert clock.until <= clock.now - 30


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>a proxy's page</html>"),
        (200, b'{"status": "success"}'),
        (200, b'{"status": "success", "data": 5}'),
        (200, b'{"status": "success", "data": {"resultType": "vector", "result": []}}'),
        (200, b'{"status": "success", "data": {"resultType": "matrix", "result": [{}]}}'),
        (200, b'{"status": "success", "data": {"resultType": "matrix", "result": 7}}'),
        (200, b"\xff\xfe"),
        (400, b'{"status": "error", "error": "parse error: unexpected }"}'),
        (503, b"busy"),
        (302, b""),
    ],
)
def test_what_is_no_answer_of_prometheus_is_unavailable(server, source, status, body):
    server.answer(status, body, Location="http://127.0.0.1:1/")

    with pytest.raises(Unavailable) as caught:
        list(source.samples("prod", "shop", 600, 660))

    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-1", "lots"])
def test_numbers_that_no_counter_has_are_unavailable(server, source, value):
    latency = [series([0, 0, 0, 0, 0, 0, value, 30], le="+Inf", **OF)]
    says(server, UP, latency, [])

    with pytest.raises(Unavailable, match="cannot be read"):
        list(source.samples("prod", "shop", 600, 660))


def test_labels_that_are_not_there_are_unavailable_and_named(server, source):
    says(server, UP, [series(TEN_MORE, le="+Inf", version="2.0", instance="a")], [])

    with pytest.raises(Unavailable, match="release"):
        list(source.samples("prod", "shop", 600, 660))


def test_an_answer_larger_than_any_is_cut_off(server, source, monkeypatch):
    monkeypatch.setattr("zdt_deploy.canary.sources.prometheus.LARGEST_ANSWER", 1000)
    server.answer(200, b"x" * 5000)

    with pytest.raises(Unavailable):
        source.clock()


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


def test_labels_are_labels():
    with pytest.raises(ConfigurationError, match="no label"):
        Queries(LATENCY, "e", release='a"b')


def test_names_of_instances_are_short_the_same_each_time_and_differ():
    assert named("web-1") == "web-1"
    addresses = ["10.0.0.1:8000", "10.0.0.1:8001", "[::1]:80", "x" * 300, "ä", ""]

    names = [named(each) for each in addresses]

    assert len(set(names)) == len(addresses)
    assert all(0 < len(name) <= LONGEST_NAME for name in names)
    assert names == [named(each) for each in addresses]

"""The traffic of an hour is kept once it has ended, by each region for itself."""

import secrets
import time

import pytest

from tests.core.factories import ProcessFactory
from tests.deploy.factories import TrafficHourFactory
from zdt_core import fast_copy
from zdt_core.metering import keys, source
from zdt_core.metering.samples import Sample
from zdt_deploy.costs import hours
from zdt_deploy.costs.models import TrafficHour

pytestmark = pytest.mark.django_db
NOON = int(time.time()) // 3600 * 3600


class Redis:
    """The samples of services, and the newest closed window."""

    def __init__(self):
        self.newest, self.samples, self.asked = NOON, {}, []

    def read(self, environment, region, service, first, last):
        self.asked.append((environment, region, service, first, last))
        return self.samples.get(service, [])


@pytest.fixture
def redis(monkeypatch):
    redis = Redis()
    monkeypatch.setattr(source, "clock", lambda: (redis.newest + 20.0, redis.newest))
    monkeypatch.setattr(source, "read", redis.read)
    return redis


def sample(number, requests=10, instance="web-1", problem=""):
    """That of the hour's window of this number."""
    window = NOON - 3600 + 10 * number
    return Sample(window, 10, "1.0", instance, requests=requests, problem=problem)


def kept():
    return list(
        TrafficHour.objects.order_by("service").values_list("service", "requests", "seconds")
    )


def test_an_hour_that_has_ended_is_kept_once_for_each_service(redis):
    for service in ("shop", "billing"):
        ProcessFactory(service=service)
    redis.samples["shop"] = [sample(n, instance=i) for n in range(360) for i in ("web-1", "web-2")]

    assert (hours.keep(), hours.keep()) == (2, 0)
    assert kept() == [("billing", 0, 0), ("shop", 7200, 3600)]
    assert redis.asked == [
        ("test", "default", service, NOON - 3600, NOON - 10) for service in ("billing", "shop")
    ]


def test_it_is_what_processes_flushed(monkeypatch):
    monkeypatch.setattr(source, "clock", lambda: (NOON + 20.0, NOON))
    service = f"t{secrets.token_hex(6)}"
    ProcessFactory(service=service)
    prefix, client = keys.prefix("test", "default", service), fast_copy.client()
    for window in (NOON - 3610, NOON - 3600, NOON - 10, NOON):
        client.sadd(keys.members(prefix, window), "1.0:web-1")
        counts = {"s": 10, "n": 5, "e": 1, "m": 0, "h57": 5}
        client.hset(keys.window(prefix, window, "1.0:web-1"), mapping=counts)
    hours.keep()

    assert kept() == [(service, 10, 20)]


def test_windows_that_nobody_reported_or_that_cannot_be_true_are_no_time(redis):
    ProcessFactory()
    redis.samples["shop"] = [
        sample(0), sample(1, requests=0), sample(2), sample(2, instance="web-2", problem="x"),
    ]  # fmt: skip
    hours.keep()

    assert kept() == [("shop", 10, 20)]


def test_an_hour_that_goes_on_is_left_for_later(redis):
    ProcessFactory()
    redis.newest = NOON - 20
    hours.keep()

    assert redis.asked[0][3] == NOON - 7200


def test_other_regions_environments_and_the_dead_are_left_to_others(redis):
    ProcessFactory(region="eu"), ProcessFactory(environment="staging")
    ProcessFactory.seen(3600), ProcessFactory(role="worker")

    assert hours.keep() == 0


def test_a_week_is_kept():
    now = int(time.time())
    for days in (6, 8):
        TrafficHourFactory(hour=now - days * 86_400)

    assert hours.forget_old() == 1


@pytest.mark.parametrize(("role", "count"), [("web", 0), ("worker", 1), ("ticker", 1)])
def test_a_worker_or_ticker_of_the_region_does_it(redis, monkeypatch, role, count):
    ProcessFactory()
    monkeypatch.setattr("zdt_core.fleet.membership._role", role)
    for _ in range(2):
        hours.turn()

    assert TrafficHour.objects.count() == count
    assert len(redis.asked) == count, "and another waits for its turn"

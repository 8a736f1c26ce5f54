"""The doorbell in Redis."""

import json
import zlib

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer

from tests.core.factories import RunFactory
from zdt_core import database, fast_copy
from zdt_core.exceptions import ConfigurationError
from zdt_core.jobs import bell
from zdt_core.jobs.models import Run


@pytest.fixture
def nowhere(settings, monkeypatch):
    """No Redis answers."""
    url = "redis://127.0.0.1:1/0"
    settings.RQ_QUEUES = {"zdt": {"URL": url}, "zdt-monitor": {"URL": url}}
    monkeypatch.setattr(fast_copy, "_clients", {})


def test_a_ring_carries_the_id_and_nothing_else(rings):
    bell.ring("zdt", [17])

    queue = Queue("zdt", connection=bell.connection("zdt"), serializer=JSONSerializer)
    [job_id] = queue.job_ids
    record = queue.connection.hgetall(f"rq:job:{job_id}")
    assert json.loads(zlib.decompress(record[b"data"])) == [bell.FUNCTION, None, [17], {}]
    assert record[b"description"] == b"a slice of run 17"


def test_a_ring_that_nobody_answers_expires(rings, settings):
    settings.ZDT_RING_AGAIN_SECONDS = 7

    bell.ring("zdt", [17])

    queue = Queue("zdt", connection=bell.connection("zdt"), serializer=JSONSerializer)
    assert queue.connection.ttl(f"rq:job:{queue.job_ids[0]}") in (13, 14)


def test_rings_and_the_fast_copy_share_one_client(rings):
    assert bell.connection("zdt") is fast_copy.client()


def test_a_queue_elsewhere_has_a_client_with_a_limit(settings):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"

    client = bell.connection("zdt")

    assert client is bell.connection("zdt")
    assert client is not fast_copy.client()
    assert client.connection_pool.connection_kwargs["socket_timeout"] == 5


def test_a_missing_queue_is_named(settings):
    settings.RQ_QUEUES = {}

    with pytest.raises(ConfigurationError, match="zdt-monitor"):
        bell.connection("zdt-monitor")


@pytest.mark.django_db
def test_without_redis_the_ring_is_left_to_the_next_tick(
    nowhere, django_capture_on_commit_callbacks
):
    run = RunFactory(rung_at=database.Now())

    with django_capture_on_commit_callbacks(execute=True):
        bell.ring_on_commit(run.pk, "zdt")

    assert Run.objects.get(pk=run.pk).rung_at is None


def test_a_ring_without_redis_says_so(nowhere):
    with pytest.raises(redis.ConnectionError):
        bell.ring("zdt", [1])

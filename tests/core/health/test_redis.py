import time

import pytest

from tests.core.health.listening import silent
from tests.core.pulse.waiting import until
from zdt_core import fast_copy
from zdt_core.health import redis


def test_redis_answers_and_no_connection_is_left():
    client = fast_copy.client()
    before = len(client.client_list())
    redis.probe()

    until(lambda: len(client.client_list()) <= before)


def test_redis_that_is_away_is_an_error(settings):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"

    with pytest.raises(fast_copy.Error):
        redis.probe()


def test_redis_that_hangs_ends_by_the_deadline(settings):
    settings.ZDT_HEALTH_DEADLINE = 0.05
    begun = time.monotonic()
    with silent() as port:
        settings.ZDT_REDIS_URL = f"redis://127.0.0.1:{port}/0"
        with pytest.raises(fast_copy.Error):
            redis.probe()

    assert time.monotonic() - begun < 0.5

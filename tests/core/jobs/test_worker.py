"""A worker's lives."""

import pytest

from zdt_core import drain, fast_copy
from zdt_core.jobs import stopping, worker
from zdt_core.jobs.worker import Worker


@pytest.fixture
def no_rest(monkeypatch):
    """Pauses are noted, not kept."""
    pauses = []
    monkeypatch.setattr(worker, "_rest", lambda seconds: pauses.append(seconds) or True)
    return pauses


def test_without_redis_a_worker_tries_again_with_growing_pauses(no_rest, monkeypatch):
    lives = []

    def live(self):
        lives.append(self.name)
        if len(lives) == 5:
            stopping.request()
        raise fast_copy.Error("away")

    monkeypatch.setattr(Worker, "live", live)

    worker.serve("zdt")

    assert no_rest == [2, 4, 5, 5, 5]
    assert len(set(lives)) == 5


def test_a_worker_without_parent_does_not_go_on(monkeypatch):
    monkeypatch.setattr(Worker, "live", lambda self: pytest.fail("lived"))

    worker.serve("zdt", may_go_on=lambda: False)


def test_a_worker_looks_up_every_five_seconds_and_limits_a_slice(settings):
    settings.ZDT_SLICE_SECONDS, settings.ZDT_LEASE_SECONDS = 2, 3

    one = Worker("zdt", "one-that-looks-up", lambda: True)

    assert (one.dequeue_timeout, one.time_limit) == (5, 5)


def test_a_worker_lives_until_it_is_asked_to_stop(monkeypatch, rings):
    one = Worker("zdt", "one-that-lives", lambda: True)
    monkeypatch.setattr(one, "_serve_one", stopping.request)

    one.live()

    assert one.connection.hexists(one.key, "death")


def test_a_worker_whose_process_drains_takes_nothing(monkeypatch, rings):
    rests = []
    one = Worker("zdt", "one-that-drains", lambda: True)
    monkeypatch.setattr(one, "_serve_one", lambda: pytest.fail("served"))
    monkeypatch.setattr(worker.drain.state, "current", lambda: drain.Phase.DRAINING)
    monkeypatch.setattr(worker, "_rest", lambda seconds: rests.append(1) or stopping.request())

    one.live()

    assert rests == [1]


def test_trouble_in_the_maintenance_of_rq_ends_no_worker(monkeypatch, caplog):
    one = Worker("zdt", "one-that-meets-trouble", lambda: True)
    monkeypatch.setattr(one, "run_maintenance_tasks", lambda: int("x"))

    one._look_after_queue()

    assert "maintenance" in caplog.text

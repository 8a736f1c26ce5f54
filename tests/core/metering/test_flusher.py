import os
import time

import pytest
import redis

from zdt_core import fast_copy, identity
from zdt_core.conf import conf
from zdt_core.metering import flusher as room
from zdt_core.metering import histogram, keys, source
from zdt_core.metering.flusher import Flusher
from zdt_core.metering.ledger import Ledger


def everything(seconds=1000):
    """All samples of this test's service of the last ``seconds``."""
    now, _ = source.clock()
    who = identity.current()
    return source.read(who.environment, who.region, who.service, int(now) - seconds, int(now) + 10)


def serve(ledger, requests=1):
    ledger.requests.extend([(0.05, False, False)] * requests)


def test_a_flush_is_read_back_whole(counted, flusher):
    counted.requests.extend([(0.01, False, False), (0.2, True, True)])
    counted.counts.append(("order_value", 12.5))
    flusher.flush()

    [sample] = everything()
    assert (sample.requests, sample.errors, sample.misrouted) == (2, 1, 1)
    assert sample.latency == histogram.of([10, 200])
    assert sample.counters == {"order_value": 12.5}
    assert (sample.release, sample.instance) == (identity.release(), identity.instance())
    assert (sample.seconds, sample.problem) == (conf.METRICS_WINDOW, "")


def test_flushes_of_one_window_add_up(counted, flusher, settings):
    settings.ZDT_METRICS_WINDOW = 1000
    for _ in range(3):
        serve(counted)
        flusher.flush()

    assert sum(sample.requests for sample in everything(2000)) == 3


def test_a_flush_whose_answer_was_lost_is_not_counted_twice(counted, flusher, monkeypatch):
    class LosesTheAnswer:
        def __init__(self, client):
            self.client = client

        def eval(self, *args):
            self.client.eval(*args)
            raise redis.TimeoutError("the answer was lost")

    with monkeypatch.context() as patch:
        real = fast_copy.client()
        patch.setattr(fast_copy, "client", lambda: LosesTheAnswer(real))
        serve(counted)
        with pytest.raises(fast_copy.Error):
            flusher.flush()
    assert flusher.waiting == 1

    flusher.flush()

    assert flusher.waiting == 0
    assert sum(sample.requests for sample in everything()) == 1


def test_nothing_is_lost_while_redis_is_away(counted, flusher, settings):
    with_redis = fast_copy.url()
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"
    for _ in range(3):
        serve(counted)
        with pytest.raises(fast_copy.Error):
            flusher.flush()
    settings.ZDT_REDIS_URL = with_redis

    flusher.flush()

    assert sum(sample.requests for sample in everything()) == 3
    assert flusher.lost_requests == 0


def test_late_parcels_land_in_the_window_in_which_they_were_counted(counted, flusher):
    length = conf.METRICS_WINDOW
    serve(counted)
    flusher._pack()
    [parcel] = flusher._parcels
    flusher._parcels[0] = room.Parcel(parcel.number, parcel.packed - 95, parcel.amounts)
    before, _ = source.clock()
    flusher.flush()
    after, _ = source.clock()

    [late] = [sample for sample in everything() if sample.requests]
    assert late.window in {(now - 95) // length * length for now in (before, after)}


def test_what_redis_was_away_too_long_for_is_dropped_and_counted(counted, flusher, caplog):
    serve(counted, requests=7)
    flusher._pack()
    [parcel] = flusher._parcels
    flusher._parcels[0] = room.Parcel(
        parcel.number, time.monotonic() - conf.METRICS_BACKLOG_SECONDS - 1, parcel.amounts
    )

    flusher.flush()

    assert flusher.lost_requests == 7
    assert "7 requests are in no metric" in caplog.text
    assert sum(sample.requests for sample in everything()) == 0


def test_a_process_that_counted_once_keeps_reporting_zeros(counted, flusher):
    flusher.flush()
    assert everything() == []

    serve(counted)
    flusher.flush()
    flusher.flush()
    assert flusher._number == 2


def test_windows_expire_after_two_hours(counted, flusher):
    serve(counted)
    flusher.flush()

    client, who = fast_copy.client(), identity.current()
    pattern = keys.prefix(who.environment, who.region, who.service).replace("{", "\\{") + "*"
    found = list(client.scan_iter(match=pattern, count=1000))
    found = [name for name in found if b"}:t" not in name]  # totals have a time of their own
    assert len(found) == 3
    assert all(7190 <= client.ttl(key) <= 7200 for key in found)


def test_a_forked_child_does_not_flush_what_its_parent_counted():
    from zdt_core.metering.flusher import flusher
    from zdt_core.metering.ledger import ledger

    serve(ledger, requests=3)
    flusher._pack()
    serve(ledger, requests=3)
    child = os.fork()
    if child == 0:
        os._exit(ledger.settle().requests + 10 * flusher.waiting)
    _, status = os.waitpid(child, 0)
    left, waiting = ledger.settle().requests, flusher.waiting
    flusher.reset()

    assert os.waitstatus_to_exitcode(status) == 0
    assert (left, waiting) == (3, 1)


def test_two_processes_of_one_release_report_side_by_side(monkeypatch):
    for instance in ("aaaaaaaaaaaa", "bbbbbbbbbbbb"):
        monkeypatch.setattr(identity, "_instance", instance)
        own = Ledger()
        serve(own)
        Flusher(own).flush()

    assert [sample.instance for sample in everything()] == ["aaaaaaaaaaaa", "bbbbbbbbbbbb"]


def test_the_pulse_flushes_and_flushes_once_more_at_the_end():
    from zdt_core.pulse import beats

    assert beats.registered["metering.flush"].isolated
    assert room.flusher.flush in beats.last_works


def test_a_process_that_redis_is_cut_off_from_still_knows_that_it_has_something_to_report(
    counted, flusher, settings
):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"
    flusher.flush()
    assert flusher.reporting_for() is None  # idle from its birth

    serve(counted)
    with pytest.raises(fast_copy.Error):
        flusher.flush()
    assert flusher.reporting_for() >= 0

    flusher.reset()
    assert flusher.reporting_for() is None

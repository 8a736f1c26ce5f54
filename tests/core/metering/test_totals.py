"""What each process counted since it began."""

import pytest

from zdt_core import fast_copy, identity
from zdt_core.metering import keys, totals
from zdt_core.metering.flusher import Flusher
from zdt_core.metering.ledger import Ledger


def read():
    who = identity.current()
    return totals.read(who.environment, who.region, who.service)


def serve(ledger, requests=1, failed=False):
    ledger.requests.extend([(0.05, failed, False)] * requests)


def test_totals_grow_over_windows_and_flushes(counted, flusher, settings):
    for length in (1, 7, 13):
        settings.ZDT_METRICS_WINDOW = length
        serve(counted, 2)
        serve(counted, 1, failed=True)
        counted.counts.append(("order", 2.5))
        flusher.flush()
    (sample,) = read()
    assert (sample.requests, sample.errors, sample.counters) == (9, 3, {"order": 7.5})
    assert (sample.release, sample.instance) == (identity.release(), identity.instance())
    assert sum(sample.latency.values()) == 9


def test_a_process_that_is_started_anew_is_another_series(counted, flusher, monkeypatch):
    serve(counted, 5)
    flusher.flush()
    monkeypatch.setattr(identity, "_instance", "0123456789ab")
    again = Ledger()
    serve(again, 1)
    Flusher(again).flush()
    assert sorted(sample.requests for sample in read()) == [1, 5]
    assert len({sample.instance for sample in read()}) == 2


def test_a_flush_that_is_sent_twice_counts_once(counted, flusher):
    serve(counted)
    flusher.flush()
    parcel_number = 1
    prefix = keys.prefix(*_place())
    from zdt_core.metering.flusher import _COUNT

    fast_copy.client().eval(
        _COUNT, 1, keys.last_flush(prefix, identity.instance()), prefix, parcel_number, "0", 10,
        100, f"{identity.release()}:{identity.instance()}", 100, "n", 1,
    )  # fmt: skip
    assert read()[0].requests == 1


def test_who_has_not_reported_for_long_is_forgotten(counted, flusher):
    serve(counted)
    flusher.flush()
    prefix = keys.prefix(*_place())
    member = f"{identity.release()}:{identity.instance()}"
    left = fast_copy.client().ttl(keys.totals(prefix, member))
    assert keys.TOTALS_KEPT_SECONDS - 5 <= left <= keys.TOTALS_KEPT_SECONDS
    fast_copy.client().zadd(keys.reporters(prefix), {"1.0:gone": 1})
    flusher.flush()
    assert [name.decode() for name in fast_copy.client().zrange(keys.reporters(prefix), 0, -1)] == [
        member
    ]


def test_what_cannot_be_true_is_left_out(counted, flusher):
    serve(counted)
    flusher.flush()
    prefix = keys.prefix(*_place())
    fast_copy.client().hset(
        keys.totals(prefix, f"{identity.release()}:{identity.instance()}"), "e", "7"
    )
    assert read() == []


def test_nobody_has_reported():
    assert read() == []


@pytest.mark.parametrize("number", [1, 450])
def test_a_large_fleet_is_read_in_few_round_trips(number):
    prefix = keys.prefix(*_place())
    pipe = fast_copy.client().pipeline(transaction=False)
    for index in range(number):
        pipe.zadd(keys.reporters(prefix), {f"1.0:i{index}": 2e9})
        pipe.hset(keys.totals(prefix, f"1.0:i{index}"), mapping={"n": 1, "e": 0, "m": 0, "h3": 1})
    pipe.execute()
    assert sum(sample.requests for sample in read()) == number


def _place():
    who = identity.current()
    return who.environment, who.region, who.service

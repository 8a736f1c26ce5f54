"""From the ledger to Redis and back."""

import logging

import pytest
import redis

from zdt_core import fast_copy, identity
from zdt_core.conf import conf
from zdt_core.exceptions import Unavailable
from zdt_core.metering import histogram
from zdt_core.observing import flusher as room
from zdt_core.observing import keys, patterns, source
from zdt_core.observing.flusher import Flusher
from zdt_core.observing.keys import OTHERS
from zdt_core.observing.ledger import Ledger
from zdt_core.observing.patterns import Pattern

BROKEN = Pattern("shop", "ERROR", "ValueError", "shop.views.buy", "ValueError: order 1")


def here():
    who = identity.current()
    return who.environment, who.region, who.service


def everything():
    """All slots of this test's service, newest last."""
    now, _ = source.clock()
    length = keys.slot_seconds()
    newest = int(now // length) * length
    return [slot for start in (newest - length, newest) for slot in source.read(*here(), start)]


def serve(ledger, requests=1):
    ledger.requests.extend([(0.1, False, 0.02, 1)] * requests)
    ledger.statements.extend([("SELECT a FROM t WHERE id = %s", 0.02)] * requests)


def test_a_flush_is_read_back_whole(observed, flusher):
    serve(observed, 3)
    observed.errors.extend([(BROKEN, True), (BROKEN, False)])
    flusher.flush()

    [slot] = everything()
    [query] = slot.queries
    assert (slot.release, slot.requests, slot.failed) == (identity.release(), 3, 0)
    assert (slot.microseconds, slot.statements) == (60_000, 3)
    assert slot.latency == histogram.of([100, 100, 100])
    assert slot.database == histogram.of([20, 20, 20])
    assert slot.queries[query] == (3, 60_000)
    assert slot.inside == slot.outside == {BROKEN.id: 1}
    words = source.words(*here(), slot.release, [query, BROKEN.id, "0123456789ab"])
    assert words[query]["text"] == "SELECT a FROM t WHERE id = ?"
    assert words[BROKEN.id]["sample"] == "ValueError: order 1"
    assert set(words) == {query, BROKEN.id}


def test_processes_of_one_release_add_up(monkeypatch):
    for instance in ("aaaaaaaaaaaa", "bbbbbbbbbbbb"):
        monkeypatch.setattr(identity, "_instance", instance)
        own = Ledger()
        serve(own)
        Flusher(own).flush()

    assert sum(slot.requests for slot in everything()) == 2


def test_regions_are_apart(observed, flusher, settings):
    serve(observed)
    flusher.flush()

    settings.ZDT_REGION = "eu"
    assert everything() == []


def test_a_flush_whose_answer_was_lost_is_not_counted_twice(observed, flusher, monkeypatch):
    class LosesTheAnswer:
        def __init__(self, client):
            self.client = client

        def eval(self, *args):
            self.client.eval(*args)
            raise redis.TimeoutError("the answer was lost")

    with monkeypatch.context() as patch:
        real = fast_copy.client()
        patch.setattr(fast_copy, "client", lambda: LosesTheAnswer(real))
        serve(observed)
        with pytest.raises(fast_copy.Error):
            flusher.flush()

    flusher.flush()

    assert flusher.waiting == 0
    assert sum(slot.requests for slot in everything()) == 1


def test_an_idle_process_sends_nothing(observed, flusher):
    serve(observed)
    flusher.flush()
    flusher.flush()

    assert flusher._number == 1


def test_words_are_told_again_after_redis_lost_them(observed, flusher):
    def tell():
        observed.errors.append((BROKEN, True))
        flusher.flush()
        return source.words(*here(), identity.release(), [BROKEN.id])

    assert tell()
    fast_copy.client().delete(keys.words(keys.prefix(*here()), identity.release()))
    assert tell()


def test_ids_beyond_the_most_of_a_slot_are_counted_together(observed, flusher, monkeypatch):
    monkeypatch.setattr(room, "MOST_FIELDS", 20)
    for number in range(40):
        observed.errors.append((Pattern("shop", "ERROR", "x" * number), True))
    flusher.flush()

    slots = everything()
    assert sum(sum(slot.inside.values()) for slot in slots) == 40
    assert any(slot.inside.get(OTHERS) for slot in slots)
    assert all(len(slot.inside) <= 20 for slot in slots)


def test_calls_and_time_of_a_query_stay_together_where_a_slot_is_full(
    observed, flusher, monkeypatch
):
    """Else it would have taken no time, and look better than before."""
    monkeypatch.setattr(room, "MOST_FIELDS", 20)
    observed.requests.append((0.1, False, 0.02, 1))
    observed.statements.extend((f"SELECT a FROM t{chr(97 + n)}", 0.02) for n in range(26))
    flusher.flush()

    [slot] = everything()
    assert 1 < len(slot.queries) < 26
    assert all(time == calls * 20_000 for calls, time in slot.queries.values())
    assert sum(calls for calls, _time in slot.queries.values()) == 26


def test_an_error_with_signs_that_no_store_takes_holds_nobody_up(observed, flusher):
    """A lone surrogate, as in the name of a file, could not be sent; the flush was tried for ten
    minutes, and everything behind it was lost."""
    record = logging.LogRecord(
        "shop\x00", logging.ERROR, "", 1, "no file %s\ud800", ("\udcff",), None
    )
    pattern = patterns.of_record(record, with_sample=True)
    observed.errors.append((pattern, True))
    flusher.flush()

    said = source.words(*here(), identity.release(), [pattern.id])[pattern.id]
    assert flusher.waiting == 0
    assert "\x00" not in "".join(said.values())


def test_words_of_too_many_ids_begin_anew(observed, flusher, monkeypatch):
    monkeypatch.setattr(room, "MOST_WORDS", 5)
    name = keys.words(keys.prefix(*here()), identity.release())
    for number in range(12):
        observed.errors.append((Pattern("shop", "ERROR", "x" * number), True))
        flusher.flush()

    assert fast_copy.client().hlen(name) <= 5


def test_everything_expires(observed, flusher):
    serve(observed)
    flusher.flush()

    client = fast_copy.client()
    pattern = keys.prefix(*here()).replace("{", "\\{") + "*"
    found = list(client.scan_iter(match=pattern, count=1000))
    assert len(found) == 4
    assert all(0 < client.ttl(key) <= keys.KEPT_SECONDS for key in found)


def test_numbers_that_somebody_else_wrote_are_read_as_nothing(observed, flusher):
    serve(observed)
    flusher.flush()
    [slot] = everything()
    client, name = fast_copy.client(), keys.slot(keys.prefix(*here()), slot.start, slot.release)
    client.hset(name, mapping={"n": "many", "hx": "1", "p:zzz": "-4"})

    [again] = everything()

    assert (again.requests, again.inside) == (0, {})


def test_a_slot_is_closed_once_everybody_had_time_to_flush():
    now, newest = source.clock()

    length = keys.slot_seconds()
    assert now - conf.METRICS_WINDOW - conf.METRICS_GRACE - 2 * length < newest
    assert newest <= now - conf.METRICS_WINDOW - conf.METRICS_GRACE - length


def test_without_redis_nothing_can_be_compared(settings):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"

    with pytest.raises(Unavailable, match="nothing can be compared"):
        source.clock()


def test_the_pulse_flushes_and_flushes_once_more_at_the_end():
    from zdt_core.pulse import beats

    assert beats.registered["observing.flush"].isolated
    assert room.flusher.flush in beats.last_works

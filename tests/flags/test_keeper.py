"""How changes reach a process, and what it answers while the stores are away."""

import asyncio
import json
import logging
import threading
import time

import pytest
from django.core import signing
from django.db import connection, transaction

from tests.flags.factories import FlagFactory, TargetFactory
from zdt_core import fast_copy, pulse
from zdt_flags import published, truth
from zdt_flags.keeper import Keeper
from zdt_flags.models import Flag, SnapshotVersion
from zdt_flags.snapshot import NOTHING, Version, build


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def process(flags, clock):
    """A process that has read nothing yet."""
    return Keeper(clock)


@pytest.fixture
def another(flags, clock):
    return Keeper(clock)


@pytest.fixture
def no_redis(settings):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"


@pytest.fixture
def no_postgresql(monkeypatch):
    def away(*args):
        from django.db import OperationalError

        raise OperationalError("the server is away")

    monkeypatch.setattr(truth, "version", away)
    monkeypatch.setattr(truth, "load", away)


def names(keeper):
    return set(keeper.current().definitions)


def test_the_first_question_reads_the_flags(process):
    FlagFactory(name="a")

    assert names(process) == {"a"}
    assert process.held.source == "postgresql"


def test_within_the_refresh_period_a_question_looks_nowhere(
    process, clock, settings, django_assert_num_queries
):
    process.current()
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"  # would be noticed
    clock.now += 1.9

    with django_assert_num_queries(0):
        process.current()

    assert process.due == pytest.approx(clock.now + 0.1)


def test_who_reads_a_newer_version_in_postgresql_publishes_it_for_the_others(
    process, another, clock
):
    process.current()
    another.current()
    Flag.objects.bulk_create([Flag(name="made-by-an-import")])
    clock.now += 15
    process.current()
    assert published.version() == process.held.version
    another._truth_due = clock.now + 100

    assert names(another) == {"made-by-an-import"}
    assert another.held.source == "redis"


def test_a_change_committed_here_is_taken_up_and_published_at_once(process):
    process.current()
    FlagFactory(name="a")

    process.changed()

    assert set(process.held.definitions) == {"a"}
    assert published.fetch().version == process.held.version


def test_redis_alone_does_not_hide_a_change_longer_than_the_look_at_postgresql(process, clock):
    """The publisher died between its commit and its message."""
    process.current()
    FlagFactory(name="a")
    clock.now += 14
    assert names(process) == set()

    clock.now += 2

    assert names(process) == {"a"}


def test_a_copy_from_a_past_that_a_backup_has_undone_is_taken_out(process, another, clock):
    flag = FlagFactory(name="a")
    process.changed()
    SnapshotVersion.objects.update(version=900)
    Flag.objects.filter(pk=flag.pk).update(owner="lost with the backup")
    process.changed()
    assert published.version().number == 901
    Flag.objects.filter(pk=flag.pk).update(owner="")
    SnapshotVersion.objects.update(version=5)

    clock.now += 15
    process.current()

    assert process.held.version.number == 5
    assert published.version() == process.held.version
    assert another.current().version.number == 5


def test_two_histories_of_one_number_are_told_apart(process, another, clock):
    """A fail-over lost the last commit; the next change took its number."""
    FlagFactory(name="a")
    process.changed()
    another.current()
    Flag.objects.update(enabled=False)
    SnapshotVersion.objects.update(version=process.held.version.number)

    process.changed()
    clock.now += 2

    assert another.current().rules == {"a": False}


def test_a_copy_that_the_site_did_not_sign_is_not_believed(process, caplog):
    forged = json.dumps({"version": 99, "stamp": "", "flags": [{"name": "x"}]})
    fields = {"number": 99, "stamp": "", "body": forged}
    fast_copy.client().hset(published.key(), mapping=fields)

    assert names(process) == set()
    assert published.version() == process.held.version
    assert "not signed by this site" in caplog.text


def test_a_copy_signed_with_the_previous_secret_key_is_believed(flags, settings):
    FlagFactory(name="a")
    published.publish(truth.load())
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key of this site, long enough for nobody to guess"

    assert published.fetch().version == truth.version()


def test_an_older_copy_never_replaces_a_newer_one(flags):
    old = truth.load()
    FlagFactory(name="a")
    published.publish(truth.load())

    published.publish(old)

    assert set(published.fetch().definitions) == {"a"}


def test_without_redis_postgresql_is_asked_every_fifteen_seconds(process, clock, no_redis):
    process.current()
    FlagFactory(name="a")
    clock.now += 14
    before = names(process)
    clock.now += 2

    assert (before, names(process)) == (set(), {"a"})


def test_without_postgresql_the_copy_answers_even_at_a_cold_start(process, another, no_postgresql):
    published.publish(build('{"version": 3, "stamp": "s", "flags": []}', "test"))

    assert process.current().version == Version(3, "s")
    assert process.status().age is None


def test_with_both_stores_away_the_last_good_answers_stay(process, clock, no_redis, monkeypatch):
    FlagFactory(name="a")
    process.current()
    monkeypatch.setattr(truth, "version", lambda: 1 / 0)

    for _ in range(100):
        clock.now += 30
        assert names(process) == {"a"}


def test_a_cold_start_with_both_stores_away_says_so_once(
    process, clock, no_redis, no_postgresql, caplog
):
    for _ in range(20):
        assert process.current() is NOTHING
        clock.now += 100

    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(said) == 2
    assert all("the defaults in the code answer" in line for line in said)


def test_the_longer_both_are_away_the_rarer_are_the_looks(process, clock, no_redis, no_postgresql):
    pauses = []
    for _ in range(7):
        process.current()
        pauses.append(process.due - clock.now)
        clock.now = process.due

    assert pauses == [4, 8, 16, 32, 60, 60, 60]


def test_recovery_is_noticed_and_logged(process, clock, settings, caplog):
    caplog.set_level(logging.INFO, "zdt.flags")
    url = settings.RQ_QUEUES["zdt"]["URL"]
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"
    process.current()
    settings.ZDT_REDIS_URL = url
    clock.now += 2

    process.current()

    assert "The flags can be read from Redis again." in caplog.text


def test_a_question_inside_of_a_transaction_does_not_join_it(process):
    """Flags of a transaction that rolls back must not be answered to others."""
    FlagFactory(name="committed")
    with transaction.atomic():
        FlagFactory(name="uncommitted")
        seen = names(process)
        transaction.set_rollback(True)

    assert seen == {"committed"}


def test_a_question_in_an_event_loop_works_though_the_first_one_reads(process):
    FlagFactory(name="a")

    async def ask():
        return names(process)

    assert asyncio.run(ask()) == {"a"}


def test_many_threads_at_the_first_question_read_once(flags, monkeypatch):
    FlagFactory(name="a")
    keeper, loads, real = Keeper(), [], truth.load
    monkeypatch.setattr(truth, "load", lambda: loads.append(1) or real())
    together, answers = threading.Barrier(8), []

    def ask():
        together.wait()
        answers.append(names(keeper))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [{"a"}] * 8
    assert loads == [1]


def test_readers_never_see_a_half_made_snapshot(flags):
    """Both flags always change together."""
    FlagFactory(name="a", enabled=True)
    FlagFactory(name="b", enabled=True)
    keeper, stop, torn = Keeper(), threading.Event(), []
    keeper.current()

    def read():
        while not stop.is_set():
            time.sleep(0)
            rules = keeper.held.rules
            if rules["a"] is not rules["b"]:
                torn.append(rules)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(10):
        Flag.objects.update(enabled=number % 2 == 0)
        keeper.changed()
    stop.set()
    for thread in threads:
        thread.join()

    assert torn == []


def test_reading_asks_no_flag_while_it_reads(process, monkeypatch):
    """Instrumentation of the database may ask a flag itself."""
    real = truth.load
    monkeypatch.setattr(truth, "load", lambda: process.current() and real())

    assert process.current().source == "postgresql"


def test_the_pulse_takes_over_and_spares_the_requests(flags, django_assert_num_queries):
    pulse.run_once("zdt_flags.refresh")
    flags._truth_due = float("-inf")

    with django_assert_num_queries(0):
        flags.current()

    assert flags.due - flags.clock() == pytest.approx(60, abs=5)


def test_when_the_pulse_has_fallen_silent_questions_look_for_themselves(process, clock):
    process.beat()
    FlagFactory(name="a")
    clock.now += 59.9
    before = names(process)
    clock.now += 0.2

    assert (before, names(process)) == (set(), {"a"})


def test_a_forked_child_looks_for_itself_and_is_not_stuck_on_its_parents_lock(process):
    process.current()
    FlagFactory(name="a")
    process._reading.acquire()  # another thread of the parent was reading at the time of the fork
    process.after_fork()
    process._truth_due = float("-inf")

    assert names(process) == {"a"}


def test_the_status_tells_version_source_and_age(process, clock):
    FlagFactory(name="a")
    process.current()
    clock.now += 1

    status = process.status()

    assert (status.source, status.flags, status.age) == ("postgresql", 1, 1.0)
    assert status.version == truth.version().number


def test_a_document_that_is_none_is_refused():
    for document in ("", "[]", "{}", '{"version": 1, "stamp": "", "flags": [{}]}'):
        with pytest.raises(ValueError, match=r"document|Expecting"):
            build(document, "test")


def test_the_truth_reads_everything_in_one_statement(flags, django_assert_num_queries):
    flag = FlagFactory(name="a", percentage="12.5")
    TargetFactory(flag=flag, value="ann")
    TargetFactory(flag=flag, value="bob", verdict="deny")

    with django_assert_num_queries(1):
        found = truth.load().definitions["a"]

    assert (str(found.percentage), found.allow, found.deny) == ("12.500", {"ann"}, {"bob"})


def test_signatures_are_of_this_use_alone():
    body = signing.Signer(salt="other").sign("{}")

    with pytest.raises(signing.BadSignature):
        published._signer().unsign(body)

import logging
import os
import threading

import pytest

from tests.core.pulse.waiting import until
from zdt_core import pulse
from zdt_core.pulse.records import Record

OFTEN = 0.005


def test_a_beat_repeats_until_the_pulse_stops():
    turns = []
    pulse.beat("count", OFTEN)(lambda: turns.append(1))
    pulse.start()
    until(lambda: len(turns) >= 3)
    pulse.stop()
    seen = len(turns)

    assert not pulse.running()
    assert len(turns) == seen


def test_one_thread_serves_every_beat():
    threads = set()
    for name in ("a", "b"):
        pulse.beat(name, OFTEN)(lambda: threads.add(threading.current_thread().name))
    pulse.start()
    until(lambda: all(status.turns >= 2 for status in pulse.status().values()))

    assert threads == {"zdt-pulse"}


def test_the_longest_overdue_goes_first():
    for name, due in (("a", 3.0), ("b", 1.0), ("c", 2.0)):
        pulse.beat(name, 60)(lambda: None)
        pulse._driver._records[name] = Record(due=due)

    assert [beat.name for beat, _record in pulse._driver._due()] == ["b", "c", "a"]


def test_starting_twice_starts_one_thread():
    pulse.start()
    pulse.start()

    assert [t.name for t in threading.enumerate()].count("zdt-pulse") == 1


def test_nothing_runs_before_the_start():
    turns = []
    pulse.beat("count", OFTEN)(lambda: turns.append(1))

    assert not pulse.running()
    assert turns == []
    assert pulse.status()["count"].last_run_ago is None


def test_a_beat_that_joins_later_is_due_at_once():
    pulse.beat("slow", 60)(lambda: None)
    pulse.start()
    done = threading.Event()
    pulse.beat("new", 60)(done.set)

    assert done.wait(5)


def test_registering_a_name_again_replaces_it():
    turns = []
    pulse.beat("x", OFTEN)(lambda: turns.append("old"))
    pulse.beat("x", OFTEN)(lambda: turns.append("new"))
    pulse.start()
    until(lambda: turns)

    assert set(turns) == {"new"}


def test_a_forgotten_beat_does_not_run():
    turns = []
    pulse.beat("x", OFTEN)(lambda: turns.append(1))
    pulse.forget("x")
    pulse.beat("y", OFTEN)(lambda: None)
    pulse.start()
    until(lambda: pulse.status()["y"].turns >= 2)

    assert turns == []


def test_a_poked_beat_runs_now_and_not_at_its_next_time():
    turns = []
    pulse.beat("x", 60)(lambda: turns.append(1))
    pulse.start()
    until(lambda: len(turns) == 1)
    pulse.poke("x")

    until(lambda: len(turns) == 2)


def test_a_beat_that_raises_is_told_once_and_tried_again(caplog):
    turns = []

    def broken():
        turns.append(1)
        raise ValueError("always the same")

    pulse.beat("broken", OFTEN)(broken)
    with caplog.at_level(logging.INFO, "zdt.pulse"):
        pulse.start()
        until(lambda: len(turns) >= 4)
        pulse.stop()

    assert pulse.status()["broken"].error == "ValueError: always the same"
    assert len([r for r in caplog.records if "broken" in r.message]) == 1


def test_recovery_is_told_and_the_next_trouble_is_news_again(caplog):
    outcomes = iter(["bad", "good", "bad"])

    def moody():
        if next(outcomes, "good") == "bad":
            raise ValueError("no")

    pulse.beat("moody", OFTEN)(moody)
    with caplog.at_level(logging.INFO, "zdt.pulse"):
        pulse.start()
        until(lambda: len([r for r in caplog.records if "works again" in r.message]) == 2)

    assert len([r for r in caplog.records if "failed" in r.message]) == 2


def test_an_isolated_beat_that_hangs_delays_nobody_and_is_late(caplog):
    gate, turns, hung = threading.Event(), [], []

    def hang():
        hung.append(1)
        gate.wait(10)

    pulse.beat("hang", OFTEN, isolated=True, deadline=0.01)(hang)
    pulse.beat("count", OFTEN)(lambda: turns.append(1))
    pulse.beat("aside", OFTEN, isolated=True)(lambda: turns.append("aside"))
    with caplog.at_level(logging.WARNING, "zdt.pulse"):
        pulse.start()
        until(lambda: pulse.status()["hang"].late)
        before = len(turns)
        until(lambda: len(turns) > before + 3 and "aside" in turns)
    gate.set()

    assert len(hung) == 1, "a second run started while the first hung"
    assert [r.message for r in caplog.records] == ["The beat hang runs longer than 0.0 s"]


def test_an_isolated_beat_comes_back_after_a_hang():
    gate, turns = threading.Event(), []

    def hang():
        turns.append(1)
        gate.wait(10)

    pulse.beat("hang", OFTEN, isolated=True, deadline=0.01)(hang)
    pulse.start()
    until(lambda: pulse.status()["hang"].late)
    gate.set()

    until(lambda: len(turns) >= 3 and not pulse.status()["hang"].late)


def test_stopping_does_the_last_works_once_even_when_one_raises():
    done = []
    pulse.at_exit(lambda: 1 / 0)
    work = pulse.at_exit(lambda: done.append(1))
    pulse.at_exit(work)
    pulse.start()
    pulse.stop()
    pulse.stop()

    assert done == [1]


def test_a_pulse_that_never_ran_does_no_last_works():
    done = []
    pulse.at_exit(lambda: done.append(1))
    pulse.stop()

    assert done == []


def test_the_pulse_starts_again_after_a_stop():
    turns = []
    pulse.beat("x", OFTEN)(lambda: turns.append(1))
    pulse.beat("aside", OFTEN, isolated=True)(lambda: turns.append("aside"))
    pulse.start()
    pulse.stop()
    turns.clear()
    pulse.start()

    until(lambda: 1 in turns and "aside" in turns)


def test_a_period_that_cannot_be_read_does_not_end_the_pulse():
    turns = []
    pulse.beat("bad", lambda: 1 / 0)(lambda: turns.append("bad"))
    pulse.beat("good", OFTEN)(lambda: turns.append("good"))
    pulse.start()

    until(lambda: turns.count("good") >= 3)


def test_one_turn_by_hand_raises_what_the_beat_raises():
    pulse.beat("x", 5)(lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        pulse.run_once("x")

    assert pulse.status()["x"].turns == 1
    assert pulse.status()["x"].error == "ZeroDivisionError: division by zero"


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_has_no_thread_until_it_starts_one():
    pulse.beat("x", OFTEN)(lambda: None)
    pulse.start()
    until(lambda: pulse.status()["x"].turns)
    read, write = os.pipe()

    child = os.fork()
    if child == 0:
        answer = b"?"
        try:
            fresh = not pulse.running() and pulse.status()["x"].turns == 0
            pulse.start()
            until(lambda: pulse.status()["x"].turns)
            answer = b"y" if fresh else b"n"
        finally:
            os.write(write, answer)
            os._exit(0)
    os.close(write)
    answer = os.read(read, 1)
    os.close(read)
    os.waitpid(child, 0)

    assert answer == b"y"
    assert pulse.running()


def test_holders_of_the_session_take_turns():
    inside, most = [], []

    def hold():
        with pulse.one_session():
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=hold) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 1


def test_a_holder_that_hangs_is_not_waited_for_beyond_patience():
    held, gate, done = threading.Event(), threading.Event(), threading.Event()

    def hang():
        with pulse.one_session():
            held.set()
            gate.wait(10)

    def hurry():
        with pulse.one_session(patience=0.01):
            done.set()

    threads = [threading.Thread(target=work) for work in (hang, hurry)]
    threads[0].start()
    held.wait(5)
    threads[1].start()

    assert done.wait(5)
    gate.set()
    for thread in threads:
        thread.join()


def test_the_pulses_own_turns_are_alone_with_their_session():
    inside, gate, aside = threading.Event(), threading.Event(), threading.Event()

    def turn():
        inside.set()
        gate.wait(10)

    def wait_for_the_session():
        with pulse.one_session(patience=10):
            aside.set()

    pulse.beat("turn", 60)(turn)
    pulse.start()
    inside.wait(5)
    thread = threading.Thread(target=wait_for_the_session)
    thread.start()

    assert not aside.wait(0.05)
    gate.set()
    assert aside.wait(5)
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_is_kept_between_turns():
    from django.db import connection, connections

    left = []

    def look():
        left.append(connections["default"].connection is not None)
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")

    pulse.beat("look", OFTEN)(look)
    pulse.beat("aside", OFTEN, isolated=True)(look)
    pulse.start()
    until(lambda: len(left) >= 6)
    pulse.stop()

    assert connection.connection is None or connection.is_usable()
    assert not any(left)

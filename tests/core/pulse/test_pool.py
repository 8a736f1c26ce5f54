import threading

import pytest

from tests.core.pulse.waiting import until
from zdt_core.pulse.pool import SEATS, Job, Pool


@pytest.fixture
def pool():
    pool = Pool()
    yield pool
    pool.close()


@pytest.fixture
def gate():
    """Closed until the test opens it, and open at the end so that no thread stays."""
    gate = threading.Event()
    yield gate
    gate.set()


def test_jobs_run_at_once_up_to_the_number_of_seats(pool, gate):
    started = []

    def hang():
        started.append(threading.get_ident())
        gate.wait(10)

    for _ in range(SEATS + 1):
        pool.submit(Job(1.0, run=hang))
    until(lambda: len(started) == SEATS)
    gate.set()
    until(lambda: len(started) == SEATS + 1)

    assert len(set(started)) == SEATS


def test_the_shortest_deadline_goes_first(pool, gate):
    order = []
    for _ in range(SEATS):
        pool.submit(Job(0.1, run=lambda: gate.wait(10)))
    for deadline in (3.0, 1.0, 2.0):
        pool.submit(Job(deadline, run=lambda deadline=deadline: order.append(deadline)))
    gate.set()
    until(lambda: len(order) == 3)

    assert order[0] == 1.0


def test_a_written_off_job_gives_its_seat_away(pool, gate):
    hung = [Job(0.1, run=lambda: gate.wait(10)) for _ in range(SEATS)]
    for job in hung:
        pool.submit(job)
    done = threading.Event()
    pool.submit(Job(1.0, run=done.set))
    assert not done.wait(0.05)

    pool.write_off(hung[0])
    pool.write_off(hung[0])

    assert done.wait(5)


def test_the_thread_of_a_written_off_job_ends_with_it(pool, gate):
    threads = []

    def hang():
        threads.append(threading.current_thread())
        gate.wait(10)

    job = Job(0.1, run=hang)
    pool.submit(job)
    until(lambda: threads)
    pool.write_off(job)
    gate.set()

    until(lambda: not threads[0].is_alive())


def test_an_idle_thread_is_used_again(pool):
    used = []
    for expected in (1, 2, 3):
        pool.submit(Job(1.0, run=lambda: used.append(threading.get_ident())))
        until(lambda expected=expected: len(used) == expected and pool._idle == 1)

    assert len(set(used)) == 1


def test_two_jobs_do_not_wait_for_the_same_idle_thread(pool, gate):
    pool.submit(Job(1.0, run=lambda: None))
    until(lambda: pool._idle == 1)
    done = threading.Event()
    with pool._changed:  # both come before the idle thread wakes up
        pool.submit(Job(1.0, run=lambda: gate.wait(10)))
        pool.submit(Job(2.0, run=done.set))

    assert done.wait(5)


def test_closing_ends_idle_threads_and_starts_none(pool):
    threads = []
    pool.submit(Job(1.0, run=lambda: threads.append(threading.current_thread())))
    until(lambda: pool._idle == 1)
    pool.close()
    until(lambda: not threads[0].is_alive())
    pool.submit(Job(1.0, run=lambda: threads.append("ran")))

    assert "ran" not in threads

import logging
import threading

import pytest

from tests.core.pulse.waiting import until
from zdt_core import health, pulse
from zdt_core.health import board, runner
from zdt_core.health.outcomes import Outcome


def answer_to(check):
    runner.run(check)
    return board.answer(check)


def test_a_probe_that_returns_is_healthy(check):
    assert answer_to(check(lambda: None)).healthy


def test_what_a_probe_returns_is_shown(check):
    assert answer_to(check(lambda: {"queue": 7})).facts == {"queue": 7}


@pytest.mark.parametrize(
    ("probe", "error"),
    [
        (lambda: False, "Failed"),
        (lambda: 1 / 0, "ZeroDivisionError"),
        (lambda: (_ for _ in ()).throw(ConnectionError("secret-host:5432")), "ConnectionError"),
    ],
)
def test_a_failure_shows_the_class_and_no_text(check, probe, error):
    answer = answer_to(check(probe))

    assert not answer.healthy
    assert answer.error == error


def test_a_probe_may_tell_more_about_its_failure(check):
    def probe():
        raise health.Unhealthy("QueueFull", waiting=9)

    answer = answer_to(check(probe))

    assert (answer.error, answer.facts) == ("QueueFull", {"waiting": 9})


def test_a_success_beyond_the_deadline_is_none(check):
    assert answer_to(check(deadline=-1.0)).error == "TooSlow"


def test_a_result_is_good_for_five_intervals(check):
    runner.run(check(every=10.0, deadline=1.0))
    last = board._trends["x"].last

    assert last.good_until - last.at == pytest.approx(51.0)


def test_trouble_and_recovery_are_logged_once(check, caplog, settings):
    settings.ZDT_HEALTH_PASS_AFTER = 1
    with caplog.at_level(logging.INFO, "zdt.health"):
        for probe in (lambda: 1 / 0, lambda: 1 / 0, lambda: None, lambda: None):
            runner.run(check(probe))

    assert [record.message for record in caplog.records] == [
        "The health check x: ZeroDivisionError",
        "The health check x: healthy again",
    ]


def test_without_a_pulse_a_pass_is_made_on_demand_once_per_interval(check):
    runs = []
    runner.add(check(lambda: runs.append(1), every=60.0))
    runner.refresh()
    runner.refresh()

    assert runs == [1]


def test_a_due_check_runs_again_on_demand(check):
    runs = []
    runner.add(check(lambda: runs.append(1), every=0.0))
    runner.refresh()
    runner.refresh()

    assert runs == [1, 1]


def test_many_askers_make_one_pass(check):
    runs, gate = [], threading.Event()

    def probe():
        runs.append(1)
        gate.wait(10)

    runner.add(check(probe, every=60.0))
    threads = [threading.Thread(target=runner.refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: runs)
    for thread in threads:
        thread.join(0.01)  # time enough to run the probe, too
    gate.set()
    for thread in threads:
        thread.join()

    assert runs == [1]


def test_with_a_pulse_checks_run_by_themselves_and_nobody_waits(check):
    gate, runs = threading.Event(), []
    runner.add(check(lambda: gate.wait(10), name="hung", every=0.005, deadline=0.01))
    runner.add(check(lambda: runs.append(1), name="quick", every=0.005))
    pulse.start()
    until(lambda: len(runs) >= 3)
    runner.refresh()
    gate.set()

    assert board.answer(check(name="quick")).healthy


def test_a_check_that_hangs_stays_stale_until_it_answers(check):
    gate = threading.Event()
    hung = check(lambda: gate.wait(10), name="hung", every=0.01, deadline=0.01)
    board.note("hung", Outcome("", 1.0, at=0.0, good_until=0.0))
    runner.add(hung)
    pulse.start()
    until(lambda: pulse.status()["health.hung"].late)

    assert (board.answer(hung).healthy, board.answer(hung).error) == (False, "stale")
    gate.set()
    until(lambda: board.answer(hung).error != "stale")


def test_a_check_that_comes_later_runs_too():
    runner.install()
    health.check("search", critical=True)(lambda: None)

    assert "search" in {one.name for one in runner.checks()}
    assert "health.search" in pulse.status()


def test_installing_again_follows_the_settings(settings):
    settings.ZDT_HEALTH_URLS = {"bank": "http://bank.test/"}
    runner.install()
    settings.ZDT_HEALTH_URLS = {}
    runner.install()

    assert set(pulse.status()) == {"health.database", "health.redis"}

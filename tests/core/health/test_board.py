import time

from zdt_core.health import board
from zdt_core.health.outcomes import Outcome


def note(error="", ago=0.0, name="x"):
    at = time.monotonic() - ago
    return board.note(name, Outcome(error, 2.5, at, at + 60.0, {"status": 200}))


def test_what_never_ran_is_pending_and_not_healthy(check):
    answer = board.answer(check())

    assert (answer.healthy, answer.error) == (False, "pending")


def test_a_result_is_shown(check):
    note()
    answer = board.answer(check())

    assert (answer.healthy, answer.error) == (True, "")
    assert (answer.latency_ms, answer.facts) == (2.5, {"status": 200})


def test_an_old_pass_is_never_passed_off_as_a_present_one(check):
    note(ago=60.5)
    answer = board.answer(check())

    assert (answer.healthy, answer.error) == (False, "stale")


def test_the_error_shows_before_it_counts(check):
    note()
    note("ConnectionError")
    answer = board.answer(check())

    assert (answer.healthy, answer.error) == (True, "ConnectionError")


def test_only_a_changed_answer_is_news(settings):
    settings.ZDT_HEALTH_FAIL_AFTER = 2

    assert [note(), note("E"), note("E"), note("E"), note(), note(), note()] == [
        False, False, True, False, False, True, False,
    ]  # fmt: skip


def test_a_failure_at_first_is_news():
    assert note("E")

from zdt_core.pulse.records import Record, describe


def test_lateness_is_the_time_from_due_to_start():
    record = Record(due=10.0)
    record.call(10.5, pause=5.0)
    record.begin(12.0)

    assert record.status("x", False, 13.0).lateness == 2.0
    assert record.due == 15.5


def test_a_turn_that_runs_shows_for_how_long():
    record = Record(due=0.0)
    record.begin(1.0)

    assert record.status("x", False, 4.0).running_for == 3.0


def test_a_finished_turn_shows_its_age_and_error():
    record = Record(due=0.0)
    record.begin(1.0)
    record.end(2.0, ValueError("no\nway"))

    status = record.status("x", True, 5.0)

    assert (status.turns, status.last_run_ago, status.running_for) == (1, 3.0, None)
    assert status.error == "ValueError: no"


def test_a_good_turn_clears_the_error():
    record = Record(due=0.0)
    record.end(1.0, ValueError("no"))
    record.end(2.0, None)

    assert record.status("x", False, 3.0).error == ""


def test_an_error_is_news_once_until_recovery():
    record = Record(due=0.0)

    assert [record.is_news(text) for text in ("a", "a", "b", "a")] == [True, False, True, False]
    assert record.recovered()
    assert not record.recovered()
    assert record.is_news("a")


def test_what_was_told_does_not_grow_without_end():
    record = Record(due=0.0)
    for number in range(1000):
        record.is_news(str(number))

    assert len(record._told) <= 20


def test_an_error_without_text_is_named():
    assert describe(KeyError()) == "KeyError"

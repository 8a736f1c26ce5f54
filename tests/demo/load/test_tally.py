import pytest

from demo.load.tally import TROUBLES_KEPT, Outcome, Tally, percentile


def outcome(**facts):
    return Outcome(**{"request": "GET /", "seconds": 0.01, "status": 200, **facts})


@pytest.mark.parametrize(
    ("facts", "failed", "planted"),
    [
        ({"status": 200}, False, False),
        ({"status": 302}, False, False),
        ({"status": 404}, True, False),
        ({"status": 500}, True, False),
        ({"status": 502}, True, False),
        ({"status": 0, "trouble": "closed without an answer"}, True, False),
        ({"status": 200, "trouble": "truncated in the body"}, True, False),
        ({"status": 500, "fault": "errors"}, True, True),
        ({"status": 502, "fault": "errors"}, True, False),
        ({"status": 500, "fault": "latency"}, True, False),
        ({"status": 200, "fault": "latency"}, False, False),
        ({"status": 500, "fault": "errors", "trouble": "truncated in the body"}, True, False),
    ],
)
def test_a_request_failed_unless_it_was_answered_in_full_and_well(facts, failed, planted):
    found = outcome(**facts)
    assert (found.failed, found.planted) == (failed, planted)


def test_planted_failures_are_counted_apart_from_all_others():
    tally = Tally()
    tally.note(outcome(release="1.0", track="stable"), 1.0)
    tally.note(outcome(release="2.0", track="canary", status=500, fault="errors"), 2.0)
    tally.note(outcome(trouble="TimeoutError", status=0, seconds=15.0), 3.0)
    summary = tally.summary()
    assert (summary["requests"], summary["failed"], summary["planted"]) == (3, 1, 1)
    assert summary["releases"]["2.0"]["planted"] == 1
    assert summary["releases"]["2.0"]["failed"] == 0
    assert summary["releases"]["no release"]["failed"] == 1
    assert summary["tracks"] == {"stable": 1, "canary": 1, "unknown": 1}
    assert summary["longest"]["seconds"] == 15.0
    assert [(found["at"], found["trouble"]) for found in summary["troubles"]] == [
        (3.0, "TimeoutError")
    ]


def test_only_the_first_troubles_are_kept_while_all_are_counted():
    tally = Tally()
    for _ in range(TROUBLES_KEPT + 5):
        tally.note(outcome(status=503), 0.0)
    assert len(tally.summary()["troubles"]) == TROUBLES_KEPT
    assert tally.summary()["failed"] == TROUBLES_KEPT + 5


def test_percentiles_are_in_milliseconds_and_of_nothing_there_is_none():
    assert percentile([], 95) is None
    assert percentile([number / 1000 for number in range(100)], 95) == 95.0
    assert percentile([0.004], 95) == 4.0

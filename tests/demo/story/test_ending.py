import pytest

from demo.load.tally import Outcome, Tally
from demo.story.ending import Ending, Rename


def account(*outcomes: Outcome):
    tally = Tally()
    for number, outcome in enumerate(outcomes):
        tally.note(outcome, float(number))
    return tally.summary()


GOOD = Outcome("GET /", 0.01, 200, "canary", "2.1")
PLANTED = Outcome("GET /", 0.02, 500, "canary", "2.0", fault="errors")
SLOW = Outcome("POST /checkout/", 1.25, 302, "stable", "1.0")
BACK = Outcome("GET /account/", 0.01, 200, "canary", "2.1", read_back=True)
LOST = Outcome("GET /", 0.5, trouble="truncated in the body")


def ending(**facts):
    return Ending(
        **{
            "bad": "2.0",
            "good": "2.1",
            "bad_state": "rolled_back",
            "bad_by": "system:monitor",
            "bad_reason": "Too many errors.",
            "bad_seconds": 9.87,
            "good_state": "completed",
            "good_seconds": 30.0,
            "comparison": "http://127.0.0.1:1/comparison/",
            "drained": {"2.0": True, "1.0": True},
            "rename": Rename("contracted", 1000, 2.5, 1001, 0.5, 0, True, 12.3),
            "account": account(GOOD, PLANTED, SLOW, BACK),
            **facts,
        }
    )


def test_a_story_that_ended_well_lacks_nothing():
    assert ending().unmet() == []
    assert ending(good_state="baking").unmet() == []


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"account": {}}, "The load sent no request."),
        ({"account": account(GOOD, LOST)}, "1 requests failed that should not have."),
        ({"account": account(GOOD)}, "No visitor read back what was written."),
        ({"account": account(SLOW)}, "Release 2.1 served nobody."),
        (
            {"bad_by": "shell:root"},
            "Release 2.0 was to be rolled back by the monitor; it is rolled_back, by shell:root.",
        ),
        (
            {"bad_state": "observing", "bad_by": ""},
            "Release 2.0 was to be rolled back by the monitor; it is observing.",
        ),
        (
            {"good_state": "rolled_back", "good_reason": "Slow."},
            "Release 2.1 was to reach 100 %; it is rolled_back. Slow.",
        ),
        ({"good_state": ""}, "Release 2.1 was to reach 100 %; it is not there."),
        (
            {"rename": Rename("backfilling", 5, compared=5, different=2, owed=True)},
            "The column was to be renamed to its end; it is backfilling.",
        ),
        ({"rename": Rename(compared=5, different=2)}, "2 rows differed."),
        ({"rename": Rename("contracted")}, "No row of the renamed column was compared."),
        (
            {"rename": Rename("contracted", compared=5)},
            "The old column was to stay owed while an old process was alive.",
        ),
        ({"drained": {"1.0": False}}, "Release 1.0 did not drain and leave in time."),
    ],
)
def test_each_condition_that_is_not_met_is_named(facts, sentence):
    assert sentence in ending(**facts).unmet()


def test_an_account_that_never_came_is_no_success():
    assert ending(account={"requests": 5}).unmet() != []


def test_the_table_says_what_happened():
    lines = ending().table().splitlines()
    for line in (
        "  requests served: 4",
        "  failed requests: 0",
        "  failed on 2.0, planted: 1",
        "  longest request: 1.25 s (POST /checkout/ on 1.0)",
        "  rolled back: 2.0 by system:monitor. Too many errors.",
        "  time to rollback: 9.9 s from its first visitor",
        "  released: 2.1 (completed), 30.0 s to all",
        "  compared with the release before: http://127.0.0.1:1/comparison/",
        "  renamed under load: users.user_email to email_address (contracted)",
        "  rows filled: 1,000 in 2.5 s, 1,001 compared in 0.5 s, 0 differ",
        "  old column owed for: 12.3 s",
        "  addresses that were read back: 1",
        "  served by 2.1: 2, half within 10 ms, 95 % within 10 ms",
    ):
        assert line in lines


def test_the_table_lists_what_failed():
    table = ending(account=account(GOOD, LOST)).table()
    assert "  failed requests: 1\n" in table
    assert "at 1.0 s: GET /: truncated in the body (no release, 0.50 s)" in table


def test_a_story_that_broke_off_early_still_has_a_table():
    table = Ending(bad="2.0", good="2.1").table()
    assert "failed requests: unknown" in table
    assert "time to rollback: unknown" in table
    assert "longest request: none" in table
    assert "compared with" not in table
    assert "renamed under load: users.user_email to email_address (not begun)" in table

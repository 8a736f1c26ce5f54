"""What the findings amount to."""

import pytest

from zdt_core.doctor import summary
from zdt_core.doctor.finding import Finding, ok, unknown, warning, wrong
from zdt_core.doctor.summary import NOT_LOOKED_AT, gathered

OK, WARNING, WRONG, UNKNOWN = ok("a"), warning("b", "cb"), wrong("c", "cc"), unknown("d", "cd")


@pytest.mark.parametrize(
    ("found", "worst", "code", "strict"),
    [
        ([], "ok", 0, 0),
        ([OK], "ok", 0, 0),
        ([OK, WARNING], "warning", 0, 1),
        ([WARNING, WRONG, OK], "wrong", 1, 1),
        ([UNKNOWN, WRONG], "unknown", 2, 2),
    ],
)
def test_the_worst_decides(found, worst, code, strict):
    assert summary.worst(found) == worst
    assert summary.exit_code(found, strict=False) == code
    assert summary.exit_code(found, strict=True) == strict


def test_the_last_line_counts_and_names_the_first_thing_to_do():
    assert summary.sentence([OK]) == "All is well."
    assert summary.sentence([OK, WARNING, UNKNOWN, WRONG]) == (
        "1 unknown, 1 wrong, 1 warning. Next: cc"
    )


def test_what_could_not_be_looked_at_for_one_reason_is_one_line_on_the_screen():
    away = [
        Finding(area, "unknown", "Not looked at, as X.", "Mend.", NOT_LOOKED_AT) for area in "ab"
    ]

    assert gathered([away[0], OK, away[1]]) == [
        OK, Finding("several", "unknown", "Not looked at, as X: a, b.", "Mend."),
    ]  # fmt: skip

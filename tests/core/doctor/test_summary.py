"""What the findings amount to."""

import pytest

from zdt_core.doctor import summary
from zdt_core.doctor.finding import ok, unknown, warning, wrong

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

"""Keys, rows and pacing in words."""

from __future__ import annotations

import pytest

from zdt_deploy.backfills import words


@pytest.mark.parametrize(
    ("pacing", "said"),
    [
        ({"mode": "adaptive"}, "adaptive"),
        ({"mode": "fixed"}, "fixed: 10,000 rows, then 500 ms"),
        ({"mode": "none", "vacuum": False}, "none; without VACUUM"),
        (
            {
                "mode": "adaptive",
                "duty": 0.125,
                "batch_seconds": 0.0045,
                "windows": ["22:00-05:00"],
            },
            "adaptive; at most 12.5 % of the time; 4.5 ms a batch; only 22:00-05:00 (UTC)",
        ),
        ({"mode": "fixed", "duty": 0.1, "rows": 5, "pause": 1}, "fixed: 5 rows, then 1000 ms"),
    ],
)
def test_all_that_somebody_set_of_a_pacing_is_said(pacing, said):
    assert words.paced(pacing) == said


@pytest.mark.parametrize(
    ("done", "total", "said"),
    [
        (500, 1000, "500 of about 1,000 rows"),
        (1000, 1000, "1,000 rows"),
        (1200, 1000, "1,200 rows, more than the estimated 1,000"),
        (7, None, "7 rows"),
    ],
)
def test_rows_are_set_against_what_was_estimated(done, total, said):
    assert words.rows(done, total) == said

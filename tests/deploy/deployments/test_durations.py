import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core.exceptions import Refused
from zdt_deploy.deployments.durations import LONGEST, parse, rounded, short


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", 1800), ("90s", 90), ("2h", 7200), ("48h", 172_800), ("7d", 604_800), ("0s", 0),
     ("0.5s", 0.5), ("1.5h", 5400), (" 5m ", 300)],
)  # fmt: skip
def test_a_duration_is_a_number_and_a_unit(text, seconds):
    assert parse(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "30", "m", "-5m", "5 m", "5M", "5w", "nan", "infs", "1e3s", "366d", "9999999999s"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(Refused) as refusal:
        parse(text)
    assert refusal.value.code == "duration_unreadable"
    assert "90s, 30m, 2h, 7d" in str(refusal.value)


@given(st.integers(0, LONGEST))
def test_what_is_written_short_reads_the_same(seconds):
    assert parse(short(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (0, "0 s"), (89.4, "89 s"), (90, "2 min"), (720, "12 min"), (5400, "2 h"),
     (82_800, "23 h"), (172_800, "2 d")],
)  # fmt: skip
def test_for_reading_it_is_rounded(seconds, text):
    assert rounded(seconds) == text

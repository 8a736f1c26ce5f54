from datetime import timedelta

import pytest

from zdt_core.access import lifetime
from zdt_core.exceptions import Refused


@pytest.mark.parametrize(
    ("text", "span"),
    [("30d", timedelta(days=30)), (" 12h ", timedelta(hours=12)), ("5m", timedelta(minutes=5))],
)
def test_it_is_read_as_people_write_it(text, span):
    assert lifetime.parse(text) == span


@pytest.mark.parametrize("text", ["", "0d", "-1d", "367d", "never", "1y", "9" * 9 + "d", "1.5d"])
def test_what_is_none_is_refused(text):
    with pytest.raises(Refused, match="30d"):
        lifetime.parse(text)

import pytest

from zdt_core.exceptions import ConfigurationError
from zdt_deploy.canary.sources import templates


def test_places_are_filled_and_nothing_else():
    found = templates.filled('a="$service$",b="$nobody"', {"service": "shop"}, str.upper)

    assert found == 'a="SHOP$",b="$nobody"'


def test_a_value_is_never_filled_itself():
    assert templates.filled("$a $b", {"a": "$b", "b": "c"}) == "$b c"


@pytest.mark.parametrize("number", [(0.005, "0.005"), (1.0, "1"), (5_000_000_000.0, "5000000000")])
def test_numbers_have_no_exponent(number):
    assert templates.plain(number[0]) == number[1]


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan"), True, "1", None])
def test_what_is_not_above_0_is_refused(value):
    with pytest.raises(ConfigurationError, match="delay is a number above 0"):
        templates.positive("delay", value)

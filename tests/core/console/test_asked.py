"""What a form that asks for an operation says, and what it still lacks."""

import pytest

from zdt_core.console.asked import Asked, Demand

AT_ONCE, LOOKED_AT = Demand(), Demand(asks=True)
TYPED = Demand(reason=True, asks=True, typed=True)


def asked(demand, **said):
    facts = {"revision": 1, "moved": "", "reason": "why", "typed": None, "sure": False}
    return Asked(demand, "2.0", **facts | {"fields": None} | said)


class Wrong:
    def problem(self):
        return "Rows: too many."


def test_what_asks_for_nothing_is_done_at_once():
    assert asked(AT_ONCE, reason="").complaint() == ""
    assert asked(AT_ONCE, reason="").is_confirmed


@pytest.mark.parametrize(
    ("demand", "said", "complaint"),
    [
        (AT_ONCE, {"revision": None}, "load the page again"),
        (TYPED, {"moved": "It is paused now."}, "Nothing was changed. It is paused now."),
        (Demand(reason=True), {"reason": ""}, "Say why"),
    ],
)
def test_a_form_that_leads_nowhere_says_so(demand, said, complaint):
    assert complaint in asked(demand, **said).complaint()


def test_nobody_is_blamed_before_the_second_look():
    first = asked(TYPED, reason="")

    assert (first.complaint(), first.shortcoming(), first.is_confirmed) == ("", "", False)


@pytest.mark.parametrize(
    ("demand", "said", "lacks"),
    [
        (TYPED, {"typed": "2"}, "Type 2.0 to confirm"),
        (TYPED, {"typed": None}, "Type 2.0 to confirm"),
        (TYPED, {"typed": "2.0", "reason": ""}, "Say why"),
        (LOOKED_AT, {"fields": Wrong()}, "Rows: too many."),
    ],
)
def test_a_second_look_says_what_is_missing(demand, said, lacks):
    again = asked(demand, sure=True, **said)

    assert lacks in again.shortcoming()
    assert not again.is_confirmed


@pytest.mark.parametrize(("demand", "typed"), [(TYPED, "2.0"), (LOOKED_AT, None)])
def test_a_second_look_that_says_all_is_confirmed(demand, typed):
    assert asked(demand, sure=True, typed=typed).is_confirmed

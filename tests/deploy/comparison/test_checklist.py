"""What the comparison tells the checklist, and what it leaves to people."""

import pytest

from tests.deploy.comparison.seen import BROKEN, LATE, SELECT, observe
from tests.deploy.factories import DeploymentFactory, alive
from tests.deploy.preflight.conftest import ADA, line
from zdt_deploy.preflight import marking

pytestmark = pytest.mark.django_db
OLD, NEW = {"requests": 90_000}, {"requests": 10_000}


@pytest.fixture
def baking():
    return DeploymentFactory(baking=True)


def beside(deployment, old=(), new=()):
    observe(deployment, "beside", "1.0", **OLD | dict(old))
    observe(deployment, "beside", "2.0", **NEW | dict(new))


def after(deployment, old=(), new=()):
    observe(deployment, "before", "1.0", **OLD | dict(old))
    observe(deployment, "after", "2.0", **OLD | dict(new))


def errors(deployment):
    found = line(deployment, "errors_compared")
    return found.result.value, found.seen.code.removeprefix("comparison_errors_"), found.text


def queries(deployment):
    found = line(deployment, "queries_compared")
    return found.result.value, found.seen.code.removeprefix("comparison_queries_"), found.text


# ---- errors ----


def test_an_error_that_is_surely_new_side_by_side_fails_it(baking):
    beside(baking, new={"inside": {BROKEN: 40, LATE: 2}})

    assert errors(baking)[:2] == ("failed", "worse")
    assert "ValueError in shop.views.buy" in errors(baking)[2]
    assert "mail" not in errors(baking)[2]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ({}, {"failed": 40}, "failed requests"),
        ({}, {"inside": {f"{n:012x}": 1 for n in range(60)}}, "many kinds of errors"),
    ],
)
def test_so_does_what_no_pattern_shows(baking, old, new, what):
    beside(baking, old, new)

    assert errors(baking)[:2] == ("failed", "worse")
    assert what in errors(baking)[2]


def test_where_nothing_is_surely_worse_it_has_passed_and_says_over_what(baking):
    beside(baking, {"inside": {LATE: 900}}, {"inside": {LATE: 101, BROKEN: 1}})

    result, code, text = errors(baking)
    assert (result, code) == ("passed", "alike")
    assert "Side by side: of 2 kinds of errors" in text
    assert "over 10,000 requests" in text
    assert "New, and too rare to tell: 1." in text


def test_what_is_worse_than_another_hour_asks_a_person(baking):
    beside(baking)
    after(baking, new={"inside": {BROKEN: 900}})
    assert errors(baking)[:2] == ("unknown", "later")

    marking.tick(baking.pk, "errors_compared", actor=ADA, reason="a supplier was down")
    assert errors(baking)[0] == "passed"


def test_before_and_after_is_enough_to_pass_where_both_never_served_together(baking):
    after(baking)

    assert errors(baking)[:2] == ("passed", "alike")
    assert queries(baking)[:2] == ("passed", "alike")


@pytest.mark.parametrize("requests", [None, 999])
def test_with_little_data_a_person_has_to_look(baking, requests):
    if requests:
        beside(baking, new={"requests": requests})

    assert errors(baking)[:2] == ("unknown", "unseen")
    assert "tick this" in errors(baking)[2]
    assert queries(baking)[:2] == ("unknown", "unseen")


def test_failures_that_nobody_logged_are_not_taken_for_a_clean_log(baking):
    beside(baking, {"failed": 900}, {"failed": 100})

    assert errors(baking)[:2] == ("unknown", "unheard")


def test_warnings_that_a_site_wants_grouped_fail_nothing(baking):
    beside(baking, new={"inside": {BROKEN: 40}})
    for row in baking.observations.all():
        row.words = {id: {**said, "level": "WARNING"} for id, said in row.words.items()}
        row.save()

    assert errors(baking)[0] == "passed"


def test_a_region_that_nobody_looks_after_is_not_taken_for_a_good_one(baking):
    beside(baking)
    alive("2.0", region="apac")

    assert errors(baking) == (
        "unknown", "comparison_regions_unseen",
        "Nothing is taken in from apac, as no worker or ticker runs there. Start one, or compare "
        "the releases there by other means, then tick this.",
    )  # fmt: skip


# ---- queries ----


def test_half_as_much_time_again_in_the_database_fails_it(baking):
    beside(baking, {"in_database": 20}, {"in_database": 31})

    assert queries(baking)[:2] == ("failed", "worse")
    assert "31 ms a request in the database, the old one 20 ms" in queries(baking)[2]


def test_less_than_a_millisecond_matters_to_nobody(baking):
    beside(baking, {"in_database": 1}, {"in_database": 1.9})

    assert queries(baking)[0] == "passed"


def test_a_query_that_grew_is_named_and_left_to_a_person(baking):
    beside(
        baking,
        {"in_database": 20, "queries": {SELECT: (90_000, 90_000 * 4000)}},
        {"in_database": 25, "queries": {SELECT: (10_000, 10_000 * 9000)}},
    )

    assert queries(baking)[:2] == ("unknown", "grew")
    assert 'FROM "shop_product"' in queries(baking)[2]


def test_a_release_whose_queries_nobody_saw_is_not_taken_for_a_fast_one(baking):
    beside(baking)
    baking.observations.filter(release="2.0").update(statements=0, microseconds=0)

    assert queries(baking)[:2] == ("unknown", "unseen")

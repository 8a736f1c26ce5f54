"""What follows by itself: found from the records, whoever was killed before."""

import pytest

from tests.deploy.schema import trial
from tests.deploy.schema.trial import expand, fresh, runs, told, work
from zdt_deploy import backfills
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import certificates, filling, following, moving, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def change():
    trial.make_table("a", "b")
    return expand()


def newest(change):
    return change.certificates.order_by("-id").first()


def test_the_end_of_a_backfill_asks_for_what_follows(change):
    work(change.backfill)

    assert runs("schema.follow") == [str(change.pk)]


def test_the_end_of_somebody_elses_backfill_does_not(change):
    other = backfills.start(
        "shop.other", kind="assign", table="trial", spec={"set": {"new": "old"}}, actor=trial.ADA
    )
    work(other)

    assert runs("schema.follow") == []


def test_nothing_follows_while_rows_are_filled_or_compared(change):
    assert following.due() == []
    following.follow(change.pk)
    assert newest(change) is None

    work(change.backfill)
    following.follow(change.pk)
    assert following.due() == []
    following.follow(change.pk)
    assert change.certificates.count() == 1
    assert fresh(change).phase == "backfilling"


def test_following_what_is_done_or_gone_does_nothing(change):
    trial.settle(change)
    before = told()

    following.follow(change.pk)
    following.follow(change.pk + 1)

    assert told() == before
    assert following.due() == []


def test_a_ring_that_was_lost_is_made_up_for(change):
    work(change.backfill)

    assert following.due() == [change.pk]


@pytest.mark.parametrize(
    ("home", "name"),
    [(certificates, "begin"), (backfills, "start"), (certificates, "judge"), (moving, "move")],
)
def test_killed_between_two_steps_it_goes_on(change, monkeypatch, home, name):
    def die(*args, **kwargs):
        raise KeyboardInterrupt

    real = getattr(home, name)
    work(change.backfill)
    for _round in range(6):
        monkeypatch.setattr(home, name, die)
        try:
            following.follow(change.pk)
        except KeyboardInterrupt:
            monkeypatch.setattr(home, name, real)
            following.follow(change.pk)
        monkeypatch.setattr(home, name, real)
        for live in Backfill.objects.filter(state__in=Backfill.LIVE):
            work(live)

    assert fresh(change).phase == "verified"
    assert told().count("schema.verified") == 1
    assert change.certificates.count() == 1


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_fill_that_did_not_end_well_is_a_problem_once(change, state):
    work(change.backfill, state)
    following.follow(change.pk)
    following.follow(change.pk)

    assert fresh(change).problem == f"schema_fill_{state}"
    assert told().count("schema.problem_found") == 1
    assert following.due() == []


def test_a_fill_that_is_retried_and_ends_well_is_no_problem_any_more(change):
    work(change.backfill, "failed")
    following.follow(change.pk)
    work(backfills.retry(change.backfill, actor=trial.ADA))

    assert following.due() == [change.pk]
    assert trial.settle(change).phase == "verified"
    assert fresh(change).problem == ""


def test_between_filling_and_comparing_nobody_is_asked_to_start_a_comparison(change):
    work(change.backfill)

    assert "follows by itself within seconds" in standing.describe(fresh(change))
    assert "Start one" not in standing.describe(fresh(change))


def test_a_fill_that_has_failed_is_said_to_before_it_is_on_record(change):
    work(change.backfill, "failed")

    assert (fresh(change).problem, certificates.why_not(fresh(change))[0]) == (
        "", "schema_fill_failed",
    )  # fmt: skip


def test_a_trigger_that_is_missing_when_rows_are_filled_is_a_problem(change):
    work(change.backfill)
    trial.run(f"DROP TRIGGER {trial.pair().trigger} ON trial")

    following.follow(change.pk)

    assert fresh(change).problem == "schema_trigger_missing"
    assert fresh(change).phase == "backfilling"


def test_names_of_backfills_tell_the_change_and_its_alias(change):
    assert filling.name_of(change) == f"schema:{change.key}"
    change.alias = "archive"
    assert filling.name_of(change, "verify") == f"verify:{change.key}@archive"

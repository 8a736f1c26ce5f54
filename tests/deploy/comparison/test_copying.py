"""A region's slots on their way into PostgreSQL, each counted once."""

import time
from datetime import timedelta

import pytest
from django.db.models import F

from tests.deploy.comparison.seen import BROKEN, INSERT, WORDS
from tests.deploy.factories import DeploymentFactory
from zdt_core import database
from zdt_core.events import Event
from zdt_core.exceptions import Unavailable
from zdt_core.fleet import membership
from zdt_core.jobs.models import Lease
from zdt_core.observing import keys, source
from zdt_deploy.comparison import copying, pairs
from zdt_deploy.comparison.models import Copied, Observation
from zdt_deploy.deployments.models import Deployment

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun():
    """Under way for 20 minutes."""
    return DeploymentFactory.aged(1200)


def ago(minutes):
    return time.time() - 60 * minutes


def rows():
    return {(row.phase, row.release): row for row in Observation.objects.all()}


def went_back(deployment, minutes):
    Event.objects.create(
        kind="deployment.rolled_back", subject_type="deployment", subject_id=deployment.pk,
        actor_kind="system", actor_name="monitor", service="shop", environment="test",
        at=database.Now() - timedelta(minutes=minutes),
    )  # fmt: skip


def test_before_and_beside_are_told_apart(begun, redis):
    redis.serve(ago(30), ago(0), "1.0")
    redis.serve(ago(20), ago(0), "2.0", requests=10)
    redis.copy(begun)

    found = rows()
    assert set(found) == {("before", "1.0"), ("beside", "1.0"), ("beside", "2.0")}
    assert found["beside", "1.0"].slots == found["beside", "2.0"].slots >= 17
    assert found["beside", "2.0"].requests == 10 * found["beside", "2.0"].slots
    assert 8 <= found["before", "1.0"].slots <= 10


def test_after_begins_once_everyone_has_moved(redis):
    deployment = DeploymentFactory.aged(2400, baking=True)
    Deployment.objects.update(promoted_at=database.Now() - timedelta(seconds=1200))
    deployment.refresh_from_db()
    redis.serve(ago(40), ago(21), "1.0", "2.0")
    redis.serve(ago(20), ago(0), "1.0", requests=4)  # the last of those that stay on it
    redis.serve(ago(20), ago(0), "2.0")
    redis.copy(deployment)

    assert {release for phase, release in rows() if phase == "after"} == {"2.0"}
    assert 17 <= rows()["after", "2.0"].slots <= 20


def test_blue_green_is_on_the_new_release_long_before_it_is_promoted(redis):
    deployment = DeploymentFactory.aged(1200, blue_green=True)
    redis.serve(ago(40), ago(20), "1.0")
    redis.serve(ago(20), ago(0), "2.0")
    redis.copy(deployment)

    assert set(rows()) == {("before", "1.0"), ("after", "2.0")}


def test_before_and_after_is_only_what_one_served_alone(redis):
    """Half an hour ago another release was tried, and 1.0 was not all of stable."""
    deployment = DeploymentFactory.aged(1200, baking=True)
    Deployment.objects.update(promoted_at=database.Now() - timedelta(seconds=600))
    deployment.refresh_from_db()
    redis.serve(ago(50), ago(30), "1.0")
    redis.serve(ago(40), ago(30), "1.9", requests=30)
    redis.serve(ago(30), ago(20), "1.0")
    redis.serve(ago(10), ago(0), "2.0")
    redis.serve(ago(10), ago(5), "1.0", requests=30)
    redis.copy(deployment)

    assert rows()["before", "1.0"].slots <= 20
    assert rows()["after", "2.0"].slots <= 5


def test_each_share_is_a_stratum_of_its_own(begun, redis):
    redis.serve(ago(20), ago(10), "1.0", requests=950)
    redis.serve(ago(20), ago(10), "2.0", requests=50)
    redis.serve(ago(10), ago(0), "1.0", "2.0", requests=500)
    redis.copy(begun)

    found = {(row.stratum, row.release): row for row in Observation.objects.all()}
    shares = {stratum for stratum, _release in found}
    assert len(shares) == 2
    assert 0 in shares
    assert all(found[each, "1.0"].slots == found[each, "2.0"].slots for each in shares)


def test_a_slot_counts_once_however_often_it_is_copied(begun, redis):
    redis.serve(ago(20), ago(0), "1.0", "2.0", inside={BROKEN: 2})
    redis.copy(begun)
    before = rows()["beside", "2.0"].errors
    redis.copy(begun)

    assert rows()["beside", "2.0"].errors == before


def test_what_comes_later_is_added(begun, redis):
    redis.serve(ago(20), ago(0), "1.0", "2.0")
    redis.newest = int(ago(10) // 60) * 60
    redis.copy(begun)
    few = rows()["beside", "2.0"].requests
    redis.newest = None
    redis.copy(begun)

    assert 0 < few < rows()["beside", "2.0"].requests


def test_somebody_quicker_is_not_undone(begun, redis, monkeypatch):
    redis.serve(ago(20), ago(0), "1.0", "2.0")
    real = copying._words

    def overtaken(*args):
        Copied.objects.update(next_slot=F("next_slot") + 60)
        return real(*args)

    monkeypatch.setattr(copying, "_words", overtaken)
    redis.copy(begun)

    assert rows() == {}


def test_a_slot_in_which_only_one_served_is_not_side_by_side(begun, redis):
    redis.serve(ago(20), ago(0), "1.0")
    redis.serve(ago(20), ago(10), "2.0")
    redis.serve(ago(10), ago(0), "2.0", requests=0)
    redis.copy(begun)

    assert rows()["beside", "1.0"].slots == rows()["beside", "2.0"].slots <= 10


def test_other_releases_are_nobodys_business(begun, redis):
    redis.serve(ago(20), ago(0), "1.0", "2.0", "0.9")
    redis.copy(begun)

    assert {release for _phase, release in rows()} == {"1.0", "2.0"}


def test_after_a_rollback_nothing_is_taken_in_any_more(redis):
    deployment = DeploymentFactory.aged(1800, rolled_back=True)
    Deployment.objects.update(state_since=database.Now() - timedelta(seconds=900))
    deployment.refresh_from_db()
    redis.serve(ago(30), ago(0), "1.0", "2.0")
    redis.copy(deployment)

    assert rows()["beside", "2.0"].slots <= 15


@pytest.mark.parametrize("facts", [{"stuck": True}, {"rolled_back": True}])
def test_going_back_takes_a_while_and_none_of_it_counts(redis, facts):
    """Not even as what the new release did with everyone on it."""
    deployment = DeploymentFactory.aged(
        2400, promoted_at=database.Now() - timedelta(seconds=1800), step=3, **facts
    )
    went_back(deployment, 15)
    redis.serve(ago(30), ago(0), "2.0")
    redis.copy(deployment)

    assert 13 <= rows()["after", "2.0"].slots <= 15


def test_words_come_along_once(begun, redis):
    redis.serve(ago(20), ago(10), "1.0", "2.0", inside={BROKEN: 1})
    redis.copy(begun)
    redis.words.clear()
    redis.serve(ago(10), ago(0), "1.0", "2.0", inside={BROKEN: 1, INSERT: 1})
    redis.copy(begun)

    assert rows()["beside", "2.0"].words[BROKEN] == WORDS[BROKEN]


def test_regions_are_copied_side_by_side(begun, redis):
    for region, requests in (("eu", 100), ("us", 50)):
        redis.serve(ago(20), ago(0), "1.0", "2.0", region=region, requests=requests)
        redis.copy(begun, region)

    assert pairs.regions(begun) == ["eu", "us"]
    all_, eu = (pairs.of(begun, region)[0].sides.new.requests for region in ("", "eu"))
    assert 0 < eu < all_


def test_what_redis_no_longer_holds_is_missed_and_said(begun, redis, monkeypatch):
    redis.serve(ago(30), ago(0), "1.0", "2.0")
    monkeypatch.setattr(keys, "KEPT_SECONDS", 600)
    redis.copy(begun)

    assert 2000 <= pairs.missed_seconds(begun) <= 2520
    assert rows()["beside", "2.0"].slots <= 10


def test_without_redis_nothing_is_taken_for_nothing(begun, redis, monkeypatch):
    def away():
        raise Unavailable("Redis did not answer")

    monkeypatch.setattr(source, "clock", away)
    with pytest.raises(Unavailable):
        redis.copy(begun)

    assert Copied.objects.count() == 0


def test_what_cannot_be_copied_of_one_keeps_no_other_waiting(redis, monkeypatch):
    first = DeploymentFactory.aged(2400, baking=True)
    second = DeploymentFactory.aged(1200, version="3.0", previous_version="2.0")
    redis.serve(ago(40), ago(0), "1.0", "2.0")
    real = copying._keep
    broken = Copied.objects.filter(deployment=second)

    def keep(place, *args):
        if broken.filter(pk=place).exists():
            raise ValueError("broken")
        return real(place, *args)

    monkeypatch.setattr(copying, "_keep", keep)
    with pytest.raises(ValueError, match="broken"):
        copying.copy_all()

    assert Copied.objects.get(deployment=first).next_slot > ago(5)


@pytest.mark.parametrize(
    ("facts", "is_compared"),
    [({}, True), ({"baking": True}, True), ({"rolled_back": True}, True),
     ({"pending": True}, False),
     ({"completed": True, "finished_at": database.Now() - timedelta(hours=3)}, False)],
)  # fmt: skip
def test_which_deployments_are_compared(facts, is_compared):
    deployment = DeploymentFactory(**facts)

    assert (deployment in copying.compared()) is is_compared


def test_one_worker_or_ticker_of_a_region_does_it_at_a_time(monkeypatch):
    done = []
    monkeypatch.setattr(copying, "copy_all", lambda: done.append(1))
    for role in ("web", "router", ""):
        monkeypatch.setattr(membership, "_role", role)
        copying.turn()
    assert done == []

    monkeypatch.setattr(membership, "_role", "worker")
    copying.turn()
    copying.turn()

    assert done == [1]
    assert Lease.objects.filter(name="comparison:default").exists()


def test_old_observations_are_forgotten_with_their_progress():
    for days in (31, 29):
        past = database.Now() - timedelta(days=days)
        deployment = DeploymentFactory(completed=True, finished_at=past, version=f"{days}.0")
        Observation.objects.create(
            deployment=deployment, region="eu", phase="beside", release="1.0"
        )
        Copied.objects.create(deployment=deployment, region="eu", next_slot=0, seconds=60)

    assert copying.forget_old(30) == 1
    assert Observation.objects.get().deployment.version == "29.0"
    assert Copied.objects.count() == 1

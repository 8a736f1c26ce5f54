"""The published split: one row, its copy, and the dead-man's switch."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from zdt_core import database, fast_copy
from zdt_deploy.canary import share
from zdt_deploy.canary.models import TrafficShare
from zdt_deploy.canary.terms import HOLD_FROM, Terms, terms
from zdt_deploy.deployments.states import ACTIVE, FINAL, State

pytestmark = pytest.mark.django_db
FIVE = Terms("1.0", "2.0", Decimal(5), 180)
HALF = Terms("1.0", "2.0", Decimal(50), None)
NONE = Terms("1.0", "2.0", Decimal(0), None)


@pytest.fixture(autouse=True)
def empty_redis():
    fast_copy.client().flushdb()


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    def run(work, *args):
        with django_capture_on_commit_callbacks(execute=True):
            return work(*args)

    return run


def publish(what, service="shop"):
    return share.publish("test", service, what, None)


def truth():
    return share.read_truth("test", "shop")


def copied():
    return share.read_copy("test", "shop")


def age(seconds):
    """Let the row's time pass."""
    TrafficShare.objects.update(valid_until=database.Now() + timedelta(seconds=180 - seconds))


def test_nothing_is_published_where_nothing_was():
    assert truth() is None
    assert copied() is None


def test_a_share_is_read_back_from_both_places(committed):
    committed(publish, FIVE)
    for route in (truth(), copied()):
        assert (route.stable, route.canary, route.percentage) == ("1.0", "2.0", Decimal(5))
        assert (route.threshold, route.epoch, route.deployment) == (5000, 1, None)
        assert 170 < route.valid_for <= 180


def test_each_change_has_an_epoch_of_its_own_and_no_change_has_none():
    assert [publish(what).epoch for what in (FIVE, FIVE, HALF, NONE, NONE, FIVE)] == [
        1, 1, 2, 3, 3, 4,
    ]  # fmt: skip


def test_the_copy_waits_for_the_commit_and_vanishes_with_it(committed):
    class Undo(Exception):
        pass

    def undone():
        with pytest.raises(Undo), database.atomic():  # noqa: PT012  (the end undoes the start)
            publish(FIVE)
            raise Undo

    committed(undone)
    assert copied() is None
    assert truth() is None


def test_from_half_of_the_users_up_a_share_holds(committed):
    committed(publish, HALF)
    assert truth().valid_for is None
    assert copied().valid_for is None
    assert fast_copy.client().pttl(share.key("test", "shop")) <= 86_400_000


def test_a_lapsed_share_is_worth_nothing_and_nobody_revives_it(committed):
    row = committed(publish, FIVE)
    age(180)
    assert share.has_lapsed(row)
    assert truth().valid_for == 0
    assert not share.renew("test", "shop", row.epoch, 180)
    committed(share.copy, row)
    assert copied() is None, "a copy without validity is removed"


def test_renewing_prolongs_row_and_copy_without_an_epoch(committed):
    row = committed(publish, FIVE)
    age(170)
    assert committed(share.renew, "test", "shop", row.epoch, 180)
    assert 170 < truth().valid_for <= 180
    assert 170 < copied().valid_for <= 180
    assert truth().epoch == row.epoch


def test_renewing_a_share_that_has_changed_since_does_nothing():
    row = publish(FIVE)
    publish(Terms("1.0", "2.0", Decimal(25), 180))
    age(100)
    assert not share.renew("test", "shop", row.epoch, 180)
    assert truth().valid_for <= 80


def test_renewing_a_held_share_refreshes_its_copy(committed):
    row = committed(publish, HALF)
    fast_copy.client().flushdb()
    assert committed(share.renew, "test", "shop", row.epoch, 180)
    assert copied().percentage == 50
    assert truth().valid_for is None


def test_the_validity_of_the_copy_is_what_the_database_says_is_left(committed):
    row = publish(FIVE)
    age(100)
    committed(share.copy, row)
    assert 75 < copied().valid_for <= 80


def test_an_older_epoch_never_overwrites_a_newer_copy(committed):
    row = committed(publish, FIVE)
    name = share.key("test", "shop")
    newer = json.loads(fast_copy.client().get(name)) | {"epoch": 9}
    fast_copy.client().set(name, json.dumps(newer), px=60_000)
    share.copy(row)
    assert copied().epoch == 9


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"7", b'{"epoch": "x"}', b"\xff"])
def test_a_copy_that_cannot_be_read_is_no_copy_and_is_overwritten(rubbish, committed):
    fast_copy.client().set(share.key("test", "shop"), rubbish, px=60_000)
    assert copied() is None
    committed(publish, FIVE)
    assert copied().percentage == 5


def test_a_copy_without_an_end_is_not_ours():
    fast_copy.client().set(share.key("test", "shop"), b"{}")
    assert copied() is None


def test_losing_redis_loses_nothing(committed, settings):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"
    committed(publish, FIVE)
    assert truth().percentage == 5
    settings.ZDT_REDIS_URL = None
    share.copy_all()
    assert copied().percentage == 5


def test_two_services_do_not_share_a_split(committed):
    committed(publish, FIVE)
    committed(publish, HALF, "billing")
    assert (truth().percentage, share.read_truth("test", "billing").percentage) == (5, 50)


# ---- regions ----


REGIONAL = Terms("1.0", "2.0", Decimal(0), 180, {"us": Decimal(100), "eu": Decimal("12.5")})


def in_region(name):
    """What holds there by both places."""
    at = ("test", "shop", name)
    return share.read_truth(*at), share.read_copy(*at)


def test_each_region_reads_its_own_share_and_all_others_that_of_everyone(committed):
    committed(publish, REGIONAL)
    for name, percentage in (("us", 100), ("eu", Decimal("12.5")), ("apac", 0)):
        for route in in_region(name):
            assert (route.percentage, route.epoch) == (percentage, 1)


def test_a_process_reads_the_share_of_its_region(committed, settings):
    committed(publish, REGIONAL)
    settings.ZDT_REGION = "eu"
    assert truth().percentage == copied().percentage == Decimal("12.5")


def test_the_switch_spares_the_regions_where_stable_may_be_gone(committed):
    committed(publish, REGIONAL)
    for route in in_region("us"):
        assert route.valid_for is None
    for route in in_region("eu"):
        assert 170 < route.valid_for <= 180


def test_a_region_that_holds_is_known_though_the_share_has_lapsed(committed):
    row = committed(publish, REGIONAL)
    age(181)
    committed(share.copy, row)
    assert in_region("us")[0].valid_for is None
    assert in_region("eu")[0].valid_for == 0
    assert copied() is None, "who starts now asks PostgreSQL"


def test_a_changed_region_is_a_new_epoch_and_its_end_is_one():
    shares = [REGIONAL.regions, REGIONAL.regions, {"us": Decimal(100)}, {}]
    found = [Terms("1.0", "2.0", Decimal(0), 180, regions) for regions in shares]
    assert [publish(what).epoch for what in found] == [1, 1, 2, 3]


def test_a_copy_from_a_release_without_regions_is_everyones(committed):
    committed(publish, FIVE)
    name = share.key("test", "shop")
    old = json.loads(fast_copy.client().get(name))
    del old["regions"]
    fast_copy.client().set(name, json.dumps(old), px=60_000)
    assert copied().percentage == 5


# ---- which terms a state calls for ----


def wanted(state, percentage=Decimal(5)):
    return terms(state, version="2.0", previous="1.0", percentage=percentage, valid_seconds=180)


@pytest.mark.parametrize("state", [State(name) for name in sorted(ACTIVE | FINAL)])
def test_every_state_has_its_terms(state):
    found = wanted(state)
    if state in (State.SHIFTING, State.OBSERVING, State.PAUSED, State.HELD):
        assert found == FIVE
    elif state in (State.ROLLING_BACK, State.STUCK, State.ROLLED_BACK):
        assert found == NONE
    elif state is State.COMPLETED:
        assert found == Terms("2.0", "", Decimal(0), None)
    else:
        assert found is None, "nobody was ever sent there"


def test_baking_is_everyone_and_holds():
    assert wanted(State.BAKING) == Terms("1.0", "2.0", Decimal(100), None)


def test_pending_changes_nothing():
    assert wanted(State.PENDING) is None


@pytest.mark.parametrize(
    ("percentage", "valid"), [("49.999", 180), ("50", None)], ids=["just below", "half"]
)
def test_validity_ends_below_half(percentage, valid):
    assert wanted(State.OBSERVING, Decimal(percentage)).valid_seconds == valid
    assert HOLD_FROM == 50


@pytest.mark.parametrize(
    ("shares", "valid"),
    [({"us": 10}, 180), ({"us": 100, "eu": 10}, 180), ({"us": 100, "eu": 50}, None),
     ({"us": 100, "eu": 0}, None)],
)  # fmt: skip
def test_regions_hold_only_where_each_of_them_may(shares, valid):
    regions = {name: Decimal(share) for name, share in shares.items()}
    found = terms(
        State.OBSERVING, version="2.0", previous="1.0", percentage=Decimal(0), valid_seconds=180,
        regions=regions,
    )  # fmt: skip
    assert (found.valid_seconds, found.regions) == (valid, regions)


@pytest.mark.parametrize(
    ("state", "stable"),
    [("shifting", ""), ("observing", ""), ("rolling_back", ""), ("stuck", ""),
     ("baking", "2.0"), ("completed", "2.0"), ("rolled_back", "1.0")],
)  # fmt: skip
def test_where_processes_are_replaced_nobody_is_told_where_to_go_until_all_are_alike(state, stable):
    found = terms(
        State(state), version="2.0", previous="1.0", percentage=Decimal(25), valid_seconds=180,
        splits=False,
    )  # fmt: skip
    assert found == Terms(stable, "", Decimal(0), None)

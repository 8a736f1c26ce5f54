import pytest

from zdt_deploy.canary.sequential import shards
from zdt_deploy.canary.sequential.shards import Counts

SEED = ("deployment", 7)


def side(*requests, errors=0):
    return {f"i{n}": Counts(each, errors, {1: each}) for n, each in enumerate(requests)}


def test_one_canary_instance_has_each_of_stable_for_its_equal():
    divided = shards.divide(side(100), side(*[100] * 9), SEED)

    assert divided.canary_is_one
    assert len(divided.many) == 9
    assert divided.requests == 100


def test_several_are_pooled_and_stable_is_grouped_by_as_many():
    divided = shards.divide(side(100, 100), side(*[100] * 9), SEED)

    assert divided.one == Counts(200, 0, {1: 200})
    assert [each.requests for each in divided.many] == [200] * 4  # one instance is left over


def test_where_the_canary_has_more_instances_the_sides_change_roles():
    divided = shards.divide(side(*[100] * 7), side(100, 100), SEED)

    assert not divided.canary_is_one
    assert divided.one.requests == 200
    assert len(divided.many) == 3


def test_instances_keep_their_groups_when_others_come_and_go():
    stable = side(10, 11, 12, 13)
    order = [each.requests for each in shards.divide(side(9), stable, SEED).many]
    reversed_ = dict(reversed(stable.items()))

    assert [each.requests for each in shards.divide(side(9), reversed_, SEED).many] == order


def test_all_are_thinned_to_the_one_with_the_fewest_requests():
    divided = shards.divide(side(1000, errors=100), side(400, 900, errors=40), SEED)

    everything = [divided.one, *divided.many]
    assert {each.requests for each in everything} == {400}
    assert {sum(each.latency.values()) for each in everything} == {400}
    assert 20 < divided.one.errors < 60
    assert divided == shards.divide(side(1000, errors=100), side(400, 900, errors=40), SEED)


def test_an_instance_that_just_began_does_not_thin_all_the_others():
    divided = shards.divide(side(1000), side(1000, 1000, 99), SEED)

    assert [each.requests for each in divided.many] == [1000, 1000]


def test_no_shard_is_larger_than_it_has_to_be(monkeypatch):
    monkeypatch.setattr(shards, "MOST_REQUESTS", 50)

    assert shards.divide(side(1000), side(1000, 1000), SEED).requests == 50


@pytest.mark.parametrize(("canary", "stable"), [((), (5,)), ((5,), ()), ((0,), (5,)), ((5,), (0,))])
def test_without_requests_on_a_side_there_is_nothing_to_compare(canary, stable):
    assert shards.divide(side(*canary), side(*stable), SEED) is None


def test_counters_are_thinned_with_their_requests():
    canary = {"c": Counts(1000, 0, {1: 1000}, {"sold": 100, "paid": 5000.5, "seen": 3000})}

    divided = shards.divide(canary, side(500), SEED)

    found = divided.one.counters
    assert found["sold"] in range(25, 76)
    assert (found["paid"], found["seen"]) == (2500.25, 1500)
    assert divided.many[0].counters == {}


def test_counters_of_several_are_added_up():
    found = shards.pooled([Counts(1, counters={"a": 1}), Counts(1, counters={"a": 2, "b": 0.5})])

    assert found.counters == {"a": 3, "b": 0.5}

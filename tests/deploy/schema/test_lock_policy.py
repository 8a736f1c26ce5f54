from itertools import pairwise

import pytest

from zdt_deploy.schema.locks import Blocker, Policy, Step


def policy(**given):
    return Policy(
        **{
            "short": 0.2,
            "pause": 0.5,
            "longest_pause": 10.0,
            "patience": 120.0,
            "yields_after": 1.0,
            **given,
        }
    )


def blocker(**given):
    facts = {
        "pid": 7, "user": "shop", "kind": "client backend", "application": "zdt:1.0:web-1",
        "state": "idle in transaction", "age": 93.4, "query": "SELECT 1",
    }  # fmt: skip
    return Blocker(**{**facts, **given})


def all_waits(found, **blocked):
    elapsed, waits = 0.0, []
    while True:
        wait = found.next(elapsed, **{"vacuums": [], "others": [7], **blocked})
        if wait.step is Step.GIVE_UP:
            return waits, elapsed
        waits.append(wait)
        elapsed += wait.pause + wait.seconds


def test_tries_are_short_and_pauses_grow_up_to_the_longest():
    waits, elapsed = all_waits(policy())

    assert {(wait.step, wait.seconds) for wait in waits} == {(Step.SHORT, 0.2)}
    pauses = [wait.pause for wait in waits]
    assert pauses[0] == 0.5
    assert max(pauses) == 10.0
    assert all(later >= earlier for earlier, later in pairwise(pauses))
    assert 100 < elapsed <= 120


def test_the_site_waits_for_little_of_the_time():
    waits, elapsed = all_waits(policy())
    assert sum(wait.seconds for wait in waits) / elapsed < 0.05


def test_one_try_is_long_enough_for_an_autovacuum_to_give_way():
    found = policy()
    first = found.next(0.2, vacuums=[9], others=[])
    again = found.next(2.0, vacuums=[9], others=[])
    another = found.next(3.0, vacuums=[10], others=[])

    assert (first.step, first.seconds) == (Step.LONG, 1.2)
    assert again.step is Step.SHORT
    assert another.step is Step.LONG


def test_an_autovacuum_is_not_waited_out_while_somebody_else_is_in_the_way_too():
    assert policy().next(0.2, vacuums=[9], others=[7]).step is Step.SHORT


def test_nothing_is_tried_after_the_patience():
    assert policy().next(119.9, vacuums=[], others=[7]).step is Step.GIVE_UP


@pytest.mark.parametrize(
    ("kind", "query", "gives_way"),
    [
        ("autovacuum worker", "autovacuum: VACUUM public.orders", True),
        ("autovacuum worker", "autovacuum: VACUUM public.orders (to prevent wraparound)", False),
        ("client backend", "VACUUM orders", False),
    ],
)
def test_only_an_ordinary_autovacuum_gives_way(kind, query, gives_way):
    assert blocker(kind=kind, query=query).gives_way is gives_way


def test_a_blocker_is_named_in_one_line():
    text = str(blocker(query="UPDATE orders\n  SET total = 0" + " " * 200 + "x" * 200))

    assert text.startswith(
        "pid 7, shop (zdt:1.0:web-1), idle in transaction for 93 s: UPDATE orders SET total = 0 x"
    )
    assert len(text) < 220
    assert str(blocker(user="", kind="autovacuum worker", state="active")).startswith(
        "pid 7, autovacuum worker (zdt:1.0:web-1), active for 93 s"
    )

import random

import pytest

from zdt_core.metering import histogram
from zdt_deploy.canary.sequential import before, judge, shards
from zdt_deploy.canary.sequential.measures import Measure
from zdt_deploy.canary.sequential.ranks import Place, Wealth
from zdt_deploy.canary.sequential.shards import Counts, Shards
from zdt_deploy.canary.sequential.terms import Terms

TERMS = Terms()


def measured(chance, requests=400, errors=0.01, slower=1.0):
    durations = [chance.lognormvariate(4.1, 0.8) * slower for _ in range(requests)]
    failed = sum(chance.random() < errors for _ in range(requests))
    return Counts(requests, failed, histogram.of(durations))


def stable(chance, instances=9, **facts):
    return {f"s{n}": measured(chance, **facts) for n in range(instances)}


@pytest.fixture(scope="module")
def usual():
    chance = random.Random(0)
    return before.learn([stable(chance) for _ in range(10)])


def judged(usual, minutes=12, instances=(1, 9), seed=1, **canary):
    chance = random.Random(seed)
    state = judge.State()
    for minute in range(minutes):
        ours = {f"c{n}": measured(chance, **canary) for n in range(instances[0])}
        divided = shards.divide(ours, stable(chance, instances[1]), ("d", minute))
        state = judge.after(state, divided, usual, TERMS, ("d", minute))
    return judge.weigh(state, TERMS)


def test_a_release_like_stable_turns_out_to_be_fine(usual):
    opinion = judged(usual, minutes=20)

    assert opinion.is_fine
    assert not opinion.is_worse


@pytest.mark.parametrize("instances", [(1, 9), (2, 8), (6, 4), (9, 1), (5, 5)])
def test_more_errors_are_seen_whoever_is_the_smaller_side(usual, instances):
    opinion = judged(usual, instances=instances, errors=0.06)

    assert opinion.worse["errors"] >= opinion.worse_needed["errors"]
    assert opinion.worse["latency"] < opinion.worse_needed["latency"]
    assert opinion.is_worse
    assert not opinion.is_fine


@pytest.mark.parametrize("instances", [(1, 9), (9, 1)])
def test_a_slower_release_is_seen(usual, instances):
    opinion = judged(usual, instances=instances, slower=1.6)

    assert opinion.worse["latency"] >= opinion.worse_needed["latency"]
    assert opinion.is_worse


def test_what_is_within_the_tolerance_is_no_worse(usual):
    opinion = judged(usual, minutes=30, slower=1.02, errors=0.0105)

    assert not opinion.is_worse


def test_what_is_worse_by_the_margin_is_not_found_fine(usual):
    assert not judged(usual, minutes=30, errors=0.015).is_fine
    assert not judged(usual, minutes=30, slower=1.25).is_fine


def test_a_better_release_is_fine_sooner_and_never_worse(usual):
    opinion = judged(usual, minutes=8, errors=0.0, slower=0.8)

    assert opinion.is_fine


def test_nothing_is_fine_at_the_beginning():
    opinion = judge.weigh(judge.State(), TERMS)

    assert not opinion.is_fine
    assert not opinion.is_worse


def test_nobody_with_an_error_says_something_of_the_margin_only(usual):
    opinion = judged(usual, errors=0.0)

    assert opinion.worse["errors"] < 0
    assert opinion.fine["errors"] > 0


def test_the_same_numbers_give_the_same_evidence(usual):
    assert judged(usual, minutes=5) == judged(usual, minutes=5)


def test_evidence_of_a_bad_release_outweighs_that_it_seemed_fine_before(usual):
    chance = random.Random(3)
    state = judge.State()
    for minute in range(60):
        ours = {"c": measured(chance, errors=0.01 if minute < 30 else 0.2)}
        divided = shards.divide(ours, stable(chance), ("d", minute))
        state = judge.after(state, divided, usual, TERMS, ("d", minute))

    opinion = judge.weigh(state, TERMS)
    assert opinion.is_worse
    assert not opinion.is_fine


def test_what_is_worse_in_one_metric_is_not_fine_however_fine_the_others_are():
    opinion = judge.Opinion(
        {"errors": 9.0, "latency": 0.0}, {"errors": 9.0, "latency": 9.0},
        {"errors": 5.0, "latency": 5.0}, 3.0,
    )  # fmt: skip

    assert opinion.is_worse
    assert not opinion.is_fine


def test_several_measures_are_bet_on_one_by_one_and_all_together():
    worst, best = Place(9, 9, 9), Place(0, 0, 9)
    bets = judge.Bets.on(2).after([(worst, best), (best, worst)])

    assert bets.worse == (
        Wealth().after([worst]),
        Wealth().after([best]),
        Wealth().after([worst, best]),
    )
    assert bets.fine == (Wealth().after([best]), Wealth().after([worst]))


def test_latency_is_as_fine_as_its_least_fine_measure():
    """By the mean of them releases went on that were slower by a fifth."""
    sure, unsure = Wealth((9.0,) * 5), Wealth((1.0,) * 5)
    bets = judge.Bets((Wealth(),) * 4, (sure, unsure, sure))

    opinion = judge.weigh(judge.State({"latency": bets}, 9), TERMS)

    assert opinion.fine["latency"] == pytest.approx(1.0)


@pytest.mark.parametrize(("canary_is_one", "worse"), [(True, (1, 2, 3)), (False, (1, 1, 3))])
def test_it_is_stable_that_is_made_worse_by_the_tolerance_and_by_the_margin(canary_is_one, worse):
    """Three errors beside 1, 2 and 5; one more is tolerated, and five would be too many."""
    many = tuple(Counts(10, errors) for errors in (1, 2, 5))
    measure = Measure(lambda c: c.errors, lambda c, v, chance: v + 1, lambda c, v, chance: v + 5)
    equals = Shards(Counts(10, 3), many, canary_is_one, 10)

    found = judge._places(equals, measure, random.Random(1))

    assert found == (Place(*worse), Place(3, 3, 3))

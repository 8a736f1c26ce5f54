from collections import Counter
from math import comb

import pytest

from zdt_deploy.canary.sequential import draws

DRAWS = 20_000


def shares(draw):
    chance = draws.generator("test")
    found = Counter(draw(chance) for _ in range(DRAWS))
    return {value: count / DRAWS for value, count in found.items()}


@pytest.mark.parametrize(
    ("special", "total", "keep"), [(3, 12, 4), (9, 12, 4), (3, 12, 9), (9, 12, 9), (5, 10, 5)]
)
def test_what_is_kept_is_hypergeometric(special, total, keep):
    found = shares(lambda chance: draws.kept(chance, special, total, keep))

    for value in range(keep + 1):
        exact = comb(special, value) * comb(total - special, keep - value) / comb(total, keep)
        assert found.get(value, 0) == pytest.approx(exact, abs=0.015)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_successes_are_binomial(share):
    found = shares(lambda chance: draws.successes(chance, 6, share))

    for value in range(7):
        exact = comb(6, value) * share**value * (1 - share) ** (6 - value)
        assert found.get(value, 0) == pytest.approx(exact, abs=0.015)


@pytest.mark.parametrize(("share", "trials", "all_of_them"), [(0, 9, 0), (1, 9, 9), (0.5, 0, 0)])
def test_certain_successes_need_no_chance(share, trials, all_of_them):
    assert draws.successes(draws.generator("test"), trials, share) == all_of_them


@pytest.mark.parametrize(("special", "total", "keep"), [(0, 9, 4), (9, 9, 4), (4, 9, 0), (4, 9, 9)])
def test_certain_draws_come_out_as_they_must(special, total, keep):
    expected = {0: 0, 9: special}.get(keep, 0 if special == 0 else keep)

    assert draws.kept(draws.generator("test"), special, total, keep) == expected


def test_a_histogram_is_thinned_to_so_many_and_holds_nothing_new():
    counts = {1: 5, 2: 100, 7: 1, 9: 400}

    thin = draws.thinned(draws.generator("test"), counts, 60)

    assert sum(thin.values()) == 60
    assert all(0 < count <= counts[bucket] for bucket, count in thin.items())


def test_each_part_of_a_histogram_keeps_its_share():
    chance = draws.generator("test")

    kept = Counter()
    for _ in range(2000):
        kept.update(draws.thinned(chance, {1: 30, 2: 60, 3: 10}, 50))

    assert kept[1] / 2000 == pytest.approx(15, rel=0.03)
    assert kept[3] / 2000 == pytest.approx(5, rel=0.03)


def test_the_same_seed_draws_the_same():
    assert draws.generator("d", 3).random() == draws.generator("d", 3).random()
    assert draws.generator("d", 3).random() != draws.generator("d", 4).random()

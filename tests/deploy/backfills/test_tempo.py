"""The tempo of a lane, as the pacing changes under way."""

from __future__ import annotations

import pytest

from zdt_deploy.backfills.models import Backfill
from zdt_deploy.backfills.tempo import Tempo

LARGE = 100_000


def paced(pacing, **values):
    return Backfill(pacing=pacing, **values)


def grown(pacing):
    """A tempo whose batches have grown large."""
    return Tempo(paced(pacing), {"size": LARGE, "aim": 0.25}, 500)


@pytest.mark.parametrize("later", [{"mode": "adaptive"}, {"mode": "none", "batch_seconds": 0.01}])
def test_where_batches_are_to_be_shorter_the_next_is_as_small_as_the_first(later):
    tempo = grown({"mode": "none"})
    assert tempo.size == LARGE

    tempo.follow(paced(later))

    assert tempo.size == 500


def test_the_same_counts_between_two_slices():
    kept = grown({"mode": "none"}).kept()

    assert Tempo(paced({"mode": "adaptive"}), kept, 500).size == 500


@pytest.mark.parametrize("later", [{"mode": "none", "windows": ["22:00-05:00"]}, {"mode": "none"}])
def test_else_it_stays(later):
    tempo = grown({"mode": "none"})

    tempo.follow(paced(later, lanes=3))

    assert tempo.size == LARGE
    assert Tempo(paced(later), tempo.kept(), 500).size == LARGE


def test_a_batch_that_was_too_much_is_halved_and_grows_again():
    tempo = grown({"mode": "none"})

    tempo.cut(LARGE)
    sizes = [tempo.size]
    for _batch in range(2):
        tempo.rest(sizes[-1], sizes[-1], began=0, seconds=0.25, cost=0, lease=30)
        sizes.append(tempo.size)

    assert sizes == [50_000, LARGE, LARGE]

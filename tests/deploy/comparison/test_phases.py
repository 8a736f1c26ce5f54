"""When a slot lies before, beside or after."""

import pytest

from zdt_deploy.comparison.phases import Phase, Times

UNDER_WAY, EVERYONE = Times(1000.0), Times(1000.0, 2000.0)
ENDED = Times(1000.0, 2000.0, 3000.0)
BACK = Times(1000.0, None, 1500.0)


@pytest.mark.parametrize(
    ("times", "start", "phase"),
    [
        (UNDER_WAY, 900, Phase.BEFORE),
        (UNDER_WAY, 940, Phase.BEFORE),
        (UNDER_WAY, 960, None),
        (UNDER_WAY, 1000, Phase.BESIDE),
        (UNDER_WAY, 9000, Phase.BESIDE),
        (EVERYONE, 1920, Phase.BESIDE),
        (EVERYONE, 1980, None),
        (EVERYONE, 2000, Phase.AFTER),
        (ENDED, 2940, Phase.AFTER),
        (ENDED, 2960, None),
        (ENDED, 900, Phase.BEFORE),
        (BACK, 1440, Phase.BESIDE),
        (BACK, 1460, None),
    ],
)
def test_a_slot_counts_only_where_all_of_it_lies_in_one_phase(times, start, phase):
    assert times.phase(start, 60) is phase

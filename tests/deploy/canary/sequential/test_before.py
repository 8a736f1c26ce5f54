import json
import random

import pytest

from zdt_core.metering import histogram
from zdt_deploy.canary.sequential import before
from zdt_deploy.canary.sequential.shards import Counts

INSTANCES = [f"i{n}" for n in range(9)]


def site(errors=lambda minute, name: 10, milliseconds=lambda minute, name: 100.0, minutes=30):
    return [
        {
            name: Counts(
                1000,
                errors(minute, name),
                {histogram.bucket(milliseconds(minute, name)): 1000},
            )
            for name in INSTANCES
        }
        for minute in range(minutes)
    ]


def noise(size, seed=1):
    chance = random.Random(seed)
    return lambda minute, name: 10 + chance.randrange(-size, size + 1)


def test_what_is_usual_comes_from_all_instances_together():
    usual = before.learn(site(noise(3)))

    assert usual.errors.usual == pytest.approx(0.01, rel=0.05)
    assert usual.latency.typical.usual == pytest.approx(100, rel=0.02)
    assert usual.latency.p95.usual == usual.latency.p99.usual == pytest.approx(100, rel=0.02)
    assert usual.block == 1


def test_chance_is_no_spread():
    assert before.learn(site(noise(5))).errors.spread == 0


def test_an_instance_that_differs_for_good_is_a_spread():
    lasting = dict(zip(INSTANCES, (5, 10, 15, 5, 10, 15, 5, 10, 15), strict=True))
    chance = random.Random(1)

    usual = before.learn(site(lambda minute, name: lasting[name] + chance.randrange(-2, 3)))

    assert usual.errors.spread == pytest.approx(0.0043, rel=0.1)
    assert usual.block == 1


def test_bursts_that_all_instances_share_are_no_spread():
    assert (
        before.learn(site(lambda minute, name: 100 if minute % 7 == 0 else 10)).errors.spread == 0
    )


def test_slower_machines_are_a_spread_of_latency():
    slow = {"i0": 180.0, "i1": 150.0}

    usual = before.learn(site(milliseconds=lambda minute, name: slow.get(name, 100.0)))

    found = usual.latency
    assert all(20 < level.spread < 40 for level in (found.typical, found.p95, found.p99))


def test_noise_that_lasts_makes_long_blocks():
    begun = {name: number for number, name in enumerate(INSTANCES)}

    usual = before.learn(site(lambda minute, name: 40 if (minute + begun[name]) // 6 % 3 else 10))

    assert usual.block == before.LONG_BLOCK


@pytest.mark.parametrize("minutes", [0, 4])
def test_too_few_minutes_tell_nothing(minutes):
    assert before.learn(site(minutes=minutes)) is None


def test_minutes_without_requests_do_not_count():
    silent = [{name: Counts() for name in INSTANCES}] * 20

    assert before.learn(silent + site(minutes=4)) is None
    assert before.learn(silent + site(minutes=5)).errors.usual == pytest.approx(0.01)


def test_one_instance_has_no_spread():
    alone = [{"only": minute["i0"]} for minute in site()]

    assert before.learn(alone).errors == before.Level(pytest.approx(0.01), 0.0)


def test_counters_have_a_level_per_request_and_a_spread():
    generous = dict(zip(INSTANCES, (0, 50, 100) * 3, strict=True))
    minutes = [
        {name: Counts(1000, 10, {1: 1000}, {"sold": generous[name]}) for name in INSTANCES}
    ] * 6

    usual = before.learn(minutes, ["sold", "returned"])

    assert usual.counters["sold"] == before.Level(0.05, pytest.approx(0.0433, rel=0.01))
    assert usual.counters["returned"] == before.Level(0.0, 0.0)


def test_what_is_usual_survives_as_json():
    usual = before.learn(site(noise(3)), ["sold"])

    assert before.Before.from_json(json.loads(json.dumps(usual.to_json()))) == usual

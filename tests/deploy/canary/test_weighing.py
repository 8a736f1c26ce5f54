"""What is weighed of the windows in the table, on a real database."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.deploy.factories import DeploymentFactory
from zdt_core.fleet.models import Process
from zdt_core.metering import histogram
from zdt_deploy.canary import weighing
from zdt_deploy.canary.evidence import Question
from zdt_deploy.canary.models import Evidence, MetricWindow
from zdt_deploy.canary.sequential.terms import Counter, Terms

pytestmark = pytest.mark.django_db
TERMS = Terms()
BEGUN = 60_000
FAST = histogram.bucket(60)


@pytest.fixture
def deployment():
    return DeploymentFactory()


@pytest.fixture
def question(deployment):
    return Question(
        environment="test", service="shop", canary="2.0", stable="1.0", share=Decimal(5),
        before=BEGUN - 1800, step_began=BEGUN - 120, since=BEGUN, until=BEGUN + 600, seconds=10,
    )  # fmt: skip


def windows(release, first, last, instances=1, problem="", **facts):
    counts = {"requests": 60, "errors": 1, "latency": {str(FAST): 60}, **facts}
    MetricWindow.objects.bulk_create(
        MetricWindow(
            environment="test", service="shop", region="eu", window=window, seconds=10,
            release=release, instance=f"{release}-{n}", problem=problem, **counts,
        )
        for window in range(first, last, 10)
        for n in range(instances)
    )  # fmt: skip


@pytest.fixture
def usual():
    """Half an hour of stable before the deployment, and ten minutes beside it."""
    windows("1.0", BEGUN - 1800, BEGUN + 600, instances=4)


def gather(deployment, question):
    return weighing.gather(deployment, question, 60, TERMS)


def test_each_closed_block_is_weighed_once(deployment, question, usual):
    windows("2.0", BEGUN, BEGUN + 600)

    first = gather(deployment, replace(question, until=BEGUN + 130))
    again = gather(deployment, replace(question, until=BEGUN + 170))
    later = gather(deployment, replace(question, until=BEGUN + 180))

    assert (first.blocks, again.blocks, later.blocks) == (2, 2, 3)
    assert first.opinion == again.opinion != later.opinion


def test_ten_looks_and_one_give_the_same(deployment, question, usual):
    windows("2.0", BEGUN, BEGUN + 600, errors=2)
    for minute in range(1, 11):
        bit_by_bit = gather(deployment, replace(question, until=BEGUN + 60 * minute))
    Evidence.objects.all().delete()
    at_once = gather(deployment, question)

    assert bit_by_bit == at_once
    assert at_once.blocks == 10


def test_a_bad_release_is_found_to_be_worse(deployment, question, usual):
    windows("2.0", BEGUN, BEGUN + 600, errors=20)

    opinion = gather(deployment, question).opinion

    assert opinion.is_worse
    assert opinion.worse["latency"] < opinion.worse_needed["latency"]


def test_a_good_release_is_found_to_be_fine(deployment, question, usual):
    windows("2.0", BEGUN, BEGUN + 600, errors=0)

    assert gather(deployment, question).opinion.is_fine


def test_without_a_time_before_the_first_blocks_say_what_is_usual(deployment, question):
    windows("1.0", BEGUN, BEGUN + 600)
    windows("2.0", BEGUN, BEGUN + 600)

    early = [gather(deployment, replace(question, until=BEGUN + 60 * n)) for n in range(1, 7)]
    late = gather(deployment, question)

    assert [each.missing for each in early[:4]] == [4, 3, 2, 1]
    assert all(each.opinion is None for each in early[:4])
    assert [each.blocks for each in early[4:]] == [0, 1]
    assert late.blocks == 5


def test_a_step_that_warms_up_is_not_weighed(deployment, question, usual):
    windows("2.0", BEGUN, BEGUN + 600)

    gather(deployment, replace(question, until=BEGUN + 120))
    warm = gather(deployment, replace(question, since=BEGUN + 290))

    assert warm.blocks == 2 + 5


def test_the_first_two_blocks_of_a_step_are_warming_up(deployment, question, usual):
    windows("2.0", BEGUN, BEGUN + 600)

    assert gather(deployment, replace(question, step_began=BEGUN)).blocks == 8


def test_numbers_that_cannot_be_true_make_their_block_prove_nothing(deployment, question, usual):
    windows("2.0", BEGUN, BEGUN + 300)
    windows("2.0", BEGUN + 300, BEGUN + 310, problem="count_invalid")
    windows("2.0", BEGUN + 310, BEGUN + 600)

    assert gather(deployment, question).blocks == 9


def test_a_block_in_which_a_side_was_silent_proves_nothing(deployment, question, usual):
    windows("2.0", BEGUN, BEGUN + 240)

    found = gather(deployment, question)

    assert found.blocks == 4
    assert Evidence.objects.get().next_block == BEGUN + 600


def test_much_that_was_missed_is_weighed_bit_by_bit(deployment, question, usual, monkeypatch):
    monkeypatch.setattr(weighing, "MOST_AT_ONCE", 4)
    windows("2.0", BEGUN, BEGUN + 600)

    assert [gather(deployment, question).blocks for _ in range(4)] == [4, 8, 10, 10]


def test_noise_that_lasts_has_blocks_of_five_minutes(deployment, question):
    for minute in range(-30, 0):
        for number in range(4):
            at = BEGUN + 60 * minute
            windows_of(number, at, 30 if (minute + number) // 7 % 2 else 1)
    windows("1.0", BEGUN, BEGUN + 600, instances=4)
    windows("2.0", BEGUN, BEGUN + 600)

    assert gather(deployment, question).blocks == 2


def test_the_processes_of_a_machine_are_weighed_as_one(deployment, question, usual, monkeypatch):
    """Four processes on two machines beside one elsewhere are two equals, not four."""
    windows("2.0", BEGUN, BEGUN + 600)
    for number in range(4):
        on(f"1.0-{number}", f"machine-{number % 2}")
    on("2.0-0", "another")
    seen = spied(monkeypatch)

    gather(deployment, question)

    assert {(len(each.many), each.many[0].requests) for each in seen} == {(2, 360)}


def test_several_processes_of_the_new_release_on_one_machine_have_a_machine_for_their_equal(
    deployment, question, usual, monkeypatch
):
    windows("2.0", BEGUN, BEGUN + 600, instances=2)
    for number in range(4):
        on(f"1.0-{number}", f"machine-{number % 2}")
    on("2.0-0", "another")
    on("2.0-1", "another")
    seen = spied(monkeypatch)

    gather(deployment, question)

    assert {(len(each.many), each.one.requests) for each in seen} == {(2, 720)}


def test_where_everything_is_on_one_machine_its_processes_are_equals(
    deployment, question, usual, monkeypatch
):
    windows("2.0", BEGUN, BEGUN + 600)
    for name in ("2.0-0", *(f"1.0-{number}" for number in range(4))):
        on(name, "the only one")
    seen = spied(monkeypatch)

    gather(deployment, question)

    assert {len(each.many) for each in seen} == {4}


def test_what_the_fleet_does_not_know_is_a_machine_of_its_own(
    deployment, question, usual, monkeypatch
):
    windows("2.0", BEGUN, BEGUN + 600)
    seen = spied(monkeypatch)

    gather(deployment, question)

    assert {len(each.many) for each in seen} == {4}


def test_fewer_orders_are_evidence_against_a_release(deployment, question):
    terms = Terms(counters=(Counter("sold", "lower", 0.02),))
    windows("1.0", BEGUN - 1800, BEGUN + 1200, instances=4, counters={"sold": 12})
    windows("2.0", BEGUN, BEGUN + 1200, counters={"sold": 3})

    opinion = weighing.gather(deployment, replace(question, until=BEGUN + 1200), 60, terms).opinion

    assert opinion.worse["counter:sold"] >= opinion.worse_needed["counter:sold"]
    assert opinion.worse["errors"] < opinion.worse_needed["errors"]
    assert not opinion.is_fine


def test_as_many_orders_are_evidence_for_it(deployment, question):
    terms = Terms(counters=(Counter("sold", "lower", 0.1),))
    windows("1.0", BEGUN - 1800, BEGUN + 600, instances=4, counters={"sold": 12})
    windows("2.0", BEGUN, BEGUN + 600, counters={"sold": 12})

    found = weighing.gather(deployment, question, 60, terms)

    assert found.opinion.fine["counter:sold"] >= found.opinion.fine_needed
    assert found.held_to["counter:sold"] == {"usual": 0.2, "tolerated": 0.02, "margin": 0.1}


@pytest.mark.parametrize(("sold", "fine"), [(12, True), (2, False)])
def test_a_counter_that_one_machine_has_for_all_is_compared_as_a_whole(
    deployment, question, sold, fine
):
    """As a source reports it that knows a release's orders, and not which machine took them."""
    terms = Terms(counters=(Counter("sold", "lower", 0.05),))
    windows("1.0", BEGUN - 1800, BEGUN + 1200, instances=4)
    windows("2.0", BEGUN, BEGUN + 1200, counters={"sold": sold})
    MetricWindow.objects.filter(instance="1.0-2").update(counters={"sold": 48})

    opinion = weighing.gather(deployment, replace(question, until=BEGUN + 1200), 60, terms).opinion

    metric = "counter:sold"
    assert (opinion.fine[metric] >= opinion.fine_needed) is fine
    assert (opinion.worse[metric] >= opinion.worse_needed[metric]) is not fine


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("history", [True, False])
def test_ticks_in_any_order_and_three_times_each_come_to_the_same(
    deployment, question, seed, history
):
    """Whatever is made again, late or out of order, weighs every block once."""
    windows("1.0", BEGUN - 1800 if history else BEGUN - 120, BEGUN + 900, instances=4)
    windows("2.0", BEGUN, BEGUN + 900, errors=2)
    times = [BEGUN + 60 * minute for minute in range(1, 16)]
    for until in times:
        gather(deployment, replace(question, until=until))
    expected = Evidence.objects.values("before", "state", "next_block").get()
    Evidence.objects.all().delete()

    again = 3 * times
    random.Random(seed).shuffle(again)
    for until in again:
        gather(deployment, replace(question, until=until))

    assert Evidence.objects.values("before", "state", "next_block").get() == expected


def on(instance, host):
    Process.objects.create(
        instance=instance, role="web", release=instance[:3], service="shop", environment="test",
        region="eu", host=host, pid=1,
    )  # fmt: skip


def spied(monkeypatch):
    """The shards of each block that is weighed from now on."""
    seen, divide = [], weighing.shards.divide

    def noted(*args):
        seen.append(divide(*args))
        return seen[-1]

    monkeypatch.setattr(weighing.shards, "divide", noted)
    return seen


def windows_of(number, at, errors):
    MetricWindow.objects.create(
        environment="test", service="shop", region="eu", window=at, seconds=10, release="1.0",
        instance=f"1.0-{number}", requests=60, errors=errors, latency={str(FAST): 60},
    )  # fmt: skip

"""Two operators, and the monitor, at the same moment: real connections, one winner."""

import threading
from functools import partial

import pytest
from django.db import connection

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import ACTIVE

pytestmark = pytest.mark.django_db(transaction=True)
ADA, BOB = Actor("user", "ada"), Actor("user", "bob")
MONITOR = Actor.system("monitor")


def at_once(*acts):
    """What each act returned or was refused with, all of them begun together."""
    ready = threading.Barrier(len(acts))
    results = [None] * len(acts)

    def run(number, act):
        try:
            ready.wait(10)
            results[number] = act()
        except Refused as refusal:
            results[number] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return results


def split(results):
    """The deployments that were moved, and the refusals."""
    won = [found for found in results if isinstance(found, Deployment)]
    lost = [found for found in results if isinstance(found, Refused)]
    assert len(won) + len(lost) == len(results)
    return won, lost


@pytest.fixture(params=[5, pytest.param(60, marks=pytest.mark.long)])
def rounds(request):
    return range(request.param)


@pytest.fixture(autouse=True)
def fleet(settings):
    settings.ZDT_FLEET_SILENT_AFTER = 3600.0  # the rows have no process that would beat
    for release in ("1.0", "2.0", "3.0"):
        ProcessFactory(release=release)


def start(version, actor=ADA, **given):
    at = {"environment": "test", "service": "shop", "previous_version": "1.0"}
    return machine.start(version=version, actor=actor, **at | given)


def test_of_two_who_start_one_does(rounds):
    for _ in rounds:
        won, lost = split(at_once(partial(start, "2.0"), partial(start, "3.0", BOB)))
        assert len(won) == 1
        assert lost[0].code == "duplicate_deployment"
        assert lost[0].params["id"] == won[0].pk
        assert Deployment.objects.filter(state__in=ACTIVE).count() == 1
        Deployment.objects.update(state="rolled_back")
    assert Event.objects.filter(refused=True).count() == len(rounds)
    assert Deployment.objects.count() == len(rounds), "what was refused left no row"


def test_of_two_who_saw_the_same_revision_one_acts_and_the_other_learns_the_state(rounds):
    for _ in rounds:
        seen = DeploymentFactory(step=1)
        won, lost = split(at_once(
            partial(machine.pause, seen.pk, actor=ADA, expected_revision=seen.revision),
            partial(machine.advance, seen.pk, actor=BOB, expected_revision=seen.revision),
        ))  # fmt: skip
        assert len(won) == 1
        assert lost[0].code == "stale_revision"
        assert f"it is {won[0].state} now" in str(lost[0])
        assert Deployment.objects.get(pk=seen.pk).revision == seen.revision + 1
        Deployment.objects.update(state="rolled_back")


def test_a_rollback_beats_a_promotion(rounds):
    """Whoever comes first: in the end everyone goes back, and nothing promotes after it."""
    promoted = 0
    for _ in rounds:
        seen = DeploymentFactory(step=2)
        promotion, rollback = at_once(
            partial(machine.promote, seen.pk, actor=MONITOR),
            partial(machine.roll_back, seen.pk, actor=ADA, reason="orders are missing"),
        )
        assert isinstance(rollback, Deployment)
        assert Deployment.objects.get(pk=seen.pk).state == "rolling_back"
        if isinstance(promotion, Refused):
            assert promotion.code == "illegal_move"
        else:
            promoted += 1
            assert promotion.revision < rollback.revision
        with pytest.raises(Refused):
            machine.promote(seen.pk, actor=MONITOR)
        Deployment.objects.update(state="rolled_back")
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds.count("deployment.promoted") == promoted
    assert kinds.count("deployment.rolled_back") == len(rounds)


def test_with_the_same_revision_in_hand_it_is_never_both(rounds):
    for _ in rounds:
        seen = DeploymentFactory(step=2)
        won, lost = split(at_once(
            partial(machine.promote, seen.pk, actor=MONITOR, expected_revision=1),
            partial(machine.roll_back, seen.pk, actor=ADA, expected_revision=1),
        ))  # fmt: skip
        assert len(won) == len(lost) == 1
        Deployment.objects.update(state="rolled_back")


def test_a_way_back_is_never_closed_unasked_by_a_promotion_in_the_same_moment(rounds):
    """Either the start is refused as a second one, or it sees the window that just opened."""
    for _ in rounds:
        seen = DeploymentFactory(step=2)
        promotion, second = at_once(
            partial(machine.promote, seen.pk, actor=MONITOR),
            partial(start, "3.0", BOB, previous_version=None),
        )
        assert isinstance(promotion, Deployment)
        assert second.code in ("duplicate_deployment", "window_open")
        Deployment.objects.update(state="rolled_back")


def test_a_rollback_and_a_start_that_closes_its_window_end_in_one_of_both(rounds):
    for _ in rounds:
        baking = DeploymentFactory(baking=True)
        rollback, second = at_once(
            partial(machine.roll_back, baking.pk, actor=ADA),
            partial(start, "3.0", BOB, previous_version=None, close_window=True),
        )
        if isinstance(rollback, Deployment):
            assert second.code == "duplicate_deployment"
        else:
            assert rollback.code == "illegal_move"
            assert Deployment.objects.get(pk=baking.pk).state == "completed"
            assert second.state == "shifting"
        Deployment.objects.update(state="rolled_back")


@pytest.mark.long
def test_in_a_thousand_races_no_deployment_is_promoted_and_rolled_back_at_once():
    """Two workers for life, so that a race costs a race and no connection."""
    results, start, end = {}, threading.Barrier(3), threading.Barrier(3)
    racing = {"promote": partial(machine.promote, actor=MONITOR, expected_revision=1),
              "roll_back": partial(machine.roll_back, actor=ADA, expected_revision=1)}  # fmt: skip
    rows = [DeploymentFactory(step=2, service=f"shop-{number}") for number in range(1000)]
    for number in range(1000):
        for release in ("1.0", "2.0"):
            ProcessFactory(release=release, service=f"shop-{number}")

    def race(name):
        try:
            for row in rows:
                start.wait(30)
                try:
                    results[name] = racing[name](row.pk)
                except Refused as refusal:
                    results[name] = refusal
                end.wait(30)
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=(name,)) for name in racing]
    for thread in threads:
        thread.start()
    winners = []
    for _row in rows:
        start.wait(30)
        end.wait(30)
        won, lost = split(list(results.values()))
        assert (len(won), [refusal.code for refusal in lost]) == (1, ["stale_revision"])
        assert won[0].revision == 2
        winners.append(won[0].state)
    for thread in threads:
        thread.join(30)
    facts = Event.objects.filter(refused=False, subject_type="deployment")
    assert facts.values("subject_id").distinct().count() == facts.count() == 1000
    assert set(winners) == {"baking", "rolling_back"}, "each wins some"

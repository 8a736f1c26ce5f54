"""Whatever is done again, or dies half way, in any order: the story of a deployment is the same."""

import random
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace

import pytest

from tests.deploy.canary.scene import Scene
from tests.deploy.canary.slices import take
from zdt_core.events import Event as Fact
from zdt_core.exceptions import LeaseLost
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Run
from zdt_deploy.canary import monitor, rollback
from zdt_deploy.canary.models import Evidence, MetricWindow, TrafficShare
from zdt_deploy.deployments import registering
from zdt_deploy.deployments.models import Deployment

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = [{"percentage": share, "bake_seconds": 120} for share in (5, 50, 100)]
ENDS = {"good": (200, 2), "bad": (200, 60), "silent": (0, 0)}


class Killed(Exception):
    """A worker dies here."""


def live(seed, end, judge):
    """Half an hour of a deployment; with a ``seed``, each tick comes three times, and badly."""
    with pytest.MonkeyPatch.context() as patch:  # draws are seeded by the id
        patch.setattr(registering.secrets, "token_hex", lambda size: "0" * 2 * size)
        patch.setattr(registering, "clock", SimpleNamespace(now=lambda: LONG_AGO))
        scene = Scene(steps=STEPS, patience_seconds=300, judge=judge)
    chance = None if seed is None else random.Random(seed)
    for minute in range(30):
        if minute == 4:
            scene.traffic.set("2.0", *ENDS[end])
        scene.pass_time(60)
        scene.follow()
        for kind, slice_of in ((monitor.KIND, watch), (rollback.KIND, go_back)):
            for way in order(chance):
                if Run.objects.filter(kind=kind, key=scene.id, state=Run.State.READY).exists():
                    way(scene, kind, slice_of)
    return scene


def order(chance):
    if chance is None:
        return [once]
    dying = partial(killed, commits=chance.randrange(3))
    return chance.sample([once, dying, overtaken, twice], 4)


def watch(work, scene):
    return monitor.tick(work, scene.traffic)


def go_back(work, scene):
    return rollback.go_back(work)


def once(scene, kind, slice_of):
    slice_of(take(kind, scene.id), scene)


def twice(scene, kind, slice_of):
    once(scene, kind, slice_of)
    if Run.objects.filter(kind=kind, key=scene.id, state=Run.State.READY).exists():
        once(scene, kind, slice_of)


def overtaken(scene, kind, slice_of):
    """A worker that was taken for dead wakes up after another one did its work: it is refused, at
    the latest when it gives back what it found nothing to do for."""
    late = take(kind, scene.id)
    slice_of(take(kind, scene.id), scene)
    with pytest.raises(LeaseLost):
        late.settle(slice_of(late, scene))


def killed(scene, kind, slice_of, commits=0):
    """It dies at the end of a commit, ``commits`` before it; a slice with fewer ends well."""
    work, left = take(kind, scene.id), [commits]
    write = type(work)._write

    def die(self, *args):
        write(self, *args)
        if not left[0]:
            raise Killed
        left[0] -= 1

    with pytest.MonkeyPatch.context() as patch, suppress(Killed):
        patch.setattr(type(work), "_write", die)
        slice_of(work, scene)


def story(scene):
    """What has to be the same."""
    row = Deployment.objects.get(pk=scene.id)
    share = TrafficShare.objects.get(deployment=scene.id)
    gathered = Evidence.objects.filter(deployment=scene.id)
    return {
        "verdicts": [(v.slot, v.last_slot, v.step, v.outcome, v.code) for v in scene.verdicts],
        "moves": list(
            Fact.objects.filter(subject_id=scene.id).order_by("id").values_list("kind", "code")
        ),
        "row": (row.state, row.step, row.code, row.revision),
        "share": (share.percentage, share.epoch, share.canary_release),
        "blocks": [evidence.state["blocks"] for evidence in gathered],
    }


def forget(scene):
    for model in (Fact, Run, TrafficShare, Deployment, MetricWindow, Process):
        model.objects.all().delete()


@pytest.mark.parametrize("judge", ["thresholds", "sequential"])
@pytest.mark.parametrize("end", list(ENDS))
@pytest.mark.parametrize("seeds", [1, pytest.param(4, marks=pytest.mark.long)])
def test_each_tick_three_times_in_any_order_tells_the_same_story(end, judge, seeds):
    plain = story(first := live(None, end, judge))
    assert plain["verdicts"]
    forget(first)
    for seed in range(seeds):
        again = live(seed, end, judge)
        assert story(again) == plain, f"with the seed {seed}"
        forget(again)

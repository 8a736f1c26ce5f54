"""When nothing is heard: every strategy holds, then does what its share allows.

Where nobody is heard at all, nothing says that it is the new release's fault. Where it alone is
silent, it goes back.
"""

import pytest

from tests.deploy.canary.regional import Regional
from tests.deploy.canary.scene import Scene
from tests.deploy.canary.test_rolling import Rolling
from zdt_core.events import Event as Fact
from zdt_deploy.canary import aftermath
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db
PATIENCE = {"patience_seconds": 120}


def canary(share):
    steps = [{"percentage": each, "bake_seconds": 3600} for each in (share, 100)]
    return lambda: arrived(Scene(steps=steps, **PATIENCE))


def arrived(scene):
    scene.arrive()
    scene.minutes(1)
    assert scene.state == State.OBSERVING
    return scene


def blue_green():
    """Everyone was sent to the new release at once, and is there."""
    scene = Scene("blue_green", **PATIENCE)
    everyone_moves(scene)
    return arrived(scene)


def promoted():
    """A canary that everyone is on, and that is watched on."""
    scene = canary(20)()
    scene.act("advance")
    everyone_moves(scene)
    scene.minutes(1)
    assert scene.state == State.BAKING
    return scene


def everyone_moves(scene):
    scene.traffic.set("1.0", 0)
    scene.traffic.set("2.0", 1100, 11)


def region(scope):
    def made():
        scene = Regional(rollback_scope=scope, **PATIENCE)
        scene.arrive()
        scene.enter()
        return arrived(scene)

    return made


def batch(count):
    def made():
        share = {"percentage": 25 * count, "bake_seconds": 3600}
        rest = [{"percentage": 100, "bake_seconds": 3600}] if count < 4 else []
        scene = Rolling(steps=[share, *rest], **PATIENCE)
        scene.replace(count)
        return arrived(scene)

    return made


LITTLE = {
    "canary below half": canary(20),
    "region of many": region("all"),
    "batch below half": batch(1),
}
MUCH = {
    "canary from half up": canary(50),
    "blue-green": blue_green,
    "everyone on the canary": promoted,
    "every process new": batch(4),
}


def hush(scene, *releases):
    for release in releases:
        getattr(scene, "there", scene.traffic).set(release, 0)


def notices(scene):
    return list(Fact.objects.filter(kind=aftermath.LEFT_UNJUDGED).values_list("code", flat=True))


@pytest.mark.long
@pytest.mark.parametrize("made", LITTLE.values(), ids=LITTLE)
def test_while_all_are_silent_it_holds_and_goes_back_after_the_patience(made):
    scene = made()
    hush(scene, "1.0", "2.0")
    scene.minutes(1)
    assert (scene.state, scene.last.outcome) == (State.HELD, "blind")
    scene.minutes(3)
    assert (scene.state, scene.deployment.code) == (State.ROLLING_BACK, "blind_too_long")


@pytest.mark.long
@pytest.mark.parametrize("made", MUCH.values(), ids=MUCH)
def test_from_half_up_it_holds_for_good_and_people_are_told(made):
    scene = made()
    before = scene.share.percentage
    hush(scene, "1.0", "2.0")
    scene.minutes(5)
    assert scene.state in (State.HELD, State.BAKING)
    assert (scene.last.outcome, scene.share.percentage) == ("blind", before)
    assert notices(scene) == ["blind_and_held"]


def test_one_region_goes_back_alone_where_the_plan_says_so():
    scene = region("region")()
    hush(scene, "1.0", "2.0")
    scene.minutes(1)
    assert scene.state == State.HELD
    scene.minutes(3)
    assert (scene.state, scene.deployment.code) == (State.PAUSED, "blind_too_long")
    assert scene.shares == {"": 0, "default": 20, "eu": 0}


ALL = {name: made for name, made in (LITTLE | MUCH).items() if name != "every process new"}


@pytest.mark.parametrize("made", ALL.values(), ids=ALL)
def test_a_new_release_that_alone_is_silent_goes_back(made):
    """Also where everyone was sent to it, and stable still answers: the edge knows none of it."""
    scene = made()
    hush(scene, "2.0")
    getattr(scene, "there", scene.traffic).set("1.0", 900, 9)
    scene.minutes(2)
    assert scene.state == State.ROLLING_BACK
    said = scene.deployment.params.get("cause", scene.deployment.code)
    assert said == "canary_silent"


def test_a_site_that_is_idle_is_not_taken_for_a_silent_release():
    """Nineteen requests of a probe are no proof."""
    scene = blue_green()
    hush(scene, "2.0")
    scene.traffic.set("1.0", 1)
    scene.minutes(3)
    assert (scene.state, scene.last.code) == (State.HELD, "traffic_silent")

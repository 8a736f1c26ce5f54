"""A standby was promoted that had not heard of the last publications."""

import pytest

from tests.core.factories import ProcessFactory
from tests.deploy.canary.scene import Scene
from zdt_core import fleet
from zdt_core.events import Event
from zdt_core.fleet.models import Process
from zdt_deploy.canary import jobs, share
from zdt_deploy.canary.models import TrafficShare
from zdt_deploy.canary.router import Router
from zdt_deploy.deployments.models import Deployment

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene():
    """75 % is out, and then the database is that of 25 %: two publications are lost."""
    steps = [{"percentage": part, "bake_seconds": 300} for part in (25, 50, 75, 100)]
    scene = Scene(steps=steps)
    scene.arrive()
    kept = [model.objects.values().get() for model in (TrafficShare, Deployment)]
    for _step in range(2):
        scene.act("advance")
        scene.arrive()
    scene.router = Router(lambda *at: None, lambda *at: share.read_truth("test", "shop"))
    scene.router.look_at_truth()
    assert scene.router.current().percentage == 75
    for model, row in zip((TrafficShare, Deployment), kept, strict=True):
        model.objects.filter(pk=row["id"]).update(**row)
    scene.follow()
    return scene


def beat(epoch):
    """Processes tell the promoted standby what they know."""
    Process.objects.filter(role="web").update(acknowledged={"share:shop": epoch})


def test_a_rollback_after_it_reaches_routers_that_knew_more(scene):
    beat(scene.router.current().epoch)

    scene.act("roll_back", reason="back")
    scene.router.look_at_truth()

    assert scene.router.current().percentage == 0


def test_nobody_is_back_by_the_word_of_who_knows_more(scene):
    scene.act("roll_back", reason="before anybody has told what they know")
    beat(scene.router.current().epoch)
    for _look in range(3):
        scene.go_back()
    assert scene.state == "rolling_back"

    jobs.heal_copies()
    scene.router.look_at_truth()
    assert scene.router.current().percentage == 0
    event = Event.objects.get(kind="share.overtaken")
    assert (event.after["epoch"], event.after["percentage"]) == (scene.share.epoch, "0.000")
    beat(scene.router.current().epoch)
    scene.go_back()
    assert scene.state == "rolled_back"


def test_what_the_database_says_holds_again_though_nobody_publishes(scene):
    known = scene.router.current().epoch
    beat(known)

    jobs.heal_copies()
    jobs.heal_copies()
    scene.router.look_at_truth()

    assert (scene.router.current().percentage, scene.share.epoch) == (25, known + 1)


def test_the_newest_acknowledged_is_of_one_share_in_one_environment():
    ProcessFactory(acknowledged={"share:shop": 3, "share:a'b": 2**40})
    ProcessFactory(left=True, acknowledged={"share:shop": 4})
    ProcessFactory(environment="other", acknowledged={"share:shop": 9})

    assert fleet.newest("test", "share:shop") == 4
    assert fleet.newest("test", "share:a'b") == 2**40
    assert fleet.newest("test", "share:none") == 0

"""What each move of a deployment publishes, and whom it sets to work."""

from decimal import Decimal

import pytest

from tests.deploy.canary.scene import PERSON, Scene
from zdt_core.fleet.models import Process
from zdt_core.jobs.models import Run
from zdt_deploy.canary import monitor, rollback
from zdt_deploy.deployments import machine
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db
EVERYONE = [{"percentage": 20, "bake_seconds": 60}, {"percentage": 100, "bake_seconds": 60}]


@pytest.fixture
def scene():
    return Scene(steps=EVERYONE)


def published(scene):
    row = scene.share
    return row.stable_release, row.canary_release, row.percentage, row.epoch


def test_moves_that_change_no_share_publish_none(scene):
    scene.arrive()
    scene.act("pause")
    scene.act("resume")
    scene.arrive()
    assert published(scene) == ("1.0", "2.0", Decimal(20), 1)


def test_a_promotion_publishes_everyone_and_holds(scene):
    scene.arrive()
    scene.act("advance")
    assert scene.state == State.BAKING
    assert published(scene) == ("1.0", "2.0", Decimal(100), 2)
    assert scene.share.valid_until is None


def test_a_completed_release_is_the_stable_one(scene):
    scene.arrive()
    scene.act("advance")
    scene.act("complete", reason="we are sure")
    assert published(scene) == ("2.0", "", Decimal(0), 3)


def test_the_next_deployment_starts_from_it(scene):
    scene.arrive()
    scene.act("advance")
    scene.process("3.0")
    following = machine.start(
        version="3.0", environment="test", service="shop", actor=PERSON, close_window=True
    )
    assert published(scene) == ("2.0", "3.0", Decimal(5), 4)
    assert scene.share.deployment_id == following.pk


def test_a_deployment_that_is_only_recorded_publishes_nothing():
    for release in ("1.0", "2.0"):
        Scene.process(None, release)
    machine.start(
        version="2.0", previous_version="1.0", environment="test", service="shop", actor=PERSON,
        hold=True,
    )  # fmt: skip
    assert not Run.objects.exists()
    assert Process.objects.count() == 2


def test_one_run_watches_and_one_goes_back(scene):
    scene.act("roll_back", reason="no")
    runs = Run.objects.filter(kind__startswith="canary.").order_by("id")
    kinds = list(runs.values_list("kind", flat=True))
    assert kinds == [monitor.KIND, rollback.KIND]
    assert published(scene) == ("1.0", "2.0", Decimal(0), 2)

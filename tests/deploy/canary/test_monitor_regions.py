"""The monitor over a release that goes from region to region."""

import math

import pytest

from tests.deploy.canary.regional import STEPS, Regional
from tests.deploy.canary.scene import PERSON, Scene
from tests.deploy.factories import MetricWindowFactory
from zdt_core import gates, messages
from zdt_core.events import Actor
from zdt_core.events import Event as Fact
from zdt_core.exceptions import Refused
from zdt_core.fleet.models import Process
from zdt_core.gates import Answer
from zdt_core.jobs.models import Run
from zdt_deploy.canary import crossing, monitor, regions, share
from zdt_deploy.canary.models import Evidence, MetricWindow, Reach
from zdt_deploy.canary.sequential import breaker
from zdt_deploy.canary.sources import Clock
from zdt_deploy.canary.watch import Watch
from zdt_deploy.deployments import clock, machine
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import State

pytestmark = pytest.mark.django_db
STEPS_OF_ALL = [{"percentage": share, "bake_seconds": 300} for share in (20, 100)]


@pytest.fixture
def scene():
    """20 % of the users in the first region, and every router has it."""
    scene = Regional()
    scene.arrive()
    return scene


@pytest.fixture
def in_eu(scene):
    """The second region has its 20 %, too."""
    scene.minutes(6)
    scene.arrive()
    assert scene.deployment.step == 1
    return scene


# ---- a good release ----


def test_the_first_region_alone_gets_its_share(scene):
    assert scene.shares == {"": 0, "default": 20, "eu": 0}
    assert share.read_truth("test", "shop", "default").percentage == 20
    assert share.read_truth("test", "shop", "eu").percentage == 0


def test_a_good_release_goes_from_region_to_region_and_then_to_everyone(scene):
    seen = []
    for _step in range(2):
        seen.append(scene.shares)
        scene.minutes(4)
        assert scene.shares == seen[-1], "not before the region was watched for its time"
        scene.minutes(2)
        scene.arrive()
    assert seen == [{"": 0, "default": 20, "eu": 0}, {"": 0, "default": 20, "eu": 20}]
    assert (scene.state, scene.shares) == (State.BAKING, {"": 100})
    scene.minutes(3)
    assert scene.last.outcome == "ok"
    assert scene.last.evidence["baseline"] == "before"


def test_a_verdict_is_of_the_region_and_of_nothing_else(scene):
    scene.there.set("1.0", 900, 900)  # a disaster on stable, elsewhere
    scene.minutes(2)
    assert (scene.last.outcome, scene.last.code) == ("ok", "in_region")
    assert scene.last.params["region"] == "default"
    assert scene.last.evidence["stable"]["error_rate"] == pytest.approx(0.01)
    assert list(scene.last.evidence["regions"]) == ["default"]


def test_every_region_that_has_users_is_judged(in_eu):
    in_eu.minutes(2)
    assert set(in_eu.last.evidence["regions"]) == {"default", "eu"}
    assert in_eu.last.params["region"] == "eu"


# ---- trouble ----


def test_trouble_in_the_present_region_takes_everyone_back(in_eu):
    in_eu.there.set("2.0", 200, 60)
    in_eu.minutes(2)
    assert (in_eu.state, in_eu.shares) == (State.ROLLING_BACK, {"": 0})
    assert in_eu.deployment.params["region"] == "eu"
    assert messages.text(in_eu.deployment.code, in_eu.deployment.params).startswith("In eu: ")


def test_trouble_in_a_region_that_was_passed_takes_everyone_back(in_eu):
    in_eu.minutes(3)
    in_eu.traffic.set("2.0", 200, 60)
    in_eu.minutes(2)
    assert in_eu.state == State.ROLLING_BACK
    assert in_eu.deployment.params["region"] == "default"


def test_a_region_without_requests_on_the_new_release_takes_everyone_back(in_eu):
    in_eu.there.set("2.0", 0)
    in_eu.minutes(3)
    assert in_eu.state == State.ROLLING_BACK
    assert in_eu.deployment.params["cause"] == "canary_silent"


def test_a_region_whose_metrics_do_not_come_in_holds(in_eu):
    in_eu.copies = False
    in_eu.minutes(3)
    assert (in_eu.state, in_eu.deployment.params["cause"]) == (State.HELD, "metrics_stale")
    in_eu.copies = True
    in_eu.minutes(1)
    in_eu.follow()
    in_eu.minutes(1)
    assert in_eu.state == State.OBSERVING


def test_metrics_older_than_an_interval_and_two_windows_promote_nobody(in_eu):
    in_eu.minutes(3)
    assert in_eu.last.outcome == "ok"
    there = in_eu.there
    there.clock = lambda: Clock(there.now, int(there.now - 100) // 10 * 10 - 10, 10)
    in_eu.minutes(2)
    said = in_eu.last.params["cause"], in_eu.last.outcome, in_eu.last.params["region"]
    assert said == ("metrics_late", "waiting", "eu")
    assert (in_eu.state, in_eu.shares["eu"]) == (State.OBSERVING, 20)


def test_a_region_whose_source_is_away_holds_and_says_so(in_eu):
    in_eu.there.away = True
    in_eu.minutes(1)
    assert in_eu.state == State.HELD
    assert in_eu.deployment.params["cause"] == "metrics_unavailable"
    assert in_eu.deployment.params["region"] == "eu"


def test_a_region_that_cannot_be_seen_for_too_long_takes_everyone_back(in_eu):
    in_eu.copies = False
    in_eu.minutes(9)
    assert (in_eu.state, in_eu.deployment.code) == (State.ROLLING_BACK, "blind_too_long")


# ---- one region alone goes back ----


@pytest.fixture
def careful():
    """Trouble takes back its region only; both have users."""
    scene = Regional(rollback_scope="region")
    scene.arrive()
    scene.minutes(6)
    scene.arrive()
    return scene


def test_by_the_plan_trouble_takes_only_its_region_back_and_everything_stops(careful):
    careful.there.set("2.0", 200, 60)
    careful.minutes(2)
    assert (careful.state, careful.shares) == (State.PAUSED, {"": 0, "default": 20, "eu": 0})
    assert careful.share.valid_until is not None
    careful.follow()
    careful.minutes(20)
    assert (careful.state, careful.shares["default"]) == (State.PAUSED, 20)
    assert set(careful.last.evidence["regions"]) == {"default"}, "the other one is still watched"
    assert Fact.objects.filter(kind="deployment.retreated").count() == 1


def test_the_last_region_with_users_takes_everyone_back_all_the_same():
    scene = Regional(rollback_scope="region")
    scene.arrive()
    scene.traffic.set("2.0", 200, 60)
    scene.minutes(2)
    assert scene.state == State.ROLLING_BACK


def test_a_second_region_in_trouble_takes_the_rest_back(careful):
    careful.there.set("2.0", 200, 60)
    careful.minutes(2)
    careful.traffic.set("2.0", 200, 60)
    careful.minutes(2)
    assert (careful.state, careful.shares) == (State.ROLLING_BACK, {"": 0})


def test_who_resumes_tries_the_region_again_from_the_beginning(careful):
    careful.there.set("2.0", 200, 60)
    careful.minutes(2)
    careful.there.set("2.0", 200, 2)
    careful.pass_time(60)
    careful.act("resume", reason="the database there was slow")
    assert (careful.state, careful.shares["eu"]) == (State.SHIFTING, 20)
    careful.arrive()
    careful.minutes(4)
    assert careful.deployment.step == 1, "it is watched for all of its time again"
    careful.minutes(2)
    assert careful.state == State.BAKING


def test_a_person_takes_one_region_back(in_eu):
    machine.take_back(in_eu.id, actor=PERSON, region="default", reason="support is flooded")
    assert (in_eu.state, in_eu.shares) == (State.PAUSED, {"": 0, "default": 0, "eu": 20})
    assert in_eu.deployment.code == "person_said"


@pytest.mark.parametrize(
    ("region", "code"), [("mars", "region_not_in_plan"), ("eu", "region_without_users")]
)
def test_a_region_that_is_not_meant_is_refused(scene, region, code):
    before = scene.deployment.revision
    with pytest.raises(Refused) as refusal:
        machine.take_back(scene.id, actor=PERSON, region=region)
    assert refusal.value.code == code
    assert scene.deployment.revision == before


# ---- the next region ----


def test_an_unknown_region_is_refused_at_the_start():
    steps = [{"region": "mars", "percentage": 5}, *STEPS]
    with pytest.raises(Refused) as refusal:
        Regional(steps=steps)
    assert refusal.value.code == "region_unknown"
    later = [STEPS[0], {"region": "mars", "percentage": 5}, STEPS[2]]
    with pytest.raises(Refused) as refusal:
        machine.start(
            version="2.0", environment="test", service="shop", previous_version="1.0",
            plan=Plan.default("regional").changed({"steps": later}), actor=PERSON,
        )  # fmt: skip
    assert refusal.value.code == "region_unknown"
    assert refusal.value.params["known"] == "default, eu"


def test_a_region_without_a_process_of_the_new_release_is_not_entered(scene):
    Process.objects.filter(instance="eu-2.0").delete()
    scene.minutes(7)
    assert (scene.state, scene.deployment.step) == (State.OBSERVING, 0)
    assert scene.last.evidence["refused"]["code"] == "region_without_release"


def test_a_region_whose_metrics_nobody_reads_is_not_entered(scene):
    Reach.objects.all().delete()
    scene.copies = False
    scene.minutes(7)
    assert scene.deployment.step == 0
    assert scene.last.evidence["refused"]["code"] == "region_unread"


def test_a_region_whose_metrics_have_stopped_is_not_entered(scene):
    scene.minutes(1)
    scene.copies = False
    scene.minutes(7)
    assert scene.deployment.step == 0
    assert scene.last.evidence["refused"]["code"] == "region_stale"


def test_before_the_rest_the_metrics_of_all_others_come_in():
    """Nobody would see what the release does in a region that the plan does not name."""
    scene = Regional(steps=[STEPS[0], STEPS[2]])
    scene.arrive()
    scene.copies = False
    scene.minutes(7)
    assert (scene.state, scene.deployment.step) == (State.OBSERVING, 0)
    assert scene.last.evidence["refused"]["code"] == "region_stale"
    scene.copies = True
    scene.minutes(1)
    assert scene.state == State.BAKING
    scene.copies = False
    scene.minutes(4)
    assert (scene.last.outcome, scene.last.params["seconds"] > 60) == ("blind", True)


def test_an_old_release_that_suffers_elsewhere_stops_the_next_region(scene):
    """A cache in a shape that the old release cannot read looks like this."""
    scene.minutes(1)
    scene.there.set("1.0", 900, 300)
    scene.minutes(6)
    assert scene.deployment.step == 0
    refused = scene.last.evidence["refused"]
    assert (refused["code"], refused["params"]["region"]) == ("region_harmed", "eu")
    assert "Does the new release write what the old one cannot read?" in messages.text(
        refused["code"], refused["params"]
    )


def test_the_old_release_may_suffer_long_after_the_start(scene):
    """What went well for hours says nothing of now."""

    def later(seconds):
        scene.pass_time(seconds)
        scene.copy()
        return crossing.elsewhere_unharmed(scene.deployment)

    assert later(3600).answer is Answer.OPEN
    scene.there.set("1.0", 900, 90)
    assert later(120).code == "region_harmed"
    scene.there.set("1.0", 1, 0)
    found = later(120)
    assert (found.answer, found.code, found.params["region"]) == (
        Answer.UNKNOWN, "region_silent", "eu",
    )  # fmt: skip


def test_a_region_that_is_asked_nothing_else_is_named_where_its_metrics_stop(scene):
    scene.process("1.0", "apac-1.0", region="apac")
    found = crossing.elsewhere_unharmed(scene.deployment)
    assert (found.answer, found.params["region"]) == (Answer.UNKNOWN, "apac")


def test_a_check_of_the_sites_own_stops_the_next_region(scene, monkeypatch):
    monkeypatch.setitem(
        gates._conditions["deployment.next_region"], "cache_access",
        lambda deployment: gates.closed("region_harmed", region="eu", release="1.0", now=1,
                                        before=0, limit=0),
    )  # fmt: skip
    scene.minutes(7)
    assert scene.deployment.step == 0
    assert scene.last.evidence["refused"]["code"] == "region_harmed"


# ---- the metrics of regions ----


def test_a_region_copies_its_windows_once_and_marks_how_far(scene):
    scene.copy()
    before = scene.windows("eu").count()
    scene.copy()
    row = Reach.objects.get(region="eu")
    assert scene.windows("eu").count() == before > 0
    assert row.until == scene.there.clock().until
    assert scene.windows("eu").filter(window__gte=row.until).count() == 0


def test_a_source_that_mixes_regions_is_found_out(scene):
    """One server for all of them, whose queries do not name the region."""
    scene.there.instances = "of"
    scene.minutes(2)
    found = regions.read("test", "shop", "eu", clock.now())
    assert found.trouble == "metrics_unavailable"
    assert "The source tells eu of processes that default was told of" in found.reason
    scene.minutes(4)
    assert scene.deployment.step == 0
    refused = scene.last.evidence["refused"]["params"]
    assert (refused["region"], refused["cause"]) == ("eu", "metrics_unavailable")


def test_a_source_that_goes_away_is_marked_and_forgotten_when_it_is_back(scene):
    scene.there.away = True
    scene.copy()
    found = regions.read("test", "shop", "eu", clock.now())
    assert (found.trouble, found.reason) == ("metrics_unavailable", "Redis did not answer")
    scene.there.away = False
    scene.copy()
    assert regions.read("test", "shop", "eu", clock.now()).trouble == ""


def test_nothing_is_copied_for_other_deployments(scene):
    scene.act("roll_back", reason="no")
    machine.go_stuck(scene.id, actor=Actor.system("rollback"), code="rollback_not_followed")
    machine.finish_rollback(scene.id, actor=PERSON, reason="it is")
    MetricWindow.objects.all().delete()
    scene.copy()
    assert not MetricWindow.objects.exists()


# ---- one budget of mistakes ----


def test_the_regions_share_the_probability_of_a_rollback_for_nothing(scene):
    watch = Watch.peek(scene.id)
    assert watch.terms.false_rollback == pytest.approx(0.01 / 2)
    assert watch.terms.false_promotion == 0.05


@pytest.mark.parametrize(("made", "odds"), [(Scene, 200), (Regional, 400)])
def test_two_regions_take_twice_the_odds_to_go_back_each(made, odds):
    """So that a release which is no worse goes back no more often for being judged twice."""
    plan = {"judge": "sequential", "steps": None if made is Regional else STEPS_OF_ALL}
    scene = made(**{name: value for name, value in plan.items() if value is not None})
    scene.arrive()
    scene.minutes(5)
    needed = scene.last.evidence["certainty"]["odds"]["worse_needed"]
    assert needed == {"errors": odds, "latency": odds}


def test_what_is_broken_in_one_of_two_regions_takes_twice_the_odds_as_well():
    scene = Regional(minimum_sample=100_000)
    scene.arrive()
    scene.traffic.set("2.0", 10, 10)
    for _look in range(3):
        if scene.state == State.OBSERVING:
            scene.pass_time(15)
            scene.tick()
    assert scene.deployment.params["cause"] == "canary_broken"
    needed = scene.last.evidence["breaker"]["needed"]
    assert needed == pytest.approx(breaker.needed(0) + math.log(2), abs=0.001)


def test_a_region_that_is_tried_again_has_its_share_of_the_budget_once_more():
    scene = Regional(judge="sequential", minimum_sample=50)
    scene.arrive()
    scene.minutes(4)
    Evidence.objects.create(deployment=scene.deployment, region="eu", next_block=7)
    Deployment.objects.update(step=1)
    scene.act("take_back", region="default", reason="slow")
    assert [row.region for row in Evidence.objects.all()] == ["eu"]


def test_each_region_gathers_evidence_of_its_own():
    scene = Regional(judge="sequential", latency_margin=None)
    scene.arrive()
    for number in range(4):
        for release in ("1.0", "2.0"):
            MetricWindowFactory(release=release, region="eu", window=number)
    scene.minutes(4)
    assert set(Evidence.objects.values_list("region", flat=True)) == {"default"}


def test_the_watch_goes_on_until_everyone_was_watched(in_eu):
    in_eu.minutes(6)
    in_eu.arrive()
    in_eu.minutes(5)
    assert in_eu.run(monitor.KIND).state == Run.State.SUCCEEDED

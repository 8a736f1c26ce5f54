"""Where a deployment stands: pure functions of its row."""

from types import SimpleNamespace

import pytest

from zdt_core.exceptions import Refused
from zdt_deploy import deployments
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.progress import (
    gone_back,
    most_of,
    next_region_of,
    next_step_of,
    retreat_of,
    shares_of,
)
from zdt_deploy.deployments.states import Event, State


def at(state="observing", step=0, strategy="canary", **regions):
    plan = Plan.default(strategy).to_json()
    return SimpleNamespace(state=state, step=step, plan=plan, regions=regions)


@pytest.mark.parametrize("state", ["shifting", "observing", "paused", "held"])
@pytest.mark.parametrize(("step", "share"), [(0, 5), (1, 25), (2, 50), (3, 100)])
def test_while_it_is_live_the_step_says_the_share(state, step, share):
    assert deployments.share_of(at(state, step)) == share


@pytest.mark.parametrize(
    ("state", "share"),
    [("pending", 0), ("rolling_back", 0), ("stuck", 0), ("rolled_back", 0), ("cancelled", 0),
     ("baking", 100), ("completed", 100)],
)  # fmt: skip
def test_otherwise_it_is_everyone_or_nobody(state, share):
    assert deployments.share_of(at(state, step=1)) == share


def test_every_state_calls_for_a_share():
    for state in State:
        assert 0 <= deployments.share_of(at(state.value)) <= 100


@pytest.mark.parametrize(("step", "event"), [(0, "advance"), (1, "advance"), (2, "promote")])
def test_the_last_step_is_reached_by_the_promotion(step, event):
    assert deployments.forward_of(at(step=step)) is Event(event)


def test_blue_green_is_promoted_from_its_only_step():
    assert deployments.forward_of(at(strategy="blue_green")) is Event.PROMOTE
    assert next_step_of(at(strategy="blue_green")) is None


def test_the_step_and_the_next_one():
    assert deployments.step_of(at(step=1)).percentage == 25
    assert next_step_of(at(step=1)).percentage == 50


def test_a_rolling_deployment_is_promoted_from_its_last_step():
    forward = [deployments.forward_of(at(step=step, strategy="rolling")) for step in range(3)]
    assert forward == [Event.ADVANCE, Event.ADVANCE, Event.PROMOTE]


# ---- regions ----


def regional(step, state="observing", **regions):
    return at(state, step, "regional", **regions)


def test_a_region_keeps_its_share_while_the_next_ones_get_theirs():
    found = [{r: int(s) for r, s in shares_of(regional(step)).items()} for step in range(4)]
    assert found == [
        {"": 0, "us-east": 10, "eu-west": 0, "apac": 0},
        {"": 0, "us-east": 10, "eu-west": 30, "apac": 0},
        {"": 0, "us-east": 10, "eu-west": 30, "apac": 60},
        {"": 100, "us-east": 10, "eu-west": 30, "apac": 60},
    ]


def test_the_last_step_is_everyone_everywhere():
    assert shares_of(regional(3, "baking")) == {"": 100}
    assert shares_of(regional(2, "rolling_back")) == {"": 0}


def test_a_region_that_went_back_has_nobody():
    gone = regional(1, **{"us-east": {"back": True}})
    assert (shares_of(gone)["us-east"], shares_of(gone)["eu-west"]) == (0, 30)
    assert deployments.share_of(gone) == 30
    assert gone_back(gone) == ["us-east"]


def test_the_share_is_that_of_the_region_of_the_step():
    assert [int(deployments.share_of(regional(step))) for step in range(3)] == [10, 30, 60]
    assert most_of(regional(2)) == 60


def test_the_next_region_is_known_before_it_is_entered():
    assert [next_region_of(regional(step)) for step in range(4)] == ["eu-west", "apac", "", None]
    assert next_region_of(at(step=0)) is None, "a canary enters no region"


def test_taking_back_one_of_several_regions_leaves_the_others():
    assert retreat_of(regional(1), "us-east") is Event.RETREAT
    assert retreat_of(regional(0), "us-east") is Event.ROLL_BACK, "nobody else has any"


@pytest.mark.parametrize(
    ("region", "code"), [("mars", "region_not_in_plan"), ("apac", "region_without_users")]
)
def test_only_a_region_with_users_can_be_taken_back(region, code):
    with pytest.raises(Refused) as refusal:
        retreat_of(regional(1), region)
    assert refusal.value.code == code
    assert region in str(refusal.value)

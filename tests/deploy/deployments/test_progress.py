"""Where a deployment stands: pure functions of its row."""

from types import SimpleNamespace

import pytest

from zdt_deploy import deployments
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.progress import next_step_of
from zdt_deploy.deployments.states import Event, State


def at(state="observing", step=0, strategy="canary"):
    return SimpleNamespace(state=state, step=step, plan=Plan.default(strategy).to_json())


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

"""What a person must say before an operation is done."""

import pytest

from zdt_core.console.asked import Demand
from zdt_deploy.deployments.confirming import demand
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.deployments.states import Event


class At:
    """A deployment's row, as far as the rules ask."""

    def __init__(self, state="observing", step=0, strategy="canary"):
        self.state, self.step, self.plan = state, step, Plan.default(strategy).to_json()


def test_going_back_from_what_is_well_takes_the_version():
    assert demand(Event.ROLL_BACK, At(), well=True) == Demand(reason=True, asks=True, typed=True)


@pytest.mark.parametrize(("state", "well"), [("observing", False), ("held", True)])
def test_going_back_from_what_is_not_well_takes_a_second_look_only(state, well):
    found = demand(Event.ROLL_BACK, At(state), well=well)

    assert found == Demand(reason=True, asks=True, typed=False)


@pytest.mark.parametrize("event", [Event.COMPLETE, Event.FINISH_ROLLBACK])
@pytest.mark.parametrize("well", [True, False])
def test_closing_the_way_back_always_takes_the_version(event, well):
    assert demand(event, At("baking", step=3), well=well) == Demand(True, True, True)


@pytest.mark.parametrize(("step", "typed"), [(0, False), (1, False), (2, True)])
def test_advancing_takes_the_version_where_everyone_is_next(step, typed):
    found = demand(Event.ADVANCE, At(step=step), well=True)

    assert (found.reason, found.asks, found.typed) == (True, typed, typed)


@pytest.mark.parametrize(("strategy", "typed"), [("canary", False), ("blue_green", True)])
def test_beginning_takes_the_version_where_everyone_goes_at_once(strategy, typed):
    assert demand(Event.START, At("pending", strategy=strategy), well=False).typed is typed


@pytest.mark.parametrize("event", [Event.PAUSE, Event.RESUME, Event.RETRY, Event.CANCEL])
def test_what_can_be_taken_back_is_done_at_once(event):
    assert demand(event, At(), well=True) == Demand()

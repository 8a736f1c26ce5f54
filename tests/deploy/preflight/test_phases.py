"""Which list a deployment is at, and what may be said of it then."""

import pytest

from zdt_deploy.deployments.states import State
from zdt_deploy.preflight import phases
from zdt_deploy.preflight.phases import Phase

BEFORE, DURING, AFTER = Phase


@pytest.mark.parametrize("state", State)
def test_every_state_is_at_a_list(state):
    assert phases.of(state) in Phase


@pytest.mark.parametrize(
    ("state", "expected"),
    [("pending", BEFORE), ("cancelled", BEFORE), ("shifting", DURING), ("held", DURING),
     ("rolled_back", DURING), ("stuck", DURING), ("baking", AFTER), ("completed", AFTER)],
)  # fmt: skip
def test_states_are_at_their_list(state, expected):
    assert phases.of(state) is expected


def test_what_is_to_come_cannot_be_told():
    assert phases.has_come(BEFORE, "pending")
    assert not phases.has_come(DURING, "pending")
    assert phases.has_come(DURING, "baking")
    assert not phases.has_come(AFTER, "observing")


def test_the_list_before_is_closed_by_the_start():
    assert phases.takes_marks(BEFORE, "pending")
    assert not phases.takes_marks(BEFORE, "shifting")
    assert phases.takes_marks(AFTER, "completed")
    assert not phases.takes_marks(DURING, "cancelled")

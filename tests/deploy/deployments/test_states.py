"""The table of moves: where each event leads, and what nothing leads out of."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core.exceptions import Refused
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import (
    ACTIVE,
    FINAL,
    PAST,
    PERMISSIONS,
    TABLE,
    WATCHED,
    By,
    Event,
    State,
    allowed,
    move,
)

ARROWS = [
    ("pending", "start", "shifting"),
    ("pending", "cancel", "cancelled"),
    ("shifting", "arrive", "observing"),
    ("shifting", "hold", "held"),
    ("shifting", "pause", "paused"),
    ("observing", "advance", "shifting"),
    ("observing", "promote", "baking"),
    ("observing", "hold", "held"),
    ("observing", "pause", "paused"),
    ("held", "see", "observing"),
    ("held", "pause", "paused"),
    ("paused", "resume", "shifting"),
    ("shifting", "roll_back", "rolling_back"),
    ("observing", "roll_back", "rolling_back"),
    ("paused", "roll_back", "rolling_back"),
    ("held", "roll_back", "rolling_back"),
    ("baking", "roll_back", "rolling_back"),
    ("shifting", "retreat", "paused"),
    ("observing", "retreat", "paused"),
    ("paused", "retreat", "paused"),
    ("held", "retreat", "paused"),
    ("baking", "complete", "completed"),
    ("rolling_back", "go_stuck", "stuck"),
    ("rolling_back", "finish_rollback", "rolled_back"),
    ("stuck", "retry", "rolling_back"),
    ("stuck", "finish_rollback", "rolled_back"),
]
EVENTS = st.sampled_from(list(Event))


def follow(state, events):
    """Every state that a deployment is in while ``events`` are tried one after the other."""
    states = [state]
    for event in events:
        if (states[-1], event) in TABLE:
            states.append(move(states[-1], event).target)
    return states


def test_the_table_has_these_arrows_and_no_others():
    assert {(s.value, e.value, found.target.value) for (s, e), found in TABLE.items()} == set(
        ARROWS
    )


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
def test_every_other_move_is_refused_and_says_what_is_possible(state, event):
    if (state, event) in TABLE:
        assert move(state, event).sentence
        return
    with pytest.raises(Refused) as refusal:
        move(state, event)
    assert refusal.value.code == "illegal_move"
    assert refusal.value.params["state"] == state.value
    possible = refusal.value.params["possible"]
    assert possible == (", ".join(allowed(state, By.PERSON)) or "-")


@given(st.lists(EVENTS))
def test_whoever_went_back_never_reaches_everyone(events):
    states = follow(State.ROLLING_BACK, events)
    assert set(states) <= {State.ROLLING_BACK, State.STUCK, State.ROLLED_BACK}


@given(st.lists(EVENTS))
def test_everyone_is_only_reached_through_a_share_that_was_observed(events):
    states = follow(State.PENDING, events)
    for before, after in pairwise(states):
        if after is State.BAKING:
            assert before is State.OBSERVING


@pytest.mark.parametrize("state", [State(name) for name in sorted(FINAL)])
def test_nothing_leads_out_of_an_end(state):
    assert allowed(state) == []


def test_every_state_can_be_reached():
    reached, grown = set(), {State.PENDING}
    while grown != reached:
        reached, grown = grown, grown | {m.target for (s, _), m in TABLE.items() if s in grown}
    assert reached == set(State)


def test_every_live_state_can_go_back():
    for name in WATCHED:
        assert move(State(name), Event.ROLL_BACK).target is State.ROLLING_BACK


def test_a_paused_deployment_is_watched_and_asks_the_routers_again_when_it_goes_on():
    assert State.PAUSED in WATCHED
    assert move(State.PAUSED, Event.RESUME).target is State.SHIFTING
    assert (State.PAUSED, Event.ADVANCE) not in TABLE


def test_nobody_advances_a_deployment_that_cannot_be_judged():
    assert (State.HELD, Event.ADVANCE) not in TABLE
    assert (State.HELD, Event.PROMOTE) not in TABLE


def test_active_watched_and_final_cover_what_they_should():
    assert {State.PENDING, State.BAKING} == set(State) - ACTIVE - FINAL
    assert set(WATCHED) - set(ACTIVE) == {State.BAKING}


@pytest.mark.parametrize("event", list(Event))
def test_every_event_has_a_name_for_the_record(event):
    assert PAST[event]


def test_every_event_that_a_person_may_cause_needs_a_permission_that_exists():
    persons = {event for (_, event), found in TABLE.items() if found.by & By.PERSON}
    assert set(PERMISSIONS) == persons
    assert set(PERMISSIONS.values()) <= {name for name, _ in Deployment._meta.permissions}


def test_what_only_zdt_can_see_is_not_a_persons_to_say():
    persons = set(allowed(State.SHIFTING, By.PERSON)) | set(allowed(State.HELD, By.PERSON))
    assert persons == {Event.PAUSE, Event.ROLL_BACK, Event.RETREAT}

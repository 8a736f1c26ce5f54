"""What follows from a verdict: going back stands first, and time alone moves nothing forward."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core import messages
from zdt_deploy.canary.consequences import Consequence, Situation, decide
from zdt_deploy.canary.judge import Outcome, Verdict
from zdt_deploy.deployments.states import TABLE, WATCHED, Event, State

OK = Verdict(Outcome.OK, "canary_within_limits")
BREACH = Verdict(Outcome.BREACH, "canary_errors_exceed", {"canary": 5.0})
SILENT = Verdict(Outcome.SILENT, "canary_silent")
WAITING = Verdict(Outcome.WAITING, "canary_too_few")
BLIND = Verdict(Outcome.BLIND, "metrics_unavailable")
VERDICTS = [OK, BREACH, SILENT, WAITING, BLIND]

NOW = Situation(
    state=State.OBSERVING,
    share=Decimal(5),
    forward=Event.ADVANCE,
    bake_left=600,
    blind_for=0,
    shifting_for=0,
    patience=600,
    lapsed=False,
    arrived=True,
)
LIVE = [State.SHIFTING, State.OBSERVING, State.PAUSED, State.HELD, State.BAKING]


def at(verdict, **facts):
    return decide(replace(NOW, **facts), verdict)


@pytest.mark.parametrize("state", LIVE)
@pytest.mark.parametrize("verdict", [BREACH, SILENT])
def test_a_worse_canary_goes_back_from_every_state(state, verdict):
    found = at(verdict, state=state)
    assert found == Consequence(Event.ROLL_BACK, verdict.code, verdict.params, renew=False)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_share_that_lapsed_unwatched_is_rolled_back_whatever_is_seen_now(verdict):
    found = at(verdict, lapsed=True)
    assert (found.event, found.code, found.renew) == (Event.ROLL_BACK, "unwatched", False)


def test_a_good_verdict_before_the_bake_is_over_stays():
    assert at(OK) == Consequence()


@pytest.mark.parametrize("forward", [Event.ADVANCE, Event.PROMOTE])
def test_a_good_verdict_after_the_bake_moves_forward(forward):
    assert at(OK, bake_left=0, forward=forward).event is forward


@pytest.mark.parametrize("state", [State.SHIFTING, State.PAUSED, State.HELD, State.BAKING])
def test_nothing_moves_forward_but_from_observing(state):
    assert at(OK, state=state, bake_left=-10).event not in (Event.ADVANCE, Event.PROMOTE)


def test_nothing_moves_forward_before_the_routers_have_followed():
    assert at(OK, bake_left=0, arrived=False) == Consequence()


def test_a_share_has_arrived_when_the_routers_follow():
    assert at(WAITING, state=State.SHIFTING).event is Event.ARRIVE
    assert at(WAITING, state=State.SHIFTING, arrived=False) == Consequence()


def test_routers_that_do_not_follow_are_named_after_the_patience():
    found = at(WAITING, state=State.SHIFTING, arrived=False, shifting_for=601)
    assert (found.event, found.code) == (Event.HOLD, "routers_behind")


def test_too_few_requests_after_the_bake_hold_and_never_promote():
    assert at(WAITING, bake_left=-600) == Consequence()
    found = at(WAITING, bake_left=-601)
    assert (found.event, found.code, found.renew) == (Event.HOLD, "inconclusive", True)
    assert at(WAITING, state=State.HELD, bake_left=-900, held_because="inconclusive").event is None


def test_a_full_sample_at_last_ends_the_hold():
    found = at(OK, state=State.HELD, bake_left=-900, held_because="inconclusive")
    assert found.event is Event.SEE


def test_blindness_holds_at_once_and_keeps_the_share_within_the_patience():
    found = at(BLIND, blind_for=60)
    assert (found.event, found.code, found.renew) == (Event.HOLD, "metrics_unavailable", True)
    assert at(BLIND, state=State.HELD, blind_for=600) == replace(found, event=None)


@pytest.mark.parametrize("state", [State.SHIFTING, State.OBSERVING, State.PAUSED, State.HELD])
def test_blindness_beyond_the_patience_goes_back_below_half(state):
    found = at(BLIND, state=state, blind_for=601)
    assert (found.event, found.code, found.renew) == (Event.ROLL_BACK, "blind_too_long", False)


def test_the_cause_of_going_back_blind_is_told_in_words():
    idle = Verdict(Outcome.BLIND, "traffic_silent", {"seconds": 60})
    found = at(idle, blind_for=601)
    assert messages.text(found.code, found.params).endswith(
        "The last reason: No requests reached either release for 60 s, so nothing can be judged. "
        "Send some, or wait."
    )


@pytest.mark.parametrize("state", [State.OBSERVING, State.HELD, State.PAUSED, State.BAKING])
def test_blindness_beyond_the_patience_stays_and_tells_from_half_up(state):
    found = at(BLIND, state=state, share=Decimal(50), blind_for=601)
    assert found.event is (Event.HOLD if state is State.OBSERVING else None)
    assert (found.notice, found.renew) == ("blind_and_held", True)


@pytest.mark.parametrize("verdict", [OK, WAITING])
def test_seeing_again_goes_on_observing(verdict):
    assert at(verdict, state=State.HELD, held_because="metrics_unavailable").event is Event.SEE


def test_a_share_that_had_not_arrived_is_not_observed_after_a_hold():
    assert at(OK, state=State.HELD, arrived=False).event is None


@pytest.mark.parametrize("verdict", [OK, WAITING])
def test_what_a_person_holds_is_watched_and_not_moved(verdict):
    assert at(verdict, state=State.PAUSED, bake_left=-5000) == Consequence()


@pytest.mark.parametrize(
    ("verdict", "notice"), [(OK, ""), (WAITING, "baked_unjudged"), (BLIND, "baked_unjudged")]
)
def test_the_watch_ends_with_the_bake_at_full_share(verdict, notice):
    found = at(verdict, state=State.BAKING, share=Decimal(100), bake_left=0)
    assert (found.event, found.over, found.notice) == (None, True, notice)
    assert not at(verdict, state=State.BAKING, share=Decimal(100), bake_left=1).over


situations = st.builds(
    Situation,
    state=st.sampled_from(LIVE),
    share=st.decimals(0, 100, places=3),
    forward=st.sampled_from([Event.ADVANCE, Event.PROMOTE]),
    bake_left=st.floats(-5000, 5000),
    blind_for=st.floats(0, 5000),
    shifting_for=st.floats(0, 5000),
    patience=st.just(600.0),
    lapsed=st.booleans(),
    arrived=st.booleans(),
    held_because=st.sampled_from(["", "inconclusive", "routers_behind", "metrics_unavailable"]),
)


@given(situations, st.sampled_from(VERDICTS))
def test_every_answer_is_a_legal_move(situation, verdict):
    event = decide(situation, verdict).event
    assert event is None or (situation.state, event) in TABLE


@given(situations, st.sampled_from(VERDICTS))
def test_only_a_good_verdict_moves_forward(situation, verdict):
    if decide(situation, verdict).event in (Event.ADVANCE, Event.PROMOTE):
        assert verdict.outcome is Outcome.OK
        assert situation.state is State.OBSERVING
        assert situation.bake_left <= 0
        assert situation.arrived


@given(situations, st.sampled_from(VERDICTS))
def test_whoever_goes_back_does_not_renew(situation, verdict):
    found = decide(situation, verdict)
    assert found.renew is (found.event is not Event.ROLL_BACK)


def test_the_rules_know_every_watched_state():
    assert {state.value for state in LIVE} == WATCHED
